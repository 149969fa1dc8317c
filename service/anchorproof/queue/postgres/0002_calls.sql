-- additive: programs of before give no such id.

ALTER TABLE jobs ADD COLUMN call_id TEXT NOT NULL DEFAULT '';
