"""What happens to a job inside one transaction: how it is found, given back and ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anchorproof.databases import Answer, Row, Session
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


def follow_end(session: Session, now: Now) -> None:
    """What comes of it when the statement before has ended a job."""
    session.ask("pin_clip_of_changed", pin=_JOB, until=now.steady_us)  # until now; who wants it longer has said so
    session.ask("deliver_changed", now=now.steady_us)


def changed(answer: Answer) -> Job:
    """The job as a statement has left it; asked for after the transaction, it comes with the commit."""
    row = answer.row()
    assert row is not None
    return read_job(row)


def largest_sequence(session: Session) -> int:
    row = session.row("revision")
    return int(row["value"]) if row is not None else 0


def find_row(session: Session, job_id: str) -> Row:
    row = session.row("get_job", job_id=job_id)
    if row is None:
        raise NotFound("operation", job_id)
    return row


def load_job(session: Session, job_id: str) -> Job:
    return read_job(find_row(session, job_id))


def held_row(session: Session, lease: Lease, now: Now) -> Row:
    return still_held(session.ask("leased_job", **holding(lease, now)), lease)


def holding(lease: Lease, now: Now) -> dict[str, Any]:
    """What a statement asks for that changes nothing when the lease is over."""
    return {"job_id": lease.job.job_id, "token": lease.token, "era": now.era, "now": now.lease_us}


def still_held(answer: Answer, lease: Lease) -> Row:
    row = answer.row()
    if row is None:
        raise LeaseLost(lease.job.job_id)
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


def ask_to_end(session: Session, row: Row, error: JobError, now: Now) -> Answer | None:
    """A job that waits ends at once, one that runs is asked to; None: it is asked already, or has ended."""
    if row["state"] == JobState.QUEUED:
        return end(session, row, _ended_by(error), error, now)
    if row["state"] != JobState.RUNNING or row["is_cancel_requested"]:
        return None
    asked = session.ask("request_cancel", job_id=row["job_id"], reason=error.reason, message=error.message)
    session.ask("advance")
    return asked


def end_cancelled(session: Session, row: Row, now: Now) -> Answer:
    error = JobError(row["error_reason"], row["error_message"])
    return end(session, row, _ended_by(error), error, now)


def _ended_by(error: JobError) -> JobState:
    return JobState.CANCELLED if error.reason == JobCancelled.reason else JobState.FAILED


def end(session: Session, row: Row, state: JobState, error: JobError, now: Now) -> Answer:
    ended = session.ask(
        "end_job",
        job_id=row["job_id"],
        state=state.value,
        now=max(now.wall_us, row["create_time"]),
        steady=now.steady_us,
        reason=error.reason,
        message=error.message,
    )
    follow_end(session, now)
    session.ask("advance")
    return ended


def put_back(session: Session, row: Row, now: Now, given_up_for: JobError | None, **counts: int) -> Answer:
    """The job waits again, or is given up for that reason."""
    numbers: dict[str, Any] = {"crashes": 0, "losses": 0, "unharmed": 0} | counts
    if row["is_cancel_requested"]:
        return end_cancelled(session, row, now)
    if given_up_for is not None:
        session.ask("count_crash", job_id=row["job_id"], crashes=numbers["crashes"], losses=numbers["losses"])
        return end(session, row, JobState.DEAD, given_up_for, now)
    back = session.ask("requeue_job", job_id=row["job_id"], **numbers)
    session.ask("advance")
    return back


def error_of(error: JobCancelled | DeadlinePassed) -> JobError:
    return JobError(error.reason, str(error))
