-- Statements that PostgreSQL says differently, by name.

-- name: data_version
SELECT count(*) AS version FROM uploads;

-- name: usage
SELECT count(*) FILTER (WHERE client = :client) AS uploads,
       coalesce(sum(size_bytes) FILTER (WHERE client = :client), 0)::bigint AS bytes,
       coalesce(sum(size_bytes - committed) FILTER (WHERE folder = :folder), 0)::bigint AS missing
FROM uploads WHERE state = 'active' AND expires > :now;
