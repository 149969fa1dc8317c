"""UploadService: files in pieces, then whole clips in the clip store."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from anchorproof.api import jobs_convert as convert
from anchorproof.api.admission import check_memory, client_of
from anchorproof.api.looking_up import look_up
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, check_texts
from anchorproof.errors import RequestInvalid, UploadStalled
from anchorproof.identity.names import clean_media_name
from anchorproof.metrics.meters import Meters
from anchorproof.queue.queue import JobQueue
from anchorproof.settings import Settings
from anchorproof.storage.clips import ClipStore
from anchorproof.types import Upload
from anchorproof.uploads.uploads import UploadRequest, UploadStore, UploadWriter
from anchorproof.v1 import uploads_pb2, uploads_pb2_grpc

Messages = AsyncIterator[uploads_pb2.WriteUploadRequest]


def pin_of(upload_id: str) -> str:
    """By what name an upload keeps its clip."""
    return f"upload/{upload_id}"


class UploadServicer(uploads_pb2_grpc.UploadServiceServicer):
    """Resumable uploads."""

    def __init__(
        self, uploads: UploadStore, clips: ClipStore, queue: JobQueue, settings: Settings, meters: Meters
    ) -> None:
        self._meters = meters
        self._uploads = uploads
        self._clips = clips
        self._queue = queue
        self._settings = settings

    async def CreateUpload(
        self, request: uploads_pb2.CreateUploadRequest, context: Context
    ) -> uploads_pb2.CreateUploadResponse:
        check_texts(request, request_id=LIMIT_REQUEST_ID, clip_name=LIMIT_MEDIA_NAME)
        check_memory(self._settings.queue.spare_memory_bytes)
        name = clean_media_name(request.clip_name)
        wish = UploadRequest(client_of(context), name, request.size_bytes, request.sha256, request.request_id)
        upload = await asyncio.to_thread(self._create, wish)
        return uploads_pb2.CreateUploadResponse(upload=convert.upload_message(upload))

    async def WriteUpload(self, messages: Messages, _: Context) -> uploads_pb2.WriteUploadResponse:
        first = await self._next(messages)
        if first is None or first.WhichOneof("part") != "header":
            raise RequestInvalid("the first message must be the header", "header")
        upload_id = convert.read_upload_name(first.header.name, "header.name")
        writer = await asyncio.to_thread(self._uploads.open, upload_id)
        try:
            while (message := await self._next(messages)) is not None:
                await self._write(writer, message)
            await asyncio.to_thread(writer.commit)
        finally:
            await asyncio.shield(asyncio.to_thread(writer.close))
        upload = await asyncio.to_thread(self._uploads.get, upload_id)
        return uploads_pb2.WriteUploadResponse(upload=convert.upload_message(upload))

    async def GetUpload(self, request: uploads_pb2.GetUploadRequest, _: Context) -> uploads_pb2.GetUploadResponse:
        upload = await look_up(self._uploads, convert.read_upload_name(request.name))
        return uploads_pb2.GetUploadResponse(upload=convert.upload_message(upload))

    async def FinalizeUpload(
        self, request: uploads_pb2.FinalizeUploadRequest, _: Context
    ) -> uploads_pb2.FinalizeUploadResponse:
        upload_id = convert.read_upload_name(request.name)
        upload = await asyncio.to_thread(self._finalize, upload_id, request.sha256)
        return uploads_pb2.FinalizeUploadResponse(upload=convert.upload_message(upload))

    async def DeleteUpload(
        self, request: uploads_pb2.DeleteUploadRequest, _: Context
    ) -> uploads_pb2.DeleteUploadResponse:
        upload_id = convert.read_upload_name(request.name)
        await asyncio.to_thread(self._uploads.delete, upload_id)
        await asyncio.to_thread(self._queue.unpin, pin_of(upload_id))
        return uploads_pb2.DeleteUploadResponse()

    # ----------------------------------------------------------------------------------------------- the work

    def _create(self, wish: UploadRequest) -> Upload:
        upload = self._uploads.create(wish)
        if wish.sha256 and upload.offset == 0 and self._was_sent_before(wish):
            stored = self._clips.find(wish.sha256)
            if stored is not None and stored.size_bytes == wish.size_bytes:
                self._pin(upload, wish.sha256)
                if self._clips.find(wish.sha256) is not None:  # not let go in between
                    return self._uploads.settle(upload.upload_id, wish.sha256)
        return upload

    def _was_sent_before(self, wish: UploadRequest) -> bool:
        """Only whoever sent a clip learns that it is here, and only they need not send it."""
        return self._uploads.has_sent(wish.client, wish.sha256)

    async def _write(self, writer: UploadWriter, message: uploads_pb2.WriteUploadRequest) -> None:
        if message.WhichOneof("part") != "chunk":
            raise RequestInvalid("after the header, every message must be a chunk", "chunk")
        chunk, limit = message.chunk, self._settings.server.limit_chunk_bytes
        if len(chunk.data) > limit:
            raise RequestInvalid(f"a chunk has {len(chunk.data):,} bytes; the limit is {limit:,} bytes", "chunk")
        await asyncio.to_thread(writer.write, chunk.offset, chunk.data, chunk.crc32c)
        self._meters.received("resumable", len(chunk.data))

    async def _next(self, messages: Messages) -> uploads_pb2.WriteUploadRequest | None:
        limit_s = self._settings.server.idle_upload_s
        try:
            async with asyncio.timeout(limit_s):
                return await anext(messages, None)
        except TimeoutError as error:
            raise UploadStalled(limit_s) from error

    def _finalize(self, upload_id: str, sha256: str) -> Upload:
        """Pinned before it is put, put before it is settled: whatever stops in between can be done again."""
        done = self._uploads.finalize(upload_id, sha256)
        if done.file is None:
            return done.upload
        self._pin(done.upload, done.upload.sha256)
        self._clips.put(done.file, done.upload.sha256, may_link=True)
        return self._uploads.settle(upload_id, done.upload.sha256)

    def _pin(self, upload: Upload, sha256: str) -> None:
        keep_s = self._settings.uploads.expire_s
        self._queue.keep_clip(sha256, upload.size_bytes, keep_s, pin_of(upload.upload_id))
