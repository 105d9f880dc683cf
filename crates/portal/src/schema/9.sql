-- Why a device was revoked, in the words of who did it.
ALTER TABLE device ADD COLUMN revoked_reason TEXT NOT NULL DEFAULT '';
