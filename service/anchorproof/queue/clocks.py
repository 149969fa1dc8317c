"""The times that leases and expiry go by: none of them jumps when somebody sets the machine's clock."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path


class MachineClock:
    """For processes of one machine. Leases go by the time since it was started, asleep or not."""

    def __init__(self) -> None:
        self._started_us = time.time_ns() // 1000
        self._begun_us = _boot_us()

    def wall(self) -> datetime:
        return datetime.now(UTC)

    def steady_us(self) -> int:
        return self._started_us + _boot_us() - self._begun_us

    def lease_us(self) -> tuple[str, int]:
        return _boot_id(), _boot_us()


class SharedClock(MachineClock):
    """For processes of several machines. Leases go by the database server's clock, which is read once, at the start,
    and from then on by the time since: setting a machine's own clock, or the server's, moves no lease of this process.

    Args:
        read_us: asks the server.
    """

    def __init__(self, read_us: Callable[[], int]) -> None:
        super().__init__()
        before = _boot_us()
        shared = read_us()
        self._offset_us = shared - (before + _boot_us()) // 2

    def lease_us(self) -> tuple[str, int]:
        return "shared", _boot_us() + self._offset_us


def _boot_us() -> int:
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)  # macOS has only the latter
    return time.clock_gettime_ns(clock) // 1000


@cache
def _boot_id() -> str:
    """Another one after each start of the machine; where the system does not tell, one for all."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return "boot"
