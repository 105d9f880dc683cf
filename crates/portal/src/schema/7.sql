-- Data packs told of in the feed; their bytes lie in blobs/.
CREATE TABLE pack (
    sha256    TEXT NOT NULL PRIMARY KEY,
    pack_id   TEXT NOT NULL,
    size      INTEGER NOT NULL,
    issued_at TEXT NOT NULL
) STRICT;
