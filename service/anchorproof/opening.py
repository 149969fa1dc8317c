"""The database that the settings name: on a PostgreSQL server, or in a file of the data folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from anchorproof.databases import Database, Session
from anchorproof.sqlite import Database as SqliteDatabase
from anchorproof.sqlite import Schema, SchemaState
from anchorproof.sqlite import examine as examine_file
from anchorproof.sqlite import reading_only as reading_file


def open_database(url: str, path: Path, schema: Schema) -> Database:
    """On the server that ``url`` names; where it is empty, in the file.

    Raises:
        StorageFailed
    """
    if not url:
        return SqliteDatabase(path, schema)
    from anchorproof.postgres import PostgresDatabase  # its driver is an extra

    return PostgresDatabase(url, schema)


@contextmanager
def reading_only(url: str, path: Path, schema: Schema) -> Iterator[Session]:
    """A snapshot of the database as it is: not made, not brought up to date. Raises StorageFailed."""
    if url:
        from anchorproof.postgres import reading_only as reading_there  # its driver is an extra

        with reading_there(url, schema) as there:
            yield there
    else:
        with reading_file(path, schema) as here:
            yield here


def examine(url: str, path: Path, schema: Schema) -> SchemaState:
    """How the database is. Raises StorageFailed: it cannot be read, or is not ours."""
    if url:
        from anchorproof.postgres import examine as examine_there  # its driver is an extra

        return examine_there(url, schema)
    return examine_file(path, schema)
