"""Analyses by one call: jobs like any other, but for clients that wait for them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from pathlib import Path

from anchorproof.api.jobs_convert import job_fault
from anchorproof.errors import AnchorproofError, JobCancelled, NotFound
from anchorproof.logs import about_job, bound, current
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.queue import JobQueue
from anchorproof.reports.store import ReportStore
from anchorproof.storage.clips import ClipStore
from anchorproof.types import Job, JobRequest, JobState, Progress, Report

_log = logging.getLogger(__name__)
#: None: nothing more will come.
News = asyncio.Queue[Progress | Job | None]

WAITING = Progress("waiting", 0.0)
#: From when a clip is kept until its job keeps it.
_PIN_S = 600.0


class Analyses:
    """Queues analyses and follows them; a repeated request id joins the analysis it repeats.

    An analysis that was begun by a call ends when its last caller leaves, unless the server is being stopped: then it
    goes on after the next start, and callers that come back with their request id find it.
    """

    def __init__(
        self,
        queue: JobQueue,
        feed: ChangeFeed,
        clips: ClipStore,
        reports: ReportStore,
        on_submitted: Callable[[], None],
    ) -> None:
        self._queue = queue
        self._feed = feed
        self._clips = clips
        self._reports = reports
        self._on_submitted = on_submitted
        self._callers: dict[str, set[News]] = {}
        self._begun_here: set[str] = set()
        self.is_draining = False

    async def find(self, request_id: str) -> Job | Report | None:
        """What an earlier call with this id started or, when that is done, its report."""
        if not request_id:
            return None
        job = await asyncio.to_thread(self._queue.find_request, request_id)
        if job is not None and (job.is_cancel_requested or job.state is JobState.CANCELLED):
            await self._forget(job)
            job = None
        return job or await asyncio.to_thread(self._reports.find_request, request_id)

    async def _forget(self, job: Job) -> None:
        """All its callers had left; one has come back."""
        async for _ in self._feed.follow(job.job_id):
            pass
        try:
            await asyncio.to_thread(self._queue.delete, job.job_id)
        except NotFound:  # another caller was faster
            return

    async def start(self, clip: Path, clip_name: str, request_id: str, client: str) -> Job:
        """Queue the analysis of a clip, whose file the caller removes.

        Raises:
            Overloaded, StorageFailed
        """
        job = await asyncio.to_thread(self._submit, clip, clip_name, request_id, client)
        self._begun_here.add(job.job_id)
        with bound(about_job(job.job_id)):
            _log.info("an analysis was accepted")
        self._on_submitted()
        return job

    def _submit(self, clip: Path, clip_name: str, request_id: str, client: str) -> Job:
        with clip.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        pin = f"call/{clip.name}"
        self._queue.keep_clip(sha256, clip.stat().st_size, _PIN_S, pin)
        self._clips.put(clip, sha256, may_link=True)
        try:
            wish = JobRequest(client, clip_name, sha256, request_id=request_id, call_id=current().request_id)
            (job,) = self._queue.submit([wish])
        finally:
            self._queue.unpin(pin)
        return job

    def tell(self, job_id: str, progress: Progress) -> None:
        """Progress of a job that runs in this process."""
        for news in self._callers.get(job_id, ()):
            news.put_nowait(progress)

    async def follow(self, job: Job) -> AsyncGenerator[Progress | Report, None]:
        """Progress, then the stored report.

        Raises:
            AnchorproofError: what the job ended in.
        """
        news: News = asyncio.Queue()
        self._callers.setdefault(job.job_id, set()).add(news)
        watching = asyncio.create_task(self._watch(job.job_id, news))
        try:
            last, is_local = WAITING, False
            yield last
            while True:
                item = await news.get()
                if item is None:
                    raise JobCancelled  # and deleted
                if isinstance(item, Job) and item.state.is_final:
                    yield await self._result(item)
                    return
                if isinstance(item, Job) and (is_local or not item.step):
                    continue
                is_local = is_local or isinstance(item, Progress)
                progress = item if isinstance(item, Progress) else Progress(item.step, item.fraction)
                if progress != last:
                    last = progress
                    yield progress
        finally:
            watching.cancel()
            await self._leave(job.job_id, news)

    async def _watch(self, job_id: str, news: News) -> None:
        try:
            async with aclosing(self._feed.follow(job_id)) as changes:
                async for job in changes:
                    news.put_nowait(job)
        except AnchorproofError as error:
            _log.warning("a job cannot be followed any more: %s", error)
        finally:
            news.put_nowait(None)

    async def _result(self, job: Job) -> Report:
        if job.state is JobState.SUCCEEDED:
            return await asyncio.to_thread(self._reports.load, job.report_id)
        raise job_fault(job)

    async def _leave(self, job_id: str, news: News) -> None:
        callers = self._callers[job_id]
        callers.discard(news)
        if callers:
            return
        del self._callers[job_id]
        if job_id in self._begun_here and not self.is_draining:
            self._begun_here.discard(job_id)
            await asyncio.shield(asyncio.create_task(self._cancel(job_id)))

    async def _cancel(self, job_id: str) -> None:
        try:
            await asyncio.to_thread(self._queue.cancel, job_id)
        except AnchorproofError:
            return
        self._feed.poke()
