-- Units, people, settings, enrolled devices, and what the pickers remember.
-- Every table carries unit_id; the empty unit_id means "this PC, whatever the unit".

CREATE TABLE unit (
    unit_id    TEXT    NOT NULL PRIMARY KEY,
    code       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    doc        TEXT    NOT NULL,             -- JSON of domain::party::Unit
    changed_at TEXT    NOT NULL
) STRICT;

CREATE TABLE person (
    id       TEXT NOT NULL PRIMARY KEY,
    unit_id  TEXT NOT NULL DEFAULT '',
    name     TEXT NOT NULL,
    added_at TEXT NOT NULL,
    left_at  TEXT NOT NULL DEFAULT ''        -- '' while the person works here
) STRICT;

CREATE TABLE setting (
    unit_id TEXT NOT NULL DEFAULT '',
    key     TEXT NOT NULL,
    value   TEXT NOT NULL,
    PRIMARY KEY (unit_id, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE device (
    id          TEXT NOT NULL PRIMARY KEY,
    unit_id     TEXT NOT NULL,
    portal      TEXT NOT NULL,
    private_key BLOB NOT NULL,
    state       TEXT NOT NULL DEFAULT 'new' CHECK (state IN ('new', 'enrolled', 'revoked')),
    doc         TEXT NOT NULL DEFAULT '{}',  -- JSON the portal answered with
    created_at  TEXT NOT NULL,
    enrolled_at TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX device_by_unit ON device (unit_id, state);

-- Wrong PINs seen per token since its last success. No PIN is ever stored.
CREATE TABLE token_tries (
    serial  TEXT    NOT NULL PRIMARY KEY,
    unit_id TEXT    NOT NULL DEFAULT '',
    wrong   INTEGER NOT NULL DEFAULT 0 CHECK (wrong >= 0),
    last_at TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE payee (
    id      INTEGER NOT NULL PRIMARY KEY,
    unit_id TEXT    NOT NULL,
    name    TEXT    NOT NULL,
    account TEXT    NOT NULL DEFAULT '',
    folded  TEXT    NOT NULL,
    fills   TEXT    NOT NULL DEFAULT '{}',   -- JSON object: field id → value
    uses    INTEGER NOT NULL DEFAULT 1,
    used_at TEXT    NOT NULL,
    UNIQUE (unit_id, name, account)
) STRICT;
CREATE INDEX payee_by_use ON payee (unit_id, uses DESC, used_at DESC);

CREATE TABLE code_use (
    unit_id   TEXT    NOT NULL,
    catalogue TEXT    NOT NULL,
    code      TEXT    NOT NULL,
    uses      INTEGER NOT NULL DEFAULT 1,
    used_at   TEXT    NOT NULL,
    PRIMARY KEY (unit_id, catalogue, code)
) STRICT, WITHOUT ROWID;

-- Số chứng từ: the next free number per unit, budget year and series.
CREATE TABLE doc_number (
    unit_id TEXT    NOT NULL,
    year    INTEGER NOT NULL,
    series  TEXT    NOT NULL,
    next    INTEGER NOT NULL DEFAULT 1 CHECK (next >= 1),
    PRIMARY KEY (unit_id, year, series)
) STRICT, WITHOUT ROWID;
