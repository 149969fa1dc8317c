"""Takes jobs from the queue, has workers analyse them, stores the reports: in the server, or on a machine of workers.

A job may be run twice, when whoever held it vanished; its report is stored once, under a key that the job has from the
start. The report is stored first and the job completed then, so that a job that SUCCEEDED always has its report.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from anchorproof.errors import (
    AnalysisFailed,
    AnalysisTimedOut,
    AnchorproofError,
    LeaseLost,
    StorageFailed,
)
from anchorproof.jobs.messages import TaskCancelled
from anchorproof.jobs.tasks import AnalyzeTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.locks import own_folder
from anchorproof.logs import LogContext, bind
from anchorproof.metrics.meters import Meters
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.queue import JobQueue, Told
from anchorproof.reports.store import ReportStore
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.storage.sources import fetch
from anchorproof.types import Decision, Job, JobError, Lease, Progress, Report, StepState

#: A look at the queue when nobody said that something came.
LOOK_EVERY_S = 0.5
#: While the database or the clip store is away.
_PAUSE_S = 2.0
_DAY_S = 24 * 3600.0
#: Progress is written down at most so often.
_TELL_EVERY_S = 0.5

_log = logging.getLogger(__name__)
OnJobProgress = Callable[[str, Progress], None]


def report_key(job: Job) -> str:
    """What the report store knows a job's report by: one report for each key."""
    return job.request.request_id or f"job/{job.job_id}"


@dataclass
class _Run:
    """One job under way here."""

    lease: Lease
    task: asyncio.Task[None] | None = None
    analysis: asyncio.Task[Report] | None = None
    progress: Progress | None = None
    steps: dict[str, bool] = field(default_factory=dict)
    #: Not yet written down.
    is_news: bool = False
    is_lost: bool = False
    is_released: bool = False

    def tell(self, progress: Progress) -> None:
        for step in self.steps:
            self.steps[step] = step != progress.step
        self.steps[progress.step] = False
        self.progress, self.is_news = progress, True

    def told(self) -> Told | None:
        if not self.is_news or self.progress is None:
            return None
        self.is_news = False
        steps = tuple(StepState(step, is_done) for step, is_done in self.steps.items())
        return Told(self.progress.step, self.progress.fraction, steps)


def _own(report: Report, job: Job) -> Report | JobError:
    if report.report_id == job.report_id:
        return report
    return JobError("INVALID_ARGUMENT", f"the request_id was used before; its report is reports/{report.report_id}")


def _error(error: AnchorproofError) -> JobError:
    return JobError(error.reason, str(error))


class Dispatcher:
    """As many jobs at once as there are workers.

    Args:
        holder: what this process is called in its leases.
        meters: told of what becomes of each job.
    """

    def __init__(
        self,
        settings: Settings,
        pool: WorkerPool,
        queue: JobQueue,
        feed: ChangeFeed,
        clips: ClipStore,
        reports: ReportStore,
        holder: str,
        meters: Meters | None = None,
    ) -> None:
        self._meters = meters or Meters()
        self._settings = settings
        self._pool = pool
        self._queue = queue
        self._feed = feed
        self._clips = clips
        self._reports = reports
        self._holder = holder
        #: Told of every job under way here, in the event loop, more often than the queue is.
        self.on_progress: OnJobProgress = lambda _job_id, _progress: None
        self._runs: dict[str, _Run] = {}
        self._wake = asyncio.Event()
        self._is_stopping = False
        self._loop_task: asyncio.Task[None] | None = None

    @property
    def running(self) -> int:
        return len(self._runs)

    def start(self) -> None:
        self._loop_task = asyncio.create_task(self._run(), name="anchorproof-dispatcher")

    def wake(self) -> None:
        """Something was put into the queue: look now."""
        self._wake.set()

    def pause(self) -> None:
        """Take no more jobs; those under way go on."""
        self._is_stopping = True
        self._wake.set()

    async def stop(self, drain_s: float) -> None:
        """Take no more jobs, let those under way end for so long, give the others back unharmed."""
        self.pause()
        if self._loop_task is not None:
            await self._loop_task
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        if tasks:
            await asyncio.wait(tasks, timeout=drain_s)
        left = [run for run in self._runs.values() if run.task is not None and not run.task.done()]
        for run in left:
            await self._release(run)
        await asyncio.gather(*(run.task for run in left if run.task is not None), return_exceptions=True)

    async def _release(self, run: _Run) -> None:
        run.is_released = True
        with contextlib.suppress(AnchorproofError):
            self._meters.job_left(await asyncio.to_thread(self._queue.release, run.lease), "released")
        if run.task is not None:
            run.task.cancel()

    # ----------------------------------------------------------------------------------------------- taking jobs

    async def _run(self) -> None:
        with self._feed.listening(self._note):
            while not self._is_stopping:
                try:
                    is_taken = await self._take()
                except AnchorproofError as error:
                    _log.error("the queue cannot be asked for work: %s", error)
                    is_taken = False
                    await asyncio.sleep(_PAUSE_S)
                if not is_taken:
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY_S):
                            await self._wake.wait()
                    self._wake.clear()

    async def _take(self) -> bool:
        if not self._pool.has_idle or len(self._runs) >= self._pool.size:
            return False
        lease = await asyncio.to_thread(self._queue.lease, self._holder)
        if lease is None:
            return False
        self._begin(lease)
        await asyncio.sleep(0)  # let it take its worker
        return True

    def _begin(self, lease: Lease) -> None:
        self._meters.job_taken(lease.job)
        run = self._runs[lease.job.job_id] = _Run(lease)
        run.task = asyncio.create_task(self._work(run))
        run.task.add_done_callback(lambda task: self._done(run, task))
        self._feed.poke()

    def _done(self, run: _Run, task: asyncio.Task[None]) -> None:
        if self._runs.get(run.lease.job.job_id) is run:
            del self._runs[run.lease.job.job_id]
        if not task.cancelled() and task.exception() is not None:
            _log.error("a job's task failed", exc_info=task.exception())
        self._feed.poke()
        self._wake.set()

    def _note(self, job: Job) -> None:
        run = self._runs.get(job.job_id)
        if run is not None and job.is_cancel_requested and not job.state.is_final and run.analysis is not None:
            run.analysis.cancel()

    # ----------------------------------------------------------------------------------------------- one job

    async def _work(self, run: _Run) -> None:
        job = run.lease.job
        bind(LogContext(job.request.call_id, job.job_id))
        _log.info("an analysis is begun, attempt %d", job.attempts)
        keeping = asyncio.create_task(self._keep(run))
        try:
            await self._end(run, await self._outcome(run))
        except LeaseLost:
            _log.warning("a job's lease was lost; somebody else has it by now")
        except StorageFailed as error:
            # Nothing is wrong with the clip. The lease runs out, and the job is taken again.
            _log.error("a job could not go on for want of storage: %s", error)
            await self._give_back(run)
        finally:
            keeping.cancel()

    async def _give_back(self, run: _Run) -> None:
        with contextlib.suppress(AnchorproofError):
            await asyncio.sleep(_PAUSE_S)
            self._meters.job_left(await asyncio.to_thread(self._queue.release, run.lease), "released")

    async def _outcome(self, run: _Run) -> Report | JobError | AnalysisFailed:
        """The stored report, why there is none, or how the worker was lost."""
        job = run.lease.job
        earlier = await asyncio.to_thread(self._reports.find_request, report_key(job))
        if earlier is not None:  # whoever had the job before was stopped between the two
            return _own(earlier, job)
        if job.is_cancel_requested:
            return JobError("JOB_CANCELLED", "")
        try:
            async with self._clip(run) as clip:
                begun = time.monotonic()
                run.analysis = asyncio.create_task(self._analyze(run, clip))
                report = await run.analysis
                analysis_s = time.monotonic() - begun
        except asyncio.CancelledError:
            if run.is_lost:
                raise LeaseLost(job.job_id) from None
            if run.analysis is not None and run.analysis.cancelled() and not run.is_released:
                return JobError("JOB_CANCELLED", "")
            raise
        except TaskCancelled:
            return JobError("JOB_CANCELLED", "")
        except AnalysisTimedOut as error:
            return _error(error)
        except AnalysisFailed as error:
            return error
        except (StorageFailed, LeaseLost):
            raise
        except AnchorproofError as error:
            return _error(error)
        except Exception as error:
            _log.exception("an analysis failed", exc_info=error)
            return JobError("INTERNAL", "internal error")
        # From here on the job is ours alone: nobody else takes it within the lease that this renews.
        await asyncio.to_thread(self._queue.renew, run.lease)
        try:
            stored = await asyncio.to_thread(self._reports.save, report, report_key(job))
        except StorageFailed:
            raise
        except AnchorproofError as error:  # its request id led to another clip's report, long ago
            return _error(error)
        if stored.report_id == job.report_id:
            self._meters.report_made(stored, analysis_s)
            _log.info("its report is stored, after %.1f s", analysis_s)
        return _own(stored, job)

    async def _analyze(self, run: _Run, clip: Path) -> Report:
        job = run.lease.job

        def tell(progress: Progress) -> None:
            run.tell(progress)
            self.on_progress(job.job_id, progress)

        task = AnalyzeTask(job.report_id, clip, job.request.clip_name)
        return await self._pool.run(task, tell, attempts=1, is_admitted=True)

    async def _end(self, run: _Run, outcome: Report | JobError | AnalysisFailed) -> None:
        lease, queue = run.lease, self._queue
        if isinstance(outcome, Report):
            job = await self._complete(lease, self._keep_s(outcome.verdict.decision))
        elif isinstance(outcome, JobError):
            job = await asyncio.to_thread(queue.fail, lease, outcome)
        elif self._is_stopping and run.is_released:
            return
        else:
            job = await asyncio.to_thread(queue.crash, lease, _error(outcome))
        self._meters.job_left(job, "crashed")
        _log.info("it is %s%s", job.state, f": {job.error.reason}" if job.error else "")

    async def _complete(self, lease: Lease, keep_clip_s: float) -> Job:
        """This run's place, which no one else takes before it has ended, goes to the next job that waits."""
        if self._is_stopping:
            return await asyncio.to_thread(self._queue.complete, lease, keep_clip_s)
        job, following = await asyncio.to_thread(self._queue.complete_and_lease, lease, keep_clip_s, self._holder)
        if following is not None and self._is_stopping:  # meanwhile
            await asyncio.to_thread(self._queue.release, following)
        elif following is not None:
            self._begin(following)
        return job

    def _keep_s(self, decision: Decision) -> float:
        limits = self._settings.queue
        is_flagged = decision is not Decision.BONA_FIDE
        return (limits.keep_flagged_clips_days if is_flagged else limits.keep_other_clips_days) * _DAY_S

    # ----------------------------------------------------------------------------------------------- lease and clip

    async def _keep(self, run: _Run) -> None:
        """Keeps the lease, and writes progress down."""
        renewed = time.monotonic()
        while True:
            await asyncio.sleep(_TELL_EVERY_S)
            told = run.told()
            if told is None and time.monotonic() < renewed + self._settings.queue.renew_s:
                continue
            try:
                job = await asyncio.to_thread(self._queue.renew, run.lease, told)
                renewed = time.monotonic()
                self._feed.poke()
            except LeaseLost:
                run.is_lost = True
                if run.analysis is not None:
                    run.analysis.cancel()
                return
            except AnchorproofError as error:
                _log.warning("a lease could not be renewed: %s", error)
                continue
            if job.is_cancel_requested and run.analysis is not None:
                run.analysis.cancel()

    @contextlib.asynccontextmanager
    async def _clip(self, run: _Run) -> AsyncIterator[Path]:
        """The job's clip as a file of this machine; a source is fetched first."""
        sha256 = run.lease.job.clip_sha256 or await self._fetch(run)
        local = self._clips.local(sha256)
        path = await asyncio.to_thread(local.__enter__)
        try:
            yield path
        finally:
            await asyncio.shield(asyncio.to_thread(local.__exit__, None, None, None))

    async def _fetch(self, run: _Run) -> str:
        settings, uri = self._settings, run.lease.job.request.source_uri

        def fetch_and_put() -> str:
            # Held, because a server that starts on the same data folder clears away what nobody holds.
            with _spool_folder(settings.spool_dir) as folder:
                file = folder / "clip"
                limits = (settings.media.limit_bytes, settings.clips_allow_http)
                sha256, size_bytes = fetch(uri, settings.queue.sources, file, *limits)
                self._queue.attach_clip(run.lease, sha256, size_bytes)  # before it is put, so that nobody lets it go
                self._clips.put(file, sha256, may_link=True)
            return sha256

        return await asyncio.to_thread(fetch_and_put)


@contextlib.contextmanager
def _spool_folder(spool_dir: Path) -> Iterator[Path]:
    with contextlib.ExitStack() as stack:
        try:
            folder = stack.enter_context(own_folder(spool_dir, "fetched-"))
        except OSError as error:
            raise StorageFailed("the folder for fetched clips cannot be used") from error
        yield folder
