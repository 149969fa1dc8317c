"""How much memory a process and its children hold, from ``/proc`` (Linux)."""

from __future__ import annotations

import threading
from collections import defaultdict
from pathlib import Path
from typing import Self

PROC = Path("/proc")
EVERY_S = 0.1


def tree(root: int) -> list[int]:
    """The process and all that descend from it."""
    children: dict[int, list[int]] = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (parent := _parent(int(entry.name))) is not None:
            children[parent].append(int(entry.name))
    found = [root]
    for process in found:  # grows while it is walked
        found += children[process]
    return found


def resident_bytes(processes: list[int]) -> int:
    """Resident memory of all of them, pages they share counted once each time (``VmRSS``)."""
    return sum(_status_kib(process, "status", "VmRSS:") for process in processes) * 1024


def proportional_bytes(processes: list[int]) -> int:
    """Resident memory with shared pages divided among those that share them (``Pss``); 0 where it cannot be read."""
    return sum(_status_kib(process, "smaps_rollup", "Pss:") for process in processes) * 1024


class PeakMemory:
    """Samples a process tree in the background; ``resident`` and ``proportional`` hold the peaks, in bytes."""

    def __init__(self, root: int) -> None:
        self.resident = self.proportional = 0
        self._root = root
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._stop.wait(EVERY_S):
            processes = tree(self._root)
            self.resident = max(self.resident, resident_bytes(processes))
            self.proportional = max(self.proportional, proportional_bytes(processes))


def _parent(process: int) -> int | None:
    try:
        # The name, in brackets, may hold spaces and brackets itself.
        return int((PROC / str(process) / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _status_kib(process: int, file: str, key: str) -> int:
    try:
        lines = (PROC / str(process) / file).read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(key)), 0)
