"""Sending a clip to be analysed, and watching it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response, StreamingResponse

from anchorproof.v1 import analysis_pb2
from anchorproof.web.pages import page
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import REVIEWER, Visitor, state

router = APIRouter()
_SEND_BYTES = 256 * 1024
#: Chunks that wait for the service while the browser sends.
_CHUNKS_AHEAD = 8
_LOOK_EVERY_S = 1.0


@router.get("/upload")
async def upload_page(request: Request, _: Visitor = Depends(REVIEWER)) -> Response:
    limits = state(request).settings.media
    return page(request, "upload.html", limit_bytes=limits.limit_bytes, limit_s=limits.limit_duration_s)


@router.post("/api/analyses")
async def analyse(
    request: Request, name: str = "clip", request_id: str = "", visitor: Visitor = Depends(REVIEWER)
) -> Response:
    """The file's bytes are the body; the answer is one JSON object a line: progress, then a report or a fault.

    Repeated with the same request id it joins the analysis that the first call began.
    """
    service: Service = state(request).service
    size = int(request.headers.get("content-length") or 0)
    header = analysis_pb2.AnalyzeClipHeader(clip_name=name[:1024], request_id=request_id[:200], size_bytes=size)

    waiting: asyncio.Queue[bytes | None] = asyncio.Queue(_CHUNKS_AHEAD)

    async def messages() -> AsyncIterator[Any]:
        yield analysis_pb2.AnalyzeClipRequest(header=header)
        while (chunk := await waiting.get()) is not None:
            yield analysis_pb2.AnalyzeClipRequest(chunk=chunk)

    call = service.begin(service.analyses.AnalyzeClip, messages(), visitor.account_id)
    await _pass_on(request, waiting, call)
    lines = _lines(service.events(call))
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


async def _pass_on(request: Request, waiting: asyncio.Queue[bytes | None], call: Any) -> None:
    """The whole body, before the answer begins: once it has, the body's messages are looked at for a broken connection.

    Ends early when the service has answered already, with a refusal.
    """
    try:
        async for chunk in chunks_of(request):
            while not call.done():
                try:
                    async with asyncio.timeout(_LOOK_EVERY_S):
                        await waiting.put(chunk)
                    break
                except TimeoutError:
                    continue
        if not call.done():
            await waiting.put(None)
    except BaseException:  # the browser is gone
        call.cancel()
        raise


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body in chunks that the service takes."""
    async for content in request.stream():
        for first in range(0, len(content), _SEND_BYTES):
            yield bytes(content[first : first + _SEND_BYTES])


async def _lines(events: AsyncIterator[Any]) -> AsyncIterator[str]:
    try:
        async for event in events:
            if event.WhichOneof("event") == "report":
                yield _line(report=event.report.name.removeprefix("reports/"))
            else:
                yield _line(step=event.progress.step, fraction=event.progress.fraction)
    except PageError as error:
        yield _line(reason=error.reason, message=error.message, retry_s=error.retry_s)


def _line(**fields: Any) -> str:
    return json.dumps(fields) + "\n"
