"""FootageService: read the request, ask the archive or a worker, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from anchorproof.api import convert
from anchorproof.api import footage_convert as footage
from anchorproof.api.spool import Spool
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, Upload, check_texts
from anchorproof.footage.store import FootageStore
from anchorproof.jobs.footage import EnrolProgrammeTask, SearchFootageTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.settings import ServerSettings
from anchorproof.types import Programme, Progress
from anchorproof.v1 import footage_pb2, footage_pb2_grpc


class FootageServicer(footage_pb2_grpc.FootageServiceServicer):
    """Programmes in, clips beside them."""

    def __init__(self, store: FootageStore, pool: WorkerPool, spool: Spool, settings: ServerSettings) -> None:
        self._store = store
        self._pool = pool
        self._spool = spool
        self._settings = settings

    async def EnrolProgramme(
        self, messages: AsyncIterator[footage_pb2.EnrolProgrammeRequest], _: Context
    ) -> footage_pb2.EnrolProgrammeResponse:
        upload = Upload(messages, self._settings)
        header = (await upload.header()).header
        check_texts(header, title=LIMIT_MEDIA_NAME, outlet=LIMIT_MEDIA_NAME)
        self._pool.check_room()  # this and the next before the bytes come
        self._spool.check_size(header.size_bytes)
        async with self._spool.receive(upload.chunks()) as media:
            task = EnrolProgrammeTask(media, header.keep_references, header.is_photograph)
            found = await self._pool.run(task, _ignore)
        existed = isinstance(found, Programme)
        programme = (
            found
            if isinstance(found, Programme)
            else await asyncio.to_thread(self._store.add, found, header.title, header.outlet)
        )
        return footage_pb2.EnrolProgrammeResponse(programme=footage.programme_message(programme), existed=existed)

    async def GetProgramme(
        self, request: footage_pb2.GetProgrammeRequest, _: Context
    ) -> footage_pb2.GetProgrammeResponse:
        programme = await asyncio.to_thread(self._store.get, _read_name(request.name))
        return footage_pb2.GetProgrammeResponse(programme=footage.programme_message(programme))

    async def ListProgrammes(
        self, request: footage_pb2.ListProgrammesRequest, _: Context
    ) -> footage_pb2.ListProgrammesResponse:
        found, token = await asyncio.to_thread(self._store.programmes, request.page_size, request.page_token)
        messages = map(footage.programme_message, found)
        return footage_pb2.ListProgrammesResponse(programmes=messages, next_page_token=token)

    async def SearchFootage(
        self, messages: AsyncIterator[footage_pb2.SearchFootageRequest], _: Context
    ) -> footage_pb2.SearchFootageResponse:
        upload = Upload(messages, self._settings)
        header = (await upload.header()).header
        self._pool.check_room()
        self._spool.check_size(header.size_bytes)
        async with self._spool.receive(upload.chunks()) as clip:
            found = await self._pool.run(SearchFootageTask(clip, header.with_pairs), _ignore)
        return footage.search_message(found)

    async def DeleteProgramme(
        self, request: footage_pb2.DeleteProgrammeRequest, _: Context
    ) -> footage_pb2.DeleteProgrammeResponse:
        await asyncio.to_thread(self._store.delete, _read_name(request.name))
        return footage_pb2.DeleteProgrammeResponse()


def _read_name(name: str) -> str:
    return convert.read_name(name, "programmes/{programme}", "name")[0]


def _ignore(_: Progress) -> None:
    """These calls answer once."""
