"""A client's stream of one header and many chunks, checked as it arrives."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Generic, TypeVar

from anchorproof.errors import RequestInvalid, UploadStalled
from anchorproof.settings import ServerSettings
from anchorproof.v1.analysis_pb2 import AnalyzeClipRequest
from anchorproof.v1.footage_pb2 import EnrolProgrammeRequest, SearchFootageRequest
from anchorproof.v1.registry_pb2 import (
    EnrolMediaRequest,
    FindPeopleRequest,
    SearchFacesRequest,
    SearchVoicesRequest,
)

M = TypeVar(
    "M",
    AnalyzeClipRequest,
    EnrolMediaRequest,
    FindPeopleRequest,
    SearchFacesRequest,
    SearchVoicesRequest,
    EnrolProgrammeRequest,
    SearchFootageRequest,
)

#: As long as a UUID in any spelling, with room for a prefix.
LIMIT_REQUEST_ID = 200
LIMIT_MEDIA_NAME = 1024


class Upload(Generic[M]):
    """The messages of one call; a client that pauses for longer than the settings allow is cut off."""

    def __init__(self, messages: AsyncIterator[M], settings: ServerSettings) -> None:
        self._messages: AsyncIterator[M] = messages
        self._settings = settings
        self._announced = 0

    async def header(self) -> M:
        """The first message.

        Raises:
            RequestInvalid: it is no header, or there is none.
            UploadStalled: it does not come.
        """
        message = await self._next()
        if message is None or message.WhichOneof("part") != "header":
            raise RequestInvalid("the first message must be the header", "header")
        self._announced = message.header.size_bytes
        return message

    async def chunks(self) -> AsyncIterator[bytes]:
        """The bytes of all further messages.

        gRPC ends the messages of a client that left like those of one that is done: only the number of bytes announced
        tells them apart at once.

        Raises:
            RequestInvalid: a second header, a chunk over the limit, or another number of bytes than announced.
            UploadStalled: the next chunk does not come.
        """
        limit, size = self._settings.limit_chunk_bytes, 0
        while (message := await self._next()) is not None:
            if message.WhichOneof("part") != "chunk":
                raise RequestInvalid("after the header, every message must be a chunk", "chunk")
            if len(message.chunk) > limit:
                raise RequestInvalid(f"a chunk has {len(message.chunk):,} bytes; the limit is {limit:,} bytes", "chunk")
            size += len(message.chunk)
            yield message.chunk
        if self._announced and size != self._announced:
            raise RequestInvalid(f"{self._announced:,} bytes were announced, {size:,} arrived", "header.size_bytes")

    async def _next(self) -> M | None:
        try:
            async with asyncio.timeout(self._settings.idle_upload_s):
                return await anext(self._messages, None)
        except TimeoutError as error:
            raise UploadStalled(self._settings.idle_upload_s) from error


def check_texts(header: Any, **limits: int) -> None:
    """Raises RequestInvalid when a text field of the header is longer than its limit."""
    for field, limit in limits.items():
        length = len(getattr(header, field))
        if length > limit:
            raise RequestInvalid(f"{field} has {length} characters; the limit is {limit}", field)
