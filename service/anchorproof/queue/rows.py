"""Rows of the queue's database as types, and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from anchorproof.databases import Row
from anchorproof.times import to_time
from anchorproof.types import Job, JobError, JobRequest, JobState, Priority, StepState


def steps_json(steps: Iterable[StepState]) -> str:
    return json.dumps([[step.step, step.is_done] for step in steps])


def read_job(row: Row) -> Job:
    is_over = row["state"] == JobState.SUCCEEDED  # the last word on progress is not always written down
    return Job(
        job_id=row["job_id"],
        request=_request(row),
        state=JobState(row["state"]),
        report_id=row["report_id"],
        clip_sha256=row["clip_sha256"],
        create_time=to_time(row["create_time"]),
        start_time=_time(row["start_time"]),
        end_time=_time(row["end_time"]),
        deadline=_time(row["deadline"]),
        step=row["step"],
        fraction=float(row["fraction"]),
        steps=tuple(StepState(step, bool(is_done or is_over)) for step, is_done in json.loads(row["steps"])),
        attempts=row["attempts"],
        crashes=row["crashes"],
        is_cancel_requested=bool(row["is_cancel_requested"]),
        error=JobError(row["error_reason"], row["error_message"]) if row["error_reason"] else None,
        sequence=row["sequence"],
    )


def _request(row: Row) -> JobRequest:
    # A source that was fetched has become a clip; what is asked for is still the source.
    source = row["source_uri"]
    return JobRequest(
        client=row["client"],
        clip_name=row["clip_name"],
        clip_sha256="" if source else row["clip_sha256"],
        source_uri=source,
        request_id=row["request_id"] or "",
        priority=Priority(row["priority"]),
        time_limit_s=row["time_limit_s"],
        webhook_url=row["webhook_url"],
        batch_id=row["batch_id"],
        call_id=row["call_id"],
    )


def columns(request: JobRequest) -> dict[str, Any]:
    return {
        "request_id": request.request_id or None,
        "client": request.client,
        "clip_name": request.clip_name,
        "clip_sha256": request.clip_sha256,
        "source_uri": request.source_uri,
        "priority": int(request.priority),
        "time_limit_s": request.time_limit_s,
        "webhook_url": request.webhook_url,
        "batch_id": request.batch_id,
        "call_id": request.call_id,
    }


def _time(number: int | None) -> datetime | None:
    return None if number is None else to_time(number)
