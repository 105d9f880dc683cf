-- Nhật ký: who did what, each row chained to the one before it by SHA-256.

CREATE TABLE audit (
    seq        INTEGER NOT NULL PRIMARY KEY CHECK (seq >= 1),
    at         TEXT    NOT NULL,
    unit_id    TEXT    NOT NULL,
    person_id  TEXT    NOT NULL,
    act        TEXT    NOT NULL,
    dossier_id TEXT    NOT NULL DEFAULT '',
    params     TEXT    NOT NULL DEFAULT '{}',
    prev_hash  TEXT    NOT NULL,
    hash       TEXT    NOT NULL
) STRICT;
CREATE INDEX audit_by_dossier ON audit (dossier_id, seq);

CREATE TRIGGER audit_fixed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'append-only: audit'); END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'append-only: audit'); END;
