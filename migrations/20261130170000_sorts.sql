-- The list by amount and by the voucher's day. Taken over here rather than derived anew, so that the
-- order of change stays; `store::listing` keeps both from now on.

ALTER TABLE listing ADD COLUMN total INTEGER NOT NULL DEFAULT 0;
ALTER TABLE listing ADD COLUMN day TEXT NOT NULL DEFAULT '';     -- '' = none yet

UPDATE listing SET total = r.total, day = r.day
FROM dossier d JOIN revision r ON r.dossier_id = d.id AND r.number = d.revision
WHERE d.id = listing.dossier_id;

-- Equal ones stand by their ids, which do not change as `row` does. The filters' values are there, so
-- that a walk looks no row up.
CREATE INDEX listing_by_total ON listing (unit_id, total, dossier_id, stage, form, month);
CREATE INDEX listing_by_day ON listing (unit_id, day, dossier_id, stage, form, month);
