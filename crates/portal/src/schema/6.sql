-- Tokens that stand for a device's proof; made by training portals alone.
CREATE TABLE device_token (
    token_sha256 TEXT NOT NULL PRIMARY KEY,
    device_id    TEXT NOT NULL REFERENCES device (device_id)
) STRICT;
