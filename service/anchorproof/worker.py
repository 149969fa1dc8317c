"""A machine of workers: takes jobs from the queue that it shares with front ends and other workers, and nothing else.

It keeps no state of its own: reports go to the shared store, clips come from the shared clip store. Killed at any
moment, its jobs go to another when their leases run out.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Callable

from anchorproof.dispatch import Dispatcher
from anchorproof.errors import RequestInvalid
from anchorproof.jobs.tasks import LOAD, ListModelsTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.logs import log_loop_fault
from anchorproof.metrics.exposing import exposing
from anchorproof.metrics.meters import Meters
from anchorproof.metrics.state import State, data_folders
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.holders import Holder
from anchorproof.queue.opening import open_queue
from anchorproof.reports.opening import open_reports
from anchorproof.settings import Settings
from anchorproof.storage.opening import open_clips
from anchorproof.upkeep import SWEEP_EVERY_S, every, sweeping

_log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def working(settings: Settings, load: str = LOAD) -> AsyncIterator[Dispatcher]:
    """Jobs are taken until the block is left; those under way then end within ``drain_s``, or are given back.

    Raises:
        ModelUnavailable, CalibrationUnavailable, StorageFailed: this installation is not fit to work.
    """
    meters = Meters()
    async with contextlib.AsyncExitStack() as parts:
        parts.enter_context(exposing(settings.metrics.listen, meters.registry))
        reports = parts.enter_context(open_reports(settings))
        holder = parts.enter_context(contextlib.closing(Holder(settings.holders_dir)))
        queue = parts.enter_context(contextlib.closing(open_queue(settings, holder)))
        clips = parts.enter_context(contextlib.closing(open_clips(settings)))
        pool = WorkerPool(settings, load, meters)
        parts.push_async_callback(pool.stop)
        await pool.start()
        meters.registry.register(State(queue.depth, pool.census, data_folders(settings)))
        models = await pool.run(ListModelsTask(), lambda _: None)
        meters.models_in_use(models)
        feed = ChangeFeed(queue)
        await feed.start()
        parts.push_async_callback(feed.stop)
        dispatcher = Dispatcher(settings, pool, queue, feed, clips, reports, holder.name, meters)
        sweep = sweeping(queue, feed, dispatcher.wake, meters)
        chore = asyncio.create_task(every(SWEEP_EVERY_S, sweep, "taking back leases"))
        parts.callback(chore.cancel)
        dispatcher.start()
        parts.push_async_callback(dispatcher.stop, settings.server.drain_s)
        yield dispatcher


def check_shared(settings: Settings) -> None:
    """Raises RequestInvalid for a database that machines share beside clips that they do not."""
    if settings.database_url.get_secret_value() and not settings.clips_url:
        raise RequestInvalid(
            "database_url is set and clips_url is not: this machine's clips would be its own; name a folder that all "
            "machines share (file:///mnt/clips) or a bucket (s3://bucket/prefix)",
            "clips_url",
        )


async def work(settings: Settings, on_started: Callable[[], None] = lambda: None, load: str = LOAD) -> None:
    """Work until SIGINT or SIGTERM."""
    check_shared(settings)
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(log_loop_fault)
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    async with working(settings, load):
        _log.info("taking jobs")
        on_started()
        await told.wait()
