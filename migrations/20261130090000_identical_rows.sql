-- Rows of a statement that say exactly the same are money each: the n-th of them is known as the n-th,
-- and a movement the portal told bears the portal's id, so that it is told from its equals.

CREATE TABLE movement_anew (
    id         TEXT    NOT NULL PRIMARY KEY,
    unit_id    TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    reference  TEXT    NOT NULL DEFAULT '',
    text       TEXT    NOT NULL DEFAULT '',
    ordinal    INTEGER NOT NULL DEFAULT 0 CHECK (ordinal >= 0),  -- among rows that say the same
    dossier_id TEXT    NOT NULL DEFAULT '',   -- '' = not matched
    matched_by TEXT    NOT NULL DEFAULT '',   -- '' = by itself
    told_id    TEXT    NOT NULL DEFAULT '',   -- '' = not told by the portal
    entered_at TEXT    NOT NULL,
    UNIQUE (unit_id, day, account, amount, reference, text, ordinal)
) STRICT;

INSERT INTO movement_anew
    (id, unit_id, day, account, amount, reference, text, dossier_id, matched_by, entered_at)
SELECT id, unit_id, day, account, amount, reference, text, dossier_id, matched_by, entered_at
FROM movement ORDER BY rowid;

DROP TABLE movement;
ALTER TABLE movement_anew RENAME TO movement;

CREATE INDEX movement_by_account ON movement (unit_id, account, day);
CREATE INDEX movement_of_dossier ON movement (dossier_id);
CREATE UNIQUE INDEX movement_told ON movement (unit_id, told_id) WHERE told_id <> '';

-- What the portal told of a unit with movements is read again from the beginning: each row gets its
-- id, and those that were left out for saying the same come in.
UPDATE feed_cursor SET cursor = '' WHERE unit_id IN (SELECT unit_id FROM movement);
