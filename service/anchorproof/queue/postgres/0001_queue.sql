-- The queue on PostgreSQL; what each table and column is for stands in the files for SQLite beside this folder.

CREATE TABLE jobs (
    number              BIGINT  GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sequence            BIGINT  NOT NULL UNIQUE,
    job_id              TEXT    NOT NULL UNIQUE,
    report_id           TEXT    NOT NULL UNIQUE,
    request_id          TEXT    UNIQUE,
    client              TEXT    NOT NULL,
    clip_name           TEXT    NOT NULL,
    clip_sha256         TEXT    NOT NULL,
    source_uri          TEXT    NOT NULL,
    priority            INTEGER NOT NULL,
    time_limit_s        DOUBLE PRECISION,
    webhook_url         TEXT    NOT NULL,
    batch_id            TEXT    NOT NULL,
    state               TEXT    NOT NULL
                        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead')),
    create_time         BIGINT  NOT NULL,
    start_time          BIGINT,
    end_time            BIGINT,
    ended               BIGINT,
    deadline            BIGINT,
    step                TEXT    NOT NULL DEFAULT '',
    fraction            DOUBLE PRECISION NOT NULL DEFAULT 0,
    steps               TEXT    NOT NULL DEFAULT '[]',
    attempts            INTEGER NOT NULL DEFAULT 0,
    crashes             INTEGER NOT NULL DEFAULT 0,
    losses              INTEGER NOT NULL DEFAULT 0,
    is_cancel_requested INTEGER NOT NULL DEFAULT 0,
    error_reason        TEXT    NOT NULL DEFAULT '',
    error_message       TEXT    NOT NULL DEFAULT '',
    lease_token         TEXT,
    lease_holder        TEXT,
    lease_era           TEXT,
    lease_until         BIGINT
);
CREATE INDEX jobs_waiting ON jobs (state, priority, client, number);
CREATE INDEX jobs_of_clip ON jobs (clip_sha256, state);
CREATE INDEX jobs_by_end ON jobs (ended) WHERE ended IS NOT NULL;
CREATE INDEX jobs_by_batch ON jobs (batch_id, number) WHERE batch_id <> '';

CREATE TABLE revision (value BIGINT NOT NULL);
INSERT INTO revision VALUES (0);

CREATE TABLE turns (client TEXT PRIMARY KEY, served BIGINT NOT NULL);

CREATE TABLE clips (sha256 TEXT PRIMARY KEY, size_bytes BIGINT NOT NULL);
CREATE TABLE pins (
    sha256 TEXT   NOT NULL REFERENCES clips (sha256) ON DELETE CASCADE,
    pin    TEXT   NOT NULL,
    until  BIGINT NOT NULL,
    PRIMARY KEY (sha256, pin)
);
CREATE INDEX pins_by_time ON pins (until);
CREATE INDEX pins_by_name ON pins (pin);

CREATE TABLE deliveries (
    job_id   TEXT    PRIMARY KEY,
    url      TEXT    NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      BIGINT  NOT NULL
);
CREATE INDEX deliveries_by_time ON deliveries (due);
