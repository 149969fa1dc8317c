-- The report store's statements, by name.

-- name: get_report
SELECT document FROM reports WHERE report_id = :report_id;

-- name: reports_after
SELECT sequence, document FROM reports WHERE sequence > :sequence ORDER BY sequence LIMIT :rows;

-- name: find_request
-- The report that a request led to.
SELECT document FROM reports WHERE request_id = :request_id;

-- name: insert_report
INSERT INTO reports (report_id, request_id, create_time, clip_sha256, decision, document)
VALUES (:report_id, :request_id, :create_time, :clip_sha256, :decision, :document);

-- name: insert_recognised
INSERT INTO recognised (sequence, anchor_id)
SELECT sequence, :anchor_id FROM reports WHERE report_id = :report_id;

-- name: list_reports
-- A page, newest first, of what lies behind (:time, :sequence) in that order; a filter that is NULL lets all pass.
SELECT r.sequence, r.create_time, r.document
FROM reports r
WHERE (r.create_time, r.sequence) < (:time, :sequence)
  AND (:decision IS NULL OR r.decision = :decision)
  AND (:clip_sha256 IS NULL OR r.clip_sha256 = :clip_sha256)
  AND (:anchor_id IS NULL
       OR EXISTS (SELECT 1 FROM recognised k WHERE k.anchor_id = :anchor_id AND k.sequence = r.sequence))
  AND (:created_from IS NULL OR r.create_time >= :created_from)
  AND (:created_before IS NULL OR r.create_time < :created_before)
ORDER BY r.create_time DESC, r.sequence DESC
LIMIT :rows;
