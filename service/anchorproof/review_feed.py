"""Reports become reviews, whichever process wrote them. Introduces `reports`, `queue`, `identity` and `reviews`."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from anchorproof.errors import AnchorproofError, NotFound
from anchorproof.identity.registry import Registry
from anchorproof.queue.queue import JobQueue
from anchorproof.reports.store import ReportStore
from anchorproof.reviews.desk import Desk

#: Few enough that a call which comes meanwhile does not wait long for the interpreter.
BATCH_REPORTS = 50

_log = logging.getLogger(__name__)


def take_up(reports: ReportStore, desk: Desk, registry: Registry, queue: JobQueue) -> int:
    """The next reports that have no review yet get one; how many reports were read (0: the queue is complete).

    Raises:
        StorageFailed, Overloaded
    """
    known: dict[str, str] = {}

    def outlet_of(anchor_id: str) -> str:
        if anchor_id not in known:
            with contextlib.suppress(NotFound):
                known[anchor_id] = registry.get_anchor(anchor_id).outlet
        return known.setdefault(anchor_id, "")

    found = reports.after(desk.items.position(), BATCH_REPORTS)
    senders = [queue.sender_of(report.report_id) for _, report in found]
    items = [(sequence, report, sender) for (sequence, report), sender in zip(found, senders, strict=True)]
    desk.items.take_up(items, outlet_of)
    return len(found)


class Feed:
    """Keeps the queue up with the report store, in the background and when somebody asks."""

    def __init__(self, reports: ReportStore, desk: Desk, registry: Registry, queue: JobQueue, poll_s: float) -> None:
        self._parts = (reports, desk, registry, queue)
        self._poll_s = poll_s
        self._turn = asyncio.Lock()
        self._is_behind = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """What is under way is finished."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        async with self._turn:
            pass

    async def look(self, is_urgent: bool = False) -> None:
        """What became a report before this call is in the queue afterwards.

        While the queue has far to catch up (after an upgrade, say) nobody is kept waiting for it, except where it
        ``is_urgent``: then one portion is waited for.
        """
        if self._is_behind and not is_urgent:
            return
        await self._step()

    async def _run(self) -> None:
        while True:
            try:
                if not await self._step():
                    await asyncio.sleep(self._poll_s)
            except AnchorproofError as error:
                _log.error("the queue does not follow the reports: %s", error)
                await asyncio.sleep(self._poll_s)

    async def _step(self) -> int:
        async with self._turn:
            step = asyncio.ensure_future(asyncio.to_thread(take_up, *self._parts))
            try:
                read = await asyncio.shield(step)
            except asyncio.CancelledError:
                await step  # the thread goes on whoever is told to stop, and the next turn begins after it
                raise
            self._is_behind = read == BATCH_REPORTS
            return read
