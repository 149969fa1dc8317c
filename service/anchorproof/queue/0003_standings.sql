-- How many jobs of each client wait and run, kept with every change, so that nobody has to count the jobs.

CREATE TABLE standings (
    client   TEXT    NOT NULL,
    priority INTEGER NOT NULL,
    queued   INTEGER NOT NULL,
    running  INTEGER NOT NULL,
    first    INTEGER,           -- the number of the oldest that waits; NULL: none
    served   INTEGER NOT NULL,  -- as in ``turns``
    PRIMARY KEY (client, priority)
) WITHOUT ROWID;
INSERT INTO standings
SELECT j.client, j.priority, count(*) FILTER (WHERE j.state = 'queued'), count(*) FILTER (WHERE j.state = 'running'),
       min(j.number) FILTER (WHERE j.state = 'queued'), coalesce(max(t.served), 0)
FROM jobs j LEFT JOIN turns t ON t.client = j.client
WHERE j.state IN ('queued', 'running') GROUP BY j.client, j.priority;

CREATE TRIGGER job_comes AFTER INSERT ON jobs WHEN NEW.state IN ('queued', 'running')
BEGIN
    INSERT INTO standings (client, priority, queued, running, first, served)
    VALUES (NEW.client, NEW.priority, NEW.state = 'queued', NEW.state = 'running',
            CASE NEW.state WHEN 'queued' THEN NEW.number END,
            coalesce((SELECT served FROM turns WHERE client = NEW.client), 0))
    ON CONFLICT (client, priority) DO UPDATE SET
        queued = queued + excluded.queued,
        running = running + excluded.running,
        first = min(coalesce(first, excluded.first), coalesce(excluded.first, first));
END;

CREATE TRIGGER job_changes AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state
BEGIN
    UPDATE standings SET
        queued = queued + (NEW.state = 'queued') - (OLD.state = 'queued'),
        running = running + (NEW.state = 'running') - (OLD.state = 'running'),
        first = CASE
            WHEN NEW.state = 'queued' THEN min(coalesce(first, NEW.number), NEW.number)
            WHEN first = OLD.number THEN (
                SELECT min(number) FROM jobs
                WHERE state = 'queued' AND priority = OLD.priority AND client = OLD.client AND number > OLD.number)
            ELSE first
        END
    WHERE client = NEW.client AND priority = NEW.priority;
END;

CREATE TRIGGER job_goes AFTER DELETE ON jobs WHEN OLD.state IN ('queued', 'running')
BEGIN
    UPDATE standings SET
        queued = queued - (OLD.state = 'queued'),
        running = running - (OLD.state = 'running'),
        first = CASE
            WHEN first = OLD.number THEN (
                SELECT min(number) FROM jobs
                WHERE state = 'queued' AND priority = OLD.priority AND client = OLD.client AND number > OLD.number)
            ELSE first
        END
    WHERE client = OLD.client AND priority = OLD.priority;
END;

CREATE TRIGGER turn_comes AFTER INSERT ON turns
BEGIN
    UPDATE standings SET served = NEW.served WHERE client = NEW.client;
END;
CREATE TRIGGER turn_changes AFTER UPDATE ON turns
BEGIN
    UPDATE standings SET served = NEW.served WHERE client = NEW.client;
END;
CREATE TRIGGER turn_goes AFTER DELETE ON turns
BEGIN
    UPDATE standings SET served = 0 WHERE client = OLD.client;
END;

CREATE INDEX jobs_by_deadline ON jobs (deadline) WHERE deadline IS NOT NULL AND state IN ('queued', 'running');
