"""One worker process: started by spawn, fed one task at a time over a pipe, killed with all its children.

Spawned, because gRPC's threads do not survive a fork; in a process group of its own, so that the terminal's Ctrl-C
does not reach it and decoders it started go with it.
"""

from __future__ import annotations

import abc
import contextlib
import ctypes
import importlib
import logging
import multiprocessing
import os
import signal
import sys
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, cast

from anchorproof.errors import AnalysisTimedOut, AnchorproofError
from anchorproof.logs import LogContext, Quotable, bound, configure, current, faults_of
from anchorproof.settings import LoggingSettings
from anchorproof.types import ModelUse, Progress

_log = logging.getLogger(__name__)
OnProgress = Callable[[Progress], None]
R = TypeVar("R")

#: A worker that was asked to drop its task and does not answer is killed after this long.
CANCEL_GRACE_S = 1.2
#: Loading may mean reading models from a slow disk.
START_LIMIT_S = 120.0
_GLANCE_S = 0.2
#: A worker says so often that it lives; one that was stopped, or holds Python's lock for ever, does not.
BEAT_S = 1.0

_CONTEXT = multiprocessing.get_context("spawn")


class Task(abc.ABC, Generic[R]):
    """Work for one worker: sent to it pickled, so made of plain data."""

    @abc.abstractmethod
    def run(self, workshop: Any, on_progress: OnProgress) -> R:
        """The result, made in the worker with what its ``load`` function returned."""


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


class WorkerFault(Quotable):
    """A task raised what no caller could have expected; the text says where, and quotes nothing."""


class TaskCancelled(Exception):
    """The task was dropped because nobody waits for it any more."""


# --------------------------------------------------------------------------- what goes over the pipe


@dataclass(frozen=True, slots=True)
class _Order:
    number: int
    task: Task[Any]
    context: LogContext


@dataclass(frozen=True, slots=True)
class _Cancel:
    number: int


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any


@dataclass(frozen=True, slots=True)
class _Beat:
    """The worker lives."""


@dataclass(frozen=True, slots=True)
class _Spent:
    """Which networks ran for the task that is answered next."""

    uses: tuple[ModelUse, ...]


@dataclass(frozen=True, slots=True)
class _Failed:
    """An exception in plain data: most of our errors' constructors take other things than the message."""

    kind: type[Exception]
    message: str
    attributes: dict[str, Any]

    @classmethod
    def of(cls, error: BaseException) -> _Failed:
        if isinstance(error, AnchorproofError):
            return cls(type(error), str(error), dict(vars(error)))
        if isinstance(error, _Cancelled):
            return cls(TaskCancelled, "", {})
        return cls(WorkerFault, "; from ".join(map(str, faults_of(error))), {})

    def error(self) -> Exception:
        error = self.kind.__new__(self.kind)
        Exception.__init__(error, self.message)
        vars(error).update(self.attributes)
        return error


# --------------------------------------------------------------------------- the parent's side


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
        process = _CONTEXT.Process(target=_main, args=told, name="anchorproof-worker")
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
            self._connection.send(_Order(self._number, task, current()))
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
        message: Any = _Beat()
        try:
            while isinstance(message, _Beat | _Spent):
                self._wait(process, connection, patience)
                message = connection.recv()
                patience.heard()
                if isinstance(message, _Spent) and self._watcher is not None:
                    self._watcher.models_used(message.uses)
        except (EOFError, OSError) as error:
            self.kill()
            raise WorkerDied from error
        except (TaskCancelled, AnalysisTimedOut, WorkerDied):
            self.kill()
            raise
        if isinstance(message, _Failed):
            raise message.error()
        return message.result if isinstance(message, _Done) else message

    def _wait(self, process: SpawnProcess, connection: Connection, patience: Patience) -> None:
        is_ready = False
        while not is_ready:
            patience.check()
            if patience.is_newly_cancelled():
                connection.send(_Cancel(self._number))
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


# --------------------------------------------------------------------------- the worker's side


class _Cancelled(BaseException):
    """Passes through the pipeline's own error handling."""


def _main(connection: Connection, load: str, arguments: tuple[Any, ...], logs: LoggingSettings | None) -> None:
    os.setpgid(0, 0)
    if logs is not None:
        configure(logs, "worker")
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A service manager may tell all processes to end. The parent decides when its workers do; children of ours, which
    # would inherit that a signal is ignored but not a handler, do end.
    signal.signal(signal.SIGTERM, lambda *_: None)
    threading.Thread(target=_follow_parent, daemon=True).start()
    try:
        _serve(connection, load, arguments)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return
    except Exception:  # multiprocessing would print it with all that it quotes
        _log.exception("a worker ended by a fault")
        sys.exit(1)


def _follow_parent() -> None:
    """Die with the parent, however it ends."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os.killpg(0, signal.SIGKILL)


def _serve(connection: Connection, load: str, arguments: tuple[Any, ...]) -> None:
    module, _, name = load.partition(":")
    try:
        workshop = getattr(importlib.import_module(module), name)(*arguments)
    except Exception as error:
        connection.send(_Failed.of(error))
        return
    connection.send(_Done(None))
    while True:
        order = connection.recv()
        if isinstance(order, _Order):  # or a cancellation that came too late
            with bound(order.context):
                begun = time.perf_counter()
                answer = _answer(order, workshop, connection)
                words = (type(order.task).__name__, type(answer).__name__.strip("_").lower())
                _log.debug("%s is %s after %.3f s", *words, time.perf_counter() - begun)
            _give_back_memory()
            if uses := _uses(workshop):
                connection.send(_Spent(uses))
            connection.send(answer)


def _uses(workshop: Any) -> tuple[ModelUse, ...]:
    asked = getattr(workshop, "model_use", None)
    return asked() if asked else ()


def _give_back_memory() -> None:
    """Return freed memory to the system: the C library would keep it, scattered, and grow with each clip."""
    with contextlib.suppress(OSError, AttributeError):  # a C library without malloc_trim (musl, macOS)
        ctypes.CDLL(None).malloc_trim(0)


def _answer(order: _Order, workshop: Any, connection: Connection) -> _Done | _Failed:
    sending = threading.Lock()

    def on_progress(progress: Progress) -> None:
        while connection.poll():
            if connection.recv() == _Cancel(order.number):
                raise _Cancelled
        with sending:
            connection.send(progress)

    with _beating(connection, sending):
        try:
            return _Done(order.task.run(workshop, on_progress))
        except (Exception, _Cancelled) as error:
            return _Failed.of(error)


@contextlib.contextmanager
def _beating(connection: Connection, sending: threading.Lock) -> Iterator[None]:
    done = threading.Event()

    def beat() -> None:
        with contextlib.suppress(OSError):
            while not done.wait(BEAT_S):
                with sending:
                    connection.send(_Beat())

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
