"""What the queue keeps of how many wait is, after whatever happened, what counting its jobs gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from anchorproof.databases import Database
from anchorproof.errors import LeaseLost
from anchorproof.opening import open_database
from anchorproof.queue.standings import are_true
from anchorproof.queue.store import SCHEMA, StoredQueue
from anchorproof.settings import QueueSettings
from anchorproof.types import Job, JobError, JobRequest, JobState, Lease, Priority
from tests.queues import TurnedClock

BAD = JobError("CLIP_UNREADABLE", "not media")
LIMITS = QueueSettings(lease_s=10.0, limit_crashes=2, limit_losses=2, limit_queued=10_000, limit_per_client=10_000)


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    url = str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else ""
    return open_database(url, tmp_path / "queue.sqlite3", SCHEMA)


class _Hands:
    """Does anything that can be done to a queue, by chance."""

    def __init__(self, queue: StoredQueue, clock: TurnedClock, chance: random.Random) -> None:
        self._queue = queue
        self._clock = clock
        self._chance = chance
        self._leases: list[Lease] = []

    def do(self) -> None:
        name = self._chance.choice(
            ["submit"] * 4 + ["lease"] * 3 + ["finish"] * 3 + ["cancel", "delete", "sweep", "wait"]
        )
        action: Callable[[], object] = getattr(self, f"_{name}")
        action()

    def _submit(self) -> None:
        self._queue.submit([self._request() for _ in range(self._chance.choice([1, 1, 3]))])

    def _request(self) -> JobRequest:
        return JobRequest(
            self._chance.choice("abcde"),
            "clip",
            "ab" * 32,
            priority=self._chance.choice(list(Priority)),
            time_limit_s=self._chance.choice([None, None, 5.0, 60.0]),
        )

    def _lease(self) -> None:
        self._hold(self._queue.lease("h"))

    def _hold(self, lease: Lease | None) -> None:
        if lease is not None:
            self._leases.append(lease)

    def _finish(self) -> None:
        if not self._leases:
            return
        lease = self._leases.pop(self._chance.randrange(len(self._leases)))
        endings: list[Callable[[], object]] = [
            lambda: self._queue.complete(lease, 0),
            lambda: self._hold(self._queue.complete_and_lease(lease, 0, "h")[1]),
            lambda: self._queue.fail(lease, BAD),
            lambda: self._queue.crash(lease, BAD),
            lambda: self._queue.release(lease),
        ]
        with suppress(LeaseLost):
            self._chance.choice(endings)()

    def _cancel(self) -> None:
        jobs, _ = self._queue.list_jobs()
        if jobs:
            self._queue.cancel(self._chance.choice(jobs).job_id)

    def _delete(self) -> None:
        final = [job for job in self._queue.list_jobs()[0] if job.state.is_final]
        if final:
            self._queue.delete(self._chance.choice(final).job_id)

    def _sweep(self) -> None:
        self._queue.sweep()

    def _wait(self) -> None:
        self._clock.pass_s(self._chance.choice([1.0, 4.0, 11.0]))


@pytest.mark.parametrize("seed", [1, 2])
def test_after_whatever_happened_they_are_what_counting_gives(database: Database, seed: int) -> None:
    clock, chance = TurnedClock(), random.Random(seed)
    with closing(StoredQueue(database, LIMITS, clock)) as queue:
        hands = _Hands(queue, clock, chance)
        for step in range(400):
            hands.do()
            if step % 20 == 0:
                _assert_true(database, queue)
        _assert_true(database, queue)


def _assert_true(database: Database, queue: StoredQueue) -> None:
    with database.reading() as session:
        assert are_true(session)
    states = [job.state for job in _all_jobs(queue)]
    depth = queue.depth()
    assert (depth.queued, depth.running) == (states.count(JobState.QUEUED), states.count(JobState.RUNNING))


def _all_jobs(queue: StoredQueue) -> list[Job]:
    jobs, token = queue.list_jobs(100)
    while token:
        more, token = queue.list_jobs(100, token)
        jobs += more
    return jobs


@pytest.mark.parametrize("harm", ["UPDATE standings SET queued = queued + 3, first = 1", "DELETE FROM standings"])
def test_false_ones_are_found_and_counted_anew(database: Database, harm: str, request: pytest.FixtureRequest) -> None:
    with closing(StoredQueue(database, LIMITS, TurnedClock())) as queue:
        queue.submit([JobRequest(client, "clip", "ab" * 32) for client in "aab"])
        assert not queue.put_right()
        queue.complete(_lease(queue), 0)
        _harm(request, harm)
        with database.reading() as session:
            assert not are_true(session)
        assert queue.put_right()
        assert queue.depth().queued == 2
        assert [_lease(queue).job.request.client for _ in range(2)] == ["b", "a"], "turns are remembered"


def test_lease_that_finds_no_job_where_one_should_be_counts_anew(
    database: Database, request: pytest.FixtureRequest
) -> None:
    with closing(StoredQueue(database, LIMITS, TurnedClock())) as queue:
        (job,) = queue.submit([JobRequest("ada", "clip", "ab" * 32)])
        _harm(request, "UPDATE standings SET first = 99")
        assert _lease(queue).job.job_id == job.job_id
        assert queue.lease("h") is None


def _lease(queue: StoredQueue) -> Lease:
    lease = queue.lease("h")
    assert lease is not None
    return lease


def _harm(request: pytest.FixtureRequest, statement: str) -> None:
    if "postgres" in request.node.name:
        import psycopg

        with psycopg.connect(request.getfixturevalue("postgres_url"), autocommit=True) as other:
            other.execute(b"SET search_path = queue")
            other.execute(statement.encode())
        return
    import sqlite3

    with closing(sqlite3.connect(request.getfixturevalue("tmp_path") / "queue.sqlite3", isolation_level=None)) as file:
        file.execute(statement)
