"""The queue in a database: one table of jobs with leases, every change one transaction."""

from __future__ import annotations

import logging
import secrets
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from anchorproof import pages
from anchorproof.databases import Answer, Database, Row, Session
from anchorproof.errors import DeadlinePassed, JobCancelled, ResourceInUse
from anchorproof.queue.clocks import MachineClock
from anchorproof.queue.queue import REVIEWERS, Clock, JobFilters, Told
from anchorproof.queue.rows import read_job, steps_json
from anchorproof.queue.standings import Room, are_true, count_anew, count_before, new_job
from anchorproof.queue.transitions import (
    Now,
    ask_to_end,
    changed,
    end,
    end_cancelled,
    error_of,
    find_row,
    follow_end,
    held_row,
    holding,
    largest_sequence,
    put_back,
    same_job,
    still_held,
)
from anchorproof.settings import QueueSettings
from anchorproof.sqlite import Schema
from anchorproof.times import microseconds, to_number
from anchorproof.types import Delivery, Job, JobError, JobRequest, JobState, Lease, QueueDepth

SCHEMA = Schema(
    kind="queue",
    package="anchorproof.queue",
    application_id=0x414E4351,  # "ANCQ"
    namespace="queue",
    shares_flushes=True,
)

_DAY_US = microseconds(24 * 3600)
#: A delivery that is being tried is nobody else's for so long.
_TRYING_US = microseconds(60)
_END = 2**63 - 1
#: Jobs past their deadline that one transaction ends.
_OVERDUE_AT_ONCE, _OVERDUE_A_SWEEP = 100, 500
#: Changes after which nobody remembers when a client was served.
_TURNS_REMEMBERED = 1_000_000
ABANDONED = JobError(
    "ABANDONED", "whoever worked on it vanished, again and again; look at the machine, then send the clip again"
)

_log = logging.getLogger(__name__)


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
        #: The last look found a job, so the next one need not ask first whether there is any.
        self._is_busy = False
        #: Ended because a lease found them past their deadline: the next sweep tells of them.
        self._overdue: deque[Job] = deque()

    @property
    def is_at_hand(self) -> bool:
        return self._database.is_at_hand

    def put_right(self) -> bool:
        """Count the standings anew where they are not those of the jobs, as after parts of a database were restored
        with its triggers off; True: they were wrong. Goes through all that wait."""
        with self._database.reading() as session:
            if are_true(session):
                return False
        with self._database.writing() as session:
            count_anew(session)
        _log.warning("the queue's standings were not those of its jobs, and were counted anew")
        return True

    # ----------------------------------------------------------------------------------------------- accepting

    def submit(self, requests: Sequence[JobRequest]) -> list[Job]:
        now = self._now()
        if len(requests) == 1 and (job := self._submit_new(requests[0], now)) is not None:
            return [job]
        keys = [(request.request_id, 0 if request.request_id else n) for n, request in enumerate(requests)]
        with self._database.writing() as session:
            room = Room(session, self._settings, requests)
            new: dict[tuple[str, int], JobRequest] = {}
            for key, request in zip(keys, requests, strict=True):
                if request.request_id not in room.earlier and key not in new:
                    room.take(request.client)
                    new[key] = request
            rows = [new_job(request, now) | {"place": place} for place, request in enumerate(new.values(), 1)]
            inserted = session.ask_many("insert_job", rows)
            session.ask("advance_many", by=len(new))
            if len(new) < len(requests):
                return self._with_repeated(session, room, requests, dict(zip(new, inserted.rows(), strict=True)))
        return [read_job(row) for row in inserted.rows()]

    def _submit_new(self, request: JobRequest, now: Now) -> Job | None:
        """None: it is not new, or there is no room."""
        limits = {"limit_queued": self._settings.limit_queued, "limit_per_client": self._settings.limit_per_client}
        with self._database.writing() as session:
            inserted = session.ask("insert_job_if_room", **new_job(request, now), **limits)
            session.ask("advance")
        row = inserted.row()
        return None if row is None else read_job(row)

    def _with_repeated(
        self, session: Session, room: Room, requests: Sequence[JobRequest], new: Mapping[tuple[str, int], Row]
    ) -> list[Job]:
        """A job for each request; some were accepted before, or stand twice in one batch."""
        by_id = {request_id: row for (request_id, _), row in new.items()}
        by_id |= {request_id: find_row(session, job_id) for request_id, job_id in room.earlier.items()}
        return [
            same_job(by_id[request.request_id], request) if request.request_id else read_job(new["", n])
            for n, request in enumerate(requests)
        ]

    # ----------------------------------------------------------------------------------------------- reading

    def get(self, job_id: str) -> Job:
        with self._database.reading() as session:
            row = find_row(session, job_id)
            job = read_job(row)
            if job.state is not JobState.QUEUED:
                return job
            return replace(job, position=count_before(session, row))

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
            (row,) = session.rows("depth")
        oldest = 0 if row["oldest"] is None else max(0, self._now().wall_us - row["oldest"])
        return QueueDepth(row["queued"], row["running"], oldest / microseconds(1))

    # ----------------------------------------------------------------------------------------------- working

    def lease(self, holder: str) -> Lease | None:
        if not self._is_busy and not self._is_anything_waiting():
            return None
        while True:
            now, token = self._now(), secrets.token_hex(8)
            with self._database.writing() as session:
                started = self._start_next(session, holder, token, now)
            self._is_busy = started.row() is not None
            if self._is_busy:
                return Lease(changed(started), token)
            if not self._clear_way(now):
                return None

    def _start_next(self, session: Session, holder: str, token: str, now: Now) -> Answer:
        """No row: nothing waits, or what would be next is past its deadline."""
        held = {"token": token, "holder": holder, "era": now.era, "until": self._until(now)}
        started = session.ask("start_next", steady=now.steady_us, now=now.wall_us, **held)
        session.ask("served")
        session.ask("advance")
        return started

    def _is_anything_waiting(self) -> bool:
        """Most looks find nothing, and need no place among the writers."""
        with self._database.reading() as session:
            return session.row("is_anything_waiting") is not None

    def _clear_way(self, now: Now) -> bool:
        """End jobs whose turn it is and whose deadline has passed; False: nothing waits."""
        ended: list[Answer] = []
        with self._database.writing() as session:
            while (row := session.row("next_job")) is not None and len(ended) < _OVERDUE_AT_ONCE:
                if row["job_id"] is None:
                    _log.warning("the queue's standings were not those of its jobs, and were counted anew")
                    count_anew(session)
                elif row["deadline"] is None or row["deadline"] > now.steady_us:
                    break
                else:
                    ended.append(end(session, row, JobState.FAILED, error_of(DeadlinePassed()), now))
        self._overdue.extend(map(changed, ended))
        return row is not None

    def renew(self, lease: Lease, told: Told | None = None) -> Job:
        now = self._now()
        held = holding(lease, now) | {"until": self._until(now)}
        with self._database.writing() as session:
            if told is None:
                renewed = session.ask("renew", **held)
            else:
                news = {"step": told.step, "fraction": told.fraction, "steps": steps_json(told.steps)}
                renewed = session.ask("tell", **news, **held)
                session.ask("advance")
        return read_job(still_held(renewed, lease))

    def attach_clip(self, lease: Lease, clip_sha256: str, size_bytes: int) -> Job:
        now = self._now()
        with self._database.writing() as session:
            held_row(session, lease, now)
            session.ask("insert_clip", sha256=clip_sha256, size_bytes=size_bytes)
            attached = session.ask("attach_clip", job_id=lease.job.job_id, clip_sha256=clip_sha256)
            session.ask("advance")
        return changed(attached)

    def complete(self, lease: Lease, keep_clip_s: float) -> Job:
        now = self._now()
        with self._database.writing() as session:
            ended = _complete(session, lease, keep_clip_s, now)
        return read_job(still_held(ended, lease))

    def complete_and_lease(self, lease: Lease, keep_clip_s: float, holder: str) -> tuple[Job, Lease | None]:
        now, token = self._now(), secrets.token_hex(8)
        with self._database.writing() as session:
            row = still_held(_complete(session, lease, keep_clip_s, now), lease)
            started = self._start_next(session, holder, token, now)
        is_found = started.row() is not None
        return read_job(row), Lease(changed(started), token) if is_found else None

    def fail(self, lease: Lease, error: JobError) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            is_cancelled = bool(row["is_cancel_requested"])
            ended = end_cancelled(session, row, now) if is_cancelled else end(session, row, JobState.FAILED, error, now)
        return changed(ended)

    def crash(self, lease: Lease, error: JobError) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            is_over = row["crashes"] + 1 >= self._settings.limit_crashes
            self._keep_for_reviewers(session, row, now, is_over)
            back = put_back(session, row, now, error if is_over else None, crashes=1)
        return changed(back)

    def release(self, lease: Lease) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = held_row(session, lease, now)
            back = put_back(session, row, now, None, unharmed=1)
        return changed(back)

    # ----------------------------------------------------------------------------------------------- ending

    def cancel(self, job_id: str) -> Job:
        now = self._now()
        with self._database.writing() as session:
            row = find_row(session, job_id)
            asked = ask_to_end(session, row, error_of(JobCancelled()), now)
        return read_job(row) if asked is None else changed(asked)

    def delete(self, job_id: str) -> None:
        with self._database.writing() as session:
            row = find_row(session, job_id)
            if not JobState(row["state"]).is_final:
                raise ResourceInUse("operation", job_id, "a worker, or waits for one")
            session.ask("delete_delivery", job_id=job_id)
            session.ask("delete_job", job_id=job_id)

    def sweep(self) -> list[Job]:
        now = self._now()
        found = [self._overdue.popleft() for _ in range(len(self._overdue))]
        with self._database.reading() as session:
            running = session.rows("running_jobs")
        gone = {holder for holder in {row["lease_holder"] for row in running} if self._is_gone(holder)}
        with self._database.writing() as session:
            answers = [self._take_back(session, row, gone, now) for row in session.rows("running_jobs")]
            for row in session.rows("overdue_jobs", now=now.steady_us, rows=_OVERDUE_A_SWEEP):
                answers.append(ask_to_end(session, row, error_of(DeadlinePassed()), now))
            session.ask("forget_jobs", before=now.steady_us - round(self._settings.keep_jobs_days * _DAY_US))
            session.ask("forget_turns", remembered=_TURNS_REMEMBERED)
            session.ask("forget_standings")
        latest = {job.job_id: job for job in map(changed, filter(None, answers))}
        return found + list(latest.values())

    def _keep_for_reviewers(self, session: Session, row: Row, now: Now, is_over: bool) -> None:
        """A person should look at the clip of a job that is given up."""
        keep_us = round(self._settings.keep_flagged_clips_days * _DAY_US)
        if is_over and keep_us > 0:
            session.ask("pin_clip", sha256=row["clip_sha256"], pin=REVIEWERS, until=now.steady_us + keep_us)

    def _take_back(self, session: Session, row: Row, gone: set[str], now: Now) -> Answer | None:
        """None: its holder has it still."""
        is_held = row["lease_era"] == now.era and row["lease_until"] > now.lease_us and row["lease_holder"] not in gone
        if is_held:
            return None
        is_over = row["losses"] + 1 >= self._settings.limit_losses
        self._keep_for_reviewers(session, row, now, is_over)
        return put_back(session, row, now, ABANDONED if is_over else None, losses=1)

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


def _complete(session: Session, lease: Lease, keep_clip_s: float, now: Now) -> Answer:
    """No row: the lease is over, and nothing changed."""
    ended = session.ask("complete_job", wall=now.wall_us, steady=now.steady_us, **holding(lease, now))
    if keep_clip_s > 0:
        session.ask("pin_clip_of_changed", pin=REVIEWERS, until=now.steady_us + microseconds(keep_clip_s))
    follow_end(session, now)
    session.ask("advance")
    return ended
