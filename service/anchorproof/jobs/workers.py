"""A pool of worker processes behind one awaitable call: decoding and inference never run in the gRPC process."""

from __future__ import annotations

import asyncio
import contextvars
import functools
import logging
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar, cast

from anchorproof.errors import AnalysisFailed, AnalysisTimedOut, AnchorproofError, Overloaded
from anchorproof.jobs.messages import OnProgress, Task, TaskCancelled, WorkerFault
from anchorproof.jobs.process import Patience, WorkerDied, WorkerProcess, resident_bytes
from anchorproof.metrics.meters import Meters
from anchorproof.settings import Settings
from anchorproof.types import Progress, WorkerCensus

R = TypeVar("R")
_log = logging.getLogger(__name__)

_ATTEMPTS = 2


class WorkerPool:
    """As many worker processes as the settings say, each with everything loaded once.

    Args:
        load: ``module:function(settings, threads)``, called once in each worker; its result goes to every task.
    """

    def __init__(self, settings: Settings, load: str, meters: Meters | None = None) -> None:
        self._limits = settings.server
        self._meters = meters or Meters()
        self.size = max(1, settings.server.workers)
        arguments = (settings, _threads(settings, self.size))
        self._workers = [WorkerProcess(load, arguments, self._meters, settings.logging) for _ in range(self.size)]
        self._idle: asyncio.Queue[WorkerProcess] = asyncio.Queue()
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="anchorproof-worker")
        self._waiting = 0
        self._is_stopped = False

    async def start(self) -> None:
        """Start all workers; raises what loading raised, after ending those that came up."""
        try:
            await asyncio.gather(*(self._in_thread(worker.start) for worker in self._workers))
        except WorkerDied as error:
            await self.stop()
            raise AnalysisFailed("a worker process ended while it was starting") from error
        except BaseException:
            await self.stop()
            raise
        for worker in self._workers:
            self._idle.put_nowait(worker)

    async def stop(self) -> None:
        """End all workers; tasks still running are lost."""
        self._is_stopped = True
        self._kill()
        await asyncio.to_thread(self._threads.shutdown, wait=True)
        self._kill()  # those that were just starting

    def _kill(self) -> None:
        for worker in self._workers:
            worker.kill()

    def check_room(self) -> None:
        """Raises Overloaded when a task that came now would be turned away."""
        if self._idle.empty() and self._waiting >= self._limits.limit_waiting:
            raise Overloaded(f"{self._waiting} clips are waiting already; try again later")

    def census(self) -> WorkerCensus:
        """How the workers are; from any thread."""
        idle, alive = self._idle.qsize(), sum(worker.is_alive for worker in self._workers)
        idle = min(idle, alive)
        held = sum(resident_bytes(worker.pid) for worker in self._workers)
        return WorkerCensus(idle, alive - idle, self.size - alive, held)

    @property
    def has_idle(self) -> bool:
        """A worker would take a task at once."""
        return not self._idle.empty()

    async def run(
        self,
        task: Task[R],
        on_progress: OnProgress,
        attempts: int = _ATTEMPTS,
        limit_s: float | None = None,
        is_admitted: bool = False,
    ) -> R:
        """The task's result from the next free worker. Cancelling this call stops the task.

        ``on_progress`` is called in this event loop. A task whose worker dies is tried once more.

        Args:
            limit_s: shorter than what the settings allow.
            is_admitted: the task waits however many wait already.

        Raises:
            AnchorproofError: what the task raised.
            AnalysisFailed: the worker died, or took too long.
            Overloaded: too many tasks wait.
        """
        worker = await self._next_idle(is_admitted)
        loop = asyncio.get_running_loop()
        cancelled = threading.Event()

        def tell(progress: Progress) -> None:
            loop.call_soon_threadsafe(on_progress, progress)

        limits = self._limits
        patience_s = limits.analysis_timeout_s if limit_s is None else min(limit_s, limits.analysis_timeout_s)

        def patience() -> Patience:
            return Patience(patience_s, cancelled, limits.hang_s, limits.limit_worker_memory_bytes)

        running = self._in_thread(self._attempt, worker, task, tell, patience, cancelled, attempts)
        running.add_done_callback(functools.partial(self._release, worker))
        try:
            return cast(R, await asyncio.shield(running))
        finally:
            cancelled.set()

    async def _next_idle(self, is_admitted: bool) -> WorkerProcess:
        if not is_admitted:
            self.check_room()
        self._waiting += 1
        try:
            return await self._idle.get()
        finally:
            self._waiting -= 1

    def _attempt(
        self,
        worker: WorkerProcess,
        task: Task[R],
        on_progress: OnProgress,
        patience: Callable[[], Patience],
        cancelled: threading.Event,
        attempts: int,
    ) -> R:
        for attempt in range(1, attempts + 1):
            try:
                return worker.run(task, on_progress, patience())
            except AnalysisTimedOut:
                self._meters.worker_lost("timeout")
                raise
            except TaskCancelled:
                if not worker.is_alive and not self._is_stopped:  # it did not notice, and was killed
                    self._meters.worker_lost("cancelled")
                raise
            except WorkerDied as error:
                if self._is_stopped or cancelled.is_set():
                    break
                self._meters.worker_lost(error.cause)
                _log.warning("a worker was lost on attempt %d of %d at %s", attempt, attempts, type(task).__name__)
                if attempts == 1:
                    raise AnalysisFailed(str(error)) from error
        raise AnalysisFailed

    def _release(self, worker: WorkerProcess, finished: asyncio.Future[Any]) -> None:
        error = None if finished.cancelled() else finished.exception()
        if error and not isinstance(error, AnchorproofError | TaskCancelled | WorkerFault):
            _log.error("a worker's thread failed", exc_info=error)
        if self._is_stopped:
            return
        if worker.is_alive:
            self._idle.put_nowait(worker)
        else:
            revival = self._in_thread(worker.start)
            revival.add_done_callback(functools.partial(self._welcome, worker))

    def _welcome(self, worker: WorkerProcess, started: asyncio.Future[Any]) -> None:
        """Back among the idle: one that could not be started is started again by its next task."""
        if not started.cancelled() and started.exception() and not self._is_stopped:
            _log.error("a worker could not be replaced", exc_info=started.exception())
        self._idle.put_nowait(worker)

    def _in_thread(self, function: Any, *arguments: Any) -> asyncio.Future[Any]:
        # What is logged there belongs to whoever asked.
        within = functools.partial(contextvars.copy_context().run, function)
        return asyncio.get_running_loop().run_in_executor(self._threads, within, *arguments)


def _threads(settings: Settings, workers: int) -> int:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return settings.runtime.threads_per_worker or max(1, cores // workers)
