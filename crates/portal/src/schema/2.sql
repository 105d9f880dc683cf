-- What a row is of, so that newer rows replace it; rows older than the cursors served may go.
ALTER TABLE feed ADD COLUMN key TEXT NOT NULL DEFAULT '';
ALTER TABLE unit ADD COLUMN feed_floor INTEGER NOT NULL DEFAULT 0;
DROP TRIGGER feed_kept;
DROP TRIGGER feed_never_deleted;
UPDATE feed SET key = CASE json_extract(item, '$.kind')
    WHEN 'dossier' THEN 'dossier:' || json_extract(item, '$.dossier')
    WHEN 'balance' THEN 'balance:' || json_extract(item, '$.account')
    ELSE 'notice:' || json_extract(item, '$.id')
END;
CREATE INDEX feed_key ON feed (unit_id, key, seq);
CREATE TRIGGER feed_kept BEFORE UPDATE ON feed
BEGIN SELECT RAISE(ABORT, 'the feed is append-only'); END;
CREATE TRIGGER feed_newest_kept BEFORE DELETE ON feed
WHEN NOT EXISTS (SELECT 1 FROM feed AS newer
                 WHERE newer.unit_id = OLD.unit_id AND newer.key = OLD.key AND newer.seq > OLD.seq)
BEGIN SELECT RAISE(ABORT, 'the newest row of everything stays'); END;
