-- The desk's statements, by name; those of the queue's pages and counts are put together in listing.py.

-- name: get_account
SELECT * FROM accounts WHERE account_id = :account_id;

-- name: list_accounts
SELECT * FROM accounts ORDER BY account_id LIMIT :rows OFFSET :first;

-- name: insert_account
INSERT INTO accounts (account_id, display_name, role, password_hash, create_time)
VALUES (:account_id, :display_name, :role, :password_hash, :now);

-- name: update_account
-- An empty hash keeps the password.
UPDATE accounts
SET display_name = :display_name, role = :role, is_disabled = :is_disabled,
    password_hash = CASE WHEN :password_hash = '' THEN password_hash ELSE :password_hash END
WHERE account_id = :account_id;

-- name: set_password
UPDATE accounts SET password_hash = :password_hash WHERE account_id = :account_id;

-- name: note_sign_in
UPDATE accounts
SET last_sign_in = :now, password_hash = CASE WHEN :password_hash = '' THEN password_hash ELSE :password_hash END
WHERE account_id = :account_id;

-- name: count_admins
SELECT count(*) AS admins FROM accounts WHERE role = 'admin' AND is_disabled = 0;

-- name: get_session
SELECT s.create_time AS session_time, s.seen_time, a.*
FROM sessions s JOIN accounts a ON a.account_id = s.account_id
WHERE s.token_sha256 = :token_sha256;

-- name: insert_session
INSERT INTO sessions (token_sha256, account_id, create_time, seen_time)
VALUES (:token_sha256, :account_id, :now, :now);

-- name: note_seen
UPDATE sessions SET seen_time = :now WHERE token_sha256 = :token_sha256;

-- name: end_session
DELETE FROM sessions WHERE token_sha256 = :token_sha256;

-- name: end_sessions_of
DELETE FROM sessions WHERE account_id = :account_id AND token_sha256 <> :but;

-- name: forget_sessions
DELETE FROM sessions WHERE create_time <= :created_before OR seen_time <= :seen_before;

-- name: get_failures
SELECT failures, last_time FROM failures WHERE counted_by = :counted_by AND last_time > :since;

-- name: count_failure
INSERT INTO failures (counted_by, failures, last_time) VALUES (:counted_by, 1, :now)
ON CONFLICT (counted_by) DO UPDATE SET failures = failures.failures + 1, last_time = excluded.last_time;

-- name: forgive_failure
UPDATE failures SET failures = failures - 1 WHERE counted_by = :counted_by;

-- name: forget_failures
DELETE FROM failures WHERE last_time <= :before;

-- name: forget_failures_of
DELETE FROM failures WHERE counted_by = :counted_by;

-- name: get_progress
SELECT report_sequence FROM progress;

-- name: put_progress
-- Another process may be further on.
UPDATE progress SET report_sequence = :report_sequence WHERE report_sequence < :report_sequence;

-- name: get_review_sequence
SELECT sequence FROM reviews WHERE review_id = :review_id;

-- name: insert_review
INSERT INTO reviews (review_id, state, version, report_time, clip_name, clip_sha256, duration_s, decision, confidence,
                     spoof_posterior, scenarios, flags, anchors, outlets, source, summary, summaries)
VALUES (:review_id, 'open', 1, :report_time, :clip_name, :clip_sha256, :duration_s, :decision, :confidence,
        :spoof_posterior, :scenarios, :flags, :anchors, :outlets, :source, :summary,
        :summaries);

-- name: get_tag
SELECT tag_id, reviews FROM tags WHERE kind = :kind AND value = :value;

-- name: count_tag
INSERT INTO tags (kind, value, reviews) VALUES (:kind, :value, 1)
ON CONFLICT (kind, value) DO UPDATE SET reviews = tags.reviews + 1;

-- name: insert_tagged
INSERT INTO tagged (tag_id, sequence)
SELECT t.tag_id, r.sequence FROM tags t, reviews r
WHERE t.kind = :kind AND t.value = :value AND r.review_id = :review_id;

-- name: get_review
SELECT r.*, a.display_name AS holder_name
FROM reviews r LEFT JOIN accounts a ON a.account_id = r.holder
WHERE r.review_id = :review_id;

-- name: list_decisions
SELECT d.*, a.display_name
FROM decisions d JOIN accounts a ON a.account_id = d.account_id
WHERE d.sequence = :sequence
ORDER BY d.number;

-- name: get_decision
SELECT d.*, r.review_id
FROM decisions d JOIN reviews r ON r.sequence = d.sequence
WHERE d.decision_id = :decision_id;

-- name: insert_decision
INSERT INTO decisions (decision_id, sequence, account_id, outcome, reason, note, state_then, decide_time, undo_until)
VALUES (:decision_id, :sequence, :account_id, :outcome, :reason, :note, :state_then, :decide_time, :undo_until);

-- name: take_back_decision
UPDATE decisions SET undo_time = :now WHERE decision_id = :decision_id;

-- name: reopen_decisions
UPDATE decisions SET reopen_time = :now WHERE sequence = :sequence AND undo_time = 0 AND reopen_time = 0;

-- name: put_state
-- With another state a review is another version, whoever holds it.
UPDATE reviews
SET state = :state, outcome = :outcome, reviewer = :reviewer, version = version + 1,
    holder = :holder, held_until = :held_until
WHERE sequence = :sequence;

-- name: hold
UPDATE reviews SET holder = :holder, held_until = :held_until WHERE sequence = :sequence;

-- name: release_all_of
UPDATE reviews SET holder = '', held_until = 0 WHERE holder = :holder;

-- name: find_request
SELECT content_sha256, result_id FROM requests WHERE account_id = :account_id AND request_id = :request_id;

-- name: insert_request
INSERT INTO requests (account_id, request_id, content_sha256, result_id, create_time)
VALUES (:account_id, :request_id, :content_sha256, :result_id, :now);

-- name: forget_requests
DELETE FROM requests WHERE create_time < :before;

-- name: insert_log
INSERT INTO log (number, time, actor, action, subject, details, sha256)
VALUES (:number, :time, :actor, :action, :subject, :details, :sha256);

-- name: last_log
SELECT number, sha256 FROM log ORDER BY number DESC LIMIT 1;

-- name: get_log
SELECT * FROM log WHERE number = :number;

-- name: log_after
SELECT * FROM log WHERE number > :after ORDER BY number LIMIT :rows;

-- name: log_number_after
SELECT number FROM log WHERE number > :after ORDER BY number LIMIT 1;

-- name: list_log
SELECT * FROM log
WHERE number < :before AND substr(action, 1, length(:action)) = :action
  AND (:subject = '' OR subject = :subject) AND (:actor = '' OR actor = :actor)
ORDER BY number DESC LIMIT :rows;

-- name: list_log_of_subject
SELECT * FROM log
WHERE subject = :subject AND number < :before AND substr(action, 1, length(:action)) = :action
  AND (:actor = '' OR actor = :actor)
ORDER BY number DESC LIMIT :rows;

-- name: list_log_of_actor
SELECT * FROM log
WHERE actor = :actor AND number < :before AND substr(action, 1, length(:action)) = :action
  AND (:subject = '' OR subject = :subject)
ORDER BY number DESC LIMIT :rows;

-- name: get_head
SELECT number, sha256, key_id, signature FROM head;

-- name: put_head
INSERT INTO head (only, number, sha256, key_id, signature) VALUES (1, :number, :sha256, :key_id, :signature)
ON CONFLICT (only) DO UPDATE
SET number = excluded.number, sha256 = excluded.sha256, key_id = excluded.key_id, signature = excluded.signature;

-- name: all_decisions
SELECT d.*, r.review_id
FROM decisions d JOIN reviews r ON r.sequence = d.sequence
ORDER BY d.number;

-- name: decided_reviews
SELECT sequence, review_id, state, outcome, reviewer FROM reviews WHERE outcome <> '' OR state <> 'open';
