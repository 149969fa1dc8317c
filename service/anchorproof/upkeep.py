"""What has to be done from time to time: leases taken back, old uploads and clips removed, clients told."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from anchorproof.errors import AnchorproofError
from anchorproof.metrics.meters import Meters
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.queue import JobQueue
from anchorproof.storage.clips import ClipStore
from anchorproof.uploads.uploads import UploadStore

SWEEP_EVERY_S = 2.0
CLEAR_EVERY_S = 10.0

_log = logging.getLogger(__name__)


def take_back(queue: JobQueue, meters: Meters) -> int:
    """Lost leases and deadlines; how many jobs changed."""
    changed = queue.sweep()
    for job in changed:
        meters.job_left(job, "lost")
    return len(changed)


def let_clips_go(queue: JobQueue, clips: ClipStore) -> int:
    """Delete the clips that nobody wants; how many.

    A clip that somebody wants again meanwhile was put anew after that moment, and stays.
    """
    gone = 0
    before = datetime.now(UTC)
    while found := queue.let_clips_go():
        for sha256 in found:
            if not queue.is_clip_kept(sha256):
                gone += clips.discard(sha256, before)
        before = datetime.now(UTC)
    return gone


async def every(seconds: float, work: Callable[[], Awaitable[object]], what: str) -> None:
    """Do it again and again; what goes wrong is logged, and tried again."""
    while True:
        try:
            await work()
        except AnchorproofError as error:
            _log.warning("%s: %s", what, error)
        except Exception:
            _log.exception("%s failed", what)
        await asyncio.sleep(seconds)


def sweeping(
    queue: JobQueue, feed: ChangeFeed, wake: Callable[[], None], meters: Meters
) -> Callable[[], Awaitable[object]]:
    async def sweep() -> None:
        if await asyncio.to_thread(take_back, queue, meters):
            feed.poke()
            wake()

    return sweep


def clearing(queue: JobQueue, clips: ClipStore, uploads: UploadStore | None) -> Callable[[], Awaitable[object]]:
    async def clear() -> None:
        if uploads is not None:
            await asyncio.to_thread(uploads.sweep)
        await asyncio.to_thread(let_clips_go, queue, clips)

    return clear
