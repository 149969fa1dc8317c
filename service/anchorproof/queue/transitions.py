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


def advance(session: Session, by: int = 1) -> None:
    """The statement that follows gives its job the next sequence."""
    session.ask("advance", by=by)


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


def ask_to_end(session: Session, row: Row, error: JobError, now: Now) -> Answer | None:
    """A job that waits ends at once, one that runs is asked to; None: it is asked already, or has ended."""
    if row["state"] == JobState.QUEUED:
        return end(session, row, _ended_by(error), error, now)
    if row["state"] != JobState.RUNNING or row["is_cancel_requested"]:
        return None
    advance(session)
    return session.ask("request_cancel", job_id=row["job_id"], reason=error.reason, message=error.message)


def end_cancelled(session: Session, row: Row, now: Now) -> Answer:
    error = JobError(row["error_reason"], row["error_message"])
    return end(session, row, _ended_by(error), error, now)


def _ended_by(error: JobError) -> JobState:
    return JobState.CANCELLED if error.reason == JobCancelled.reason else JobState.FAILED


def end(session: Session, row: Row, state: JobState, error: JobError | None, now: Now) -> Answer:
    job_id = row["job_id"]
    if row["clip_sha256"]:  # until now; whoever wants it longer has said so
        session.ask("pin_clip", sha256=row["clip_sha256"], pin=_JOB, until=now.steady_us)
    if row["webhook_url"]:
        session.ask("insert_delivery", job_id=job_id, url=row["webhook_url"], now=now.steady_us)
    advance(session)
    return session.ask(
        "end_job",
        job_id=job_id,
        state=state.value,
        now=max(now.wall_us, row["create_time"]),
        steady=now.steady_us,
        reason=error.reason if error else "",
        message=error.message if error else "",
    )


def put_back(session: Session, row: Row, now: Now, given_up_for: JobError | None, **counts: int) -> Answer:
    """The job waits again, or is given up for that reason."""
    numbers: dict[str, Any] = {"crashes": 0, "losses": 0, "unharmed": 0} | counts
    if row["is_cancel_requested"]:
        return end_cancelled(session, row, now)
    if given_up_for is not None:
        session.ask("count_crash", job_id=row["job_id"], crashes=numbers["crashes"], losses=numbers["losses"])
        return end(session, row, JobState.DEAD, given_up_for, now)
    advance(session)
    return session.ask("requeue_job", job_id=row["job_id"], **numbers)


def error_of(error: JobCancelled | DeadlinePassed) -> JobError:
    return JobError(error.reason, str(error))
