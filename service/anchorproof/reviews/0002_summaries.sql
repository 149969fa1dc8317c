-- The summary in other languages, as a JSON object by language; reviews from before have none, and show the English one.
ALTER TABLE reviews ADD COLUMN summaries TEXT NOT NULL DEFAULT '{}';
