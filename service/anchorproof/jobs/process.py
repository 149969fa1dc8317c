"""One worker process: started by spawn, fed one task at a time over a pipe, killed with all its children.

Spawned, because gRPC's threads do not survive a fork; in a process group of its own, so that the terminal's Ctrl-C
does not reach it and decoders it started go with it.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import threading
import time
import weakref
from collections.abc import Iterable
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast

from anchorproof.errors import AnalysisTimedOut
from anchorproof.jobs.messages import Beat, Cancel, Done, Failed, OnProgress, Order, Spent, Task, TaskCancelled
from anchorproof.jobs.serving import serve_parent
from anchorproof.logs import current
from anchorproof.settings import LoggingSettings
from anchorproof.types import ModelUse, Progress

R = TypeVar("R")

#: A worker that was asked to drop its task and does not answer is killed after this long.
CANCEL_GRACE_S = 1.2
#: Loading may mean reading models from a slow disk.
START_LIMIT_S = 120.0
_GLANCE_S = 0.2

_CONTEXT = multiprocessing.get_context("spawn")


class Watcher(Protocol):
    """Who is told what workers do; called from the threads that wait for them."""

    def worker_started(self) -> None: ...

    def models_used(self, uses: Iterable[ModelUse], /) -> None: ...


class WorkerDied(Exception):
    """The process ended without an answer; the text tells clients what happened.

    ``cause`` is ``died``, ``hung`` or ``memory``.
    """

    def __init__(self, message: str = "the worker died on the clip", cause: str = "died") -> None:
        super().__init__(message)
        self.cause = cause


class Patience:
    """How long to wait for an answer: until the limit, or, once ``cancelled`` is set, a moment longer.

    Args:
        hang_s: a worker of which nothing was heard for so long is given up; None: it may be silent.
        limit_memory_bytes: a worker that holds more is given up; 0: it may.
    """

    def __init__(
        self,
        limit_s: float,
        cancelled: threading.Event | None = None,
        hang_s: float | None = None,
        limit_memory_bytes: int = 0,
    ) -> None:
        self.limit_s = limit_s
        self.limit_memory_bytes = limit_memory_bytes
        self._hang_s = hang_s
        self._heard = time.monotonic()
        self._deadline = time.monotonic() + limit_s
        self._cancelled = cancelled or threading.Event()
        self._cancelled_at: float | None = None

    def is_newly_cancelled(self) -> bool:
        """True once."""
        if self._cancelled_at is None and self._cancelled.is_set():
            self._cancelled_at = time.monotonic()
            return True
        return False

    def heard(self) -> None:
        """Something came from the worker."""
        self._heard = time.monotonic()

    def check(self) -> None:
        """Raises TaskCancelled, AnalysisTimedOut or WorkerDied when it is over."""
        now = time.monotonic()
        if self._hang_s is not None and now > self._heard + self._hang_s:
            raise WorkerDied(f"the worker stood still for {self._hang_s:g} s and was ended", "hung")
        if self._cancelled_at is not None and now > self._cancelled_at + CANCEL_GRACE_S:
            raise TaskCancelled
        if now > self._deadline:
            raise AnalysisTimedOut(self.limit_s)


class WorkerProcess:
    """A worker as its parent sees it; used by one thread at a time, except for ``kill``.

    Args:
        load: ``module:function``; called in the worker with ``arguments``, its result goes to every task. Where that
            has a ``model_use``, the watcher is told after each task.
        logs: how the worker logs; None: as Python does by itself.
    """

    def __init__(
        self,
        load: str,
        arguments: tuple[Any, ...],
        watcher: Watcher | None = None,
        logs: LoggingSettings | None = None,
    ) -> None:
        self._logs = logs
        self._load = load
        self._arguments = arguments
        self._watcher = watcher
        self._process: SpawnProcess | None = None
        self._connection: Connection | None = None
        self._number = 0

    @property
    def is_alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Load everything in a new process.

        Raises:
            AnchorproofError: what the load function raised.
            WorkerDied, AnalysisTimedOut: the process did not come up.
        """
        self.kill()
        ours, theirs = _CONTEXT.Pipe()
        told = (theirs, self._load, self._arguments, self._logs)
        process = _CONTEXT.Process(target=serve_parent, args=told, name="anchorproof-worker")
        process.start()
        theirs.close()
        self._process, self._connection = process, ours
        # Also at interpreter exit: multiprocessing would wait for the worker for ever.
        self._end = weakref.finalize(self, _kill_group, process)
        self._receive(process, ours, Patience(START_LIMIT_S))
        if self._watcher is not None:
            self._watcher.worker_started()

    def run(self, task: Task[R], on_progress: OnProgress, patience: Patience) -> R:
        """The task's result, after starting the process where it is not running.

        Raises:
            AnchorproofError: what the task raised.
            AnalysisTimedOut: patience ended; the process was killed.
            TaskCancelled: nobody waits any more; a process that did not notice was killed.
            WorkerDied: the process ended, stood still, or took more memory than it may.
            WorkerFault: the task raised something else.
        """
        if not self.is_alive:
            self.start()
            patience.heard()  # loading is no silence of the task's
        assert self._process is not None
        assert self._connection is not None
        self._number += 1
        try:
            self._connection.send(Order(self._number, task, current()))
        except OSError as error:
            raise WorkerDied from error
        while isinstance(message := self._receive(self._process, self._connection, patience), Progress):
            on_progress(message)
        return cast(R, message)

    def kill(self) -> None:
        """End the process and what it started, at once."""
        if self._process is not None:
            self._end()
            self._process.join()

    def _receive(self, process: SpawnProcess, connection: Connection, patience: Patience) -> Any:
        """The next progress message, or the result."""
        message: Any = Beat()
        try:
            while isinstance(message, Beat | Spent):
                self._wait(process, connection, patience)
                message = connection.recv()
                patience.heard()
                if isinstance(message, Spent) and self._watcher is not None:
                    self._watcher.models_used(message.uses)
        except (EOFError, OSError) as error:
            self.kill()
            raise WorkerDied from error
        except (TaskCancelled, AnalysisTimedOut, WorkerDied):
            self.kill()
            raise
        if isinstance(message, Failed):
            raise message.error()
        return message.result if isinstance(message, Done) else message

    def _wait(self, process: SpawnProcess, connection: Connection, patience: Patience) -> None:
        is_ready = False
        while not is_ready:
            patience.check()
            if patience.is_newly_cancelled():
                connection.send(Cancel(self._number))
            _check_memory(process, patience.limit_memory_bytes)
            is_ready = bool(wait([connection, process.sentinel], timeout=_GLANCE_S))


def _check_memory(process: SpawnProcess, limit_bytes: int) -> None:
    """Raises WorkerDied for a process that holds more than that."""
    if limit_bytes and resident_bytes(process.pid) > limit_bytes:
        raise WorkerDied(f"the clip took more than {limit_bytes:,} bytes of memory", "memory")


def resident_bytes(pid: int | None) -> int:
    """Memory that a process holds; 0 for one that is gone, and where the system does not tell."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _kill_group(process: SpawnProcess) -> None:
    if process.pid is None:
        return
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.kill()  # when it had no time to make its own group
