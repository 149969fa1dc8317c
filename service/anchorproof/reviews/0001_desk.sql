-- The reviewers' desk. Times are microseconds since 1970-01-01 UTC. An empty text or a 0 stands for "none", so that
-- filters need no NULLs.

CREATE TABLE accounts (
    account_id    TEXT    PRIMARY KEY,
    display_name  TEXT    NOT NULL,
    role          TEXT    NOT NULL CHECK (role IN ('viewer', 'reviewer', 'lead', 'admin')),
    password_hash TEXT    NOT NULL,
    is_disabled   INTEGER NOT NULL DEFAULT 0,
    create_time   INTEGER NOT NULL,
    last_sign_in  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- Signed in: only the hash of what the browser holds is kept.
CREATE TABLE sessions (
    token_sha256 TEXT    PRIMARY KEY,
    account_id   TEXT    NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
    create_time  INTEGER NOT NULL,
    seen_time    INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX sessions_by_account ON sessions (account_id);

-- Failed sign-ins by what they are counted by: an account, an address, both.
CREATE TABLE failures (
    counted_by TEXT    PRIMARY KEY,
    failures   INTEGER NOT NULL,
    last_time  INTEGER NOT NULL
) WITHOUT ROWID;

-- One per report. What the queue is filtered and shown by is copied from it.
CREATE TABLE reviews (
    sequence        INTEGER PRIMARY KEY,
    review_id       TEXT    NOT NULL UNIQUE,
    state           TEXT    NOT NULL CHECK (state IN ('open', 'second_opinion', 'decided')),
    version         INTEGER NOT NULL,
    report_time     INTEGER NOT NULL,
    clip_name       TEXT    NOT NULL,
    clip_sha256     TEXT    NOT NULL,
    duration_s      REAL    NOT NULL,
    decision        TEXT    NOT NULL,
    confidence      REAL    NOT NULL,
    spoof_posterior REAL    NOT NULL,
    scenarios       TEXT    NOT NULL,
    flags           TEXT    NOT NULL,
    anchors         TEXT    NOT NULL,
    outlets         TEXT    NOT NULL,
    source          TEXT    NOT NULL,
    summary         TEXT    NOT NULL,
    outcome         TEXT    NOT NULL DEFAULT '',
    reviewer        TEXT    NOT NULL DEFAULT '',
    holder          TEXT    NOT NULL DEFAULT '',
    held_until      INTEGER NOT NULL DEFAULT 0
);
-- Each holds all that a filter asks for, so that a page and the counts never touch the rows that they leave out.
CREATE INDEX reviews_by_time ON reviews
    (state, report_time, sequence, decision, confidence, source, outcome, reviewer, holder, held_until);
CREATE INDEX reviews_by_posterior ON reviews
    (state, spoof_posterior, sequence, report_time, decision, confidence, source, outcome, reviewer, holder, held_until);
CREATE INDEX reviews_held ON reviews (holder, held_until) WHERE holder <> '';

-- Scenarios, anchors and outlets; `reviews` counts theirs.
CREATE TABLE tags (
    tag_id  INTEGER PRIMARY KEY,
    kind    TEXT    NOT NULL CHECK (kind IN ('scenario', 'anchor', 'outlet')),
    value   TEXT    NOT NULL,
    reviews INTEGER NOT NULL DEFAULT 0,
    UNIQUE (kind, value)
);
CREATE TABLE tagged (
    tag_id   INTEGER NOT NULL REFERENCES tags (tag_id),
    sequence INTEGER NOT NULL REFERENCES reviews (sequence),
    PRIMARY KEY (tag_id, sequence)
) WITHOUT ROWID;

-- Decisions are never changed but for the times at which they were taken back or opened again.
CREATE TABLE decisions (
    number      INTEGER PRIMARY KEY AUTOINCREMENT,
    decision_id TEXT    NOT NULL UNIQUE,
    sequence    INTEGER NOT NULL REFERENCES reviews (sequence),
    account_id  TEXT    NOT NULL REFERENCES accounts (account_id),
    outcome     TEXT    NOT NULL,
    reason      TEXT    NOT NULL,
    note        TEXT    NOT NULL,
    state_then  TEXT    NOT NULL,
    decide_time INTEGER NOT NULL,
    undo_until  INTEGER NOT NULL,
    undo_time   INTEGER NOT NULL DEFAULT 0,
    reopen_time INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX decisions_by_review ON decisions (sequence, number);

-- Requests that may be repeated: what they led to.
CREATE TABLE requests (
    account_id     TEXT    NOT NULL,
    request_id     TEXT    NOT NULL,
    content_sha256 TEXT    NOT NULL,
    result_id      TEXT    NOT NULL,
    create_time    INTEGER NOT NULL,
    PRIMARY KEY (account_id, request_id)
) WITHOUT ROWID;

-- The audit log: each entry's hash covers the hash before it.
CREATE TABLE log (
    number  INTEGER PRIMARY KEY,
    time    INTEGER NOT NULL,
    actor   TEXT    NOT NULL,
    action  TEXT    NOT NULL,
    subject TEXT    NOT NULL,
    details TEXT    NOT NULL,
    sha256  TEXT    NOT NULL
);
CREATE INDEX log_by_subject ON log (subject, number);
CREATE INDEX log_by_actor ON log (actor, number);
CREATE TRIGGER log_keeps_what_is_written BEFORE UPDATE ON log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER log_keeps_all BEFORE DELETE ON log
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;

-- Its newest entry, signed, so that entries cut off its end are missed.
CREATE TABLE head (
    only      INTEGER PRIMARY KEY CHECK (only = 1),
    number    INTEGER NOT NULL,
    sha256    TEXT    NOT NULL,
    key_id    TEXT    NOT NULL,
    signature TEXT    NOT NULL
);

-- How far the report store was read.
CREATE TABLE progress (
    only            INTEGER PRIMARY KEY CHECK (only = 1),
    report_sequence INTEGER NOT NULL
);
INSERT INTO progress VALUES (1, 0);
