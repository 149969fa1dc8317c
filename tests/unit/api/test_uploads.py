"""One header, then chunks, without long pauses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from anchorproof.api.uploads import Upload, check_texts
from anchorproof.errors import RequestInvalid, UploadStalled
from anchorproof.settings import ServerSettings
from anchorproof.v1.analysis_pb2 import AnalyzeClipHeader, AnalyzeClipRequest

SETTINGS = ServerSettings(limit_chunk_bytes=4, idle_upload_s=0.05)
HEADER = AnalyzeClipRequest(header=AnalyzeClipHeader(clip_name="clip.mp4"))


def _chunk(content: bytes) -> AnalyzeClipRequest:
    return AnalyzeClipRequest(chunk=content)


async def _receive(messages: AsyncIterator[AnalyzeClipRequest]) -> tuple[str, bytes]:
    upload = Upload(messages, SETTINGS)
    header = await upload.header()
    return header.header.clip_name, b"".join([chunk async for chunk in upload.chunks()])


def _take(*messages: AnalyzeClipRequest, pause_s: float = 0.0) -> tuple[str, bytes]:
    async def stream() -> AsyncIterator[AnalyzeClipRequest]:
        for message in messages:
            yield message
        await asyncio.sleep(pause_s)

    return asyncio.run(_receive(stream()))


def test_header_and_chunks_arrive() -> None:
    assert _take(HEADER, _chunk(b"1234"), _chunk(b""), _chunk(b"56")) == ("clip.mp4", b"123456")


@pytest.mark.parametrize(
    ("messages", "words"),
    [
        ((), "first message must be the header"),
        ((_chunk(b"1"),), "first message must be the header"),
        ((AnalyzeClipRequest(),), "first message must be the header"),
        ((HEADER, HEADER), "every message must be a chunk"),
        ((HEADER, AnalyzeClipRequest()), "every message must be a chunk"),
        ((HEADER, _chunk(b"12345")), "5 bytes; the limit is 4 bytes"),
    ],
)
def test_stream_of_another_shape_is_refused(messages: tuple[Any, ...], words: str) -> None:
    with pytest.raises(RequestInvalid, match=words):
        _take(*messages)


@pytest.mark.parametrize("sizes", [(4, 1), (4, 4, 1)], ids=["too few", "too many"])
def test_upload_of_another_size_than_announced_is_refused(sizes: tuple[int, ...]) -> None:
    header = AnalyzeClipRequest(header=AnalyzeClipHeader(size_bytes=8))
    assert _take(header, _chunk(b"1234"), _chunk(b"5678")) == ("", b"12345678")
    with pytest.raises(RequestInvalid, match=f"8 bytes were announced, {sum(sizes)} arrived"):
        _take(header, *(_chunk(b"x" * size) for size in sizes))


@pytest.mark.parametrize("messages", [(), (HEADER,), (HEADER, _chunk(b"1"))])
def test_client_that_pauses_too_long_is_cut_off(messages: tuple[Any, ...]) -> None:
    with pytest.raises(UploadStalled, match=r"no data arrived for 0\.05 s"):
        _take(*messages, pause_s=5)


def test_texts_over_their_limit_are_refused_by_name() -> None:
    check_texts(AnalyzeClipHeader(request_id="1234"), request_id=4)
    with pytest.raises(RequestInvalid, match="request_id has 5 characters; the limit is 4") as caught:
        check_texts(AnalyzeClipHeader(request_id="12345"), request_id=4)
    assert caught.value.field == "request_id"
