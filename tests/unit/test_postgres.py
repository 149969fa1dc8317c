from __future__ import annotations

import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import StorageFailed, StorageUnavailable
from anchorproof.postgres import PostgresDatabase
from anchorproof.sqlite import Schema

MakeSchema = Callable[..., Schema]
FIRST = "CREATE TABLE things (name TEXT PRIMARY KEY);"
WIDER = "-- additive\nALTER TABLE things ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';"
BREAKING = "ALTER TABLE things RENAME COLUMN name TO label;"
QUERIES = (
    "-- name: add\nINSERT INTO things (name) VALUES (:name);\n\n"
    "-- name: all\nSELECT * FROM things ORDER BY 1;\n\n"
    "-- name: written\nSELECT pg_current_wal_insert_lsn()::text AS until;\n\n"
    "-- name: is_flushed\nSELECT pg_current_wal_flush_lsn() >= :until::pg_lsn AS is_so;\n\n"
    "-- name: data_version\nSELECT count(*) AS version FROM things;\n"
)


@pytest.fixture
def make_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeSchema:
    """A schema of a program of its own version: the migrations that it knows."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def make(program: str, *migrations: str, namespace: str = "things") -> Schema:
        program += secrets.token_hex(4)  # what a package holds is read once per process
        for package in (tmp_path / program, tmp_path / program / "postgres"):
            package.mkdir()
            (package / "__init__.py").touch()
            (package / "queries.sql").write_text(QUERIES)
        for number, sql in enumerate(migrations, 1):
            (tmp_path / program / "postgres" / f"{number:04}_x.sql").write_text(sql)
        return Schema("store of things", program, 0x1234, namespace)

    return make


def _add(database: PostgresDatabase, name: str) -> None:
    with database.writing() as session:
        session.run("add", name=name)


def _ask_for_both(database: PostgresDatabase, *names: str) -> None:
    """Without waiting for either."""
    with database.writing() as session:
        for name in names:
            session.ask("add", name=name)


def _all(database: PostgresDatabase) -> list[dict[str, object]]:
    with database.reading() as session:
        return [dict(row) for row in session.rows("all")]


def test_old_program_goes_on_beside_a_new_one_after_an_additive_migration(
    postgres_url: str, make_schema: MakeSchema
) -> None:
    old, new = make_schema("old_program", FIRST), make_schema("new_program", FIRST, WIDER)
    running = PostgresDatabase(postgres_url, old)
    _add(running, "before")
    upgraded = PostgresDatabase(postgres_url, new)
    _add(running, "during")
    started_again = PostgresDatabase(postgres_url, old)
    _add(started_again, "after")
    assert [row["name"] for row in _all(upgraded)] == ["after", "before", "during"]
    assert {row["colour"] for row in _all(upgraded)} == {"red"}
    for database in (running, upgraded, started_again):
        database.close()


def test_old_program_is_refused_after_a_breaking_migration(postgres_url: str, make_schema: MakeSchema) -> None:
    PostgresDatabase(postgres_url, make_schema("new_program", FIRST, BREAKING, WIDER)).close()
    with pytest.raises(StorageFailed, match="newer"):
        PostgresDatabase(postgres_url, make_schema("old_program", FIRST))
    PostgresDatabase(postgres_url, make_schema("next_program", FIRST, BREAKING)).close()


def test_failed_migration_leaves_the_old_schema(postgres_url: str, make_schema: MakeSchema) -> None:
    old = PostgresDatabase(postgres_url, make_schema("old_program", FIRST))
    with pytest.raises(StorageFailed):
        PostgresDatabase(postgres_url, make_schema("bad_program", FIRST, WIDER, "ALTER TABLE nothing ADD x TEXT;"))
    _add(old, "still works")
    assert [set(row) for row in _all(old)] == [{"name"}]
    old.close()


def test_processes_that_open_a_new_database_at_once_migrate_it_once(postgres_url: str, make_schema: MakeSchema) -> None:
    schema = make_schema("program", FIRST, WIDER)
    with ThreadPoolExecutor(8) as threads:
        databases = list(threads.map(lambda _: PostgresDatabase(postgres_url, schema), range(8)))
    for number, database in enumerate(databases):
        _add(database, str(number))
    assert len(_all(databases[0])) == 8
    for database in databases:
        database.close()


def test_kinds_of_stores_share_a_database_without_meeting(postgres_url: str, make_schema: MakeSchema) -> None:
    ours = PostgresDatabase(postgres_url, make_schema("one", FIRST))
    theirs = PostgresDatabase(postgres_url, make_schema("two", FIRST, WIDER, namespace="others"))
    _add(ours, "ours")
    assert _all(theirs) == []
    ours.close()
    theirs.close()


@pytest.mark.parametrize("shares_flushes", [False, True])
def test_what_was_written_is_on_disk_when_the_block_ends(
    postgres_url: str, make_schema: MakeSchema, shares_flushes: bool
) -> None:
    schema = replace(make_schema("program", FIRST), shares_flushes=shares_flushes)
    database = PostgresDatabase(postgres_url, schema)
    for number in range(20):  # by itself the server would flush it within a fifth of a second
        with database.writing() as session:
            session.run("add", name=str(number))
            written = session.row("written")
        assert written is not None
        with database.reading() as session:
            found = session.row("is_flushed", until=written["until"])
        assert found is not None
        assert found["is_so"]
    database.close()


def test_what_a_reader_saw_is_on_disk_when_its_block_ends(postgres_url: str, make_schema: MakeSchema) -> None:
    """Also what another session has committed and not flushed."""
    import psycopg

    database = PostgresDatabase(postgres_url, replace(make_schema("program", FIRST), shares_flushes=True))
    with psycopg.connect(postgres_url, autocommit=True) as other:
        other.execute(b"SET synchronous_commit = off")
        for number in range(20):
            other.execute(b"INSERT INTO things.things (name) VALUES (%s)", (str(number),))
            found = other.execute(b"SELECT pg_current_wal_insert_lsn()::text").fetchone()
            assert found is not None
            assert len(_all(database)) == number + 1
            flushed = other.execute(b"SELECT pg_current_wal_flush_lsn() >= %s::text::pg_lsn", found).fetchone()
            assert flushed == (True,)
    database.close()


def test_answers_are_there_after_the_block_and_faults_before_its_end(
    postgres_url: str, make_schema: MakeSchema
) -> None:
    database = PostgresDatabase(postgres_url, make_schema("program", FIRST))
    with database.writing() as session:
        session.ask("add", name="one")
        answer = session.ask("all")
    assert [row["name"] for row in answer.rows()] == ["one"]
    with pytest.raises(StorageFailed):
        _ask_for_both(database, "two", "one")
    assert [row["name"] for row in _all(database)] == ["one"], "the connection is of use again, and nothing is left"
    with database.writing() as session:
        assert session.ask_many("add", []).rows() == []
    database.close()


def test_server_that_is_away_is_said_without_its_address_or_password(make_schema: MakeSchema) -> None:
    with pytest.raises(StorageUnavailable) as caught:
        PostgresDatabase("postgresql://user:secret@127.0.0.1:1/x", make_schema("program", FIRST))
    assert "secret" not in str(caught.value)
    assert "127.0.0.1" not in str(caught.value)
