-- A restored store is on another PC, perhaps: the devices it brought are ended at the portal.

ALTER TABLE device ADD COLUMN replaced_at TEXT NOT NULL DEFAULT ''; -- '' = this PC's own
