-- Files on their way in. Times are microseconds since 1970-01-01 UTC. Their bytes lie in a folder, one file each.

CREATE TABLE uploads (
    upload_id   TEXT    PRIMARY KEY,
    request_id  TEXT    UNIQUE,
    client      TEXT    NOT NULL,
    name        TEXT    NOT NULL,
    size_bytes  INTEGER NOT NULL,
    sha256      TEXT    NOT NULL,            -- as announced or, when finalised, as it is; empty: not announced
    state       TEXT    NOT NULL CHECK (state IN ('active', 'finalized')),
    folder      TEXT    NOT NULL,            -- where the bytes are: the name of a folder of one machine, or of a shared one
    committed   INTEGER NOT NULL DEFAULT 0,  -- bytes that are on that folder's disk
    create_time INTEGER NOT NULL,
    expires     INTEGER NOT NULL             -- by the clock that is never set
) WITHOUT ROWID;
CREATE INDEX uploads_of_client ON uploads (client, state);
CREATE INDEX uploads_by_time ON uploads (expires);
