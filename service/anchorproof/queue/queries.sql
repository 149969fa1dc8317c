-- The queue's statements, by name.
--
-- A statement that changes a job gives it the sequence behind the largest one; ``advance`` comes last and makes that the
-- largest. Statements between the two find by it the job that was changed, if any was, so that none of them has to wait
-- for an answer.

-- name: advance
UPDATE revision SET value = value + 1 WHERE EXISTS (SELECT 1 FROM jobs WHERE sequence = value + 1);

-- name: advance_many
UPDATE revision SET value = value + :by;

-- name: revision
SELECT value FROM revision;

-- name: insert_job
INSERT INTO jobs (sequence, job_id, report_id, request_id, client, clip_name, clip_sha256, source_uri, priority,
                  time_limit_s, webhook_url, batch_id, call_id, state, create_time, deadline)
VALUES ((SELECT value FROM revision) + :place, :job_id, :report_id, :request_id, :client, :clip_name, :clip_sha256,
        :source_uri, :priority, :time_limit_s, :webhook_url, :batch_id, :call_id, 'queued', :create_time, :deadline)
RETURNING *;

-- name: insert_job_if_room
-- Nothing where the queue, or the client's share of it, is full, or the request id is known.
INSERT INTO jobs (sequence, job_id, report_id, request_id, client, clip_name, clip_sha256, source_uri, priority,
                  time_limit_s, webhook_url, batch_id, call_id, state, create_time, deadline)
SELECT r.value + 1, :job_id, :report_id, :request_id, :client, :clip_name, :clip_sha256, :source_uri,
       :priority, :time_limit_s, :webhook_url, :batch_id, :call_id, 'queued', :create_time, :deadline
FROM revision r
WHERE (SELECT coalesce(sum(queued), 0) FROM standings) < :limit_queued
  AND (SELECT coalesce(sum(queued + running), 0) FROM standings WHERE client = :client) < :limit_per_client
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE request_id = :request_id)
RETURNING *;

-- name: get_job
SELECT * FROM jobs WHERE job_id = :job_id;

-- name: sender_of
SELECT client FROM jobs WHERE report_id = :report_id;

-- name: find_request
SELECT * FROM jobs WHERE request_id = :request_id;

-- name: position
-- Waiting jobs that were accepted before this one and are as urgent, or are more urgent. Of the jobs of each client no more
-- than ``exact`` are counted; where there are more, how many is told from where its numbers lie.
SELECT s.queued, s.first, s.priority > :priority AS is_all_before,
       CASE WHEN s.priority = :priority THEN (SELECT count(*) FROM (
           SELECT 1 FROM jobs j
           WHERE j.state = 'queued' AND (j.priority, j.client, j.number) >= (s.priority, s.client, s.first)
             AND (j.priority, j.client, j.number) < (s.priority, s.client, :number)
           LIMIT :exact) AS counted) END AS before,
       (SELECT max(number) FROM jobs) AS newest
FROM standings s WHERE s.queued > 0 AND s.priority >= :priority AND (s.priority > :priority OR s.first < :number);

-- name: depth
SELECT CAST(coalesce(sum(queued), 0) AS BIGINT) AS queued, CAST(coalesce(sum(running), 0) AS BIGINT) AS running,
       (SELECT create_time FROM jobs WHERE number = (SELECT min(first) FROM standings WHERE queued > 0)) AS oldest
FROM standings;

-- name: room
-- How many wait, how many this client has, and which job an earlier request with this id led to.
SELECT CAST(coalesce(sum(queued), 0) AS BIGINT) AS queued,
       CAST(coalesce(sum(CASE WHEN client = :client THEN queued + running END), 0) AS BIGINT) AS unfinished,
       (SELECT job_id FROM jobs WHERE request_id = :request_id) AS earlier
FROM standings;

-- name: list_jobs
SELECT * FROM jobs
WHERE number < :before
  AND (:state IS NULL OR state = :state)
  AND (:client IS NULL OR client = :client)
  AND (:batch_id IS NULL OR batch_id = :batch_id)
ORDER BY number DESC LIMIT :rows;

-- name: changes
SELECT * FROM jobs WHERE sequence > :after ORDER BY sequence LIMIT :rows;

-- name: is_anything_waiting
SELECT 1 AS found FROM standings WHERE queued > 0 LIMIT 1;

-- name: next_job
-- Of those with the most urgent work, whoever was served longest ago, and its oldest job.
SELECT j.*, s.client AS turn_of FROM (
    SELECT client, first FROM standings WHERE queued > 0 ORDER BY priority DESC, served, first LIMIT 1
) AS s LEFT JOIN jobs j ON j.number = s.first AND j.state = 'queued';

-- name: served
INSERT INTO turns (client, served) SELECT client, sequence FROM jobs WHERE sequence = (SELECT value + 1 FROM revision)
ON CONFLICT (client) DO UPDATE SET served = excluded.served;

-- name: forget_turns
-- Whoever comes back after so long is served as if for the first time.
DELETE FROM turns WHERE served < (SELECT value FROM revision) - :remembered;

-- name: forget_standings
DELETE FROM standings WHERE queued = 0 AND running = 0;

-- name: false_standings
-- Clients whose standing is not what counting their jobs gives; goes through all that wait.
SELECT client, priority FROM (
    SELECT client, priority, queued, running, first FROM standings WHERE queued > 0 OR running > 0
    UNION ALL
    SELECT client, priority, count(*) FILTER (WHERE state = 'queued'), count(*) FILTER (WHERE state = 'running'),
           min(number) FILTER (WHERE state = 'queued')
    FROM jobs WHERE state IN ('queued', 'running') GROUP BY client, priority
) AS both_counts GROUP BY client, priority, queued, running, first HAVING count(*) <> 2;

-- name: empty_standings
DELETE FROM standings;

-- name: count_standings
INSERT INTO standings (client, priority, queued, running, first, served)
SELECT j.client, j.priority, count(*) FILTER (WHERE j.state = 'queued'), count(*) FILTER (WHERE j.state = 'running'),
       min(j.number) FILTER (WHERE j.state = 'queued'), coalesce(max(t.served), 0)
FROM jobs j LEFT JOIN turns t ON t.client = j.client
WHERE j.state IN ('queued', 'running') GROUP BY j.client, j.priority;

-- name: start_next
-- Nothing where nothing waits, or ``next_job`` is past its deadline.
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), state = 'running', start_time = coalesce(start_time, :now),
                attempts = attempts + 1, step = '', fraction = 0, steps = '[]', lease_token = :token,
                lease_holder = :holder, lease_era = :era, lease_until = :until
WHERE number = (SELECT first FROM standings WHERE queued > 0 ORDER BY priority DESC, served, first LIMIT 1)
  AND state = 'queued' AND (deadline IS NULL OR deadline > :steady)
RETURNING *;

-- name: leased_job
-- Only the holder of a lease that is not over finds it.
SELECT * FROM jobs
WHERE job_id = :job_id AND state = 'running' AND lease_token = :token AND lease_era = :era AND lease_until > :now;

-- name: renew
UPDATE jobs SET lease_until = :until
WHERE job_id = :job_id AND state = 'running' AND lease_token = :token AND lease_era = :era AND lease_until > :now
RETURNING *;

-- name: tell
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), lease_until = :until, step = :step, fraction = :fraction,
                steps = :steps
WHERE job_id = :job_id AND state = 'running' AND lease_token = :token AND lease_era = :era AND lease_until > :now
RETURNING *;

-- name: attach_clip
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), clip_sha256 = :clip_sha256
WHERE job_id = :job_id RETURNING *;

-- name: complete_job
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), state = 'succeeded', fraction = 1.0, ended = :steady,
                end_time = CASE WHEN create_time > :wall THEN create_time ELSE :wall END,
                error_reason = '', error_message = '',
                lease_token = NULL, lease_holder = NULL, lease_era = NULL, lease_until = NULL
WHERE job_id = :job_id AND state = 'running' AND lease_token = :token AND lease_era = :era AND lease_until > :now
RETURNING *;

-- name: end_job
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), state = :state, end_time = :now, ended = :steady, error_reason = :reason,
                error_message = :message, lease_token = NULL, lease_holder = NULL, lease_era = NULL, lease_until = NULL
WHERE job_id = :job_id RETURNING *;

-- name: pin_clip_of_changed
INSERT INTO pins (sha256, pin, until)
SELECT c.sha256, :pin, :until FROM jobs j JOIN clips c ON c.sha256 = j.clip_sha256
WHERE j.sequence = (SELECT value + 1 FROM revision)
ON CONFLICT (sha256, pin) DO UPDATE SET until = CASE WHEN pins.until > excluded.until THEN pins.until ELSE excluded.until END;

-- name: deliver_changed
INSERT INTO deliveries (job_id, url, due)
SELECT job_id, webhook_url, :now FROM jobs WHERE sequence = (SELECT value + 1 FROM revision) AND webhook_url <> ''
ON CONFLICT (job_id) DO NOTHING;

-- name: requeue_job
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), state = 'queued', step = '', fraction = 0, steps = '[]',
                crashes = crashes + :crashes, losses = losses + :losses, attempts = attempts - :unharmed,
                lease_token = NULL, lease_holder = NULL, lease_era = NULL, lease_until = NULL
WHERE job_id = :job_id RETURNING *;

-- name: count_crash
UPDATE jobs SET crashes = crashes + :crashes, losses = losses + :losses WHERE job_id = :job_id;

-- name: request_cancel
UPDATE jobs SET sequence = (SELECT value + 1 FROM revision), is_cancel_requested = 1, error_reason = :reason, error_message = :message
WHERE job_id = :job_id RETURNING *;

-- name: running_jobs
SELECT * FROM jobs WHERE state = 'running';

-- name: overdue_jobs
SELECT * FROM jobs
WHERE deadline <= :now AND state IN ('queued', 'running') AND is_cancel_requested = 0 LIMIT :rows;

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

-- name: due_deliveries
SELECT job_id, url, attempts FROM deliveries WHERE due <= :now ORDER BY due LIMIT :rows;

-- name: put_off
UPDATE deliveries SET due = :due, attempts = attempts + :attempts WHERE job_id = :job_id;

-- name: delete_delivery
DELETE FROM deliveries WHERE job_id = :job_id;
