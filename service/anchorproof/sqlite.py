"""SQLite databases as this program keeps them: durable, erasing what is deleted, migrated by numbered SQL files.

A store's SQL lives beside its code: migrations ``NNNN_what.sql`` run once each in order, and ``queries.sql`` holds the
statements by name. sqlite3's errors become ours here, in one place.
"""

from __future__ import annotations

import os
import re
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from anchorproof.errors import AnchorproofError, Overloaded, StorageFailed

BUSY_TIMEOUT_S = 30.0
IDLE_CONNECTIONS = 8
#: Reading a database through for damage takes about a second per gigabyte.
QUICK_CHECK_S = 20.0
#: Large enough that several 512-d templates share a page without much room to spare.
PAGE_BYTES = 16_384
#: Templates of people must not reach temporary files, hence ``temp_store``; ``secure_delete`` zeroes what is deleted.
CONNECTION_PRAGMAS = ("foreign_keys = ON", "secure_delete = ON", "synchronous = FULL", "temp_store = MEMORY")

_MIGRATION = re.compile(r"\d{4}_\w+\.sql")
_QUERY_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Schema:
    """One kind of database: ``package`` holds its SQL, ``kind`` names it to people."""

    kind: str
    package: str
    #: Stands in the file's header, so that a database of another kind is not taken for ours.
    application_id: int
    #: Where its tables lie on PostgreSQL, beside those of other kinds; empty: where the connection's user has its own.
    namespace: str = ""
    #: Many small writers at once: on PostgreSQL they wait for the disk together, not one after the other.
    shares_flushes: bool = False

    def migrations(self) -> list[str]:
        """SQL of all migrations in order; the n-th leads to schema version n."""
        return list(read_migrations(self.package))

    def queries(self) -> Mapping[str, str]:
        return read_queries(self.package)


@dataclass(frozen=True, slots=True)
class SchemaState:
    """A database as it was found. ``version`` 0: it is empty; ``fault``: what is damaged in it, empty: nothing."""

    version: int
    newest: int
    is_newer: bool
    fault: str = ""
    #: False: reading it through would have taken too long.
    is_checked: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """All rows that a statement gave."""

    found: list[sqlite3.Row]

    def rows(self) -> list[sqlite3.Row]:
        return self.found

    def row(self) -> sqlite3.Row | None:
        return self.found[0] if self.found else None


class Session:
    """Named queries inside one transaction."""

    def __init__(self, connection: sqlite3.Connection, queries: Mapping[str, str]) -> None:
        self._connection = connection
        self._queries = queries

    def ask(self, query: str, **parameters: Any) -> Answer:
        """Here, where nothing travels, it is answered at once."""
        return Answer(self.rows(query, **parameters))

    def ask_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> Answer:
        return Answer([row for each in parameters for row in self.rows(query, **each)])

    def rows(self, query: str, **parameters: Any) -> list[sqlite3.Row]:
        return self._connection.execute(self._queries[query], parameters).fetchall()

    def row(self, query: str, **parameters: Any) -> sqlite3.Row | None:
        """The first row, or None."""
        found: sqlite3.Row | None = self._connection.execute(self._queries[query], parameters).fetchone()
        return found

    def run(self, query: str, **parameters: Any) -> int:
        """The number of rows changed."""
        return self._connection.execute(self._queries[query], parameters).rowcount

    def run_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> None:
        self._connection.executemany(self._queries[query], parameters)


class Database:
    """A pool of connections to one file, usable from several threads and processes; never carried over a fork.

    Raises:
        StorageFailed: the file or folder cannot be used; the message says why.
        Overloaded: another process held the database for longer than the busy timeout.
    """

    #: Readers see the write-ahead log's last state and wait for no writer.
    is_at_hand = True

    def __init__(self, path: Path, schema: Schema, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.path = path
        self._schema = schema
        self._queries = schema.queries()
        self._busy_timeout_s = busy_timeout_s
        self._idle: list[sqlite3.Connection] = []
        self._pool_lock = threading.Lock()
        # Threads of one process queue here, which is fairer and cheaper than SQLite's polling between processes.
        self._write_lock = threading.Lock()
        self._watch_lock = threading.Lock()
        self._is_closed = False
        with _translated(schema.kind):
            _create_file(path, schema.kind)
            self._migrate()
            self._watcher = self._connect()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One consistent snapshot."""
        with self._transaction("BEGIN") as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """A transaction that is on disk when the block ends, or left no trace when it raised."""
        if not self._write_lock.acquire(timeout=self._busy_timeout_s):
            raise Overloaded(f"the {self._schema.kind} is busy; try again later")
        try:
            with self._transaction("BEGIN IMMEDIATE") as session:
                yield session
        finally:
            self._write_lock.release()

    def data_version(self) -> int:
        """A number that differs from the last one when anything was committed in between, by whatever process."""
        with _translated(self._schema.kind), self._watch_lock:
            return int(self._watcher.execute("PRAGMA data_version").fetchone()[0])

    def compact(self, patience_s: float = BUSY_TIMEOUT_S) -> bool:
        """Write the file anew, so that nothing of what was deleted is left in it or in its log.

        ``secure_delete`` zeroes a row where it lies, but not the copies that stay behind when SQLite moves live rows
        between pages; only a rewritten file is free of them. Takes time in proportion to the file's size.

        Returns:
            False when readers of an older state held on to the log for longer than ``patience_s``: try again later.
        """
        deadline = time.monotonic() + patience_s
        with _translated(self._schema.kind), self._write_lock, self._borrowed() as connection:
            connection.execute("VACUUM")
            while not _empty_log(connection):
                if time.monotonic() >= deadline:
                    return False
                time.sleep(0.01)
        return True

    def close(self) -> None:
        """Close all connections; the database object is of no use afterwards."""
        with self._pool_lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in (*idle, self._watcher):
            connection.close()

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Session]:
        with _translated(self._schema.kind), self._borrowed() as connection:
            connection.execute(begin)
            try:
                yield Session(connection, self._queries)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        with self._pool_lock:
            if self._is_closed:
                raise StorageFailed(f"the {self._schema.kind} is closed")
            connection = self._idle.pop() if self._idle else None
        connection = connection or self._connect()
        try:
            yield connection
        except sqlite3.Error:
            connection.close()  # whatever state it is in, nobody gets it again
            raise
        except BaseException:
            self._give_back(connection)
            raise
        else:
            self._give_back(connection)

    def _give_back(self, connection: sqlite3.Connection) -> None:
        with self._pool_lock:
            if not self._is_closed and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_timeout_s, isolation_level=None, check_same_thread=False
        )
        connection.row_factory = sqlite3.Row
        try:
            for pragma in (f"page_size = {PAGE_BYTES}", *CONNECTION_PRAGMAS):
                connection.execute(f"PRAGMA {pragma}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _migrate(self) -> None:
        """Bring the file to the newest schema; several processes may open a new database at once."""
        with self._borrowed() as connection:
            _turn_wal_on(connection, self._schema.kind, self._busy_timeout_s)
            connection.execute("BEGIN IMMEDIATE")
            try:
                _run_migrations(connection, self._schema)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise


@contextmanager
def reading_only(path: Path, schema: Schema) -> Iterator[Session]:
    """One consistent snapshot of a file that is neither made nor brought up to date.

    Raises:
        StorageFailed: it is missing, damaged, or not ours.
    """
    with _translated(schema.kind), _opened_to_read(path) as connection:
        connection.execute("BEGIN")
        application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
        if application_id not in (0, schema.application_id):
            raise StorageFailed(f"the file is a database, but not an anchorproof {schema.kind}; name another file")
        yield Session(connection, schema.queries())


def examine(path: Path, schema: Schema, limit_s: float = QUICK_CHECK_S) -> SchemaState:
    """The file's version, and whether its pages are whole; for ``limit_s`` at most. Raises StorageFailed."""
    newest = len(schema.migrations())
    with reading_only(path, schema):
        pass
    with _translated(schema.kind), _opened_to_read(path) as connection:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        deadline = time.monotonic() + limit_s
        connection.set_progress_handler(lambda: time.monotonic() > deadline, 200)
        try:
            (fault,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError:
            if time.monotonic() <= deadline:
                raise
            return SchemaState(version, newest, version > newest, is_checked=False)
    return SchemaState(version, newest, version > newest, "" if fault == "ok" else f"damaged: {fault}")


@contextmanager
def _opened_to_read(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        yield connection
    finally:
        connection.close()


def _run_migrations(connection: sqlite3.Connection, schema: Schema) -> None:
    migrations = schema.migrations()
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    application_id = int(connection.execute("PRAGMA application_id").fetchone()[0])
    is_new = connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None
    if application_id != schema.application_id and not is_new:
        raise StorageFailed(f"the file is a database, but not an anchorproof {schema.kind}; name another file")
    if version > len(migrations):
        raise StorageFailed(
            f"the {schema.kind} was written by a newer anchorproof (schema {version}; this program knows up to "
            f"{len(migrations)}): install that version, or restore a copy made before the upgrade"
        )
    if version == len(migrations):
        return
    for sql in migrations[version:]:
        for statement in _statements(sql):
            connection.execute(statement)
    connection.execute(f"PRAGMA user_version = {len(migrations)}")
    connection.execute(f"PRAGMA application_id = {schema.application_id}")


def _turn_wal_on(connection: sqlite3.Connection, kind: str, patience_s: float) -> None:
    # Changing the journal mode does not wait for other connections by itself, whatever the busy timeout says.
    deadline = time.monotonic() + patience_s
    while True:
        try:
            mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
    if mode != "wal":
        raise StorageFailed(f"the file system cannot hold the {kind} safely (no write-ahead log); use a local disk")


def _empty_log(connection: sqlite3.Connection) -> bool:
    """False when somebody still reads from it. The busy timeout is the caller's to spend, in small portions."""
    (timeout_ms,) = connection.execute("PRAGMA busy_timeout").fetchone()
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        return not connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    finally:
        connection.execute(f"PRAGMA busy_timeout = {timeout_ms}")


def _create_file(path: Path, kind: str) -> None:
    """Templates are personal data: only the owner may read them."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise StorageFailed(f"the {kind}'s file cannot be opened for writing: {error.strerror}") from error


def _statements(sql: str) -> Iterator[str]:
    """Single statements of a script (triggers hold semicolons of their own)."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    if any(line.strip() and not line.strip().startswith("--") for line in statement.splitlines()):
        raise ValueError(f"SQL script ends inside a statement: {statement.strip()[:80]!r}")


@cache
def read_migrations(package: str) -> tuple[str, ...]:
    """The texts of a package's ``NNNN_what.sql``, in order."""
    scripts = sorted(
        (entry for entry in files(package).iterdir() if _MIGRATION.fullmatch(entry.name)), key=lambda entry: entry.name
    )
    numbers = [int(entry.name[:4]) for entry in scripts]
    if numbers != list(range(1, len(numbers) + 1)):
        raise ValueError(f"migrations of {package} must be numbered 0001, 0002, ...; got {numbers}")
    return tuple(entry.read_text(encoding="utf-8") for entry in scripts)


@cache
def read_queries(package: str) -> Mapping[str, str]:
    """The statements of a package's ``queries.sql``, by name."""
    parts = _QUERY_NAME.split((files(package) / "queries.sql").read_text(encoding="utf-8"))
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@contextmanager
def _translated(kind: str) -> Iterator[None]:
    try:
        yield
    except sqlite3.ProgrammingError:
        raise  # a wrong query or a wrong parameter is our mistake
    except sqlite3.Error as error:
        raise _translate(error, kind) from error


def _translate(error: sqlite3.Error, kind: str) -> AnchorproofError:
    code = -1
    with suppress(AttributeError):  # errors that the Python module raises by itself carry no code
        code = error.sqlite_errorcode & 0xFF
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return Overloaded(f"the {kind} is busy: another process holds it; try again later")
    if code == sqlite3.SQLITE_FULL:
        return StorageFailed(f"the disk is full: the {kind} could not be written and is unchanged; free some space")
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
        return StorageFailed(f"the {kind}'s file is damaged or not a database; restore it from a backup")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH):
        return StorageFailed(f"the {kind}'s file or folder cannot be written; check its owner and permissions")
    if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_IOERR_WRITE:  # a quota, or a limit on the file's size
        return StorageFailed(f"the {kind} could not be written and is unchanged: is the disk or a quota full?")
    if code == sqlite3.SQLITE_IOERR:
        return StorageFailed(f"the {kind} could not be read or written: the disk reports an error")
    return StorageFailed(f"the {kind} could not be read or written")
