-- The uploads' statements, by name.

-- name: insert_upload
INSERT INTO uploads (upload_id, request_id, client, name, size_bytes, sha256, state, folder, create_time, expires)
VALUES (:upload_id, :request_id, :client, :name, :size_bytes, :sha256, 'active', :folder, :create_time, :expires);

-- name: get_upload
SELECT * FROM uploads WHERE upload_id = :upload_id AND expires > :now;

-- name: find_request
SELECT * FROM uploads WHERE request_id = :request_id AND expires > :now;

-- name: usage
-- What one client has under way, and everybody together.
SELECT count(*) FILTER (WHERE client = :client) AS uploads,
       coalesce(sum(size_bytes) FILTER (WHERE client = :client), 0) AS bytes,
       coalesce(sum(size_bytes - committed) FILTER (WHERE folder = :folder), 0) AS missing
FROM uploads WHERE state = 'active' AND expires > :now;

-- name: commit_bytes
-- Only forward, and only where the bytes are.
UPDATE uploads SET committed = :committed, expires = :expires
WHERE upload_id = :upload_id AND folder = :folder AND committed <= :committed;

-- name: restart
UPDATE uploads SET committed = 0, folder = :folder WHERE upload_id = :upload_id;

-- name: settle
UPDATE uploads SET state = 'finalized', sha256 = :sha256, committed = size_bytes, expires = :expires
WHERE upload_id = :upload_id;

-- name: delete_upload
DELETE FROM uploads WHERE upload_id = :upload_id;

-- name: expired
SELECT upload_id FROM uploads WHERE expires <= :now;

-- name: known
SELECT upload_id FROM uploads WHERE state = 'active' AND folder = :folder;

-- name: sent
SELECT upload_id FROM uploads
WHERE client = :client AND state = 'finalized' AND sha256 = :sha256 AND expires > :now LIMIT 1;
