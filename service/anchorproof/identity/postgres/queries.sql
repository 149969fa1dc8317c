-- Statements that PostgreSQL says differently, by name.

-- name: data_version
-- Grows with every change that readers follow.
SELECT (SELECT coalesce(max(sequence), 0) FROM changes) + (SELECT coalesce(max(sequence), 0) FROM logo_changes)
       AS version;

-- name: list_references
-- All templates with the anchor they belong to.
SELECT t.sequence, t.enrolment_id, t.modality, t.model_id, t.quality, t.fall_db, t.band_db, t.key_id, t.vector,
       e.sequence AS enrolment_number, a.sequence AS anchor_number
FROM templates t JOIN enrolments e USING (enrolment_id) JOIN anchors a USING (anchor_id)
WHERE t.sequence > :after
ORDER BY t.sequence
LIMIT :rows;
