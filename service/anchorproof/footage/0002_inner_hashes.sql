-- Hashes of the pictures' middle, 32 bytes each like picture_hashes; empty in prints of an earlier method, which are not
-- searched until their files are enrolled again.
ALTER TABLE prints ADD COLUMN picture_inner BLOB NOT NULL DEFAULT x'';
