-- The archive of our own programmes: fingerprints to recognise them by. No picture and no sound is in here.
-- Times are microseconds since 1970-01-01 UTC. sequence numbers only grow, so that lists can be paged by them.

-- One enrolled programme. references_bytes is what its retained references take beside this file; 0: none.
CREATE TABLE programmes (
    sequence         INTEGER PRIMARY KEY AUTOINCREMENT,
    programme_id     TEXT    NOT NULL UNIQUE,
    title            TEXT    NOT NULL,
    outlet           TEXT    NOT NULL,
    media_sha256     TEXT    NOT NULL UNIQUE,
    duration_s       REAL    NOT NULL,
    create_time      INTEGER NOT NULL,
    pictures         INTEGER NOT NULL,
    sound_items      INTEGER NOT NULL,
    references_bytes INTEGER NOT NULL
);

-- Its hashes, little endian: float32 times and 32 bytes each for pictures (PDQ), uint32 items for sound (Chromaprint).
CREATE TABLE prints (
    sequence       INTEGER PRIMARY KEY REFERENCES programmes (sequence) ON DELETE CASCADE,
    method         TEXT    NOT NULL,
    picture_times  BLOB    NOT NULL,
    picture_hashes BLOB    NOT NULL,
    picture_cuts   BLOB    NOT NULL,
    sound_start_s  REAL    NOT NULL,
    sound_items    BLOB    NOT NULL
);

-- Files seen in watched folders, by a digest of path, size and time of change, so that none is read twice.
CREATE TABLE files_seen (
    file_key TEXT PRIMARY KEY,
    sequence INTEGER REFERENCES programmes (sequence) ON DELETE CASCADE,
    reason   TEXT NOT NULL
);

-- Deletions whose traces may still be in the file; a row goes when the file was written anew after it.
CREATE TABLE erasures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT
);
