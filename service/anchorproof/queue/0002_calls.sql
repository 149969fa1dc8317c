-- By which id the log knows the call that asked for a job, so that its lines can be found on every machine.

ALTER TABLE jobs ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
