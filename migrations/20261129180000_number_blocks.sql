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
