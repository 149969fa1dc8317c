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

    sent = asyncio.Event()

    async def messages() -> AsyncIterator[Any]:
        try:
            yield analysis_pb2.AnalyzeClipRequest(header=header)
            async for chunk in chunks_of(request):
                yield analysis_pb2.AnalyzeClipRequest(chunk=chunk)
        finally:
            sent.set()

    events: asyncio.Queue[Any] = asyncio.Queue()
    stream = service.stream(service.analyses.AnalyzeClip, messages(), visitor.token, visitor.account_id)
    follower = asyncio.create_task(_follow(stream, events))
    # A streaming answer listens for the visitor leaving and would take the body's messages: it starts after the last.
    waiting = asyncio.create_task(sent.wait())
    await asyncio.wait({waiting, follower}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    lines = _lines(events, follower)
    return StreamingResponse(lines, media_type="application/x-ndjson", headers={"Cache-Control": "no-store"})


async def chunks_of(request: Request) -> AsyncIterator[bytes]:
    """The body in chunks that the service takes."""
    async for content in request.stream():
        for first in range(0, len(content), _SEND_BYTES):
            yield bytes(content[first : first + _SEND_BYTES])


async def _follow(stream: AsyncIterator[Any], events: asyncio.Queue[Any]) -> None:
    """Everything the service says, then None."""
    try:
        async for event in stream:
            events.put_nowait(event)
    except PageError as error:
        events.put_nowait(error)
    finally:
        events.put_nowait(None)


async def _lines(events: asyncio.Queue[Any], follower: asyncio.Task[None]) -> AsyncIterator[str]:
    try:
        while (event := await events.get()) is not None:
            if isinstance(event, PageError):
                yield _line(reason=event.reason, message=event.message, retry_s=event.retry_s)
            elif event.WhichOneof("event") == "report":
                yield _line(report=event.report.name.removeprefix("reports/"))
            else:
                yield _line(step=event.progress.step, fraction=event.progress.fraction)
    finally:
        follower.cancel()  # the visitor left


def _line(**fields: Any) -> str:
    return json.dumps(fields) + "\n"
