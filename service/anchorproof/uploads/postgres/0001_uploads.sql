-- Uploads on PostgreSQL; what each column is for stands in the files for SQLite beside this folder.

CREATE TABLE uploads (
    upload_id   TEXT   PRIMARY KEY,
    request_id  TEXT   UNIQUE,
    client      TEXT   NOT NULL,
    name        TEXT   NOT NULL,
    size_bytes  BIGINT NOT NULL,
    sha256      TEXT   NOT NULL,
    state       TEXT   NOT NULL CHECK (state IN ('active', 'finalized')),
    folder      TEXT   NOT NULL,
    committed   BIGINT NOT NULL DEFAULT 0,
    create_time BIGINT NOT NULL,
    expires     BIGINT NOT NULL
);
CREATE INDEX uploads_of_client ON uploads (client, state);
CREATE INDEX uploads_by_time ON uploads (expires);
