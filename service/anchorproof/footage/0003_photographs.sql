-- Photographs of ours, to recognise clips in which one was set in motion: programmes of one picture and no length.
-- hashes are of squares about its faces, 32 bytes each (PDQ); method tells how they were made.
CREATE TABLE photographs (
    sequence INTEGER PRIMARY KEY REFERENCES programmes (sequence) ON DELETE CASCADE,
    method   TEXT NOT NULL,
    hashes   BLOB NOT NULL
);
