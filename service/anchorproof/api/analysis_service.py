"""AnalysisService: read the request, have the clip analysed, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from anchorproof import pages
from anchorproof.api import convert
from anchorproof.api.admission import check_memory, client_of
from anchorproof.api.analyses import Analyses
from anchorproof.api.spool import Spool
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, Upload, check_texts
from anchorproof.errors import Overloaded
from anchorproof.identity.names import clean_media_name
from anchorproof.jobs.workers import WorkerPool
from anchorproof.queue.queue import JobQueue
from anchorproof.reports.store import ReportStore
from anchorproof.settings import Settings
from anchorproof.types import Job, JobState, ModelInfo, Progress, Report
from anchorproof.v1 import analysis_pb2, analysis_pb2_grpc

#: gRPC clients refuse messages over 4 MiB unless told otherwise.
LIMIT_PAGE_BYTES = 3 * 1024**2

Messages = AsyncIterator[analysis_pb2.AnalyzeClipRequest]


class AnalysisServicer(analysis_pb2_grpc.AnalysisServiceServicer):
    """Clips in, reports out."""

    def __init__(
        self,
        store: ReportStore,
        pool: WorkerPool,
        queue: JobQueue,
        analyses: Analyses,
        spool: Spool,
        settings: Settings,
        models: Sequence[ModelInfo],
    ) -> None:
        self._store = store
        self._pool = pool
        self._queue = queue
        self._analyses = analyses
        self._spool = spool
        self._settings = settings
        self._models = models

    async def AnalyzeClip(self, messages: Messages, context: Context) -> None:
        upload = Upload(messages, self._settings.server)
        header = (await upload.header()).header
        check_texts(header, request_id=LIMIT_REQUEST_ID, clip_name=LIMIT_MEDIA_NAME)
        clip_name = clean_media_name(header.clip_name)
        found = await self._analyses.find(header.request_id)
        if found is None:
            await self._check_room()  # this and the next before the bytes come
            self._spool.check_size(header.size_bytes)
            async with self._spool.receive(upload.chunks()) as clip:
                found = await self._analyses.find(header.request_id)
                if found is None:
                    found = await self._analyses.start(clip, clip_name, header.request_id, client_of(context))
        await self._answer(found, context)

    async def _check_room(self) -> None:
        """A client that waits at the other end is told at once when that would take long; a job waits by itself."""
        check_memory(self._settings.queue.spare_memory_bytes)
        if self._pool.has_idle:
            return
        waiting = (await asyncio.to_thread(self._queue.depth)).queued
        if waiting >= self._settings.server.limit_waiting:
            raise Overloaded(f"{waiting} clips are waiting already; try again later, or let AnalyzeVideo wait for you")

    async def _answer(self, found: Job | Report, context: Context) -> None:
        if isinstance(found, Report):
            await context.write(_event_message(found))
            return
        if found.state is JobState.SUCCEEDED:
            report = await asyncio.to_thread(self._store.load, found.report_id)
            await context.write(_event_message(report))
            return
        async with aclosing(self._analyses.follow(found)) as events:
            async for event in events:
                await context.write(_event_message(event))

    async def GetReport(self, request: analysis_pb2.GetReportRequest, _: Context) -> analysis_pb2.GetReportResponse:
        report = await asyncio.to_thread(self._store.load, convert.read_report_name(request.name))
        return analysis_pb2.GetReportResponse(report=convert.report_message(report))

    async def ListReports(
        self, request: analysis_pb2.ListReportsRequest, _: Context
    ) -> analysis_pb2.ListReportsResponse:
        filters, size = convert.read_report_filters(request), pages.rows_per_page(request.page_size)
        while True:
            reports, token = await asyncio.to_thread(self._store.list, size, request.page_token, filters)
            found = map(convert.report_message, reports)
            response = analysis_pb2.ListReportsResponse(reports=found, next_page_token=token)
            if len(reports) <= 1 or response.ByteSize() <= LIMIT_PAGE_BYTES:
                return response
            size = max(1, len(reports) * LIMIT_PAGE_BYTES // response.ByteSize())  # as many as fit, about

    async def ListModels(self, request: analysis_pb2.ListModelsRequest, _: Context) -> analysis_pb2.ListModelsResponse:
        size = pages.rows_per_page(request.page_size)
        (first,) = pages.read_token(request.page_token, "models", 1) if request.page_token else (0,)
        page, rest = self._models[first : first + size], self._models[first + size :]
        token = pages.write_token([first + size], "models") if rest else ""
        return analysis_pb2.ListModelsResponse(models=map(convert.model_message, page), next_page_token=token)


def _event_message(event: Progress | Report) -> analysis_pb2.AnalyzeClipResponse:
    if isinstance(event, Progress):
        return analysis_pb2.AnalyzeClipResponse(progress=convert.progress_message(event))
    return analysis_pb2.AnalyzeClipResponse(report=convert.report_message(event))
