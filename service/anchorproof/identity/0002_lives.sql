-- What a broadcaster's archive, its lawyers and its security people ask of a record: outlets of their own, names in
-- several scripts, consent and validity, sessions, what an enrolment's media were judged to be, sealed templates, an audit
-- trail, and a log that readers follow.

-- A broadcaster or agency. name_key is the folded spelling by which two outlets are the same.
CREATE TABLE outlets (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    outlet_id    TEXT    NOT NULL UNIQUE,
    audit_id     TEXT    NOT NULL UNIQUE,
    display_name TEXT    NOT NULL,
    name_key     TEXT    NOT NULL UNIQUE,
    aliases      TEXT    NOT NULL CHECK (json_valid(aliases)),
    country      TEXT    NOT NULL,
    notes        TEXT    NOT NULL,
    create_time  INTEGER NOT NULL,
    update_time  INTEGER NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1
);

-- anchors.outlet and outlet_key repeat the outlet's display name and key; outlet_id is NULL for an anchor without one.
ALTER TABLE anchors ADD COLUMN outlet_id TEXT REFERENCES outlets (outlet_id) ON DELETE RESTRICT;
-- Stands for the anchor in the audit trail, so that an erased anchor leaves no name there.
ALTER TABLE anchors ADD COLUMN audit_id TEXT NOT NULL DEFAULT '';
-- [{"language": BCP 47, "text": name}]
ALTER TABLE anchors ADD COLUMN localized_names TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(localized_names));
ALTER TABLE anchors ADD COLUMN consent TEXT NOT NULL DEFAULT 'unspecified'
    CHECK (consent IN ('unspecified', 'given', 'refused', 'withdrawn', 'not_required'));
ALTER TABLE anchors ADD COLUMN consent_reference TEXT NOT NULL DEFAULT '';
ALTER TABLE anchors ADD COLUMN legal_basis TEXT NOT NULL DEFAULT '';
-- Outside of these times the anchor is not compared with; NULL: no such bound.
ALTER TABLE anchors ADD COLUMN valid_from INTEGER;
ALTER TABLE anchors ADD COLUMN valid_until INTEGER;

UPDATE anchors SET audit_id = lower(hex(randomblob(16)));
CREATE UNIQUE INDEX anchors_by_audit_id ON anchors (audit_id);
CREATE INDEX anchors_by_outlet ON anchors (outlet_id);
INSERT INTO outlets (outlet_id, audit_id, display_name, name_key, aliases, country, notes, create_time, update_time)
SELECT 'outlet-' || lower(hex(randomblob(4))), lower(hex(randomblob(16))), min(outlet), outlet_key, '[]', '', '',
       min(create_time), min(create_time)
FROM anchors WHERE outlet_key <> '' GROUP BY outlet_key;
UPDATE anchors SET outlet_id = (SELECT o.outlet_id FROM outlets o WHERE o.name_key = anchors.outlet_key)
WHERE outlet_key <> '';

-- The recording session, as the client names it; empty: the medium is a session of its own.
ALTER TABLE enrolments ADD COLUMN session TEXT NOT NULL DEFAULT '';
-- What the authenticity analysis said of the medium; NULL: it was not run.
ALTER TABLE enrolments ADD COLUMN assessment TEXT CHECK (assessment IS NULL OR json_valid(assessment));
-- Why a medium that looks like a spoof was enrolled all the same; empty: it did not have to be overridden.
ALTER TABLE enrolments ADD COLUMN override_reason TEXT NOT NULL DEFAULT '';
-- Quality of each sample that was looked at.
ALTER TABLE enrolments ADD COLUMN samples TEXT NOT NULL DEFAULT '[]' CHECK (json_valid(samples));

-- Which key opens the vector; empty: it lies open (from before templates were sealed) and is sealed at the next opening.
ALTER TABLE templates ADD COLUMN key_id TEXT NOT NULL DEFAULT '';

-- What templates of another model can be made from: sealed cut-outs of faces, or speech. Kept only where wanted.
CREATE TABLE retained (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    enrolment_id TEXT NOT NULL REFERENCES enrolments (enrolment_id) ON DELETE CASCADE,
    modality     TEXT NOT NULL CHECK (modality IN ('face', 'voice')),
    key_id       TEXT NOT NULL,
    content      BLOB NOT NULL
);
CREATE INDEX retained_by_enrolment ON retained (enrolment_id, modality);

-- Every key that has sealed something, with a known text sealed by it: tells a wrong key before anything is written.
CREATE TABLE key_checks (
    key_id TEXT PRIMARY KEY,
    sealed BLOB NOT NULL
);

-- Who changed what, when. subject is an audit_id; details never hold names or templates.
CREATE TABLE audit (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    create_time INTEGER NOT NULL,
    actor       TEXT    NOT NULL,
    action      TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    details     TEXT    NOT NULL CHECK (json_valid(details))
);
CREATE INDEX audit_by_subject ON audit (subject, sequence);
CREATE TRIGGER audit_keeps_entries BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;
CREATE TRIGGER audit_keeps_words BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit trail is append-only');
END;

-- What changed, for readers that hold references in memory: number is the sequence number of an anchor or enrolment.
CREATE TABLE changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    kind     TEXT    NOT NULL CHECK (kind IN ('anchor', 'enrolment')),
    number   INTEGER NOT NULL
);
CREATE TRIGGER anchor_made AFTER INSERT ON anchors
BEGIN
    INSERT INTO changes (kind, number) VALUES ('anchor', NEW.sequence);
END;
CREATE TRIGGER anchor_changed AFTER UPDATE ON anchors
BEGIN
    INSERT INTO changes (kind, number) VALUES ('anchor', NEW.sequence);
END;
CREATE TRIGGER anchor_erased AFTER DELETE ON anchors
BEGIN
    INSERT INTO changes (kind, number) VALUES ('anchor', OLD.sequence);
END;
CREATE TRIGGER enrolment_made AFTER INSERT ON enrolments
BEGIN
    INSERT INTO changes (kind, number) VALUES ('enrolment', NEW.sequence);
END;
CREATE TRIGGER enrolment_changed AFTER UPDATE ON enrolments
BEGIN
    INSERT INTO changes (kind, number) VALUES ('enrolment', NEW.sequence);
END;
CREATE TRIGGER enrolment_erased AFTER DELETE ON enrolments
BEGIN
    INSERT INTO changes (kind, number) VALUES ('enrolment', OLD.sequence);
END;

-- Anchors with what is enrolled of them. A medium that belongs to no named session is one of its own.
CREATE VIEW anchors_counted AS
SELECT a.*,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'voice') AS voice_templates,
       (SELECT count(DISTINCT coalesce(nullif(e.session, ''), e.enrolment_id))
        FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'face')  AS face_sessions,
       (SELECT count(DISTINCT coalesce(nullif(e.session, ''), e.enrolment_id))
        FROM enrolments e JOIN templates t USING (enrolment_id)
        WHERE e.anchor_id = a.anchor_id AND t.modality = 'voice') AS voice_sessions,
       (SELECT coalesce(sum(e.speech_s), 0.0) FROM enrolments e WHERE e.anchor_id = a.anchor_id) AS speech_s
FROM anchors a;

-- Enrolments with the number of their templates.
CREATE VIEW enrolments_counted AS
SELECT e.*,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'face')  AS face_templates,
       (SELECT count(*) FROM templates t WHERE t.enrolment_id = e.enrolment_id AND t.modality = 'voice') AS voice_templates
FROM enrolments e;
