"""A queue of an earlier version: brought up to date once, by whichever process is first, with all that is in it."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from anchorproof.opening import open_database
from anchorproof.queue.store import SCHEMA, StoredQueue
from anchorproof.settings import QueueSettings
from anchorproof.sqlite import read_migrations
from anchorproof.types import JobRequest

#: As programs of schema 1 put a job in.
_INSERT = """
INSERT INTO {table} (sequence, job_id, report_id, client, clip_name, clip_sha256, source_uri, priority, webhook_url,
                     batch_id, state, create_time)
VALUES ({number}, 'job-{number}', 'report-{number}', 'client', 'clip.mp4', 'ab', '', 1, '', '', 'queued', 5)
"""
_OPEN = """
import sys
from pathlib import Path
from anchorproof.opening import open_database
from anchorproof.queue.store import SCHEMA
sys.stdin.readline()
open_database(sys.argv[1], Path(sys.argv[2]), SCHEMA).close()
"""


def _make_first_version(url: str, path: Path) -> None:
    if url:
        import psycopg

        (first, *_) = read_migrations("anchorproof.queue.postgres")
        with psycopg.connect(url, autocommit=True) as database:
            database.execute(b"CREATE SCHEMA queue")
            database.execute(b"SET search_path = queue")
            database.execute(b"CREATE TABLE schema_version (version INTEGER NOT NULL, usable_from INTEGER)")
            database.execute(b"INSERT INTO schema_version VALUES (1, 1)")
            database.execute(first.encode())
            database.execute(_INSERT.format(table="jobs", number=1).encode())
            database.execute(b"UPDATE revision SET value = 1")
        return
    (first, *_) = read_migrations("anchorproof.queue")
    with closing(sqlite3.connect(path)) as database:
        database.executescript(first)
        database.executescript(_INSERT.format(table="jobs", number=1))
        database.executescript(
            f"UPDATE revision SET value = 1; PRAGMA user_version = 1; PRAGMA application_id = {SCHEMA.application_id}"
        )
        database.commit()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_processes_that_open_it_at_once_migrate_it_once(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = str(request.getfixturevalue("postgres_url")) if engine == "postgres" else ""
    path = tmp_path / "queue.sqlite3"
    _make_first_version(url, path)
    command = [sys.executable, "-c", _OPEN, url, str(path)]
    opening = [subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(4)]
    for process in opening:  # all have loaded what they need when the first is let go
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    faults = [process.communicate(timeout=120)[1] for process in opening]
    assert [process.returncode for process in opening] == [0] * 4, faults
    with closing(StoredQueue(open_database(url, path, SCHEMA), QueueSettings())) as queue:
        (job,) = queue.list_jobs()[0]
        assert (job.job_id, job.request.call_id) == ("job-1", "")
        (made,) = queue.submit([JobRequest("client", "new.mp4", "cd" * 32, call_id="call-1")])
        assert queue.get(made.job_id).request.call_id == "call-1"


def test_earlier_program_goes_on_beside_on_postgres(postgres_url: str) -> None:
    import psycopg

    _make_first_version(postgres_url, Path())
    with (
        closing(StoredQueue(open_database(postgres_url, Path(), SCHEMA), QueueSettings())) as queue,
        psycopg.connect(postgres_url, autocommit=True) as earlier,
    ):
        found = earlier.execute(b"SELECT version, usable_from FROM queue.schema_version").fetchone()
        assert found == (len(read_migrations("anchorproof.queue.postgres")), 1)
        earlier.execute(_INSERT.format(table="queue.jobs", number=7).encode())
        assert {job.job_id for job in queue.list_jobs()[0]} == {"job-1", "job-7"}
        assert queue.depth().queued == 2, "the database counts what it puts in"
        for number in (1, 7):  # as it takes a job, and forgets one
            lease = queue.lease("h")
            assert lease is not None
            assert lease.job.job_id == f"job-{number}"
            earlier.execute(b"UPDATE queue.turns SET served = 5 WHERE client = 'client'")
        earlier.execute(b"UPDATE queue.jobs SET state = 'queued' WHERE job_id = 'job-7'")
        earlier.execute(b"DELETE FROM queue.jobs WHERE job_id = 'job-1'")
        depth = queue.depth()
        assert (depth.queued, depth.running) == (1, 0)
        assert not queue.put_right()


def _fill_first_version(url: str, path: Path) -> None:
    """Two clients, of whom one was served before; jobs that wait, run and have ended."""
    table = "queue.jobs" if url else "jobs"
    turns = "queue.turns" if url else "turns"
    statements = [_INSERT.format(table=table, number=number) for number in range(2, 9)]
    statements += [
        f"UPDATE {table} SET client = 'other' WHERE number > 4",
        f"UPDATE {table} SET state = 'running', lease_token = 't', lease_holder = 'h', lease_era = 'e', "
        "lease_until = 1 WHERE number = 2",
        f"UPDATE {table} SET state = 'succeeded', ended = 5 WHERE number IN (1, 5)",
        f"INSERT INTO {turns} (client, served) VALUES ('client', 3)",
    ]
    if url:
        import psycopg

        with psycopg.connect(url, autocommit=True) as database:
            for statement in statements:
                database.execute(statement.encode())
            database.execute(b"UPDATE queue.revision SET value = 8")
        return
    with closing(sqlite3.connect(path)) as file:
        file.executescript("; ".join([*statements, "UPDATE revision SET value = 8"]))
        file.commit()


@pytest.mark.parametrize("engine", ["sqlite", "postgres"])
def test_full_queue_of_an_earlier_version_goes_on_in_its_order(
    engine: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    url = str(request.getfixturevalue("postgres_url")) if engine == "postgres" else ""
    path = tmp_path / "queue.sqlite3"
    _make_first_version(url, path)
    _fill_first_version(url, path)
    with closing(StoredQueue(open_database(url, path, SCHEMA), QueueSettings())) as queue:
        assert not queue.put_right()
        assert (queue.depth().queued, queue.depth().running) == (5, 1)
        leases = [queue.lease("h") for _ in range(5)]
        assert [lease.job.job_id for lease in leases if lease] == ["job-6", "job-3", "job-7", "job-4", "job-8"]
