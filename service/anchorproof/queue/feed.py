"""What changes in the queue, told to whoever follows it: one look at the database for all of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import contextmanager

from anchorproof.errors import AnchorproofError, NotFound
from anchorproof.queue.queue import JobQueue
from anchorproof.types import Job

#: Changes made by other processes are seen after at most this long; our own are seen at once (``poke``).
LOOK_EVERY_S = 0.25
_PAGE = 500

_log = logging.getLogger(__name__)
Listener = Callable[[Job], None]


class ChangeFeed:
    """Calls its listeners, in the event loop, with every job that changed, in order; to be used in one event loop."""

    def __init__(self, queue: JobQueue, look_every_s: float = LOOK_EVERY_S) -> None:
        self._queue = queue
        self._look_every_s = look_every_s
        self._listeners: set[Listener] = set()
        self._poke = asyncio.Event()
        self._seen = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Raises StorageFailed."""
        self._seen = await asyncio.to_thread(self._queue.revision)
        self._task = asyncio.create_task(self._run(), name="anchorproof-queue-feed")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    def now(self, job_id: str) -> Job:
        """The present state. Raises NotFound."""
        return self._queue.get(job_id)

    def poke(self) -> None:
        """Look now: something was changed here."""
        self._poke.set()

    @contextmanager
    def listening(self, listener: Listener) -> Iterator[None]:
        self._listeners.add(listener)
        try:
            yield
        finally:
            self._listeners.discard(listener)

    async def follow(self, job_id: str, after: int = 0) -> AsyncGenerator[Job, None]:
        """The job's states whose sequence is larger, the present one first, up to the final one.

        A job that is deleted meanwhile just ends. Raises NotFound when there is none at first.
        """
        news: asyncio.Queue[Job] = asyncio.Queue()

        def note(job: Job) -> None:
            if job.job_id == job_id:
                news.put_nowait(job)

        with self.listening(note):
            job = await asyncio.to_thread(self._queue.get, job_id)
            last = after
            while True:
                if job.sequence > last:
                    last = job.sequence
                    yield job
                if job.state.is_final:
                    return
                try:
                    async with asyncio.timeout(5):
                        job = await news.get()
                except TimeoutError:  # a change may have been overwritten by the job's end, and that by its deletion
                    try:
                        job = await asyncio.to_thread(self._queue.get, job_id)
                    except NotFound:
                        return

    async def _run(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._look_every_s):
                    await self._poke.wait()
            self._poke.clear()
            if not self._listeners:
                continue
            try:
                await self._look()
            except AnchorproofError as error:  # the database is away for a while: look again
                _log.warning("the queue cannot be looked at: %s", error)
                await asyncio.sleep(1)

    async def _look(self) -> None:
        if await asyncio.to_thread(self._queue.revision) <= self._seen:
            return
        while changed := await asyncio.to_thread(self._queue.changes, self._seen, _PAGE):
            self._seen = changed[-1].sequence
            for job in changed:
                for listener in tuple(self._listeners):
                    listener(job)
