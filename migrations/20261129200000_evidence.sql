-- What is added to a signature after it was received (dấu thời gian, danh sách thu hồi): each time a new
-- .p7s. The one that was signed and sent stays in its row.

CREATE TABLE evidence (
    dossier_id TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    version    INTEGER NOT NULL CHECK (version >= 1),
    unit_id    TEXT    NOT NULL,
    p7s_sha256 TEXT    NOT NULL,
    p7s_size   INTEGER NOT NULL CHECK (p7s_size > 0),
    stamped_at TEXT    NOT NULL DEFAULT '',   -- what the timestamp says
    authority  TEXT    NOT NULL DEFAULT '',   -- who says so
    listed_at  TEXT    NOT NULL DEFAULT '',   -- of the revocation list inside
    made_at    TEXT    NOT NULL,
    PRIMARY KEY (dossier_id, revision, step, version),
    FOREIGN KEY (dossier_id, revision, step) REFERENCES signature (dossier_id, revision, step)
) STRICT;

CREATE TRIGGER evidence_fixed BEFORE UPDATE ON evidence
BEGIN SELECT RAISE(ABORT, 'append-only: evidence'); END;
CREATE TRIGGER evidence_kept BEFORE DELETE ON evidence
BEGIN SELECT RAISE(ABORT, 'append-only: evidence'); END;

-- Signatures the courier still has something to fetch for, or to bring to the portal.
CREATE TABLE evidence_due (
    dossier_id TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    step       INTEGER NOT NULL,
    unit_id    TEXT    NOT NULL,
    tries      INTEGER NOT NULL DEFAULT 0,
    next_try   TEXT    NOT NULL DEFAULT '',   -- '' = its turn comes next
    PRIMARY KEY (dossier_id, revision, step),
    FOREIGN KEY (dossier_id, revision, step) REFERENCES signature (dossier_id, revision, step)
) STRICT;
CREATE INDEX evidence_due_next ON evidence_due (unit_id, next_try, dossier_id DESC);

INSERT INTO evidence_due (dossier_id, revision, step, unit_id)
SELECT s.dossier_id, s.revision, s.step, s.unit_id
FROM signature s JOIN receipt r ON r.dossier_id = s.dossier_id AND r.revision = s.revision;

-- In the transaction of the receipt, so that none is forgotten.
CREATE TRIGGER receipt_wants_evidence AFTER INSERT ON receipt
BEGIN
    INSERT INTO evidence_due (dossier_id, revision, step, unit_id)
    SELECT s.dossier_id, s.revision, s.step, s.unit_id FROM signature s
    WHERE s.dossier_id = NEW.dossier_id AND s.revision = NEW.revision;
END;

-- The newest list of each address, as it was verified; its bytes lie among the files.
CREATE TABLE revocation_list (
    unit_id   TEXT    NOT NULL,
    url       TEXT    NOT NULL,
    etag      TEXT    NOT NULL DEFAULT '',
    sha256    TEXT    NOT NULL,
    size      INTEGER NOT NULL,
    issued_at TEXT    NOT NULL,
    next_at   TEXT    NOT NULL DEFAULT '',    -- when the next one is promised
    asked_at  TEXT    NOT NULL,
    PRIMARY KEY (unit_id, url)
) STRICT, WITHOUT ROWID;
