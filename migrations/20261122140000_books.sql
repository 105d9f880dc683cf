-- Sổ theo dõi: what a person entered, contracts, movements of the treasury, codes of the unit's own;
-- and what is derived from dossiers, so that checks and books never read every voucher again.

-- A posting typed or imported: opening figures, decisions, what happened outside Hoso. Never edited:
-- it is struck out and entered anew.
CREATE TABLE book_entry (
    id               TEXT    NOT NULL PRIMARY KEY,
    unit_id          TEXT    NOT NULL,
    year             INTEGER NOT NULL,
    day              TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    account          TEXT    NOT NULL DEFAULT '',
    source           TEXT    NOT NULL DEFAULT '',
    sector           TEXT    NOT NULL DEFAULT '',
    programme        TEXT    NOT NULL DEFAULT '',
    economic_content TEXT    NOT NULL DEFAULT '',
    contract         TEXT    NOT NULL DEFAULT '',
    amount           INTEGER NOT NULL,
    document_no      TEXT    NOT NULL DEFAULT '',
    document_day     TEXT    NOT NULL DEFAULT '',
    note             TEXT    NOT NULL DEFAULT '',
    entered_at       TEXT    NOT NULL,
    entered_by       TEXT    NOT NULL,
    struck_at        TEXT    NOT NULL DEFAULT '',
    struck_by        TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX book_entry_by_year ON book_entry (unit_id, year, day);

CREATE TRIGGER book_entry_fixed BEFORE UPDATE OF
    id, unit_id, year, day, kind, account, source, sector, programme, economic_content, contract,
    amount, document_no, document_day, note, entered_at, entered_by
ON book_entry
BEGIN SELECT RAISE(ABORT, 'append-only: book_entry'); END;
CREATE TRIGGER book_entry_kept BEFORE DELETE ON book_entry
BEGIN SELECT RAISE(ABORT, 'append-only: book_entry'); END;

CREATE TABLE contract (
    unit_id    TEXT NOT NULL,
    key        TEXT NOT NULL,                 -- check::contract_key of number and day
    doc        TEXT NOT NULL,                 -- JSON of domain::book::Contract
    changed_at TEXT NOT NULL,
    PRIMARY KEY (unit_id, key)
) STRICT, WITHOUT ROWID;

-- The contract of a dossier whose forms name none (form 10).
CREATE TABLE contract_dossier (
    dossier_id TEXT NOT NULL PRIMARY KEY REFERENCES dossier (id),
    unit_id    TEXT NOT NULL,
    contract   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Phát sinh tại Kho bạc, typed or imported from its statement.
CREATE TABLE movement (
    id         TEXT    NOT NULL PRIMARY KEY,
    unit_id    TEXT    NOT NULL,
    day        TEXT    NOT NULL,
    account    TEXT    NOT NULL,
    amount     INTEGER NOT NULL,
    reference  TEXT    NOT NULL DEFAULT '',
    text       TEXT    NOT NULL DEFAULT '',
    dossier_id TEXT    NOT NULL DEFAULT '',   -- '' = not matched
    matched_by TEXT    NOT NULL DEFAULT '',   -- '' = by itself
    entered_at TEXT    NOT NULL,
    UNIQUE (unit_id, day, account, amount, reference, text)
) STRICT;
CREATE INDEX movement_by_account ON movement (unit_id, account, day);

CREATE TABLE own_code (
    unit_id    TEXT NOT NULL,
    catalogue  TEXT NOT NULL,
    code       TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to   TEXT NOT NULL DEFAULT '',
    name       TEXT NOT NULL,
    replaces   TEXT NOT NULL DEFAULT '',
    source     TEXT NOT NULL DEFAULT '',
    added_at   TEXT NOT NULL,
    PRIMARY KEY (unit_id, catalogue, code, valid_from)
) STRICT, WITHOUT ROWID;

-- How a table's columns were mapped last, by what it was for: pay table, statement, payees.
CREATE TABLE column_map (
    unit_id TEXT NOT NULL,
    purpose TEXT NOT NULL,
    doc     TEXT NOT NULL,
    used_at TEXT NOT NULL,
    PRIMARY KEY (unit_id, purpose)
) STRICT, WITHOUT ROWID;

-- The pay table of a month, to compare the next one with.
CREATE TABLE pay_table (
    unit_id  TEXT NOT NULL,
    month    TEXT NOT NULL,                   -- 2026-11
    doc      TEXT NOT NULL,                   -- JSON of domain::payroll::PayTable
    taken_at TEXT NOT NULL,
    PRIMARY KEY (unit_id, month)
) STRICT, WITHOUT ROWID;

-- Derived from the current revision of each dossier; rebuilt at any time.
CREATE TABLE posting (
    dossier_id       TEXT    NOT NULL REFERENCES dossier (id),
    position         INTEGER NOT NULL,
    unit_id          TEXT    NOT NULL,
    year             INTEGER NOT NULL,
    day              TEXT    NOT NULL,
    kind             TEXT    NOT NULL,
    account          TEXT    NOT NULL,
    source           TEXT    NOT NULL,
    sector           TEXT    NOT NULL,
    programme        TEXT    NOT NULL,
    economic_content TEXT    NOT NULL,
    contract         TEXT    NOT NULL,
    amount           INTEGER NOT NULL,
    standing         TEXT    NOT NULL,
    done_at          TEXT    NOT NULL,        -- when the treasury completed it; '' before
    PRIMARY KEY (dossier_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX posting_sums ON posting
    (unit_id, year, kind, standing, source, sector, programme, economic_content, amount);
CREATE INDEX posting_by_account ON posting (unit_id, account, standing, kind, done_at, amount);
CREATE INDEX posting_by_contract ON posting (unit_id, contract) WHERE contract <> '';

-- Keys by which a voucher meets another: invoice, payment, number, payee's account.
CREATE TABLE trace (
    dossier_id TEXT NOT NULL REFERENCES dossier (id),
    kind       TEXT NOT NULL,
    key        TEXT NOT NULL,
    unit_id    TEXT NOT NULL,
    said       TEXT NOT NULL,                 -- Số chứng từ there, or the payee's name
    PRIMARY KEY (dossier_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX trace_by_key ON trace (unit_id, kind, key);

-- What was derived by which edition of the rules; older ones are made anew at opening.
CREATE TABLE derived (
    unit_id TEXT    NOT NULL DEFAULT '',
    name    TEXT    NOT NULL,
    edition INTEGER NOT NULL,
    PRIMARY KEY (unit_id, name)
) STRICT, WITHOUT ROWID;
