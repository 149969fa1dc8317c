-- Reports as they were made. The document is the whole report; the columns beside it are copies to search by.
-- Times are microseconds since 1970-01-01 UTC.

CREATE TABLE reports (
    sequence    INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id   TEXT    NOT NULL UNIQUE,
    request_id  TEXT    UNIQUE,
    create_time INTEGER NOT NULL,
    clip_sha256 TEXT    NOT NULL,
    decision    TEXT    NOT NULL CHECK (decision IN ('bona_fide', 'spoof', 'inconclusive')),
    document    TEXT    NOT NULL CHECK (json_valid(document))
);
CREATE INDEX reports_by_time ON reports (create_time, sequence);
CREATE INDEX reports_by_clip ON reports (clip_sha256);

-- The enrolled anchors that a report recognised, by face or by voice.
CREATE TABLE recognised (
    sequence  INTEGER NOT NULL REFERENCES reports (sequence) ON DELETE CASCADE,
    anchor_id TEXT    NOT NULL,
    PRIMARY KEY (anchor_id, sequence)
) WITHOUT ROWID;
