from __future__ import annotations

import os
import sqlite3
from pathlib import Path

import pytest

from anchorproof.errors import Overloaded, StorageFailed
from anchorproof.identity import registry
from anchorproof.reports import store
from anchorproof.sqlite import Database, _statements

KINDS = pytest.mark.parametrize("schema", [registry.SCHEMA, store.SCHEMA], ids=["registry", "reports"])


def _write_something(database: Database, label: str, notes: str = "") -> None:
    texts = dict.fromkeys(("outlet", "outlet_key", "consent_reference", "legal_basis"), "")
    lists = dict.fromkeys(("aliases", "localized_names"), "[]")
    nothing = dict.fromkeys(("outlet_id", "valid_from", "valid_until"))
    fields = {**texts, **lists, **nothing, "consent": "unspecified", "notes": notes, "now": 0}
    names = dict.fromkeys(("anchor_id", "audit_id", "display_name", "name_key"), label)
    with database.writing() as session:
        session.run("insert_anchor", **names, **fields)


@KINDS
def test_new_file_is_durable_erasing_and_of_the_newest_schema(tmp_path: Path, schema) -> None:
    database = Database(tmp_path / "x.db", schema)
    with database._borrowed() as connection:
        pragmas = ("journal_mode", "synchronous", "secure_delete", "foreign_keys", "user_version", "application_id")
        values = [connection.execute(f"PRAGMA {pragma}").fetchone()[0] for pragma in pragmas]
    database.close()
    assert values == ["wal", 2, 1, 1, len(schema.migrations()), schema.application_id]


@KINDS
def test_opening_again_changes_nothing(tmp_path: Path, schema) -> None:
    for _ in range(2):
        Database(tmp_path / "x.db", schema).close()
        content = (tmp_path / "x.db").read_bytes()
    assert (tmp_path / "x.db").read_bytes() == content


@KINDS
def test_every_query_fits_the_schema(tmp_path: Path, schema) -> None:
    database = Database(tmp_path / "x.db", schema)
    with database._borrowed() as connection:
        for name, sql in schema.queries().items():
            parameters = dict.fromkeys(("limit", *_parameters(sql)))
            assert connection.execute(f"EXPLAIN {sql}", parameters).fetchall(), name
    database.close()


def _parameters(sql: str) -> set[str]:
    lines = [line for line in sql.splitlines() if not line.startswith("--")]
    words = " ".join(lines).replace("(", " ").replace(")", " ").replace(",", " ").replace(";", " ").split()
    return {word[1:] for word in words if word.startswith(":")}


def test_database_of_a_newer_program_is_left_alone(tmp_path: Path) -> None:
    Database(tmp_path / "x.db", registry.SCHEMA).close()
    with sqlite3.connect(tmp_path / "x.db") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(StorageFailed, match=r"newer anchorproof \(schema 99; this program knows up to \d+\)"):
        Database(tmp_path / "x.db", registry.SCHEMA)


def test_database_of_another_kind_is_refused(tmp_path: Path) -> None:
    Database(tmp_path / "x.db", registry.SCHEMA).close()
    with pytest.raises(StorageFailed, match="not an anchorproof report store"):
        Database(tmp_path / "x.db", store.SCHEMA)
    with sqlite3.connect(tmp_path / "foreign.db") as connection:
        connection.execute("CREATE TABLE anchors (x)")
    connection.close()
    with pytest.raises(StorageFailed, match="not an anchorproof registry"):
        Database(tmp_path / "foreign.db", registry.SCHEMA)


def test_file_that_is_no_database_is_named_damaged(tmp_path: Path) -> None:
    (tmp_path / "x.db").write_bytes(b"this is not a database, it only has its name" * 100)
    with pytest.raises(StorageFailed, match="damaged or not a database"):
        Database(tmp_path / "x.db", registry.SCHEMA)


def test_truncated_database_is_named_damaged(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    database = Database(path, registry.SCHEMA)
    for number in range(50):
        _write_something(database, f"a{number}", notes="x" * 2000)
    database.close()
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StorageFailed, match="damaged"):
        Database(path, registry.SCHEMA)


def test_full_disk_is_said_and_leaves_the_old_state(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", registry.SCHEMA)
    _write_something(database, "before")
    with database._borrowed() as connection:  # the pool is empty otherwise, so the next write gets this connection
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageFailed, match="disk is full"):
        _write_something(database, "too much", notes="x" * 100_000)
    _write_something(database, "after")
    with database.reading() as session:
        assert [row["anchor_id"] for row in session.rows("list_names")] == ["before", "after"]
    database.close()


@pytest.mark.parametrize("place", ["a file/registry.db", "folder"])
def test_place_that_cannot_hold_a_file_is_refused(tmp_path: Path, place: str) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageFailed, match="cannot be opened for writing") as caught:
        Database(tmp_path / place, registry.SCHEMA)
    assert str(tmp_path) not in str(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_read_only_folder_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StorageFailed, match="cannot be opened for writing: Permission denied"):
            Database(tmp_path / "x.db", registry.SCHEMA)
    finally:
        tmp_path.chmod(0o700)


def test_database_held_by_another_program_is_busy_not_broken(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", registry.SCHEMA, busy_timeout_s=0.05)
    other = sqlite3.connect(tmp_path / "x.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Overloaded, match="busy"):
        _write_something(database, "a")
    with database.reading() as session:
        assert session.rows("list_names") == []
    other.execute("ROLLBACK")
    other.close()
    _write_something(database, "a")
    database.close()


def test_transaction_that_raises_leaves_no_trace_and_its_connection_is_clean(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", registry.SCHEMA)

    def break_off() -> None:
        with database.writing() as session:
            session.run("insert_erasure")
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError, match="in the middle"):
        break_off()
    with database.reading() as session:
        assert session.rows("last_erasure")[0]["sequence"] is None
    _write_something(database, "a")
    database.close()


def test_reading_sees_one_state_though_others_write(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", registry.SCHEMA)
    with database.reading() as session:
        before = len(session.rows("list_names"))
        _write_something(database, "a")
        assert len(session.rows("list_names")) == before == 0
    with database.reading() as session:
        assert len(session.rows("list_names")) == 1
    database.close()


def test_data_version_moves_with_commits_of_any_connection(tmp_path: Path) -> None:
    one, other = (Database(tmp_path / "x.db", registry.SCHEMA) for _ in range(2))
    versions = [one.data_version(), one.data_version()]
    _write_something(one, "a")
    versions.append(one.data_version())
    _write_something(other, "b")
    versions.append(one.data_version())
    one.close()
    other.close()
    assert versions[0] == versions[1]
    assert len(set(versions)) == 3


def test_closed_database_says_so(tmp_path: Path) -> None:
    database = Database(tmp_path / "x.db", registry.SCHEMA)
    database.close()
    with pytest.raises(StorageFailed, match="closed"), database.reading():
        pass


def test_scripts_are_split_at_statements_not_at_semicolons() -> None:
    script = """-- a comment; with a semicolon
    CREATE TABLE t (x);
    CREATE TRIGGER g AFTER INSERT ON t BEGIN
      UPDATE t SET x = 1; DELETE FROM t WHERE x = ';';
    END;
    -- the end
    """
    assert [statement.split()[-1] for statement in _statements(script)] == ["(x);", "END;"]
    with pytest.raises(ValueError, match="ends inside a statement"):
        list(_statements("CREATE TABLE t (x)"))
