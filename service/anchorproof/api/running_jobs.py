"""Uploads, queue and dispatcher of one server: put together, started, and drained without losing a job."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

import grpc
from google.longrunning import operations_pb2_grpc

from anchorproof.api.analyses import Analyses
from anchorproof.api.job_service import JobServicer, OperationsServicer, Submission
from anchorproof.api.upload_service import UploadServicer
from anchorproof.dispatch import Dispatcher
from anchorproof.errors import RequestInvalid
from anchorproof.jobs.workers import WorkerPool
from anchorproof.metrics.meters import Meters
from anchorproof.queue.clocks import MachineClock
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.holders import Holder
from anchorproof.queue.opening import open_queue
from anchorproof.queue.queue import JobQueue
from anchorproof.reports.store import ReportStore
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.storage.opening import open_clips
from anchorproof.upkeep import CLEAR_EVERY_S, SWEEP_EVERY_S, clearing, every, sweeping
from anchorproof.uploads.opening import open_uploads
from anchorproof.uploads.uploads import UploadStore
from anchorproof.v1 import jobs_pb2_grpc, uploads_pb2_grpc
from anchorproof.webhooks import Courier

LEAST_SECRET = 16


@dataclass(frozen=True)
class RunningJobs:
    """What the servicers need."""

    settings: Settings
    queue: JobQueue
    feed: ChangeFeed
    dispatcher: Dispatcher
    analyses: Analyses
    uploads: UploadStore
    clips: ClipStore
    reports: ReportStore
    meters: Meters

    def add_to(self, server: grpc.aio.Server) -> None:
        submission = Submission(self.uploads, self.queue, self.reports, self.settings, self.submitted)
        uploads_pb2_grpc.add_UploadServiceServicer_to_server(
            UploadServicer(self.uploads, self.clips, self.queue, self.settings, self.meters), server
        )
        jobs_pb2_grpc.add_JobServiceServicer_to_server(JobServicer(submission, self.feed, self.reports), server)
        operations_pb2_grpc.add_OperationsServicer_to_server(
            OperationsServicer(self.queue, self.feed, self.reports), server
        )

    def submitted(self) -> None:
        self.feed.poke()
        self.dispatcher.wake()

    async def drain(self, drain_s: float) -> None:
        """Take no more jobs; those under way end, or go on after the next start."""
        self.analyses.is_draining = True
        await self.dispatcher.stop(drain_s)


@contextlib.asynccontextmanager
async def running_jobs(
    settings: Settings, pool: WorkerPool, reports: ReportStore, meters: Meters
) -> AsyncIterator[RunningJobs]:
    """Everything started; whoever leaves the block has drained it.

    Raises:
        StorageFailed, RequestInvalid: the settings do not fit.
    """
    check_settings(settings)
    with contextlib.ExitStack() as stores:
        holder = stores.enter_context(contextlib.closing(Holder(settings.holders_dir)))
        queue = stores.enter_context(contextlib.closing(open_queue(settings, holder)))
        uploads = stores.enter_context(contextlib.closing(open_uploads(settings, MachineClock())))
        clips = stores.enter_context(contextlib.closing(open_clips(settings)))
        feed = ChangeFeed(queue)
        await feed.start()
        dispatcher = Dispatcher(settings, pool, queue, feed, clips, reports, holder.name, meters)

        def submitted() -> None:
            feed.poke()
            dispatcher.wake()

        analyses = Analyses(queue, feed, clips, reports, submitted)
        dispatcher.on_progress = analyses.tell
        chores = [
            every(SWEEP_EVERY_S, sweeping(queue, feed, dispatcher.wake, meters), "taking back leases"),
            every(CLEAR_EVERY_S, clearing(queue, clips, uploads), "removing what nobody wants"),
        ]
        if settings.queue.webhooks:
            secret = settings.webhook_secret.get_secret_value()
            chores.append(Courier(queue, settings.queue, secret, meters).run())
        tasks = [asyncio.create_task(chore) for chore in chores]
        if settings.server.takes_jobs:
            dispatcher.start()
        try:
            yield RunningJobs(settings, queue, feed, dispatcher, analyses, uploads, clips, reports, meters)
        finally:
            await dispatcher.stop(0)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await feed.stop()


def check_settings(settings: Settings) -> None:
    """Raises RequestInvalid for webhooks that could not be signed."""
    if settings.queue.webhooks and len(settings.webhook_secret.get_secret_value()) < LEAST_SECRET:
        raise RequestInvalid(
            f"webhooks are allowed, and webhook_secret has fewer than {LEAST_SECRET} characters: set one, so that "
            "receivers can tell the service's word from another's",
            "webhook_secret",
        )
