-- The status a dossier had when its unit asked to withdraw it; empty: never asked.
ALTER TABLE dossier ADD COLUMN before_withdrawal TEXT NOT NULL DEFAULT '';
