"""The times that leases and expiry go by: none of them jumps when somebody sets the machine's clock."""

from __future__ import annotations

import time
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
