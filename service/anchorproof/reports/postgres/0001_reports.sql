-- Reports on PostgreSQL; what each table and column is for stands in the files for SQLite beside this folder.

CREATE TABLE reports (
    sequence    BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    report_id   TEXT   NOT NULL UNIQUE,
    request_id  TEXT   UNIQUE,
    create_time BIGINT NOT NULL,
    clip_sha256 TEXT   NOT NULL,
    decision    TEXT   NOT NULL CHECK (decision IN ('bona_fide', 'spoof', 'inconclusive')),
    -- Text, not JSONB: a report comes back as it was, to the last digit.
    document    TEXT   NOT NULL CHECK (document::json IS NOT NULL)
);
CREATE INDEX reports_by_time ON reports (create_time, sequence);
CREATE INDEX reports_by_clip ON reports (clip_sha256);

CREATE TABLE recognised (
    sequence  BIGINT NOT NULL REFERENCES reports (sequence) ON DELETE CASCADE,
    anchor_id TEXT   NOT NULL,
    PRIMARY KEY (anchor_id, sequence)
);
CREATE INDEX recognised_by_report ON recognised (sequence);
