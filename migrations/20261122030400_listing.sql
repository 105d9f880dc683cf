-- The list Hồ sơ: one derived row per dossier and its folded text. Rebuilt from dossier and
-- revision at any time; nothing else may be read from here.

CREATE TABLE listing (
    row        INTEGER NOT NULL PRIMARY KEY,
    dossier_id TEXT    NOT NULL UNIQUE REFERENCES dossier (id),
    unit_id    TEXT    NOT NULL,
    stage      TEXT    NOT NULL,
    form       TEXT    NOT NULL,
    month      TEXT    NOT NULL,
    changed_at TEXT    NOT NULL,
    folded     TEXT    NOT NULL
) STRICT;
CREATE INDEX listing_newest ON listing (unit_id, changed_at DESC, dossier_id DESC);
CREATE INDEX listing_by_stage ON listing (unit_id, stage, changed_at DESC, dossier_id DESC);
CREATE INDEX listing_by_form ON listing (unit_id, form, changed_at DESC, dossier_id DESC);
CREATE INDEX listing_by_month ON listing (unit_id, month, changed_at DESC, dossier_id DESC);

-- The text is folded before it gets here (FTS5 does not fold đ), so the tokenizer need not.
CREATE VIRTUAL TABLE listing_text USING fts5 (
    folded, content = 'listing', content_rowid = 'row', prefix = '2 3',
    tokenize = 'unicode61 remove_diacritics 0'
);
CREATE TRIGGER listing_added AFTER INSERT ON listing BEGIN
    INSERT INTO listing_text (rowid, folded) VALUES (NEW.row, NEW.folded);
END;
CREATE TRIGGER listing_removed AFTER DELETE ON listing BEGIN
    INSERT INTO listing_text (listing_text, rowid, folded) VALUES ('delete', OLD.row, OLD.folded);
END;
CREATE TRIGGER listing_refolded AFTER UPDATE OF folded ON listing WHEN OLD.folded <> NEW.folded BEGIN
    INSERT INTO listing_text (listing_text, rowid, folded) VALUES ('delete', OLD.row, OLD.folded);
    INSERT INTO listing_text (rowid, folded) VALUES (NEW.row, NEW.folded);
END;
