-- Signatures with what was made later: timestamps, revocation data. The newest is the last row.
CREATE TABLE evidence (
    evidence_id INTEGER PRIMARY KEY,
    dossier_id  TEXT NOT NULL,
    revision    INTEGER NOT NULL,
    step        INTEGER NOT NULL CHECK (step > 0),
    sha256      TEXT NOT NULL,
    size        INTEGER NOT NULL,
    device_id   TEXT NOT NULL REFERENCES device (device_id),
    received_at TEXT NOT NULL,
    UNIQUE (dossier_id, revision, step, sha256),
    FOREIGN KEY (dossier_id, revision) REFERENCES revision (dossier_id, revision)
) STRICT;
CREATE TRIGGER evidence_kept BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
CREATE TRIGGER evidence_never_deleted BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'evidence is append-only'); END;
