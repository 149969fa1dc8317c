"""Queues for tests: over each engine, with a clock that tests can turn."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from anchorproof.opening import open_database
from anchorproof.queue.queue import JobQueue
from anchorproof.queue.store import SCHEMA, StoredQueue
from anchorproof.settings import QueueSettings
from anchorproof.sqlite import Database

#: Settings, clock and "is that holder gone" to a queue; called twice, it opens the same queue again.
MakeQueue = Callable[..., JobQueue]


class TurnedClock:
    """Three clocks at the tests' command."""

    def __init__(self) -> None:
        self.now = datetime(2026, 5, 1, 12, tzinfo=UTC)
        self.passed_us = 0
        self.era = "first start"

    def wall(self) -> datetime:
        return self.now

    def steady_us(self) -> int:
        return 1_777_000_000_000_000 + self.passed_us

    def lease_us(self) -> tuple[str, int]:
        return self.era, 5_000_000 + self.passed_us

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)
        self.passed_us += round(seconds * 1_000_000)

    def step_s(self, seconds: float) -> None:
        """Somebody sets the wall clock."""
        self.now += timedelta(seconds=seconds)


def postgres_queues(url: str) -> MakeQueue:
    def make(
        settings: QueueSettings | None = None,
        clock: TurnedClock | None = None,
        is_gone: Callable[[str], bool] | None = None,
    ) -> JobQueue:
        return StoredQueue(open_database(url, Path(), SCHEMA), settings or QueueSettings(), clock, is_gone)

    return make


def sqlite_queues(folder: Path) -> MakeQueue:
    def make(
        settings: QueueSettings | None = None,
        clock: TurnedClock | None = None,
        is_gone: Callable[[str], bool] | None = None,
    ) -> JobQueue:
        return StoredQueue(Database(folder / "queue.sqlite3", SCHEMA), settings or QueueSettings(), clock, is_gone)

    return make
