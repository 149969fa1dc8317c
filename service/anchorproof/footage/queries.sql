-- The archive's statements, by name.

-- name: get_programme
SELECT g.*, h.sequence IS NOT NULL AS is_photograph
FROM programmes g LEFT JOIN photographs h USING (sequence) WHERE programme_id = :programme_id;

-- name: find_media
-- The programme that these bytes gave already, by whatever method.
SELECT g.*, coalesce(h.method, p.method) AS method, h.sequence IS NOT NULL AS is_photograph
FROM programmes g LEFT JOIN prints p USING (sequence) LEFT JOIN photographs h USING (sequence)
WHERE media_sha256 = :media_sha256;

-- name: list_programmes
-- A page in the order of enrolment, behind the sequence number :after.
SELECT g.*, h.sequence IS NOT NULL AS is_photograph
FROM programmes g LEFT JOIN photographs h USING (sequence) WHERE sequence > :after ORDER BY sequence LIMIT :rows;

-- name: totals
-- What is searched, and how many programmes were enrolled by an earlier method.
SELECT count(*) FILTER (WHERE p.method = :method) AS programmes,
       coalesce(sum(g.duration_s) FILTER (WHERE p.method = :method), 0.0) AS duration_s,
       count(*) FILTER (WHERE p.method <> :method) AS outdated
FROM programmes g JOIN prints p USING (sequence);

-- name: insert_programme
INSERT INTO programmes (programme_id, title, outlet, media_sha256, duration_s, create_time, pictures, sound_items,
                        references_bytes)
VALUES (:programme_id, :title, :outlet, :media_sha256, :duration_s, :now, :pictures, :sound_items, :references_bytes);

-- name: insert_print
INSERT INTO prints (sequence, method, picture_times, picture_hashes, picture_inner, picture_cuts, sound_start_s,
                    sound_items)
SELECT sequence, :method, :picture_times, :picture_hashes, :picture_inner, :picture_cuts, :sound_start_s, :sound_data
FROM programmes WHERE programme_id = :programme_id;

-- name: insert_photograph
INSERT INTO photographs (sequence, method, hashes)
SELECT sequence, :method, :hashes FROM programmes WHERE programme_id = :programme_id;

-- name: list_photographs
SELECT g.programme_id, h.hashes FROM programmes g JOIN photographs h USING (sequence)
WHERE h.method = :method ORDER BY sequence;

-- name: count_photographs
SELECT count(*) AS photographs FROM photographs WHERE method = :method;

-- name: any_references
SELECT 1 FROM programmes WHERE references_bytes > 0 LIMIT 1;

-- name: delete_programme
-- Its print and the files it came from are forgotten with it.
DELETE FROM programmes WHERE programme_id = :programme_id;

-- name: list_ids
SELECT g.programme_id FROM programmes g JOIN prints p USING (sequence) WHERE p.method = :method ORDER BY sequence;

-- name: get_print
SELECT p.* FROM prints p JOIN programmes g USING (sequence) WHERE g.programme_id = :programme_id;

-- name: find_file
-- A file whose programme was enrolled by an earlier method is to be read again.
SELECT 1 FROM files_seen f LEFT JOIN prints p USING (sequence)
WHERE f.file_key = :file_key AND (f.sequence IS NULL OR p.method = :method);

-- name: insert_file
INSERT OR REPLACE INTO files_seen (file_key, sequence, reason)
VALUES (:file_key, (SELECT sequence FROM programmes WHERE programme_id = :programme_id), :reason);

-- name: insert_erasure
INSERT INTO erasures DEFAULT VALUES;

-- name: last_erasure
SELECT max(sequence) AS sequence FROM erasures;

-- name: finish_erasures
DELETE FROM erasures WHERE sequence <= :sequence;
