"""What the service has, held against what its clients were told."""

from __future__ import annotations

import sqlite3
from collections import Counter
from pathlib import Path
from typing import Any

from anchorproof.client import Client, ServiceError
from anchorproof.types import JobState
from benchmarks.chaos.clients import Acknowledged

DATABASES = ("queue.sqlite3", "reports.sqlite3", "uploads.sqlite3", "registry.sqlite3")


def settle(client: Client, noted: Acknowledged) -> None:
    """Wait until every acknowledged job has ended."""
    for job_id in noted.jobs:
        if job_id not in noted.reports:
            try:
                noted.reports[job_id] = client.wait_for_job(job_id).report_id
            except ServiceError as error:
                noted.fault(f"job {job_id}: {error}")


def compare(client: Client, noted: Acknowledged) -> dict[str, Any]:
    """Lost and doubled jobs and reports."""
    jobs = {job.job_id: job for job in client.jobs()}
    reports = Counter(report.clip_name for report in client.reports())
    lost_jobs = [job_id for job_id in noted.jobs if job_id not in jobs]
    not_done = [job_id for job_id in noted.jobs if job_id in jobs and jobs[job_id].state is not JobState.SUCCEEDED]
    lost_reports = [name for name in noted.jobs.values() if not reports[name]]
    changed = [job_id for job_id, report_id in noted.reports.items() if jobs[job_id].report_id != report_id]
    return {
        "uploads_acknowledged": noted.uploads,
        "jobs_acknowledged": len(noted.jobs),
        "jobs_lost": len(lost_jobs),
        "jobs_not_succeeded": len(not_done),
        "reports_lost": len(lost_reports),
        "reports_changed": len(changed),
        "reports_doubled": sum(count - 1 for count in reports.values()),
        "reports_without_a_job": len(set(reports) - {job.request.clip_name for job in jobs.values()}),
        "attempts_of_jobs": dict(sorted(Counter(job.attempts for job in jobs.values()).items())),
        "uploads_resumed": noted.resumed,
        "bytes_not_sent_again": noted.spared_bytes,
        "faults": noted.faults[:20],
        "faults_in_all": len(noted.faults),
    }


def integrity(data_dir: Path) -> dict[str, str]:
    """What SQLite says of each database, the server being stopped."""
    found = {}
    for name in DATABASES:
        connection = sqlite3.connect(data_dir / name)
        try:
            found[name] = str(connection.execute("PRAGMA integrity_check").fetchone()[0])
        finally:
            connection.close()
    return found


def leftovers(data_dir: Path) -> dict[str, int]:
    """Files that should have gone."""
    parts = list((data_dir / "uploads").glob("*.part"))
    spooled = [path for path in (data_dir / "spool").rglob("*") if path.is_file()]
    return {"uploads": len(parts), "spooled": len(spooled)}


def is_clean(results: dict[str, Any]) -> bool:
    """Nothing lost, nothing doubled, nothing damaged."""
    counts = ("jobs_lost", "jobs_not_succeeded", "reports_lost", "reports_changed", "reports_doubled", "faults_in_all")
    kept = results["kept"]
    return (
        not any(kept[name] for name in counts)
        and not kept["reports_without_a_job"]
        and set(results["integrity"].values()) == {"ok"}
    )
