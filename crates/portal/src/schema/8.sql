-- Certificates of signers as units announced them; the register itself is the unit's data.
CREATE TABLE certificate (
    unit_id      TEXT NOT NULL REFERENCES unit (unit_id),
    sha256       TEXT NOT NULL,
    person_id    TEXT NOT NULL,
    der          BLOB NOT NULL,
    announced_at TEXT NOT NULL,
    state        TEXT NOT NULL DEFAULT 'announced'
                 CHECK (state IN ('announced', 'registered', 'declined')),
    text         TEXT NOT NULL DEFAULT '',
    -- who decided, and when; empty before
    officer      TEXT NOT NULL DEFAULT '',
    decided_at   TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (unit_id, sha256)
) STRICT;
CREATE TRIGGER certificate_decided_once BEFORE UPDATE ON certificate WHEN OLD.state <> 'announced'
BEGIN SELECT RAISE(ABORT, 'what was decided stays'); END;
