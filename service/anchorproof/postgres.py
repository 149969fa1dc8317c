"""PostgreSQL databases behind the same interface as ``sqlite.py``. The only module that imports psycopg.

The named queries are shared; a store's package holds PostgreSQL's migrations, and the few queries it says differently,
in its folder ``postgres``. Writers queue for one advisory lock, which gives SQLite's guarantee: one writer at a time.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from anchorproof.databases import Row
from anchorproof.errors import AnchorproofError, Overloaded, StorageFailed, StorageUnavailable
from anchorproof.sqlite import BUSY_TIMEOUT_S, IDLE_CONNECTIONS, Schema, SchemaState, read_migrations, read_queries

try:
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.rows import dict_row
except ImportError as error:  # the extra is not installed
    raise StorageFailed(
        "the settings name a PostgreSQL database, whose driver is not installed: pip install 'anchorproof[postgres]'"
    ) from error

Connection = psycopg.Connection[dict[str, Any]]

CONNECT_TIMEOUT_S = 10
#: How a migration begins that earlier programs need not know of.
ADDITIVE = "-- additive"
#: A writer's first statement, where flushes are shared: its commit does not wait for the disk, and frees the lock.
_LOCK_AND_COMMIT_EARLY = b"SELECT pg_advisory_xact_lock(%s), set_config('synchronous_commit', 'off', true)"
_LOCK = b"SELECT pg_advisory_xact_lock(%s)"
#: Unless all is on the disk already, an empty message whose own commit waits until everything before it is, too.
_FLUSH = b"""SELECT CASE WHEN pg_current_wal_flush_lsn() < pg_current_wal_insert_lsn()
                    THEN pg_logical_emit_message(true, '', '') END"""
#: ``:name`` but not ``::type``.
_PARAMETER = re.compile(r"(?<![:\w]):(\w+)")


class PostgresAnswer:
    """Rows that are on their way; fetching them sends what was asked so far. No cursor: nothing was asked."""

    def __init__(self, cursor: psycopg.Cursor[dict[str, Any]] | None, kind: str) -> None:
        self._cursor = cursor
        self._kind = kind
        self._found: list[dict[str, Any]] = []

    def rows(self) -> Sequence[Row]:
        if self._cursor is not None:
            with _translated(self._kind):
                self._found = self._cursor.fetchall()
                while self._cursor.nextset():
                    self._found.extend(self._cursor.fetchall())
            self._cursor = None
        return self._found

    def row(self) -> Row | None:
        found = self.rows()
        return found[0] if found else None


class PostgresSession:
    """Named queries inside one transaction."""

    def __init__(
        self, connection: Connection, queries: Mapping[str, str], kind: str, pipeline: psycopg.Pipeline | None = None
    ) -> None:
        self._connection = connection
        self._queries = queries
        self._kind = kind
        self._pipeline = pipeline

    def ask(self, query: str, **parameters: Any) -> PostgresAnswer:
        return PostgresAnswer(self._execute(query, parameters), self._kind)

    def ask_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> PostgresAnswer:
        wanted = list(parameters)
        if len(wanted) == 1:  # executemany would wait for it
            return self.ask(query, **wanted[0])
        cursor = self._connection.cursor() if wanted else None
        if cursor is not None:
            cursor.executemany(self._queries[query].encode(), wanted, returning=True)
        return PostgresAnswer(cursor, self._kind)

    def rows(self, query: str, **parameters: Any) -> Sequence[Row]:
        return self._execute(query, parameters).fetchall()

    def row(self, query: str, **parameters: Any) -> Row | None:
        return self._execute(query, parameters).fetchone()

    def run(self, query: str, **parameters: Any) -> int:
        cursor = self._execute(query, parameters)
        if self._pipeline is not None:
            self._pipeline.sync()  # the number is not known before
        return cursor.rowcount

    def run_many(self, query: str, parameters: Iterable[Mapping[str, Any]]) -> None:
        with self._connection.cursor() as cursor:
            cursor.executemany(self._queries[query].encode(), list(parameters))

    def _execute(self, query: str, parameters: Mapping[str, Any]) -> psycopg.Cursor[dict[str, Any]]:
        return self._connection.execute(self._queries[query].encode(), parameters)


class PostgresDatabase:
    """A pool of connections to one database.

    Args:
        url: ``postgresql://user@host/database``.
        schema: its ``application_id`` names the writers' lock; its migrations run once each.

    Raises:
        StorageFailed: the database cannot be reached or is of a newer version.
        Overloaded: another process held the database for longer than the busy timeout.
    """

    #: Behind a network, which may be slow or broken.
    is_at_hand = False

    def __init__(self, url: str, schema: Schema, busy_timeout_s: float = BUSY_TIMEOUT_S) -> None:
        self.where = without_secret(url)
        self._url = url
        self._schema = schema
        package = f"{schema.package}.postgres"
        self._migrations = read_migrations(package)
        shared = {**schema.queries(), **read_queries(package)}
        self._queries = {name: _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")) for name, sql in shared.items()}
        self._busy_timeout_s = busy_timeout_s
        self._options = f"-c lock_timeout={_milliseconds(busy_timeout_s)} -c synchronous_commit=on"
        if schema.namespace:
            self._options += f" -c search_path={schema.namespace}"
        self._idle: list[Connection] = []
        self._pool_lock = threading.Lock()
        self._is_closed = False
        try:
            self._migrate()
        except BaseException:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[PostgresSession]:
        with self._session("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY") as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[PostgresSession]:
        with self._session("BEGIN", self._schema.application_id) as session:
            yield session

    def data_version(self) -> int:
        """Counts the changes that the store's query ``data_version`` can see."""
        with self._session("BEGIN READ ONLY") as session:
            found = session.row("data_version")
        return int(found["version"]) if found is not None else 0

    def compact(self, patience_s: float = BUSY_TIMEOUT_S) -> bool:
        """Rewrite the tables and recycle the log, so that deleted rows are in none of the tables' files.

        The server's write-ahead log, its archive and its backups keep what was written until the server recycles them.
        """
        deadline = time.monotonic() + patience_s
        while True:
            try:
                with self._borrowed() as connection:
                    connection.execute(f"SET lock_timeout = {_milliseconds(min(1.0, max(patience_s, 0.01)))}".encode())
                    try:
                        connection.execute("VACUUM FULL")
                    finally:
                        connection.execute(f"SET lock_timeout = {_milliseconds(self._busy_timeout_s)}".encode())
                return True
            except Overloaded:
                if time.monotonic() >= deadline:
                    return False

    def close(self) -> None:
        """Close all connections; the database object is of no use afterwards."""
        with self._pool_lock:
            self._is_closed = True
        self._drop_idle()

    def _drop_idle(self) -> None:
        with self._pool_lock:
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.close()

    @contextmanager
    def _session(self, begin: str, lock: int | None = None) -> Iterator[PostgresSession]:
        """A transaction whose statements travel together up to each answer that is waited for, beginning with BEGIN
        and the lock, ending with COMMIT: a writer holds the lock for as few ways to the server and back as may be.

        Where flushes are shared, the lock is free before the disk has answered, so that the writers of all machines
        wait for the same flush; no block ends before what it wrote, or saw, is on the disk.
        """
        with self._borrowed() as connection:
            try:
                with connection.pipeline() as pipeline:
                    connection.execute(begin.encode())
                    if lock is not None:
                        connection.execute(_LOCK_AND_COMMIT_EARLY if self._schema.shares_flushes else _LOCK, (lock,))
                    yield PostgresSession(connection, self._queries, self._schema.kind, pipeline)
                    connection.execute("COMMIT")
                    if self._schema.shares_flushes:  # readers, too: what they have seen must not be lost any more
                        connection.execute(_FLUSH)
            except BaseException:
                if not connection.broken and connection.info.transaction_status != TransactionStatus.IDLE:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _transaction(self, begin: str) -> Iterator[Connection]:
        with self._borrowed() as connection:
            connection.execute(begin.encode())
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if not connection.broken:
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        with self._pool_lock:
            if self._is_closed:
                raise StorageFailed(f"the {self._schema.kind} is closed")
            connection = self._idle.pop() if self._idle else None
        try:
            connection = connection if connection and not connection.broken else self._connect()
            yield connection
        except psycopg.Error as error:
            is_lost = connection is None or connection.broken
            if connection is not None:
                connection.close()  # whatever state it is in, nobody gets it again
            if is_lost:  # the server was stopped: the others are as dead, and each would fail once more
                self._drop_idle()
            raise _translate(error, self._schema.kind) from error
        except BaseException:
            if connection is not None:
                self._give_back(connection)
            raise
        else:
            self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        with self._pool_lock:
            if not self._is_closed and not connection.broken and len(self._idle) < IDLE_CONNECTIONS:
                self._idle.append(connection)
                return
        connection.close()

    def _connect(self) -> Connection:
        # Transactions are begun and ended by our own statements, as with SQLite.
        return psycopg.Connection.connect(
            self._url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_TIMEOUT_S,
            options=self._options,
            application_name="anchorproof",
        )

    def _migrate(self) -> None:
        """Bring the database to the newest schema; several processes may open a new one at once.

        A migration whose text begins with ``-- additive`` leaves everything that earlier programs use as it was, so
        that they go on beside newer ones: machines are brought up to date one after the other.
        """
        with self._transaction("BEGIN") as connection:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", (self._schema.application_id,))
            if self._schema.namespace:
                connection.execute(f"CREATE SCHEMA IF NOT EXISTS {self._schema.namespace}".encode())
            connection.execute("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL)")
            connection.execute("ALTER TABLE schema_version ADD COLUMN IF NOT EXISTS usable_from INTEGER")
            found = connection.execute("SELECT version, usable_from FROM schema_version").fetchone()
            version, usable_from = (found["version"], found["usable_from"]) if found else (0, 0)
            if usable_from is None:
                usable_from = version
            if usable_from > len(self._migrations):
                raise StorageFailed(
                    f"the {self._schema.kind} was written by a newer anchorproof (schema {version}; this program knows "
                    f"up to {len(self._migrations)}): install that version, or restore a copy made before the upgrade"
                )
            for number, sql in enumerate(self._migrations[version:], version + 1):
                connection.execute(sql.encode())
                usable_from = usable_from if sql.startswith(ADDITIVE) else number
            if version < len(self._migrations):
                connection.execute("DELETE FROM schema_version")
                connection.execute("INSERT INTO schema_version VALUES (%s, %s)", (len(self._migrations), usable_from))


@contextmanager
def reading_only(url: str, schema: Schema) -> Iterator[PostgresSession]:
    """One consistent snapshot of a database that is not brought up to date. Raises StorageFailed."""
    shared = {**schema.queries(), **read_queries(f"{schema.package}.postgres")}
    queries = {name: _PARAMETER.sub(r"%(\1)s", sql.replace("%", "%%")) for name, sql in shared.items()}
    with _connected(url, schema) as connection:
        connection.execute(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield PostgresSession(connection, queries, schema.kind)


def examine(url: str, schema: Schema) -> SchemaState:
    """The schema's version; its pages are the server's to check. Raises StorageFailed."""
    newest = len(read_migrations(f"{schema.package}.postgres"))
    with _connected(url, schema) as connection:
        try:
            found = connection.execute(b"SELECT version, usable_from FROM schema_version").fetchone()
        except psycopg.errors.UndefinedTable:
            found = None
    if found is None:
        return SchemaState(0, newest, is_newer=False)
    usable_from = found["version"] if found["usable_from"] is None else found["usable_from"]
    return SchemaState(found["version"], newest, usable_from > newest)


@contextmanager
def _connected(url: str, schema: Schema) -> Iterator[Connection]:
    options = f"-c search_path={schema.namespace}" if schema.namespace else ""
    try:
        with psycopg.Connection.connect(
            url,
            autocommit=True,
            row_factory=dict_row,
            connect_timeout=CONNECT_TIMEOUT_S,
            options=options,
            application_name="anchorproof doctor",
        ) as connection:
            yield connection
    except psycopg.Error as error:
        raise _translate(error, schema.kind) from error


@contextmanager
def _translated(kind: str) -> Iterator[None]:
    """Answers are fetched after their transaction, too, where nobody else translates what goes wrong."""
    try:
        yield
    except psycopg.Error as error:
        raise _translate(error, kind) from error


def without_secret(url: str) -> str:
    """The address as it may be shown: no user, no password, no options."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname or ''}{port}{parts.path}"


def _milliseconds(seconds: float) -> int:
    return max(1, round(seconds * 1000))


def _translate(error: psycopg.Error, kind: str) -> AnchorproofError:
    if isinstance(error, psycopg.errors.LockNotAvailable | psycopg.errors.DeadlockDetected):
        return Overloaded(f"the {kind} is busy: another process holds it; try again later")
    if isinstance(error, psycopg.errors.DiskFull):
        return StorageFailed(f"the disk is full: the {kind} could not be written and is unchanged; free some space")
    if isinstance(error, psycopg.OperationalError):
        return StorageUnavailable(
            f"the {kind}'s PostgreSQL server cannot be used; is its address right, and is it running?"
        )
    if isinstance(error, psycopg.ProgrammingError | psycopg.DataError):
        return StorageFailed(f"the {kind}'s PostgreSQL server refused a statement: is this database ours?")
    return StorageFailed(f"the {kind} could not be read or written")
