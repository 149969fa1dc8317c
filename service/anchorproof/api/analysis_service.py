"""AnalysisService: read the request, have the clip analysed, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from anchorproof import pages
from anchorproof.api import convert
from anchorproof.api.analyses import Analyses, Analysis
from anchorproof.api.spool import Spool
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, Upload, check_texts
from anchorproof.identity.names import clean_media_name
from anchorproof.jobs.workers import WorkerPool
from anchorproof.reports.store import ReportStore
from anchorproof.settings import ServerSettings
from anchorproof.types import ModelInfo, Progress, Report
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
        spool: Spool,
        settings: ServerSettings,
        models: Sequence[ModelInfo],
    ) -> None:
        self._store = store
        self._pool = pool
        self._analyses = Analyses(pool, store)
        self._spool = spool
        self._settings = settings
        self._models = models

    async def AnalyzeClip(self, messages: Messages, context: Context) -> None:
        upload = Upload(messages, self._settings)
        header = (await upload.header()).header
        check_texts(header, request_id=LIMIT_REQUEST_ID, clip_name=LIMIT_MEDIA_NAME)
        clip_name = clean_media_name(header.clip_name)
        found = await self._analyses.find(header.request_id)
        if found is None:
            self._pool.check_room()  # this and the next before the bytes come
            self._spool.check_size(header.size_bytes)
            async with self._spool.receive(upload.chunks()) as clip:
                found = await self._analyses.find(header.request_id)
                if found is None:
                    found = self._analyses.start(self._spool.claim(clip), clip_name, header.request_id)
        await _answer(found, context)

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


async def _answer(found: Analysis | Report, context: Context) -> None:
    if isinstance(found, Report):
        await context.write(_event_message(found))
        return
    async with aclosing(found.follow()) as events:
        async for event in events:
            await context.write(_event_message(event))


def _event_message(event: Progress | Report) -> analysis_pb2.AnalyzeClipResponse:
    if isinstance(event, Progress):
        return analysis_pb2.AnalyzeClipResponse(progress=convert.progress_message(event))
    return analysis_pb2.AnalyzeClipResponse(report=convert.report_message(event))
