-- Statements that PostgreSQL says differently, by name.

-- name: data_version
SELECT value AS version FROM revision;

-- name: clock
-- Microseconds since 1970 on the server's clock, which all machines share.
SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now;

-- name: list_jobs
SELECT * FROM jobs
WHERE number < :before
  AND (:state::text IS NULL OR state = :state)
  AND (:client::text IS NULL OR client = :client)
  AND (:batch_id::text IS NULL OR batch_id = :batch_id)
ORDER BY number DESC LIMIT :rows;
