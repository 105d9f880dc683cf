-- Xin rút hồ sơ: written before the portal hears of it, so that the wish outlives a bad link.

CREATE TABLE withdrawal (
    dossier_id TEXT NOT NULL PRIMARY KEY REFERENCES dossier (id),
    unit_id    TEXT NOT NULL,
    reason     TEXT NOT NULL CHECK (reason <> ''),
    asked_at   TEXT NOT NULL,
    outcome    TEXT NOT NULL DEFAULT 'waiting'
               CHECK (outcome IN ('waiting', 'delivered', 'refused')),
    why        TEXT NOT NULL DEFAULT ''      -- the portal's words when it refused
) STRICT;
CREATE INDEX withdrawal_waiting ON withdrawal (unit_id) WHERE outcome = 'waiting';
