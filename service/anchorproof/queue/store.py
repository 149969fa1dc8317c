"""The queue in a database: one table of jobs with leases, every change one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from dataclasses import replace

from anchorproof import pages
from anchorproof.databases import Database, Row, Session
from anchorproof.errors import (
    DeadlinePassed,
    JobCancelled,
    Overloaded,
    ResourceInUse,
)
from anchorproof.queue.clocks import MachineClock
from anchorproof.queue.queue import REVIEWERS, Clock, JobFilters, Told
from anchorproof.queue.rows import columns, read_job, steps_json
from anchorproof.queue.transitions import (
    Now,
    ask_to_end,
    depth_row,
    end,
    end_cancelled,
    error_of,
    find_row,
    held_row,
    largest_sequence,
    load_job,
    next_sequence,
    put_back,
    same_job,
)
from anchorproof.settings import QueueSettings
from anchorproof.sqlite import Schema
from anchorproof.times import microseconds, to_number
from anchorproof.types import Delivery, Job, JobError, JobRequest, JobState, Lease, QueueDepth

SCHEMA = Schema(kind="queue", package="anchorproof.queue", application_id=0x414E4351, namespace="queue")  # "ANCQ"

_DAY_US = microseconds(24 * 3600)
#: A delivery that is being tried is nobody else's for so long.
_TRYING_US = microseconds(60)
_END = 2**63 - 1
#: Changes after which nobody remembers when a client was served.
_TURNS_REMEMBERED = 1_000_000
ABANDONED = JobError(
    "ABANDONED", "whoever worked on it vanished, again and again; look at the machine, then send the clip again"
)


class _Room:
    """How much more the queue takes, counted once for all requests of one transaction.

    Counting goes through all that wait, so a thousand requests must not count a thousand times.
    """

    def __init__(self, session: Session, settings: QueueSettings) -> None:
        self._session = session
        self._settings = settings
        self._queued: int | None = None
        self._of_client: dict[str, int] = {}

    def take(self, client: str) -> None:
        """Raises Overloaded: the queue, or the client's share of it, is full."""
        if self._queued is None:
            self._queued = int(depth_row(self._session)["queued"])
        if self._queued >= self._settings.limit_queued:
            raise Overloaded(f"{self._queued:,} analyses are waiting already; try again later")
        if client not in self._of_client:
            (found,) = self._session.rows("depth_of_client", client=client)
            self._of_client[client] = int(found["unfinished"])
        unfinished = self._of_client[client]
        if unfinished >= self._settings.limit_per_client:
            raise Overloaded(f"you have {unfinished:,} analyses waiting or running, which is your share; wait for some")
        self._queued += 1
        self._of_client[client] += 1


class StoredQueue:
    """``JobQueue`` over one database.

    Args:
        is_gone: whether the holder of that name has died, so that its leases need not run out; None: nobody can tell.
    """

    def __init__(
        self,
        database: Database,
        settings: QueueSettings,
        clock: Clock | None = None,
        is_gone: Callable[[str], bool] | None = None,
    ) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock or MachineClock()
        self._is_gone = is_gone or (lambda _: False)

    @property
    def is_at_hand(self) -> bool:
        return self._database.is_at_hand

    # ----------------------------------------------------------------------------------------------- accepting

    def submit(self, requests: Sequence[JobRequest]) -> list[Job]:
        now = self._now()
        with self._database.writing() as session:
            room = _Room(session, self._settings)
            return [self._submit(session, request, now, room) for request in requests]

    def _submit(self, session: Session, request: JobRequest, now: Now, room: _Room) -> Job:
        row = session.row("find_request", request_id=request.request_id) if request.request_id else None
        if row is not None:
            return same_job(row, request)
        room.take(request.client)
        limit = request.time_limit_s
        job_id = secrets.token_hex(16)
        session.run(
            "insert_job",
            sequence=next_sequence(session),
            job_id=job_id,
            report_id=secrets.token_hex(16),
            create_time=now.wall_us,
            deadline=None if limit is None else now.steady_us + microseconds(limit),
            **columns(request),
        )
        return load_job(session, job_id)

    # ----------------------------------------------------------------------------------------------- reading

    def get(self, job_id: str) -> Job:
        with self._database.reading() as session:
            row = find_row(session, job_id)
            job = read_job(row)
            if job.state is not JobState.QUEUED:
                return job
            found = session.row("position", priority=row["priority"], number=row["number"])
        return replace(job, position=found["position"] if found else None)

    def sender_of(self, report_id: str) -> str:
        with self._database.reading() as session:
            row = session.row("sender_of", report_id=report_id)
        return str(row["client"]) if row is not None else ""

    def find_request(self, request_id: str) -> Job | None:
        if not request_id:
            return None
        with self._database.reading() as session:
            row = session.row("find_request", request_id=request_id)
        return None if row is None else read_job(row)

    def list_jobs(
        self, page_size: int = 0, page_token: str = "", filters: JobFilters | None = None
    ) -> tuple[list[Job], str]:
        limit, filters = pages.rows_per_page(page_size), filters or JobFilters()
        state = filters.state.value if filters.state else None
        wanted = {"state": state, "client": filters.client, "batch_id": filters.batch_id}
        scope = f"jobs {sorted(wanted.items())}"
        (before,) = pages.read_token(page_token, scope, 1) if page_token else (_END,)
        with self._database.reading() as session:
            rows = session.rows("list_jobs", before=before, rows=limit + 1, **wanted)
        token = pages.write_token([rows[limit - 1]["number"]], scope) if len(rows) > limit else ""
        return [read_job(row) for row in rows[:limit]], token

    def revision(self) -> int:
        with self._database.reading() as session:
            return largest_sequence(session)

    def changes(self, after: int, limit: int = 1000) -> list[Job]:
        with self._database.reading() as session:
            return [read_job(row) for row in session.rows("changes", after=after, rows=limit)]

    def depth(self) -> QueueDepth:
        with self._database.reading() as session:
            row = depth_row(session)
        oldest = 0 if row["oldest"] is None else max(0, self._now().wall_us - row["oldest"])
        return QueueDepth(row["queued"], row["running"], oldest / microseconds(1))

    # ----------------------------------------------------------------------------------------------- working

    def lease(self, holder: str) -> Lease | None:
        now = self._now()
        with self._database.reading() as session:  # most looks find nothing, and need no place among the writers
            if session.row("next_client", now=now.steady_us) is None:
                return None
        with self._database.writing() as session:
            turn = session.row("next_client", now=now.steady_us)
            if turn is None:
                return None
            row = session.row("next_job", client=turn["client"], priority=turn["priority"], now=now.steady_us)
            assert row is not None
            token, sequence = secrets.token_hex(8), next_sequence(session)
            session.run(
                "start_job",
                sequence=sequence,
                job_id=row["job_id"],
                now=now.wall_us,
                token=token,
                holder=holder,
                era=now.era,
                until=self._until(now),
            )
            session.run("served", client=turn["client"], sequence=sequence)
            return Lease(load_job(session, row["job_id"]), token)

    def renew(self, lease: Lease, told: Told | None = None) -> Job:
        now = self._now()
        with self._database.writing() as session:
            held_row(session, lease, now)
            job_id = lease.job.job_id
            session.run("renew", job_id=job_id, until=self._until(now))
            if told is not None:
                session.run(
                    "tell",
                    sequence=next_sequence(session),
                    job_id=job_id,
                    step=told.step,
                    fraction=told.fraction,
                    steps=steps_json(told.steps),
                )
            return load_job(session, job_id)

    def attach_clip(self, lease: Lease, clip_sha256: str, size_bytes: int) -> Job:
        now = self._now()
        with self._database.writing() as session:
            held_row(session, lease, now)
            job_id = lease.job.job_id
            session.run("attach_clip", sequence=next_sequence(session), job_id=job_id, clip_sha256=clip_sha256)
            session.run("insert_clip", sha256=clip_sha256, size_bytes=size_bytes)
            return load_job(session, job_id)

    def complete(self, lease: Lease, keep_clip_s: float) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            if keep_clip_s > 0:
                until = now.steady_us + microseconds(keep_clip_s)
                session.run("pin_clip", sha256=row["clip_sha256"], pin=REVIEWERS, until=until)
            return end(session, row, JobState.SUCCEEDED, None, now)

    def fail(self, lease: Lease, error: JobError) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            if row["is_cancel_requested"]:
                return end_cancelled(session, row, now)
            return end(session, row, JobState.FAILED, error, now)

    def crash(self, lease: Lease, error: JobError) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            is_over = row["crashes"] + 1 >= self._settings.limit_crashes
            self._keep_for_reviewers(session, row, now, is_over)
            return put_back(session, row, now, error if is_over else None, crashes=1)

    def release(self, lease: Lease) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            return put_back(session, row, now, None, unharmed=1)

    # ----------------------------------------------------------------------------------------------- ending

    def cancel(self, job_id: str) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = find_row(session, job_id)
            ask_to_end(session, row, error_of(JobCancelled()), now)
            return load_job(session, job_id)

    def delete(self, job_id: str) -> None:
        with self._database.writing() as session:
            row = find_row(session, job_id)
            if not JobState(row["state"]).is_final:
                raise ResourceInUse("operation", job_id, "a worker, or waits for one")
            session.run("delete_delivery", job_id=job_id)
            session.run("delete_job", job_id=job_id)

    def sweep(self) -> list[Job]:
        now = self._now()
        with self._database.reading() as session:
            running = session.rows("running_jobs")
        gone = {holder for holder in {row["lease_holder"] for row in running} if self._is_gone(holder)}
        with self._database.writing() as session:
            changed = [
                row["job_id"] for row in session.rows("running_jobs") if self._take_back(session, row, gone, now)
            ]
            for row in session.rows("overdue_jobs", now=now.steady_us):
                ask_to_end(session, row, error_of(DeadlinePassed()), now)
                changed.append(row["job_id"])
            found = [load_job(session, job_id) for job_id in dict.fromkeys(changed)]
            session.run("forget_jobs", before=now.steady_us - round(self._settings.keep_jobs_days * _DAY_US))
            session.run("forget_turns", before=largest_sequence(session) - _TURNS_REMEMBERED)
        return found

    def _keep_for_reviewers(self, session: Session, row: Row, now: Now, is_over: bool) -> None:
        """A person should look at the clip of a job that is given up."""
        keep_us = round(self._settings.keep_flagged_clips_days * _DAY_US)
        if is_over and keep_us > 0:
            session.run("pin_clip", sha256=row["clip_sha256"], pin=REVIEWERS, until=now.steady_us + keep_us)

    def _take_back(self, session: Session, row: Row, gone: set[str], now: Now) -> bool:
        is_held = row["lease_era"] == now.era and row["lease_until"] > now.lease_us and row["lease_holder"] not in gone
        if is_held:
            return False
        is_over = row["losses"] + 1 >= self._settings.limit_losses
        self._keep_for_reviewers(session, row, now, is_over)
        put_back(session, row, now, ABANDONED if is_over else None, losses=1)
        return True

    # ----------------------------------------------------------------------------------------------- clips in use

    def keep_clip(self, sha256: str, size_bytes: int, for_s: float, pin: str = REVIEWERS) -> None:
        until = self._now().steady_us + microseconds(for_s)
        with self._database.writing() as session:
            session.run("insert_clip", sha256=sha256, size_bytes=size_bytes)
            session.run("pin_clip", sha256=sha256, pin=pin, until=until)

    def unpin(self, pin: str) -> None:
        with self._database.writing() as session:
            session.run("unpin", pin=pin, now=self._now().steady_us)

    def is_clip_kept(self, sha256: str) -> bool:
        with self._database.reading() as session:
            return session.row("get_clip", sha256=sha256) is not None

    def let_clips_go(self, limit: int = 100) -> list[str]:
        now = self._now()
        with self._database.writing() as session:
            found = []
            for row in session.rows("clips_let_go", now=now.steady_us, rows=limit):
                session.run("forget_pins", sha256=row["sha256"], now=now.steady_us)
                if session.row("is_clip_wanted", sha256=row["sha256"]) is None:
                    session.run("forget_clip", sha256=row["sha256"])
                    found.append(row["sha256"])
        return found

    # ----------------------------------------------------------------------------------------------- deliveries

    def due_deliveries(self, limit: int = 10) -> list[Delivery]:
        now = self._now()
        with self._database.writing() as session:
            rows = session.rows("due_deliveries", now=now.steady_us, rows=limit)
            for row in rows:
                session.run("put_off", job_id=row["job_id"], due=now.steady_us + _TRYING_US, attempts=1)
            return [Delivery(row["job_id"], row["url"], row["attempts"] + 1) for row in rows]

    def delivered(self, job_id: str) -> None:
        with self._database.writing() as session:
            session.run("delete_delivery", job_id=job_id)

    def not_delivered(self, job_id: str, again_in_s: float | None) -> None:
        if again_in_s is None:
            self.delivered(job_id)
            return
        due = self._now().steady_us + microseconds(again_in_s)
        with self._database.writing() as session:
            session.run("put_off", job_id=job_id, due=due, attempts=0)

    def close(self) -> None:
        self._database.close()

    def _now(self) -> Now:
        era, lease_us = self._clock.lease_us()
        return Now(to_number(self._clock.wall()), self._clock.steady_us(), era, lease_us)

    def _until(self, now: Now) -> int:
        return now.lease_us + microseconds(self._settings.lease_s)
