-- The queue's statements, by name.

-- name: next_sequence
UPDATE revision SET value = value + 1 RETURNING value;

-- name: revision
SELECT value FROM revision;

-- name: insert_job
INSERT INTO jobs (sequence, job_id, report_id, request_id, client, clip_name, clip_sha256, source_uri, priority,
                  time_limit_s, webhook_url, batch_id, call_id, state, create_time, deadline)
VALUES (:sequence, :job_id, :report_id, :request_id, :client, :clip_name, :clip_sha256, :source_uri, :priority,
        :time_limit_s, :webhook_url, :batch_id, :call_id, 'queued', :create_time, :deadline);

-- name: get_job
SELECT * FROM jobs WHERE job_id = :job_id;

-- name: sender_of
SELECT client FROM jobs WHERE report_id = :report_id;

-- name: find_request
SELECT * FROM jobs WHERE request_id = :request_id;

-- name: position
-- Waiting jobs that were accepted before this one and are as urgent, or are more urgent.
SELECT count(*) AS position FROM jobs
WHERE state = 'queued' AND (priority > :priority OR (priority = :priority AND number < :number));

-- name: depth
SELECT count(*) FILTER (WHERE state = 'queued') AS queued,
       count(*) FILTER (WHERE state = 'running') AS running,
       min(create_time) FILTER (WHERE state = 'queued') AS oldest
FROM jobs WHERE state IN ('queued', 'running');

-- name: depth_of_client
SELECT count(*) AS unfinished FROM jobs WHERE state IN ('queued', 'running') AND client = :client;

-- name: list_jobs
SELECT * FROM jobs
WHERE number < :before
  AND (:state IS NULL OR state = :state)
  AND (:client IS NULL OR client = :client)
  AND (:batch_id IS NULL OR batch_id = :batch_id)
ORDER BY number DESC LIMIT :rows;

-- name: changes
SELECT * FROM jobs WHERE sequence > :after ORDER BY sequence LIMIT :rows;

-- name: next_client
-- Of those with the most urgent work, whoever was served longest ago.
SELECT j.client, j.priority, coalesce(t.served, 0) AS served, min(j.number) AS first
FROM jobs j LEFT JOIN turns t ON t.client = j.client
WHERE j.state = 'queued'
  AND j.priority = (SELECT max(priority) FROM jobs WHERE state = 'queued' AND (deadline IS NULL OR deadline > :now))
  AND (j.deadline IS NULL OR j.deadline > :now)
GROUP BY j.client, j.priority, t.served
ORDER BY served, first LIMIT 1;

-- name: next_job
SELECT * FROM jobs
WHERE state = 'queued' AND client = :client AND priority = :priority AND (deadline IS NULL OR deadline > :now)
ORDER BY number LIMIT 1;

-- name: served
INSERT INTO turns (client, served) VALUES (:client, :sequence)
ON CONFLICT (client) DO UPDATE SET served = excluded.served;

-- name: forget_turns
-- Whoever comes back after so long is served as if for the first time.
DELETE FROM turns WHERE served < :before;

-- name: start_job
UPDATE jobs SET sequence = :sequence, state = 'running', start_time = coalesce(start_time, :now),
                attempts = attempts + 1, step = '', fraction = 0, steps = '[]', lease_token = :token,
                lease_holder = :holder, lease_era = :era, lease_until = :until
WHERE job_id = :job_id;

-- name: leased_job
-- Only the holder of a lease that is not over finds it.
SELECT * FROM jobs
WHERE job_id = :job_id AND state = 'running' AND lease_token = :token AND lease_era = :era AND lease_until > :now;

-- name: renew
UPDATE jobs SET lease_until = :until WHERE job_id = :job_id;

-- name: tell
UPDATE jobs SET sequence = :sequence, step = :step, fraction = :fraction, steps = :steps WHERE job_id = :job_id;

-- name: attach_clip
UPDATE jobs SET sequence = :sequence, clip_sha256 = :clip_sha256 WHERE job_id = :job_id;

-- name: end_job
UPDATE jobs SET sequence = :sequence, state = :state, end_time = :now, ended = :steady, error_reason = :reason,
                error_message = :message, fraction = CASE WHEN :state = 'succeeded' THEN 1.0 ELSE fraction END,
                lease_token = NULL, lease_holder = NULL, lease_era = NULL, lease_until = NULL
WHERE job_id = :job_id;

-- name: requeue_job
UPDATE jobs SET sequence = :sequence, state = 'queued', step = '', fraction = 0, steps = '[]',
                crashes = crashes + :crashes, losses = losses + :losses, attempts = attempts - :unharmed,
                lease_token = NULL, lease_holder = NULL, lease_era = NULL, lease_until = NULL
WHERE job_id = :job_id;

-- name: count_crash
UPDATE jobs SET crashes = crashes + :crashes, losses = losses + :losses WHERE job_id = :job_id;

-- name: request_cancel
UPDATE jobs SET sequence = :sequence, is_cancel_requested = 1, error_reason = :reason, error_message = :message
WHERE job_id = :job_id;

-- name: running_jobs
SELECT * FROM jobs WHERE state = 'running';

-- name: overdue_jobs
SELECT * FROM jobs WHERE state IN ('queued', 'running') AND deadline <= :now AND is_cancel_requested = 0;

-- name: delete_job
DELETE FROM jobs WHERE job_id = :job_id;

-- name: forget_jobs
DELETE FROM jobs WHERE ended < :before AND job_id NOT IN (SELECT job_id FROM deliveries);

-- name: insert_clip
INSERT INTO clips (sha256, size_bytes) VALUES (:sha256, :size_bytes) ON CONFLICT (sha256) DO NOTHING;

-- name: pin_clip
INSERT INTO pins (sha256, pin, until) SELECT sha256, :pin, :until FROM clips WHERE sha256 = :sha256
ON CONFLICT (sha256, pin) DO UPDATE SET until = CASE WHEN pins.until > excluded.until THEN pins.until ELSE excluded.until END;

-- name: unpin
UPDATE pins SET until = :now WHERE pin = :pin;

-- name: clips_let_go
-- Clips that somebody does not want any more.
SELECT DISTINCT sha256 FROM pins WHERE until <= :now LIMIT :rows;

-- name: forget_pins
DELETE FROM pins WHERE sha256 = :sha256 AND until <= :now;

-- name: get_clip
SELECT size_bytes FROM clips WHERE sha256 = :sha256;

-- name: is_clip_wanted
SELECT 1 AS wanted FROM pins WHERE sha256 = :sha256
UNION ALL
SELECT 1 AS wanted FROM jobs WHERE clip_sha256 = :sha256 AND state IN ('queued', 'running')
LIMIT 1;

-- name: forget_clip
DELETE FROM clips WHERE sha256 = :sha256;

-- name: insert_delivery
INSERT INTO deliveries (job_id, url, due) VALUES (:job_id, :url, :now) ON CONFLICT (job_id) DO NOTHING;

-- name: due_deliveries
SELECT job_id, url, attempts FROM deliveries WHERE due <= :now ORDER BY due LIMIT :rows;

-- name: put_off
UPDATE deliveries SET due = :due, attempts = attempts + :attempts WHERE job_id = :job_id;

-- name: delete_delivery
DELETE FROM deliveries WHERE job_id = :job_id;
