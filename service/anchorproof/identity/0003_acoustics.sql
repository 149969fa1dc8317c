-- What room and line did to a voice, in dB (see types/people.py); NULL: a face, or enrolled before it was measured.
ALTER TABLE templates ADD COLUMN fall_db REAL;
ALTER TABLE templates ADD COLUMN band_db REAL;
