"""What happens to a job inside one transaction: how it is found, given back and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anchorproof.databases import Row, Session
from anchorproof.errors import DeadlinePassed, JobCancelled, LeaseLost, NotFound, RequestInvalid
from anchorproof.queue.rows import read_job
from anchorproof.types import Job, JobError, JobRequest, JobState, Lease

#: Who wanted a clip while its job was not final.
_JOB = "job"


@dataclass(frozen=True, slots=True)
class Now:
    """The three clocks, read once for a transaction."""

    wall_us: int
    steady_us: int
    era: str
    lease_us: int


def next_sequence(session: Session) -> int:
    row = session.row("next_sequence")
    assert row is not None
    return int(row["value"])


def largest_sequence(session: Session) -> int:
    row = session.row("revision")
    return int(row["value"]) if row is not None else 0


def depth_row(session: Session) -> Row:
    (row,) = session.rows("depth")
    return row


def find_row(session: Session, job_id: str) -> Row:
    row = session.row("get_job", job_id=job_id)
    if row is None:
        raise NotFound("operation", job_id)
    return row


def load_job(session: Session, job_id: str) -> Job:
    return read_job(find_row(session, job_id))


def held_row(session: Session, lease: Lease, now: Now) -> Row:
    job_id = lease.job.job_id
    row = session.row("leased_job", job_id=job_id, token=lease.token, era=now.era, now=now.lease_us)
    if row is None:
        raise LeaseLost(job_id)
    return row


def same_job(row: Row, request: JobRequest) -> Job:
    """The job that an earlier request with this id led to."""
    job = read_job(row)
    asked = (job.request.clip_sha256, job.request.source_uri)
    if asked != (request.clip_sha256, request.source_uri):
        raise RequestInvalid(
            f"request_id {request.request_id!r} was used before for another clip; send a new one with each request",
            "request_id",
        )
    return job


def ask_to_end(session: Session, row: Row, error: JobError, now: Now) -> None:
    state = JobState(row["state"])
    if state is JobState.QUEUED:
        is_cancelled = error.reason == JobCancelled.reason
        end(session, row, JobState.CANCELLED if is_cancelled else JobState.FAILED, error, now)
    elif state is JobState.RUNNING and not row["is_cancel_requested"]:
        session.run(
            "request_cancel",
            sequence=next_sequence(session),
            job_id=row["job_id"],
            reason=error.reason,
            message=error.message,
        )


def end_cancelled(session: Session, row: Row, now: Now) -> Job:
    error = JobError(row["error_reason"], row["error_message"])
    is_cancelled = error.reason == JobCancelled.reason
    return end(session, row, JobState.CANCELLED if is_cancelled else JobState.FAILED, error, now)


def end(session: Session, row: Row, state: JobState, error: JobError | None, now: Now) -> Job:
    job_id = row["job_id"]
    session.run(
        "end_job",
        sequence=next_sequence(session),
        job_id=job_id,
        state=state.value,
        now=max(now.wall_us, row["create_time"]),
        steady=now.steady_us,
        reason=error.reason if error else "",
        message=error.message if error else "",
    )
    if row["clip_sha256"]:  # until now; whoever wants it longer has said so
        session.run("pin_clip", sha256=row["clip_sha256"], pin=_JOB, until=now.steady_us)
    if row["webhook_url"]:
        session.run("insert_delivery", job_id=job_id, url=row["webhook_url"], now=now.steady_us)
    return load_job(session, job_id)


def put_back(session: Session, row: Row, now: Now, given_up_for: JobError | None, **counts: int) -> Job:
    """The job waits again, or is given up for that reason."""
    numbers: dict[str, Any] = {"crashes": 0, "losses": 0, "unharmed": 0} | counts
    if row["is_cancel_requested"]:
        return end_cancelled(session, row, now)
    if given_up_for is not None:
        session.run("count_crash", job_id=row["job_id"], crashes=numbers["crashes"], losses=numbers["losses"])
        return end(session, row, JobState.DEAD, given_up_for, now)
    session.run("requeue_job", sequence=next_sequence(session), job_id=row["job_id"], **numbers)
    return load_job(session, row["job_id"])


def error_of(error: JobCancelled | DeadlinePassed) -> JobError:
    return JobError(error.reason, str(error))
