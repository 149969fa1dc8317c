-- additive: earlier programs go on beside it; they find no logos.
-- Outlets' marks as pictures; see 0004_logos.sql beside the registry's other statements.
CREATE TABLE outlet_logos (
    sequence     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logo_id      TEXT    NOT NULL UNIQUE,
    outlet_id    TEXT    NOT NULL REFERENCES outlets (outlet_id) ON DELETE CASCADE,
    media_sha256 TEXT    NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    picture      BYTEA   NOT NULL,
    create_time  BIGINT  NOT NULL,
    UNIQUE (outlet_id, media_sha256)
);

CREATE TABLE logo_changes (
    sequence BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY
);
CREATE FUNCTION note_logo_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO logo_changes DEFAULT VALUES;
    RETURN NULL;
END $$;
CREATE TRIGGER logo_changed AFTER INSERT OR DELETE ON outlet_logos
    FOR EACH ROW EXECUTE FUNCTION note_logo_change();
CREATE TRIGGER logo_renamed AFTER UPDATE OF display_name ON outlets
    FOR EACH ROW EXECUTE FUNCTION note_logo_change();
