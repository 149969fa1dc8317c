-- The registry's statements, by name. They are shared with PostgreSQL (postgres/queries.sql holds the exceptions).

-- name: get_anchor
-- One anchor with what is enrolled of it.
SELECT * FROM anchors_counted WHERE anchor_id = :anchor_id;

-- name: list_anchors
-- A page in the order of creation, starting behind the sequence number :after.
SELECT * FROM anchors_counted WHERE sequence > :after ORDER BY sequence LIMIT :rows;

-- name: list_anchors_of
-- The same, of one outlet.
SELECT * FROM anchors_counted WHERE outlet_id = :outlet_id AND sequence > :after ORDER BY sequence LIMIT :rows;

-- name: list_all_names
-- Every name that an anchor can be searched by.
SELECT anchor_id, outlet_id, outlet, display_name, aliases, localized_names FROM anchors ORDER BY sequence;

-- name: find_name
-- The anchor that has this name at this outlet already.
SELECT anchor_id FROM anchors WHERE name_key = :name_key AND outlet_key = :outlet_key;

-- name: find_anchor
-- Is this anchor id taken?
SELECT sequence FROM anchors WHERE anchor_id = :anchor_id;

-- name: insert_anchor
INSERT INTO anchors (anchor_id, audit_id, display_name, outlet, outlet_id, name_key, outlet_key, aliases,
                     localized_names, notes, consent, consent_reference, legal_basis, valid_from, valid_until,
                     create_time, update_time)
VALUES (:anchor_id, :audit_id, :display_name, :outlet, :outlet_id, :name_key, :outlet_key, :aliases,
        :localized_names, :notes, :consent, :consent_reference, :legal_basis, :valid_from, :valid_until,
        :now, :now);

-- name: update_anchor
-- Writes all that can be changed; the revision is what the etag is made of.
UPDATE anchors
SET display_name = :display_name, outlet = :outlet, outlet_id = :outlet_id, name_key = :name_key,
    outlet_key = :outlet_key, aliases = :aliases, localized_names = :localized_names, notes = :notes,
    consent = :consent, consent_reference = :consent_reference, legal_basis = :legal_basis,
    valid_from = :valid_from, valid_until = :valid_until, update_time = :now, revision = revision + 1
WHERE anchor_id = :anchor_id;

-- name: delete_anchor
-- Enrolments and templates go with it.
DELETE FROM anchors WHERE anchor_id = :anchor_id;

-- name: get_outlet
SELECT o.*, (SELECT count(*) FROM anchors a WHERE a.outlet_id = o.outlet_id) AS anchors
FROM outlets o WHERE o.outlet_id = :outlet_id;

-- name: list_outlets
-- A page in the order of creation, starting behind the sequence number :after.
SELECT o.*, (SELECT count(*) FROM anchors a WHERE a.outlet_id = o.outlet_id) AS anchors
FROM outlets o WHERE o.sequence > :after ORDER BY o.sequence LIMIT :rows;

-- name: list_outlet_names
-- Every name that an outlet can be found by.
SELECT outlet_id, display_name, name_key, aliases FROM outlets ORDER BY sequence;

-- name: insert_outlet
INSERT INTO outlets (outlet_id, audit_id, display_name, name_key, aliases, country, notes, create_time, update_time)
VALUES (:outlet_id, :audit_id, :display_name, :name_key, :aliases, :country, :notes, :now, :now);

-- name: update_outlet
UPDATE outlets
SET display_name = :display_name, name_key = :name_key, aliases = :aliases, country = :country, notes = :notes,
    update_time = :now, revision = revision + 1
WHERE outlet_id = :outlet_id;

-- name: rename_outlet_of_anchors
-- Anchors repeat their outlet's name.
UPDATE anchors SET outlet = :display_name, outlet_key = :name_key, update_time = :now, revision = revision + 1
WHERE outlet_id = :outlet_id;

-- name: delete_outlet
DELETE FROM outlets WHERE outlet_id = :outlet_id;

-- name: get_enrolment
-- One enrolment with the number of its templates.
SELECT * FROM enrolments_counted WHERE anchor_id = :anchor_id AND enrolment_id = :enrolment_id;

-- name: list_enrolments
-- A page of one anchor's enrolments in the order of creation, behind the sequence number :after.
SELECT * FROM enrolments_counted WHERE anchor_id = :anchor_id AND sequence > :after ORDER BY sequence LIMIT :rows;

-- name: find_media
-- The enrolment of this media for this anchor, if there is one.
SELECT enrolment_id FROM enrolments WHERE anchor_id = :anchor_id AND media_sha256 = :media_sha256;

-- name: insert_enrolment
INSERT INTO enrolments (enrolment_id, anchor_id, media_sha256, media_name, create_time, speech_s, rejections,
                        session, assessment, override_reason, samples)
VALUES (:enrolment_id, :anchor_id, :media_sha256, :media_name, :now, :speech_s, :rejections,
        :session, :assessment, :override_reason, :samples);

-- name: touch_enrolment
-- Templates were added to it: readers have to look at it again.
UPDATE enrolments SET session = session WHERE enrolment_id = :enrolment_id;

-- name: move_enrolment
UPDATE enrolments SET anchor_id = :anchor_id WHERE enrolment_id = :enrolment_id;

-- name: delete_enrolment
-- Its templates go with it.
DELETE FROM enrolments WHERE anchor_id = :anchor_id AND enrolment_id = :enrolment_id;

-- name: list_models
-- The models whose templates an enrolment holds.
SELECT DISTINCT model_id FROM templates WHERE enrolment_id = :enrolment_id;

-- name: vector_bytes
-- How long this model's sealed templates are; all of one model are alike.
SELECT length(vector) AS bytes FROM templates WHERE model_id = :model_id LIMIT 1;

-- name: insert_template
INSERT INTO templates (enrolment_id, modality, model_id, quality, start_s, end_s, fall_db, band_db, key_id, vector)
VALUES (:enrolment_id, :modality, :model_id, :quality, :start_s, :end_s, :fall_db, :band_db, :key_id, :vector);

-- name: list_templates
-- The templates of one enrolment.
SELECT sequence, enrolment_id, modality, model_id, quality, start_s, end_s, fall_db, band_db, key_id, vector
FROM templates WHERE enrolment_id = :enrolment_id ORDER BY sequence;

-- name: insert_retained
INSERT INTO retained (enrolment_id, modality, key_id, content) VALUES (:enrolment_id, :modality, :key_id, :content);

-- name: list_retained
-- What templates of another model can be made from.
SELECT sequence, modality, key_id, content FROM retained WHERE enrolment_id = :enrolment_id ORDER BY sequence;

-- name: enrolments_lacking
-- Enrolments that have templates of this modality, but none of this model; and whether they can be made.
SELECT e.enrolment_id, e.anchor_id, e.media_name,
       (SELECT count(*) FROM retained r WHERE r.enrolment_id = e.enrolment_id AND r.modality = :modality) AS retained
FROM enrolments e
WHERE EXISTS (SELECT 1 FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = :modality)
  AND NOT EXISTS (SELECT 1 FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.model_id = :model_id)
ORDER BY e.sequence;

-- name: list_names
-- All anchors' names, outlets and times, for the reference set.
SELECT sequence, anchor_id, display_name, aliases, localized_names, outlet, consent, valid_from, valid_until
FROM anchors ORDER BY sequence;

-- name: reference_name
-- The same, of one anchor by its number.
SELECT sequence, anchor_id, display_name, aliases, localized_names, outlet, consent, valid_from, valid_until
FROM anchors WHERE sequence = :number;

-- name: list_references
-- A page of all templates with the anchor they belong to, in the order they lie in: sorting the vectors here would take
-- longer than reading them.
SELECT t.sequence, t.enrolment_id, t.modality, t.model_id, t.quality, t.fall_db, t.band_db, t.key_id, t.vector,
       e.sequence AS enrolment_number, a.sequence AS anchor_number
FROM templates t CROSS JOIN enrolments e ON e.enrolment_id = t.enrolment_id
     CROSS JOIN anchors a ON a.anchor_id = e.anchor_id
WHERE t.sequence > :after
ORDER BY t.sequence
LIMIT :rows;

-- name: references_of
-- The same, of one enrolment by its number.
SELECT t.sequence, t.enrolment_id, t.modality, t.model_id, t.quality, t.fall_db, t.band_db, t.key_id, t.vector,
       e.sequence AS enrolment_number, a.sequence AS anchor_number
FROM enrolments e JOIN templates t ON t.enrolment_id = e.enrolment_id JOIN anchors a ON a.anchor_id = e.anchor_id
WHERE e.sequence = :number
ORDER BY t.sequence;

-- name: count_templates
-- By model, with the bytes of one sealed vector.
SELECT model_id, count(*) AS templates, min(length(vector)) AS bytes FROM templates GROUP BY model_id;

-- name: last_change
-- The newest change, and the oldest that is still in the log. Both in one SELECT would read the whole log.
SELECT coalesce((SELECT max(sequence) FROM changes), 0) AS newest,
       coalesce((SELECT min(sequence) FROM changes), 0) AS oldest;

-- name: list_changes
SELECT sequence, kind, number FROM changes WHERE sequence > :after ORDER BY sequence;

-- name: forget_changes
-- Readers that are further behind read everything again.
DELETE FROM changes WHERE sequence <= :before;

-- name: insert_audit
INSERT INTO audit (create_time, actor, action, subject, details) VALUES (:now, :actor, :action, :subject, :details);

-- name: list_audit
-- A page in the order of time, with the name of what still exists.
SELECT u.sequence, u.create_time, u.actor, u.action, u.subject, u.details, a.anchor_id, o.outlet_id
FROM audit u LEFT JOIN anchors a ON a.audit_id = u.subject LEFT JOIN outlets o ON o.audit_id = u.subject
WHERE u.sequence > :after AND (:subject = '' OR u.subject = :subject)
ORDER BY u.sequence
LIMIT :rows;

-- name: insert_key_check
INSERT INTO key_checks (key_id, sealed) VALUES (:key_id, :sealed);

-- name: list_key_checks
SELECT key_id, sealed FROM key_checks;

-- name: drop_key_checks
-- All keys but one are gone.
DELETE FROM key_checks WHERE key_id <> :key_id;

-- name: any_sealed
-- A template that each key sealed.
SELECT sequence, enrolment_id, modality, model_id, key_id, vector FROM templates
WHERE sequence IN (SELECT min(sequence) FROM templates WHERE key_id <> '' GROUP BY key_id);

-- name: unsealed
-- Templates from before they were sealed, some at a time.
SELECT sequence, enrolment_id, modality, model_id, key_id, vector
FROM templates WHERE key_id = '' AND key_id <> :key_id AND sequence > :after ORDER BY sequence LIMIT :rows;

-- name: sealed_otherwise
-- Templates that are open or sealed by another key, some at a time.
SELECT sequence, enrolment_id, modality, model_id, key_id, vector
FROM templates WHERE key_id <> :key_id AND sequence > :after ORDER BY sequence LIMIT :rows;

-- name: reseal_template
UPDATE templates SET key_id = :key_id, vector = :vector WHERE sequence = :sequence;

-- name: retained_otherwise
SELECT sequence, enrolment_id, modality, key_id, content
FROM retained WHERE key_id <> :key_id AND sequence > :after ORDER BY sequence LIMIT :rows;

-- name: reseal_retained
UPDATE retained SET key_id = :key_id, content = :content WHERE sequence = :sequence;

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

-- name: insert_logo
INSERT INTO outlet_logos (logo_id, outlet_id, media_sha256, width, height, picture, create_time)
VALUES (:logo_id, :outlet_id, :media_sha256, :width, :height, :picture, :now);

-- name: find_logo
-- The logo that was made of this file.
SELECT logo_id FROM outlet_logos WHERE outlet_id = :outlet_id AND media_sha256 = :media_sha256;

-- name: get_logo
SELECT logo_id, outlet_id, media_sha256, width, height, create_time FROM outlet_logos
WHERE outlet_id = :outlet_id AND logo_id = :logo_id;

-- name: list_logos
SELECT logo_id, outlet_id, media_sha256, width, height, create_time FROM outlet_logos
WHERE outlet_id = :outlet_id ORDER BY sequence;

-- name: list_all_logos
-- With their pictures, in the order of creation.
SELECT l.logo_id, l.outlet_id, l.media_sha256, l.width, l.height, l.picture, l.create_time, o.display_name
FROM outlet_logos l JOIN outlets o USING (outlet_id) ORDER BY l.sequence;

-- name: delete_logo
DELETE FROM outlet_logos WHERE outlet_id = :outlet_id AND logo_id = :logo_id;

-- name: logo_version
-- Grows with every change of logos.
SELECT coalesce(max(sequence), 0) AS version FROM logo_changes;
