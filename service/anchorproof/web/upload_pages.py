"""Sending a clip to be analysed, in parts that a broken connection does not undo, and watching the analysis."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import google_crc32c
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from starlette.requests import ClientDisconnect

from anchorproof.api import jobs_convert
from anchorproof.types import Upload, UploadState
from anchorproof.v1 import jobs_pb2, uploads_pb2
from anchorproof.web.pages import page
from anchorproof.web.service import PageError, Service
from anchorproof.web.sources import page_client
from anchorproof.web.visitors import REVIEWER, Visitor, state

router = APIRouter()
_SEND_BYTES = 256 * 1024
#: What a browser sends at once; of a part that broke off, what had arrived is kept.
PART_BYTES = 8 * 1024**2
#: A file's hash is computed when it is whole: so many bytes a second at least.
_HASHED_BYTES_PER_S = 50e6

#: One file: the id that the browser gave it, its name and its size.
FileId = Query(min_length=8, max_length=100, pattern="[A-Za-z0-9-]+")
FileName = Query("clip", max_length=1024)
FileSize = Query(ge=0)


@router.get("/upload")
async def upload_page(request: Request, visitor: Visitor = Depends(REVIEWER)) -> Response:
    limits = state(request).settings.media
    data = {"part_bytes": PART_BYTES, "account": visitor.account_id}
    return page(request, "upload.html", limit_bytes=limits.limit_bytes, limit_s=limits.limit_duration_s, data=data)


@router.post("/api/uploads")
async def begin(
    request: Request,
    id: str = FileId,
    name: str = FileName,
    size: int = FileSize,
    visitor: Visitor = Depends(REVIEWER),
) -> dict[str, Any]:
    """Announces a file, or tells how far it is: from ``offset`` on bytes are missing."""
    return _upload_json(await _find(state(request).service, visitor, id, name, size))


@router.put("/api/uploads")
async def write(
    request: Request,
    id: str = FileId,
    name: str = FileName,
    size: int = FileSize,
    offset: int = Query(ge=0),
    visitor: Visitor = Depends(REVIEWER),
) -> dict[str, Any]:
    """The body is a part of the file, from ``offset`` on; the answer says how much of the file is on disk."""
    service: Service = state(request).service
    upload = await _find(service, visitor, id, name, size)
    if upload.state is UploadState.FINALIZED:
        return _upload_json(upload)

    async def messages() -> AsyncIterator[Any]:
        header = uploads_pb2.WriteUploadHeader(name=jobs_convert.upload_name(upload.upload_id))
        yield uploads_pb2.WriteUploadRequest(header=header)
        at = offset
        with contextlib.suppress(ClientDisconnect):  # what arrived is kept
            async for data in chunks_of(request):
                chunk = uploads_pb2.UploadChunk(offset=at, data=data, crc32c=google_crc32c.value(data))
                yield uploads_pb2.WriteUploadRequest(chunk=chunk)
                at += len(data)

    answer = await service.send(service.uploads.WriteUpload, messages())
    return _upload_json(jobs_convert.read_upload(answer.upload))


@router.post("/api/analyses")
async def analyse(
    request: Request,
    id: str = FileId,
    name: str = FileName,
    size: int = FileSize,
    visitor: Visitor = Depends(REVIEWER),
) -> Response:
    """Begins the analysis of a file that is here, and tells how it is, one JSON object a line: progress, then a report
    or a fault. It goes on without its browser; repeated, the call tells of the same analysis.
    """
    service: Service = state(request).service
    upload = await _find(service, visitor, id, name, size)
    name_of = jobs_convert.upload_name(upload.upload_id)
    if upload.state is not UploadState.FINALIZED:
        whole = uploads_pb2.FinalizeUploadRequest(name=name_of)
        await service.call(service.uploads.FinalizeUpload, whole, more_s=size / _HASHED_BYTES_PER_S)
    wish = jobs_pb2.AnalyzeVideoRequest(upload=name_of, clip_name=name, request_id=_request_id(visitor, id, "analysis"))
    operation = await service.call(service.jobs.AnalyzeVideo, wish, client=page_client(visitor.account_id))
    watched = jobs_pb2.WatchAnalysisRequest(name=operation.name)
    lines = _lines(service.stream(service.jobs.WatchAnalysis, watched))
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


async def _find(service: Service, visitor: Visitor, file_id: str, name: str, size: int) -> Upload:
    """The visitor's upload of that file: nobody else's, whoever guesses its id."""
    wish = uploads_pb2.CreateUploadRequest(
        clip_name=name, size_bytes=size, request_id=_request_id(visitor, file_id, "upload")
    )
    answer = await service.call(service.uploads.CreateUpload, wish, client=page_client(visitor.account_id))
    return jobs_convert.read_upload(answer.upload)


def _request_id(visitor: Visitor, file_id: str, kind: str) -> str:
    return f"{page_client(visitor.account_id)}/{file_id}/{kind}"


def _upload_json(upload: Upload) -> dict[str, Any]:
    return {"offset": upload.offset, "done": upload.state is UploadState.FINALIZED}


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body in chunks that the service takes; raises ClientDisconnect where the browser left."""
    async for content in request.stream():
        for first in range(0, len(content), _SEND_BYTES):
            yield bytes(content[first : first + _SEND_BYTES])


async def _lines(events: AsyncIterator[Any]) -> AsyncIterator[str]:
    try:
        async for event in events:
            job = jobs_convert.read_job(event.metadata)
            fault = jobs_convert.read_error(event)
            if event.HasField("report"):
                yield _line(report=event.report.name.removeprefix("reports/"))
            elif fault:
                yield _line(reason=fault.reason, message=fault.message)
            else:
                yield _line(step=job.step or "waiting", fraction=job.fraction, before=job.position)
    except PageError as error:
        yield _line(reason=error.reason, message=error.message, retry_s=error.retry_s, again=error.status == 503)


def _line(**fields: Any) -> str:
    return json.dumps(fields) + "\n"
