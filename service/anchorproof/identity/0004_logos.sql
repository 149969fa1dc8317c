-- Outlets' marks as pictures: what the screen shows beside, or instead of, their names.

-- picture is RGBA, 8 bits, row by row, deflated. The same file counts once per outlet.
CREATE TABLE outlet_logos (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    logo_id      TEXT    NOT NULL UNIQUE,
    outlet_id    TEXT    NOT NULL REFERENCES outlets (outlet_id) ON DELETE CASCADE,
    media_sha256 TEXT    NOT NULL,
    width        INTEGER NOT NULL,
    height       INTEGER NOT NULL,
    picture      BLOB    NOT NULL,
    create_time  INTEGER NOT NULL,
    UNIQUE (outlet_id, media_sha256)
);

-- One row per change of an outlet's logos or name, for readers that hold them in memory.
CREATE TABLE logo_changes (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT
);
CREATE TRIGGER logo_made AFTER INSERT ON outlet_logos
BEGIN
    INSERT INTO logo_changes (sequence) VALUES (NULL);
END;
CREATE TRIGGER logo_erased AFTER DELETE ON outlet_logos
BEGIN
    INSERT INTO logo_changes (sequence) VALUES (NULL);
END;
CREATE TRIGGER logo_renamed AFTER UPDATE OF display_name ON outlets
BEGIN
    INSERT INTO logo_changes (sequence) VALUES (NULL);
END;
