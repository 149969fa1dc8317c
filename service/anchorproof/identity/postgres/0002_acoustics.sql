-- additive: earlier programs go on beside it; what they enrol has no such measures.
ALTER TABLE templates ADD COLUMN fall_db DOUBLE PRECISION;
ALTER TABLE templates ADD COLUMN band_db DOUBLE PRECISION;
