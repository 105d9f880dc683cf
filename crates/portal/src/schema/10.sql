-- Revisions a unit will not send any more: a commit of one that comes late is refused.
CREATE TABLE given_up (
    unit_id     TEXT NOT NULL REFERENCES unit (unit_id),
    dossier_id  TEXT NOT NULL,
    revision    INTEGER NOT NULL CHECK (revision > 0),
    device_id   TEXT NOT NULL REFERENCES device (device_id),
    given_up_at TEXT NOT NULL,
    PRIMARY KEY (unit_id, dossier_id, revision)
) STRICT;
CREATE TRIGGER given_up_kept BEFORE UPDATE ON given_up
BEGIN SELECT RAISE(ABORT, 'what was given up stays so'); END;
CREATE TRIGGER given_up_never_deleted BEFORE DELETE ON given_up
BEGIN SELECT RAISE(ABORT, 'what was given up stays so'); END;
