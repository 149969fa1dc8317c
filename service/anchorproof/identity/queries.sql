-- The registry's statements, by name.

-- name: get_anchor
-- One anchor with the number of its templates.
SELECT a.*,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'voice') AS voice_templates
FROM anchors a
WHERE a.anchor_id = :anchor_id;

-- name: list_anchors
-- A page in the order of creation, starting behind the sequence number :after.
SELECT a.*,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'voice') AS voice_templates
FROM anchors a
WHERE a.sequence > :after
ORDER BY a.sequence
LIMIT :rows;

-- name: find_name
-- The anchor that has this name at this outlet already.
SELECT anchor_id FROM anchors WHERE name_key = :name_key AND outlet_key = :outlet_key;

-- name: find_anchor
-- Is this anchor id taken?
SELECT 1 FROM anchors WHERE anchor_id = :anchor_id;

-- name: insert_anchor
INSERT INTO anchors (anchor_id, display_name, outlet, name_key, outlet_key, aliases, notes, create_time, update_time)
VALUES (:anchor_id, :display_name, :outlet, :name_key, :outlet_key, :aliases, :notes, :now, :now);

-- name: update_anchor
-- Writes all that can be changed; the revision is what the etag is made of.
UPDATE anchors
SET display_name = :display_name, outlet = :outlet, name_key = :name_key, outlet_key = :outlet_key,
    aliases = :aliases, notes = :notes, update_time = :now, revision = revision + 1
WHERE anchor_id = :anchor_id;

-- name: delete_anchor
-- Enrolments and templates go with it.
DELETE FROM anchors WHERE anchor_id = :anchor_id;

-- name: get_enrolment
-- One enrolment with the number of its templates.
SELECT e.*,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'voice') AS voice_templates
FROM enrolments e
WHERE e.anchor_id = :anchor_id AND e.enrolment_id = :enrolment_id;

-- name: list_enrolments
-- A page of one anchor's enrolments in the order of creation, behind the sequence number :after.
SELECT e.*,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'voice') AS voice_templates
FROM enrolments e
WHERE e.anchor_id = :anchor_id AND e.sequence > :after
ORDER BY e.sequence
LIMIT :rows;

-- name: find_media
-- The enrolment of this media for this anchor, if there is one.
SELECT enrolment_id FROM enrolments WHERE anchor_id = :anchor_id AND media_sha256 = :media_sha256;

-- name: insert_enrolment
INSERT INTO enrolments (enrolment_id, anchor_id, media_sha256, media_name, create_time, speech_s, rejections)
VALUES (:enrolment_id, :anchor_id, :media_sha256, :media_name, :now, :speech_s, :rejections);

-- name: delete_enrolment
-- Its templates go with it.
DELETE FROM enrolments WHERE anchor_id = :anchor_id AND enrolment_id = :enrolment_id;

-- name: list_models
-- The models whose templates an enrolment holds.
SELECT DISTINCT model_id FROM templates WHERE enrolment_id = :enrolment_id;

-- name: vector_bytes
-- How long this model's templates are; all of one model are alike.
SELECT length(vector) AS bytes FROM templates WHERE model_id = :model_id LIMIT 1;

-- name: insert_template
INSERT INTO templates (enrolment_id, modality, model_id, quality, start_s, end_s, vector)
VALUES (:enrolment_id, :modality, :model_id, :quality, :start_s, :end_s, :vector);

-- name: list_names
-- All anchors' names and outlets, for the reference set.
SELECT anchor_id, display_name, aliases, outlet FROM anchors ORDER BY sequence;

-- name: list_references
-- All templates with the anchor they belong to, in the order they lie in: sorting the vectors here would take longer
-- than reading them.
SELECT t.model_id, e.anchor_id, t.vector
FROM templates t CROSS JOIN enrolments e ON e.enrolment_id = t.enrolment_id
ORDER BY t.sequence;

-- name: insert_erasure
-- Something was deleted: the file has to be written anew.
INSERT INTO erasures DEFAULT VALUES;

-- name: last_erasure
-- The latest deletion whose traces may be left; NULL when there is none.
SELECT max(sequence) AS sequence FROM erasures;

-- name: finish_erasures
-- The file was written anew after this deletion.
DELETE FROM erasures WHERE sequence <= :sequence;

-- name: find_request
SELECT method, content_sha256, result_id FROM requests WHERE request_id = :request_id;

-- name: insert_request
INSERT INTO requests (request_id, method, content_sha256, result_id, create_time)
VALUES (:request_id, :method, :content_sha256, :result_id, :now);

-- name: forget_requests
-- Nobody repeats a request after this long.
DELETE FROM requests WHERE create_time < :before;
