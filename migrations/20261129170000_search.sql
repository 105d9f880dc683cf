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
