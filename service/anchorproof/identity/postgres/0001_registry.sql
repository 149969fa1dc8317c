-- The registry on PostgreSQL; what each table and column is for stands in the files for SQLite beside this folder.

CREATE TABLE outlets (
    sequence     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    outlet_id    TEXT    NOT NULL UNIQUE,
    audit_id     TEXT    NOT NULL UNIQUE,
    display_name TEXT    NOT NULL,
    name_key     TEXT    NOT NULL UNIQUE,
    aliases      TEXT    NOT NULL,
    country      TEXT    NOT NULL,
    notes        TEXT    NOT NULL,
    create_time  BIGINT  NOT NULL,
    update_time  BIGINT  NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1
);

CREATE TABLE anchors (
    sequence          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    anchor_id         TEXT    NOT NULL UNIQUE,
    audit_id          TEXT    NOT NULL UNIQUE,
    display_name      TEXT    NOT NULL,
    outlet            TEXT    NOT NULL,
    outlet_id         TEXT    REFERENCES outlets (outlet_id) ON DELETE RESTRICT,
    name_key          TEXT    NOT NULL,
    outlet_key        TEXT    NOT NULL,
    aliases           TEXT    NOT NULL,
    localized_names   TEXT    NOT NULL DEFAULT '[]',
    notes             TEXT    NOT NULL,
    consent           TEXT    NOT NULL DEFAULT 'unspecified'
        CHECK (consent IN ('unspecified', 'given', 'refused', 'withdrawn', 'not_required')),
    consent_reference TEXT    NOT NULL DEFAULT '',
    legal_basis       TEXT    NOT NULL DEFAULT '',
    valid_from        BIGINT,
    valid_until       BIGINT,
    create_time       BIGINT  NOT NULL,
    update_time       BIGINT  NOT NULL,
    revision          INTEGER NOT NULL DEFAULT 1,
    UNIQUE (name_key, outlet_key)
);
CREATE INDEX anchors_by_outlet ON anchors (outlet_id);

CREATE TABLE enrolments (
    sequence        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enrolment_id    TEXT             NOT NULL UNIQUE,
    anchor_id       TEXT             NOT NULL REFERENCES anchors (anchor_id) ON DELETE CASCADE,
    media_sha256    TEXT             NOT NULL,
    media_name      TEXT             NOT NULL,
    create_time     BIGINT           NOT NULL,
    speech_s        DOUBLE PRECISION NOT NULL,
    rejections      TEXT             NOT NULL,
    session         TEXT             NOT NULL DEFAULT '',
    assessment      TEXT,
    override_reason TEXT             NOT NULL DEFAULT '',
    samples         TEXT             NOT NULL DEFAULT '[]',
    UNIQUE (anchor_id, media_sha256)
);

CREATE TABLE templates (
    sequence     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enrolment_id TEXT             NOT NULL REFERENCES enrolments (enrolment_id) ON DELETE CASCADE,
    modality     TEXT             NOT NULL CHECK (modality IN ('face', 'voice')),
    model_id     TEXT             NOT NULL,
    quality      DOUBLE PRECISION NOT NULL,
    start_s      DOUBLE PRECISION,
    end_s        DOUBLE PRECISION,
    key_id       TEXT             NOT NULL,
    vector       BYTEA            NOT NULL CHECK (length(vector) > 0 AND length(vector) % 4 = 0)
);
CREATE INDEX templates_by_enrolment ON templates (enrolment_id, modality);
CREATE INDEX templates_by_model ON templates (model_id);

CREATE TABLE retained (
    sequence     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    enrolment_id TEXT  NOT NULL REFERENCES enrolments (enrolment_id) ON DELETE CASCADE,
    modality     TEXT  NOT NULL CHECK (modality IN ('face', 'voice')),
    key_id       TEXT  NOT NULL,
    content      BYTEA NOT NULL
);
CREATE INDEX retained_by_enrolment ON retained (enrolment_id, modality);

CREATE TABLE key_checks (
    key_id TEXT PRIMARY KEY,
    sealed BYTEA NOT NULL
);

CREATE TABLE erasures (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);

CREATE TABLE requests (
    request_id     TEXT   PRIMARY KEY,
    method         TEXT   NOT NULL,
    content_sha256 TEXT   NOT NULL,
    result_id      TEXT   NOT NULL,
    create_time    BIGINT NOT NULL
);
CREATE INDEX requests_by_time ON requests (create_time);

CREATE TABLE audit (
    sequence    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    create_time BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    details     TEXT   NOT NULL
);
CREATE INDEX audit_by_subject ON audit (subject, sequence);
CREATE FUNCTION keep_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append-only';
END $$;
CREATE TRIGGER audit_keeps_entries BEFORE DELETE OR UPDATE ON audit FOR EACH ROW EXECUTE FUNCTION keep_audit();
CREATE TRIGGER audit_keeps_all BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION keep_audit();

CREATE TABLE changes (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind     TEXT   NOT NULL CHECK (kind IN ('anchor', 'enrolment')),
    number   BIGINT NOT NULL
);
CREATE FUNCTION log_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        INSERT INTO changes (kind, number) VALUES (TG_ARGV[0], OLD.sequence);
    ELSE
        INSERT INTO changes (kind, number) VALUES (TG_ARGV[0], NEW.sequence);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER anchor_changed AFTER INSERT OR UPDATE OR DELETE ON anchors
    FOR EACH ROW EXECUTE FUNCTION log_change('anchor');
CREATE TRIGGER enrolment_changed AFTER INSERT OR UPDATE OR DELETE ON enrolments
    FOR EACH ROW EXECUTE FUNCTION log_change('enrolment');

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
