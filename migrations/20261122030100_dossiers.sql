-- Dossiers with the treasury's column, revisions with the local column, drawers, entries, signatures.

CREATE TABLE dossier (
    id               TEXT    NOT NULL PRIMARY KEY,
    unit_id          TEXT    NOT NULL REFERENCES unit (unit_id),
    procedure        TEXT    NOT NULL,
    budget_year      INTEGER NOT NULL,
    revision         INTEGER NOT NULL DEFAULT 1 CHECK (revision >= 1),
    treasury         TEXT    NOT NULL DEFAULT '{"status":"none"}', -- JSON of TreasuryState
    treasury_version INTEGER NOT NULL DEFAULT 0,
    treasury_number  TEXT    NOT NULL DEFAULT '',
    treasury_text    TEXT    NOT NULL DEFAULT '',
    treasury_at      TEXT    NOT NULL DEFAULT '',
    appointment      TEXT    NOT NULL DEFAULT '',
    unread           INTEGER NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    created_at       TEXT    NOT NULL,
    created_by       TEXT    NOT NULL,
    changed_at       TEXT    NOT NULL
) STRICT;
CREATE INDEX dossier_by_unit ON dossier (unit_id, budget_year);

CREATE TABLE revision (
    dossier_id  TEXT    NOT NULL REFERENCES dossier (id),
    number      INTEGER NOT NULL CHECK (number >= 1),
    unit_id     TEXT    NOT NULL,
    state       TEXT    NOT NULL DEFAULT 'draft',
    step        INTEGER NOT NULL DEFAULT 0,
    park_reason TEXT    NOT NULL DEFAULT '',
    version     INTEGER NOT NULL DEFAULT 1,
    vouchers    TEXT    NOT NULL,            -- JSON array of Voucher
    doc_number  TEXT    NOT NULL DEFAULT '',
    form        TEXT    NOT NULL DEFAULT '',
    title       TEXT    NOT NULL DEFAULT '',
    payee       TEXT    NOT NULL DEFAULT '',
    total       INTEGER NOT NULL DEFAULT 0,
    day         TEXT    NOT NULL DEFAULT '',
    search      TEXT    NOT NULL DEFAULT '',
    returned_by TEXT    NOT NULL DEFAULT '',
    returned    TEXT    NOT NULL DEFAULT '',
    created_at  TEXT    NOT NULL,
    saved_at    TEXT    NOT NULL,
    saved_by    TEXT    NOT NULL,
    frozen_at   TEXT    NOT NULL DEFAULT '',
    PRIMARY KEY (dossier_id, number)
) STRICT;
CREATE INDEX revision_by_state ON revision (unit_id, state);

-- A frozen revision's content never changes; only its place in the life cycle does.
CREATE TRIGGER revision_frozen BEFORE UPDATE OF
    dossier_id, number, unit_id, version, vouchers, doc_number, form, title, payee, total, day,
    search, created_at
ON revision WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'append-only: a frozen revision'); END;

CREATE TRIGGER revision_kept BEFORE DELETE ON revision WHEN OLD.state <> 'draft'
BEGIN SELECT RAISE(ABORT, 'append-only: a frozen revision'); END;

CREATE TABLE attachment (
    id         TEXT    NOT NULL PRIMARY KEY,
    dossier_id TEXT    NOT NULL REFERENCES dossier (id),
    unit_id    TEXT    NOT NULL,
    drawer     TEXT    NOT NULL CHECK (drawer IN ('treasury', 'unit')),
    name       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    size       INTEGER NOT NULL CHECK (size >= 0),
    added_at   TEXT    NOT NULL,
    added_by   TEXT    NOT NULL,
    UNIQUE (dossier_id, drawer, name)
) STRICT;

CREATE TABLE entry (
    dossier_id TEXT    NOT NULL,
    revision   INTEGER NOT NULL,
    position   INTEGER NOT NULL CHECK (position >= 1),
    unit_id    TEXT    NOT NULL,
    path       TEXT    NOT NULL,
    sha256     TEXT    NOT NULL,
    size       INTEGER NOT NULL CHECK (size >= 0),
    PRIMARY KEY (dossier_id, revision, position),
    UNIQUE (dossier_id, revision, path),
    FOREIGN KEY (dossier_id, revision) REFERENCES revision (dossier_id, number)
) STRICT;

CREATE TABLE signature (
    dossier_id             TEXT    NOT NULL,
    revision               INTEGER NOT NULL,
    step                   INTEGER NOT NULL CHECK (step >= 1),
    unit_id                TEXT    NOT NULL,
    role                   TEXT    NOT NULL,
    manifest_sha256        TEXT    NOT NULL,
    manifest_size          INTEGER NOT NULL,
    p7s_sha256             TEXT    NOT NULL,
    p7s_size               INTEGER NOT NULL,
    signature_value_sha256 TEXT    NOT NULL,
    person_id              TEXT    NOT NULL,
    holder                 TEXT    NOT NULL,
    certificate_sha256     TEXT    NOT NULL,
    signed_at              TEXT    NOT NULL,
    revocation             TEXT    NOT NULL DEFAULT 'not-checked',
    PRIMARY KEY (dossier_id, revision, step),
    FOREIGN KEY (dossier_id, revision) REFERENCES revision (dossier_id, number)
) STRICT;

CREATE TRIGGER entry_fixed BEFORE UPDATE ON entry
BEGIN SELECT RAISE(ABORT, 'append-only: entry'); END;

-- Before the first signature a revision may go back to draft and lose its entries.
CREATE TRIGGER entry_kept BEFORE DELETE ON entry WHEN EXISTS (
    SELECT 1 FROM signature s WHERE s.dossier_id = OLD.dossier_id AND s.revision = OLD.revision
)
BEGIN SELECT RAISE(ABORT, 'append-only: entry of a signed revision'); END;

CREATE TRIGGER signature_fixed BEFORE UPDATE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature'); END;
CREATE TRIGGER signature_kept BEFORE DELETE ON signature
BEGIN SELECT RAISE(ABORT, 'append-only: signature'); END;

CREATE TRIGGER revision_signed BEFORE UPDATE OF state ON revision
WHEN NEW.state = 'draft' AND OLD.state <> 'draft' AND EXISTS (
    SELECT 1 FROM signature s WHERE s.dossier_id = OLD.dossier_id AND s.revision = OLD.number
)
BEGIN SELECT RAISE(ABORT, 'append-only: a signed revision'); END;
