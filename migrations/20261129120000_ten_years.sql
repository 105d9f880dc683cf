-- What the first screen asks for must not read ten years of dossiers: the few answers somebody has to
-- look at, and the newest receipt. The condition stands in dossiers.rs word for word.

CREATE INDEX dossier_to_look_at ON dossier (unit_id)
WHERE unread = 1 OR json_extract(treasury, '$.status')
    IN ('supplement-asked', 'refused', 'money-returned');

-- Whether a dossier has its movement is asked for each that may have one.
CREATE INDEX movement_of_dossier ON movement (dossier_id);

CREATE INDEX receipt_newest ON receipt (unit_id, received_at);

-- Kết quả, newest first and page by page.
CREATE INDEX dossier_newest ON dossier (unit_id, changed_at DESC, id DESC);
