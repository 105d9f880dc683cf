CREATE TABLE portal (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;

CREATE TABLE unit (
    unit_id  TEXT NOT NULL PRIMARY KEY,
    code     TEXT NOT NULL UNIQUE,
    data     TEXT NOT NULL,
    -- last sequence given out in this unit's feed
    feed_seq INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE officer (
    name     TEXT NOT NULL PRIMARY KEY,
    password TEXT NOT NULL
) STRICT;

CREATE TABLE officer_session (
    token_sha256 TEXT NOT NULL PRIMARY KEY,
    officer      TEXT NOT NULL REFERENCES officer (name),
    csrf         TEXT NOT NULL,
    expires_at   TEXT NOT NULL
) STRICT;

CREATE TABLE device (
    device_id   TEXT NOT NULL PRIMARY KEY,
    unit_id     TEXT NOT NULL REFERENCES unit (unit_id),
    public_key  BLOB NOT NULL,
    name        TEXT NOT NULL,
    enrolled_at TEXT NOT NULL,
    revoked_at  TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE enrolment_code (
    code_sha256 TEXT NOT NULL PRIMARY KEY,
    unit_id     TEXT NOT NULL REFERENCES unit (unit_id),
    -- the device that spent it; empty while unspent
    device_id   TEXT NOT NULL DEFAULT ''
) STRICT;

-- One row per (unit, bytes): in part, or whole and then also a file in blobs/.
CREATE TABLE upload (
    upload_id  TEXT NOT NULL PRIMARY KEY,
    unit_id    TEXT NOT NULL REFERENCES unit (unit_id),
    sha256     TEXT NOT NULL,
    length     INTEGER NOT NULL,
    received   INTEGER NOT NULL DEFAULT 0 CHECK (received BETWEEN 0 AND length),
    done       INTEGER NOT NULL DEFAULT 0 CHECK (done IN (0, 1)),
    expires_at TEXT NOT NULL,
    UNIQUE (unit_id, sha256, length)
) STRICT;

CREATE TABLE dossier (
    dossier_id       TEXT NOT NULL PRIMARY KEY,
    unit_id          TEXT NOT NULL REFERENCES unit (unit_id),
    -- moves of the treasury so far
    version          INTEGER NOT NULL DEFAULT 0,
    status           TEXT NOT NULL,
    revision         INTEGER NOT NULL,
    treasury_number  TEXT NOT NULL DEFAULT '',
    supplement_asked INTEGER NOT NULL DEFAULT 0 CHECK (supplement_asked IN (0, 1)),
    appointment      TEXT NOT NULL DEFAULT '',
    summary          TEXT NOT NULL,
    received_at      TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX dossier_number ON dossier (treasury_number) WHERE treasury_number <> '';
CREATE INDEX dossier_newest ON dossier (received_at);

CREATE TABLE revision (
    dossier_id  TEXT NOT NULL REFERENCES dossier (dossier_id),
    revision    INTEGER NOT NULL,
    unit_id     TEXT NOT NULL REFERENCES unit (unit_id),
    device_id   TEXT NOT NULL REFERENCES device (device_id),
    digest      TEXT NOT NULL,
    body        TEXT NOT NULL,
    signers     TEXT NOT NULL,
    seq         INTEGER NOT NULL UNIQUE,
    receipt     TEXT NOT NULL,
    p7s         TEXT NOT NULL,
    received_at TEXT NOT NULL,
    PRIMARY KEY (dossier_id, revision)
) STRICT;

CREATE TABLE history (
    history_id INTEGER PRIMARY KEY,
    unit_id    TEXT NOT NULL REFERENCES unit (unit_id),
    dossier_id TEXT NOT NULL REFERENCES dossier (dossier_id),
    at         TEXT NOT NULL,
    who        TEXT NOT NULL,
    act        TEXT NOT NULL,
    revision   INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    text       TEXT NOT NULL DEFAULT '',
    remarks    TEXT NOT NULL DEFAULT '[]'
) STRICT;
CREATE INDEX history_dossier ON history (dossier_id);

CREATE TABLE document (
    document_id TEXT NOT NULL PRIMARY KEY,
    unit_id     TEXT NOT NULL REFERENCES unit (unit_id),
    dossier_id  TEXT NOT NULL REFERENCES dossier (dossier_id),
    name        TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    size        INTEGER NOT NULL
) STRICT;
CREATE INDEX document_dossier ON document (dossier_id);

CREATE TABLE feed (
    unit_id TEXT NOT NULL REFERENCES unit (unit_id),
    seq     INTEGER NOT NULL,
    at      TEXT NOT NULL,
    item    TEXT NOT NULL,
    PRIMARY KEY (unit_id, seq)
) STRICT;

-- What was accepted, answered and told stays as it was.
CREATE TRIGGER revision_kept BEFORE UPDATE ON revision
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;
CREATE TRIGGER revision_never_deleted BEFORE DELETE ON revision
BEGIN SELECT RAISE(ABORT, 'revisions are append-only'); END;
CREATE TRIGGER history_kept BEFORE UPDATE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER history_never_deleted BEFORE DELETE ON history
BEGIN SELECT RAISE(ABORT, 'history is append-only'); END;
CREATE TRIGGER feed_kept BEFORE UPDATE ON feed
BEGIN SELECT RAISE(ABORT, 'the feed is append-only'); END;
CREATE TRIGGER feed_never_deleted BEFORE DELETE ON feed
BEGIN SELECT RAISE(ABORT, 'the feed is append-only'); END;
