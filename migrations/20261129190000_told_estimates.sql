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
