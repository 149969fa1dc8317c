-- additive: triggers keep the table, so programs of before go on beside those that read it.

-- Room is left on its page, so that its rows, which change with every job, are renewed in place.
CREATE TABLE standings (
    client   TEXT    NOT NULL,
    priority INTEGER NOT NULL,
    queued   BIGINT  NOT NULL,
    running  BIGINT  NOT NULL,
    first    BIGINT,
    served   BIGINT  NOT NULL,
    PRIMARY KEY (client, priority)
) WITH (fillfactor = 30);
INSERT INTO standings
SELECT j.client, j.priority, count(*) FILTER (WHERE j.state = 'queued'), count(*) FILTER (WHERE j.state = 'running'),
       min(j.number) FILTER (WHERE j.state = 'queued'), coalesce(max(t.served), 0)
FROM jobs j LEFT JOIN turns t ON t.client = j.client
WHERE j.state IN ('queued', 'running') GROUP BY j.client, j.priority;

-- Comparing whole rows keeps the planner on the index that is in that order, and beginning behind the job that went
-- keeps it from the entries of those that went before, which stay in the index until it is vacuumed.
CREATE FUNCTION next_waiting(of_client TEXT, of_priority INTEGER, behind BIGINT) RETURNS BIGINT
LANGUAGE plpgsql STABLE SET search_path FROM CURRENT SET enable_seqscan = off AS $$
DECLARE
    found RECORD;
BEGIN
    SELECT client, priority, number INTO found FROM jobs
    WHERE state = 'queued' AND (priority, client, number) > (of_priority, of_client, behind)
    ORDER BY priority, client, number LIMIT 1;
    IF found.client = of_client AND found.priority = of_priority THEN
        RETURN found.number;
    END IF;
    RETURN NULL;
END
$$;

CREATE FUNCTION keep_standings() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO standings AS s (client, priority, queued, running, first, served)
        VALUES (NEW.client, NEW.priority, (NEW.state = 'queued')::int, (NEW.state = 'running')::int,
                CASE NEW.state WHEN 'queued' THEN NEW.number END,
                coalesce((SELECT t.served FROM turns t WHERE t.client = NEW.client), 0))
        ON CONFLICT (client, priority) DO UPDATE SET
            queued = s.queued + excluded.queued,
            running = s.running + excluded.running,
            first = least(s.first, excluded.first);
    ELSIF TG_OP = 'UPDATE' THEN
        UPDATE standings s SET
            queued = s.queued + (NEW.state = 'queued')::int - (OLD.state = 'queued')::int,
            running = s.running + (NEW.state = 'running')::int - (OLD.state = 'running')::int,
            first = CASE
                WHEN NEW.state = 'queued' THEN least(s.first, NEW.number)
                WHEN s.first = OLD.number THEN next_waiting(OLD.client, OLD.priority, OLD.number)
                ELSE s.first
            END
        WHERE s.client = NEW.client AND s.priority = NEW.priority;
    ELSE
        UPDATE standings s SET
            queued = s.queued - (OLD.state = 'queued')::int,
            running = s.running - (OLD.state = 'running')::int,
            first = CASE
                WHEN s.first = OLD.number THEN next_waiting(OLD.client, OLD.priority, OLD.number)
                ELSE s.first
            END
        WHERE s.client = OLD.client AND s.priority = OLD.priority;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER job_comes AFTER INSERT ON jobs FOR EACH ROW
WHEN (NEW.state IN ('queued', 'running')) EXECUTE FUNCTION keep_standings();
CREATE TRIGGER job_changes AFTER UPDATE OF state ON jobs FOR EACH ROW
WHEN (OLD.state <> NEW.state) EXECUTE FUNCTION keep_standings();
CREATE TRIGGER job_goes AFTER DELETE ON jobs FOR EACH ROW
WHEN (OLD.state IN ('queued', 'running')) EXECUTE FUNCTION keep_standings();

CREATE FUNCTION keep_turns() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        UPDATE standings SET served = 0 WHERE client = OLD.client;
    ELSE
        UPDATE standings SET served = NEW.served WHERE client = NEW.client;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER turn_changes AFTER INSERT OR UPDATE OR DELETE ON turns FOR EACH ROW EXECUTE FUNCTION keep_turns();

CREATE INDEX jobs_by_deadline ON jobs (deadline) WHERE deadline IS NOT NULL AND state IN ('queued', 'running');
