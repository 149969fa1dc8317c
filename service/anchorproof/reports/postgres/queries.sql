-- Statements that PostgreSQL says differently, by name.

-- name: data_version
-- Grows with every report.
SELECT coalesce(max(sequence), 0) AS version FROM reports;

-- name: list_reports
-- A page, newest first, of what lies behind (:time, :sequence) in that order; a filter that is NULL lets all pass.
SELECT r.sequence, r.create_time, r.document
FROM reports r
WHERE (r.create_time, r.sequence) < (:time, :sequence)
  AND (:decision::text IS NULL OR r.decision = :decision)
  AND (:clip_sha256::text IS NULL OR r.clip_sha256 = :clip_sha256)
  AND (:anchor_id::text IS NULL
       OR EXISTS (SELECT 1 FROM recognised k WHERE k.anchor_id = :anchor_id AND k.sequence = r.sequence))
  AND (:created_from::bigint IS NULL OR r.create_time >= :created_from)
  AND (:created_before::bigint IS NULL OR r.create_time < :created_before)
ORDER BY r.create_time DESC, r.sequence DESC
LIMIT :rows;
