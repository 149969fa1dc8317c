"""The database that the settings name: on a PostgreSQL server, or in a file of the data folder."""

from __future__ import annotations

from pathlib import Path

from anchorproof.databases import Database
from anchorproof.sqlite import Database as SqliteDatabase
from anchorproof.sqlite import Schema


def open_database(url: str, path: Path, schema: Schema) -> Database:
    """On the server that ``url`` names; where it is empty, in the file.

    Raises:
        StorageFailed
    """
    if not url:
        return SqliteDatabase(path, schema)
    from anchorproof.postgres import PostgresDatabase  # its driver is an extra

    return PostgresDatabase(url, schema)
