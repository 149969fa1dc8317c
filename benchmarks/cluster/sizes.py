"""What a million reports and jobs take in each kind of database: copies of one real report, measured on disk."""

from __future__ import annotations

import secrets
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from anchorproof.databases import Database
from anchorproof.opening import open_database
from anchorproof.queue.queue import Told
from anchorproof.queue.store import SCHEMA as QUEUE
from anchorproof.queue.store import StoredQueue
from anchorproof.reports.store import SCHEMA as REPORTS
from anchorproof.reports.store import ReportStore
from anchorproof.settings import QueueSettings
from anchorproof.sqlite import Schema
from anchorproof.types import JobRequest, Report, StepState
from benchmarks.chaos.database import Postgres

_LIMITS = QueueSettings(limit_queued=10**9, limit_per_client=10**9)
_BATCH = 500


def measure(report: Report, reports: int, jobs: int) -> dict[str, Any]:
    """Bytes of each, indexes included; of PostgreSQL without its write-ahead log, of SQLite after it was emptied."""
    fills: dict[str, tuple[Schema, int, Callable[[Database], None]]] = {
        "report": (REPORTS, reports, lambda database: _fill_reports(database, report, reports)),
        "job": (QUEUE, jobs, lambda database: _fill_jobs(database, report, jobs)),
    }
    found: dict[str, Any] = {"reports": reports, "jobs": jobs}
    with Postgres() as server:
        for name, (schema, count, fill) in fills.items():
            with _file(schema) as (path, database):
                fill(database)
                database.compact()
                found[f"sqlite_bytes_per_{name}"] = round(path.stat().st_size / count)
            shared = open_database(server.url, Path(), schema)
            fill(shared)
            shared.close()
            found[f"postgres_bytes_per_{name}"] = round(_size(server.url, schema.namespace) / count)
    return found


@contextmanager
def _file(schema: Schema) -> Iterator[tuple[Path, Database]]:
    with tempfile.TemporaryDirectory(prefix="anchorproof-sizes-") as folder:
        path = Path(folder) / "filled.sqlite3"
        database = open_database("", path, schema)
        yield path, database
        database.close()


def _fill_reports(database: Database, report: Report, count: int) -> None:
    store = ReportStore(database)
    for _ in range(count):
        clip = replace(report.clip, sha256=secrets.token_hex(32))
        store.save(replace(report, report_id=secrets.token_hex(16), clip=clip), f"job/{secrets.token_hex(16)}")


def _fill_jobs(database: Database, report: Report, count: int) -> None:
    """Through all that a job goes through, so that its row has what ended jobs have."""
    queue = StoredQueue(database, _LIMITS)
    told = Told("fuse", 1.0, tuple(StepState(step.step, True) for step in report.timings))
    for first in range(0, count, _BATCH):
        requests = [
            JobRequest("newsroom", report.clip_name, secrets.token_hex(32), request_id=secrets.token_hex(16))
            for _ in range(min(_BATCH, count - first))
        ]
        queue.submit(requests)
        while (lease := queue.lease(secrets.token_hex(8))) is not None:
            queue.renew(lease, told)
            queue.complete(lease, 0.0)


def _size(url: str, namespace: str) -> int:
    import psycopg

    query = """SELECT sum(pg_total_relation_size(c.oid)) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE n.nspname = %s AND c.relkind = 'r'"""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM FULL")
        row = connection.execute(query, (namespace,)).fetchone()
    assert row is not None
    return int(row[0])
