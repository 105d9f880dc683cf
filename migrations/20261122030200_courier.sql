-- What waits to be sent, what was uploaded, what the portal answered.

CREATE TABLE outbox (
    dossier_id   TEXT    NOT NULL PRIMARY KEY REFERENCES dossier (id),
    revision     INTEGER NOT NULL,
    unit_id      TEXT    NOT NULL,
    digest       TEXT    NOT NULL,           -- CommitContent::digest, frozen
    commit_json  TEXT    NOT NULL DEFAULT '',-- the body, frozen at the first attempt
    bytes        INTEGER NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    attempts     INTEGER NOT NULL DEFAULT 0,
    outcome      TEXT    NOT NULL DEFAULT 'not-sent'
                 CHECK (outcome IN ('not-sent', 'unknown', 'refused')),
    why          TEXT    NOT NULL DEFAULT '',-- JSON, '' = its turn comes next
    next_try     TEXT    NOT NULL DEFAULT '',
    priority     INTEGER NOT NULL DEFAULT 0,
    queued_at    TEXT    NOT NULL
) STRICT;
CREATE INDEX outbox_by_unit ON outbox (unit_id, queued_at);

CREATE TABLE upload (
    unit_id      TEXT    NOT NULL,
    sha256       TEXT    NOT NULL,
    length       INTEGER NOT NULL,
    url          TEXT    NOT NULL,
    acknowledged INTEGER NOT NULL DEFAULT 0,
    changed_at   TEXT    NOT NULL,
    PRIMARY KEY (unit_id, sha256)
) STRICT, WITHOUT ROWID;

CREATE TABLE receipt (
    dossier_id  TEXT    NOT NULL,
    revision    INTEGER NOT NULL,
    unit_id     TEXT    NOT NULL,
    bytes       BLOB    NOT NULL,            -- the signed receipt as it was verified
    digest      TEXT    NOT NULL,
    received_at TEXT    NOT NULL,
    seq         INTEGER NOT NULL,
    signer      TEXT    NOT NULL,
    stored_at   TEXT    NOT NULL,
    PRIMARY KEY (dossier_id, revision),
    FOREIGN KEY (dossier_id, revision) REFERENCES revision (dossier_id, number)
) STRICT;

CREATE TABLE feed_cursor (
    unit_id TEXT NOT NULL PRIMARY KEY,
    cursor  TEXT NOT NULL,
    at      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE feed_item (
    unit_id   TEXT    NOT NULL,
    key       TEXT    NOT NULL,              -- kind and subject, e.g. dossier:<uuid>
    version   INTEGER NOT NULL,
    body      TEXT    NOT NULL,
    stored_at TEXT    NOT NULL,
    PRIMARY KEY (unit_id, key, version)
) STRICT;

CREATE TABLE result_document (
    id          TEXT    NOT NULL PRIMARY KEY,
    dossier_id  TEXT    NOT NULL REFERENCES dossier (id),
    unit_id     TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    sha256      TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    verified    INTEGER NOT NULL CHECK (verified IN (0, 1)),
    pages       INTEGER NOT NULL DEFAULT 0,
    received_at TEXT    NOT NULL,
    UNIQUE (dossier_id, sha256)
) STRICT;

CREATE TABLE remark (
    dossier_id TEXT    NOT NULL REFERENCES dossier (id),
    version    INTEGER NOT NULL,             -- the treasury version that brought it
    position   INTEGER NOT NULL,
    unit_id    TEXT    NOT NULL,
    place      TEXT    NOT NULL,             -- JSON of domain::finding::Place
    text       TEXT    NOT NULL,
    at         TEXT    NOT NULL,
    PRIMARY KEY (dossier_id, version, position)
) STRICT;

CREATE TABLE balance (
    unit_id TEXT    NOT NULL,
    account TEXT    NOT NULL,
    name    TEXT    NOT NULL DEFAULT '',
    figure  INTEGER NOT NULL,
    version INTEGER NOT NULL DEFAULT 0,
    at      TEXT    NOT NULL,
    PRIMARY KEY (unit_id, account)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER receipt_fixed BEFORE UPDATE ON receipt
BEGIN SELECT RAISE(ABORT, 'append-only: receipt'); END;
CREATE TRIGGER receipt_kept BEFORE DELETE ON receipt
BEGIN SELECT RAISE(ABORT, 'append-only: receipt'); END;
CREATE TRIGGER feed_item_fixed BEFORE UPDATE ON feed_item
BEGIN SELECT RAISE(ABORT, 'append-only: feed_item'); END;
CREATE TRIGGER feed_item_kept BEFORE DELETE ON feed_item
BEGIN SELECT RAISE(ABORT, 'append-only: feed_item'); END;
CREATE TRIGGER result_document_fixed BEFORE UPDATE ON result_document
BEGIN SELECT RAISE(ABORT, 'append-only: result_document'); END;
CREATE TRIGGER result_document_kept BEFORE DELETE ON result_document
BEGIN SELECT RAISE(ABORT, 'append-only: result_document'); END;
CREATE TRIGGER remark_fixed BEFORE UPDATE ON remark
BEGIN SELECT RAISE(ABORT, 'append-only: remark'); END;
CREATE TRIGGER remark_kept BEFORE DELETE ON remark
BEGIN SELECT RAISE(ABORT, 'append-only: remark'); END;
