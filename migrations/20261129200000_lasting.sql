-- The list anew, so that a search of ten years is answered by its index alone. `row` is the order of
-- change: a dossier that changed gets a new one at the end, and newest first is the order of every index.
-- Both tables are derived; they are filled from dossier and revision when the store is opened.

DROP TABLE listing_text;
DROP TABLE listing;

CREATE TABLE listing (
    row        INTEGER NOT NULL PRIMARY KEY,
    dossier_id TEXT    NOT NULL UNIQUE REFERENCES dossier (id),
    unit_id    TEXT    NOT NULL,
    stage      TEXT    NOT NULL,
    form       TEXT    NOT NULL,
    month      TEXT    NOT NULL,
    folded     TEXT    NOT NULL
) STRICT;
-- Each ends with `row`.
CREATE INDEX listing_of_unit ON listing (unit_id);
CREATE INDEX listing_by_stage ON listing (unit_id, stage);
CREATE INDEX listing_by_form ON listing (unit_id, form);
CREATE INDEX listing_by_month ON listing (unit_id, month);

-- Words of `folded`, each behind the 32 hex digits of its unit, and the filters' values; no text and no
-- places of words are kept. The prefixes are those of one to six letters, as long as a syllable is: one
-- that has an index of its own is walked, any other is first put together from all the words it begins.
CREATE VIRTUAL TABLE listing_text USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, prefix = '33 34 35 36 37 38',
    tokenize = 'ascii'
);
-- A leaf of the index fits one encrypted page.
INSERT INTO listing_text (listing_text, rank) VALUES ('pgsz', 3900);

-- Khối số chứng từ: the numbers the portal gave this PC, or another PC of the unit. Once the portal
-- knows this PC numbers come from its own blocks alone; before, doc_number counts.

CREATE TABLE number_block (
    unit_id TEXT    NOT NULL,
    year    INTEGER NOT NULL,
    series  TEXT    NOT NULL,
    key     TEXT    NOT NULL,                -- what it was asked by; 'connection': of the connection file
    owner   TEXT    NOT NULL DEFAULT 'own' CHECK (owner IN ('own', 'other')),
    first   INTEGER NOT NULL DEFAULT 0 CHECK (first >= 0),  -- 0: asked for, not given yet
    last    INTEGER NOT NULL DEFAULT 0 CHECK (last >= first),
    next    INTEGER NOT NULL DEFAULT 1 CHECK (next >= first),
    PRIMARY KEY (unit_id, year, series, key)
) STRICT, WITHOUT ROWID;

-- Dự toán as the treasury told it by the feed, beside the unit's own book.

CREATE TABLE told_estimate (
    unit_id   TEXT    NOT NULL,
    year      INTEGER NOT NULL,
    source    TEXT    NOT NULL,
    sector    TEXT    NOT NULL,
    programme TEXT    NOT NULL,               -- 00000 for none
    given     INTEGER NOT NULL,
    used      INTEGER NOT NULL,
    version   INTEGER NOT NULL,
    at        TEXT    NOT NULL,
    PRIMARY KEY (unit_id, year, source, sector, programme)
) STRICT, WITHOUT ROWID;

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
