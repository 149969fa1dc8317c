-- Analyses that wait, run or have ended. Times are microseconds since 1970-01-01 UTC, except ``lease_until``, which is
-- on the lease clock of ``lease_era``. States: queued, running, succeeded, failed, cancelled, dead.

CREATE TABLE jobs (
    number              INTEGER PRIMARY KEY AUTOINCREMENT,  -- in the order of acceptance
    sequence            INTEGER NOT NULL UNIQUE,            -- of the last change
    job_id              TEXT    NOT NULL UNIQUE,
    report_id           TEXT    NOT NULL UNIQUE,
    request_id          TEXT    UNIQUE,
    client              TEXT    NOT NULL,
    clip_name           TEXT    NOT NULL,
    clip_sha256         TEXT    NOT NULL,
    source_uri          TEXT    NOT NULL,
    priority            INTEGER NOT NULL,
    time_limit_s        REAL,
    webhook_url         TEXT    NOT NULL,
    batch_id            TEXT    NOT NULL,
    state               TEXT    NOT NULL
                        CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'dead')),
    create_time         INTEGER NOT NULL,
    start_time          INTEGER,
    end_time            INTEGER,
    ended               INTEGER,  -- the same by the clock that is never set, for forgetting
    deadline            INTEGER,
    step                TEXT    NOT NULL DEFAULT '',
    fraction            REAL    NOT NULL DEFAULT 0,
    steps               TEXT    NOT NULL DEFAULT '[]',
    attempts            INTEGER NOT NULL DEFAULT 0,
    crashes             INTEGER NOT NULL DEFAULT 0,         -- a worker died on it
    losses              INTEGER NOT NULL DEFAULT 0,         -- whoever held it vanished
    is_cancel_requested INTEGER NOT NULL DEFAULT 0,
    error_reason        TEXT    NOT NULL DEFAULT '',
    error_message       TEXT    NOT NULL DEFAULT '',
    lease_token         TEXT,
    lease_holder        TEXT,
    lease_era           TEXT,
    lease_until         INTEGER
);
CREATE INDEX jobs_waiting ON jobs (state, priority, client, number);
CREATE INDEX jobs_of_clip ON jobs (clip_sha256, state);
CREATE INDEX jobs_by_end ON jobs (ended) WHERE ended IS NOT NULL;
CREATE INDEX jobs_by_batch ON jobs (batch_id, number) WHERE batch_id <> '';

-- One row: the largest sequence given.
CREATE TABLE revision (value INTEGER NOT NULL);
INSERT INTO revision VALUES (0);

-- When each client was served last, as a sequence: they take turns.
CREATE TABLE turns (client TEXT PRIMARY KEY, served INTEGER NOT NULL) WITHOUT ROWID;

-- Clips in the clip store, and who wants them until when: an upload, a reviewer. Unfinished jobs want theirs anyway.
CREATE TABLE clips (sha256 TEXT PRIMARY KEY, size_bytes INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE pins (
    sha256 TEXT    NOT NULL REFERENCES clips (sha256) ON DELETE CASCADE,
    pin    TEXT    NOT NULL,
    until  INTEGER NOT NULL,
    PRIMARY KEY (sha256, pin)
) WITHOUT ROWID;
CREATE INDEX pins_by_time ON pins (until);
CREATE INDEX pins_by_name ON pins (pin);

-- Words to clients that their job has ended, until they were taken or given up.
CREATE TABLE deliveries (
    job_id   TEXT    PRIMARY KEY,
    url      TEXT    NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    due      INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX deliveries_by_time ON deliveries (due);
