-- Số chứng từ handed out, a block per device; blocks of a unit, year and series never overlap.
CREATE TABLE number_block (
    block_id   INTEGER PRIMARY KEY,
    unit_id    TEXT NOT NULL REFERENCES unit (unit_id),
    year       INTEGER NOT NULL,
    series     TEXT NOT NULL,
    first      INTEGER NOT NULL CHECK (first > 0),
    last       INTEGER NOT NULL CHECK (last >= first),
    -- the asker's own key; `connection` for a block of a connection file
    client_key TEXT NOT NULL,
    given_at   TEXT NOT NULL,
    UNIQUE (unit_id, year, series, first),
    UNIQUE (unit_id, year, series, client_key)
) STRICT;
CREATE TRIGGER number_block_kept BEFORE UPDATE ON number_block
BEGIN SELECT RAISE(ABORT, 'what was handed out stays'); END;
CREATE TRIGGER number_block_never_deleted BEFORE DELETE ON number_block
BEGIN SELECT RAISE(ABORT, 'what was handed out stays'); END;
-- Connection files written before blocks were kept here: all of 2026, two blocks of 1,000.
INSERT INTO number_block (unit_id, year, series, first, last, client_key, given_at)
SELECT unit_id, 2026, '', 1, 2000, 'connection', '' FROM unit;
CREATE INDEX device_key ON device (unit_id, public_key);
