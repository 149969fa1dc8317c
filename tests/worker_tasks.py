"""Tasks that workers run in tests; a module of its own, because spawned processes import it by name."""
# ruff: noqa: ARG001, ARG002

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.errors import ClipTooLong, ModelUnavailable
from anchorproof.jobs.messages import OnProgress, Task
from anchorproof.settings import Settings
from anchorproof.types import Progress

LOAD = "tests.worker_tasks:load"
LOAD_BROKEN = "tests.worker_tasks:load_broken"
LOAD_DYING = "tests.worker_tasks:load_dying"


def load(settings: Settings, threads: int) -> dict[str, Any]:
    return {"threads": threads, "data_dir": settings.data_dir}


def load_broken(settings: Settings, threads: int) -> None:
    raise ModelUnavailable("the manifest names no default model for 'face_template'")


def load_dying(settings: Settings, threads: int) -> None:
    os._exit(3)


def die_at_once(_: Settings) -> None:
    """As a library does that was built for another processor."""
    os.kill(os.getpid(), signal.SIGILL)


@dataclass(frozen=True, slots=True)
class Tell(Task[tuple[int, int]]):
    """Some progress, then (process id, threads)."""

    steps: int = 0

    def run(self, workshop: Any, on_progress: OnProgress) -> tuple[int, int]:
        for step in range(self.steps):
            on_progress(Progress("step", step / self.steps))
        return os.getpid(), workshop["threads"]


@dataclass(frozen=True, slots=True)
class Refuse(Task[None]):
    def run(self, workshop: Any, on_progress: OnProgress) -> None:
        raise ClipTooLong(7.5, 5.0)


@dataclass(frozen=True, slots=True)
class Stumble(Task[None]):
    def run(self, workshop: Any, on_progress: OnProgress) -> None:
        raise ZeroDivisionError("secret detail")


@dataclass(frozen=True, slots=True)
class Die(Task[int]):
    """Kills its own process on the first ``times`` runs, counting in a file; then gives the count."""

    counter: Path
    times: int

    def run(self, workshop: Any, on_progress: OnProgress) -> int:
        runs = len(self.counter.read_bytes()) if self.counter.exists() else 0
        self.counter.write_bytes(b"x" * (runs + 1))
        if runs < self.times:
            os.kill(os.getpid(), signal.SIGKILL)
        return runs


@dataclass(frozen=True, slots=True)
class Sleep(Task[str]):
    """Sleeps, telling progress every 10 ms or never, and leaves a mark when it got to the end."""

    seconds: float
    mark: Path
    is_talkative: bool = True

    def run(self, workshop: Any, on_progress: OnProgress) -> str:
        end = time.monotonic() + self.seconds
        on_progress(Progress("sleeping", 0.0))
        while time.monotonic() < end:
            time.sleep(0.01)
            if self.is_talkative:
                on_progress(Progress("sleeping", 0.5))
        self.mark.touch()
        return "slept"


@dataclass(frozen=True, slots=True)
class StartChild(Task[int]):
    """Starts a process that would live for long, as a decoder might, tells its id by a file, and hangs."""

    pid_file: Path

    def run(self, workshop: Any, on_progress: OnProgress) -> int:
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        self.pid_file.write_text(str(child.pid))
        time.sleep(600)
        return 0


@dataclass(frozen=True, slots=True)
class Hoard(Task[int]):
    """Takes so much memory and keeps it."""

    size_bytes: int

    def run(self, workshop: Any, on_progress: OnProgress) -> int:
        kept = b"x" * self.size_bytes
        time.sleep(30)
        return len(kept)
