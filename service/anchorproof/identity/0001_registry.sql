-- The registry of anchors: who is enrolled, from which media, and the templates that came of it.
-- Times are microseconds since 1970-01-01 UTC. sequence numbers only grow, so that lists can be paged by them.

-- One real presenter. name_key and outlet_key are the folded spellings by which two anchors are the same.
CREATE TABLE anchors (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    anchor_id    TEXT    NOT NULL UNIQUE,
    display_name TEXT    NOT NULL,
    outlet       TEXT    NOT NULL,
    name_key     TEXT    NOT NULL,
    outlet_key   TEXT    NOT NULL,
    aliases      TEXT    NOT NULL CHECK (json_valid(aliases)),
    notes        TEXT    NOT NULL,
    create_time  INTEGER NOT NULL,
    update_time  INTEGER NOT NULL,
    revision     INTEGER NOT NULL DEFAULT 1,
    UNIQUE (name_key, outlet_key)
);

-- One piece of media enrolled for one anchor; the same media counts once per anchor.
CREATE TABLE enrolments (
    sequence      INTEGER PRIMARY KEY AUTOINCREMENT,
    enrolment_id  TEXT    NOT NULL UNIQUE,
    anchor_id     TEXT    NOT NULL REFERENCES anchors (anchor_id) ON DELETE CASCADE,
    media_sha256  TEXT    NOT NULL,
    media_name    TEXT    NOT NULL,
    create_time   INTEGER NOT NULL,
    speech_s      REAL    NOT NULL,
    rejections    TEXT    NOT NULL CHECK (json_valid(rejections)),
    UNIQUE (anchor_id, media_sha256)
);

-- One face or voice vector: float32, little endian. start_s and end_s lie on the media's timeline.
CREATE TABLE templates (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    enrolment_id TEXT NOT NULL REFERENCES enrolments (enrolment_id) ON DELETE CASCADE,
    modality     TEXT NOT NULL CHECK (modality IN ('face', 'voice')),
    model_id     TEXT NOT NULL,
    quality      REAL NOT NULL,
    start_s      REAL,
    end_s        REAL,
    vector       BLOB NOT NULL CHECK (typeof(vector) = 'blob' AND length(vector) > 0 AND length(vector) % 4 = 0)
);
CREATE INDEX templates_by_enrolment ON templates (enrolment_id, modality);
CREATE INDEX templates_by_model ON templates (model_id);

-- Deletions whose traces may still be in the file; a row goes when the file was written anew after it.
CREATE TABLE erasures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT
);

-- Requests that were carried out, so that a repeated one is answered instead of done twice.
CREATE TABLE requests (
    request_id     TEXT    PRIMARY KEY,
    method         TEXT    NOT NULL,
    content_sha256 TEXT    NOT NULL,
    result_id      TEXT    NOT NULL,
    create_time    INTEGER NOT NULL
);
CREATE INDEX requests_by_time ON requests (create_time);
