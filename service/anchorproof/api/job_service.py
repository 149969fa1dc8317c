"""JobService and google.longrunning.Operations: analyses that go on without their client."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import Callable
from contextlib import aclosing

from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.empty_pb2 import Empty

from anchorproof.api import convert, jobs_convert
from anchorproof.api.admission import check_memory, client_of
from anchorproof.api.looking_up import look_up
from anchorproof.api.status import Context
from anchorproof.api.upload_service import pin_of
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, check_texts
from anchorproof.errors import NotFound, RequestInvalid, UploadIncomplete
from anchorproof.identity.names import clean_media_name
from anchorproof.logs import about_job, bound, current
from anchorproof.queue.feed import ChangeFeed
from anchorproof.queue.queue import JobFilters, JobQueue
from anchorproof.reports.store import ReportStore
from anchorproof.settings import Settings
from anchorproof.storage.sources import check_source, source_name
from anchorproof.types import Job, JobRequest, JobState, UploadState
from anchorproof.uploads.uploads import UploadStore
from anchorproof.v1 import jobs_pb2, jobs_pb2_grpc
from anchorproof.webhooks import check_webhook

_log = logging.getLogger(__name__)
LIMIT_BATCH = 1000
#: gRPC clients refuse messages over 4 MiB unless told otherwise.
LIMIT_PAGE_BYTES = 3 * 1024**2
#: WaitOperation answers after this long at most, done or not.
LONGEST_WAIT_S = 300.0


class Submission:
    """Requests read, checked and put into the queue."""

    def __init__(
        self,
        uploads: UploadStore,
        queue: JobQueue,
        reports: ReportStore,
        settings: Settings,
        on_submitted: Callable[[], None],
    ) -> None:
        self._uploads = uploads
        self._queue = queue
        self._reports = reports
        self._settings = settings
        self._on_submitted = on_submitted

    async def submit(self, requests: list[jobs_pb2.AnalyzeVideoRequest], client: str, batch_id: str = "") -> list[Job]:
        check_memory(self._settings.queue.spare_memory_bytes)
        jobs = await asyncio.to_thread(self._submit, requests, client, batch_id)
        self._on_submitted()
        for job in jobs:
            with bound(about_job(job.job_id)):
                _log.info("an analysis was accepted")
        return jobs

    def _submit(self, requests: list[jobs_pb2.AnalyzeVideoRequest], client: str, batch_id: str) -> list[Job]:
        jobs = self._queue.submit([self._read(request, client, batch_id) for request in requests])
        for request in requests:
            if request.upload:  # from now on the job keeps the clip
                self._queue.unpin(pin_of(jobs_convert.read_upload_name(request.upload, "upload")))
        return jobs

    def _read(self, request: jobs_pb2.AnalyzeVideoRequest, client: str, batch_id: str) -> JobRequest:
        check_texts(request, request_id=LIMIT_REQUEST_ID, clip_name=LIMIT_MEDIA_NAME)
        earlier = self._queue.find_request(request.request_id)
        if earlier is None:
            self._check_report(request.request_id)
        sha256, name = ("", source_name(request.uri)) if request.uri else self._clip(request, earlier)
        if request.uri:
            check_source(request.uri, self._settings.queue.sources)
        if request.webhook_url:
            self._check_webhook(request.webhook_url)
        limit_s = request.time_limit.ToNanoseconds() / 1e9 if request.HasField("time_limit") else None
        if limit_s is not None and limit_s <= 0:
            raise RequestInvalid("time_limit must be positive", "time_limit")
        return JobRequest(
            client=client,
            clip_name=clean_media_name(request.clip_name) or name,
            clip_sha256=sha256,
            source_uri=request.uri,
            request_id=request.request_id,
            priority=jobs_convert.read_priority(request.priority),
            time_limit_s=limit_s,
            webhook_url=request.webhook_url,
            batch_id=batch_id,
            call_id=current().request_id,
        )

    def _clip(self, request: jobs_pb2.AnalyzeVideoRequest, earlier: Job | None) -> tuple[str, str]:
        """The uploaded clip's sha256 and name."""
        if not request.upload:
            raise RequestInvalid("say what to analyse: an upload, or a uri", "clip")
        upload_id = jobs_convert.read_upload_name(request.upload, "upload")
        try:
            upload = self._uploads.get(upload_id)
        except NotFound:
            if earlier is None:
                raise
            return earlier.clip_sha256, earlier.request.clip_name  # repeated after the upload went
        if upload.state is not UploadState.FINALIZED:
            raise UploadIncomplete(upload.offset, upload.size_bytes)
        if earlier is None and not self._queue.is_clip_kept(upload.sha256):
            raise NotFound("upload", upload_id)  # it was analysed, and nobody wanted the clip any more
        return upload.sha256, upload.name

    def _check_report(self, request_id: str) -> None:
        report = self._reports.find_request(request_id)
        if report is not None:
            raise RequestInvalid(
                f"request_id {request_id!r} was used before; its report is reports/{report.report_id}", "request_id"
            )

    def _check_webhook(self, url: str) -> None:
        check_webhook(url, self._settings.queue.webhooks)


class JobServicer(jobs_pb2_grpc.JobServiceServicer):
    """Accepts analyses and tells how they are."""

    def __init__(self, submission: Submission, feed: ChangeFeed, reports: ReportStore) -> None:
        self._submission = submission
        self._feed = feed
        self._reports = reports
        self._results = jobs_convert.Results(reports.load)

    async def AnalyzeVideo(
        self, request: jobs_pb2.AnalyzeVideoRequest, context: Context
    ) -> jobs_pb2.AnalyzeVideoResponse:
        (job,) = await self._submission.submit([request], client_of(context))
        return await asyncio.to_thread(jobs_convert.operation_message, job, self._results)

    async def BatchAnalyzeVideo(
        self, request: jobs_pb2.BatchAnalyzeVideoRequest, context: Context
    ) -> jobs_pb2.BatchAnalyzeVideoResponse:
        if not 0 < len(request.requests) <= LIMIT_BATCH:
            raise RequestInvalid(
                f"a batch has 1 to {LIMIT_BATCH:,} requests; got {len(request.requests):,}", "requests"
            )
        jobs = await self._submission.submit([*request.requests], client_of(context), secrets.token_hex(8))
        # Without reports: of a batch that is repeated, all may be done, and a thousand reports do not fit one message.
        operations = [jobs_convert.operation_message(job) for job in jobs]
        return jobs_pb2.BatchAnalyzeVideoResponse(operations=operations, batch_id=jobs[0].request.batch_id)

    async def WatchAnalysis(self, request: jobs_pb2.WatchAnalysisRequest, context: Context) -> None:
        job_id = jobs_convert.read_operation_name(request.name)
        is_ended = False
        async with aclosing(self._feed.follow(job_id, request.after_sequence)) as changes:
            async for job in changes:
                is_ended = job.state.is_final
                await context.write(await asyncio.to_thread(self._event, job))
        if not is_ended:  # the client has seen the end already, and asks for the result again
            job = await asyncio.to_thread(self._feed.now, job_id)
            await context.write(await asyncio.to_thread(self._event, job))

    def _event(self, job: Job) -> jobs_pb2.WatchAnalysisResponse:
        message = jobs_pb2.WatchAnalysisResponse(metadata=jobs_convert.metadata_message(job))
        if job.state is JobState.SUCCEEDED:
            message.report.CopyFrom(convert.report_message(self._reports.load(job.report_id)))
        elif job.state.is_final:
            message.error.CopyFrom(jobs_convert.error_message(job))
        return message


class OperationsServicer(operations_pb2_grpc.OperationsServicer):  # type: ignore[misc]  # it has no stubs
    """The standard's way to ask for the same jobs."""

    def __init__(self, queue: JobQueue, feed: ChangeFeed, reports: ReportStore) -> None:
        self._queue = queue
        self._feed = feed
        self._results = jobs_convert.Results(reports.load)

    async def GetOperation(self, request: operations_pb2.GetOperationRequest, _: Context) -> operations_pb2.Operation:
        job = await look_up(self._queue, jobs_convert.read_operation_name(request.name))
        if job.state is JobState.SUCCEEDED and not self._results.has(job.report_id):
            return await asyncio.to_thread(self._operation, job)
        return self._operation(job)

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, _: Context
    ) -> operations_pb2.ListOperationsResponse:
        if request.name not in ("", "operations"):
            raise RequestInvalid("name must be empty or 'operations'", "name")
        filters, size = read_filter(request.filter), request.page_size
        while True:
            jobs, token = await asyncio.to_thread(self._queue.list_jobs, size, request.page_token, filters)
            found = [await asyncio.to_thread(self._operation, job) for job in jobs]
            message = operations_pb2.ListOperationsResponse(operations=found, next_page_token=token)
            if len(jobs) <= 1 or message.ByteSize() <= LIMIT_PAGE_BYTES:
                return message
            size = max(1, len(jobs) * LIMIT_PAGE_BYTES // message.ByteSize())

    async def CancelOperation(self, request: operations_pb2.CancelOperationRequest, _: Context) -> Empty:
        await asyncio.to_thread(self._queue.cancel, jobs_convert.read_operation_name(request.name))
        self._feed.poke()
        return Empty()

    async def DeleteOperation(self, request: operations_pb2.DeleteOperationRequest, _: Context) -> Empty:
        await asyncio.to_thread(self._queue.delete, jobs_convert.read_operation_name(request.name))
        return Empty()

    async def WaitOperation(self, request: operations_pb2.WaitOperationRequest, _: Context) -> operations_pb2.Operation:
        job_id = jobs_convert.read_operation_name(request.name)
        wanted_s = request.timeout.ToNanoseconds() / 1e9 if request.HasField("timeout") else LONGEST_WAIT_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(wanted_s, LONGEST_WAIT_S)):
                async for _change in self._feed.follow(job_id):
                    pass
        return await asyncio.to_thread(self._now, job_id)

    def _now(self, job_id: str) -> operations_pb2.Operation:
        return self._operation(self._queue.get(job_id))

    def _operation(self, job: Job) -> operations_pb2.Operation:
        return jobs_convert.standard_operation(job, self._results)


def read_filter(text: str) -> JobFilters:
    """``state=QUEUED``, ``batch_id=...``, ``client=...``, joined by AND; empty: all.

    Raises:
        RequestInvalid
    """
    wanted: dict[str, str] = {}
    for part in filter(None, (part.strip() for part in text.split(" AND "))):
        field, _, value = part.partition("=")
        if field.strip() not in ("state", "batch_id", "client") or not value.strip():
            raise RequestInvalid("filter must be like 'state=QUEUED AND batch_id=...'", "filter")
        wanted[field.strip()] = value.strip().strip('"')
    state = wanted.pop("state", None)
    if state is not None and state not in JobState.__members__:
        raise RequestInvalid(f"state must be one of {', '.join(JobState.__members__)}", "filter")
    return JobFilters(state=JobState[state] if state else None, **wanted)
