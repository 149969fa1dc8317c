"""What a million reports, jobs and reviews take in each kind of database: copies of one real report, on disk."""

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
from anchorproof.reviews.decisions import Ruling
from anchorproof.reviews.desk import SCHEMA as DESK
from anchorproof.reviews.desk import Desk
from anchorproof.settings import QueueSettings, ReviewSettings
from anchorproof.sqlite import Schema
from anchorproof.types import ClipInfo, JobRequest, Report, ReviewOutcome, ReviewReason, Role, StepState
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
    return found | _of_reviews(report, reports)


def _of_reviews(report: Report, count: int) -> dict[str, Any]:
    """Of the reviewers' desk, which is a file of one machine: reviews that wait, and what a decision adds (the lease's
    and its own entries in the audit log among it)."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-sizes-") as folder:
        path = Path(folder) / "desk.sqlite3"
        with Desk(open_database("", path, DESK), Path(folder) / "audit.key", ReviewSettings()) as desk:
            ids = _fill_reviews(desk, report, count)
            waiting = _compacted(path)
            account = desk.accounts.create("bench", "rosa", Role.REVIEWER, secrets.token_hex(16))
            for review_id in ids[: count // 4]:
                etag = desk.leases.take(account, review_id).etag
                ruling = Ruling(
                    etag, ReviewOutcome.BONA_FIDE, ReviewReason.OTHER, "Seen, and heard, twice; it is ours."
                )
                desk.decisions.submit(account, review_id, secrets.token_hex(16), ruling)
            decided = _compacted(path)
    return {
        "sqlite_bytes_per_review": round(waiting / count),
        "sqlite_bytes_per_decision": round((decided - waiting) / (count // 4)),
    }


def _fill_reviews(desk: Desk, report: Report, count: int) -> list[str]:
    ids = [secrets.token_hex(16) for _ in range(count)]
    for first in range(0, count, _BATCH):
        found = [
            (number, replace(report, report_id=ids[number], clip=_another(report)), "newsroom")
            for number in range(first, min(count, first + _BATCH))
        ]
        desk.items.take_up(found, lambda _: "")
    return ids


def _compacted(path: Path) -> int:
    database = open_database("", path, DESK)
    database.compact()
    database.close()
    return path.stat().st_size


def _another(report: Report) -> ClipInfo:
    return replace(report.clip, sha256=secrets.token_hex(32))


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
        copy = replace(report, report_id=secrets.token_hex(16), clip=_another(report))
        store.save(copy, f"job/{secrets.token_hex(16)}")


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
