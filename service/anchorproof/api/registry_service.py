"""RegistryService: read the request, ask the registry, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from anchorproof.api import convert
from anchorproof.api.spool import Spool
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, Upload, check_texts
from anchorproof.errors import RequestInvalid
from anchorproof.identity.registry import CHANGEABLE, Registry
from anchorproof.jobs.tasks import EnrolTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.settings import ServerSettings
from anchorproof.types import Progress
from anchorproof.v1 import registry_pb2, registry_pb2_grpc


class RegistryServicer(registry_pb2_grpc.RegistryServiceServicer):
    """Anchors and their enrolments."""

    def __init__(self, registry: Registry, pool: WorkerPool, spool: Spool, settings: ServerSettings) -> None:
        self._registry = registry
        self._pool = pool
        self._spool = spool
        self._settings = settings

    async def CreateAnchor(
        self, request: registry_pb2.CreateAnchorRequest, _: Context
    ) -> registry_pb2.CreateAnchorResponse:
        check_texts(request, request_id=LIMIT_REQUEST_ID)
        wanted = request.anchor
        anchor = await asyncio.to_thread(
            self._registry.create_anchor,
            display_name=wanted.display_name,
            outlet=wanted.outlet,
            aliases=tuple(wanted.aliases),
            notes=wanted.notes,
            anchor_id=request.anchor_id,
            request_id=request.request_id,
        )
        return registry_pb2.CreateAnchorResponse(anchor=convert.anchor_message(anchor))

    async def GetAnchor(self, request: registry_pb2.GetAnchorRequest, _: Context) -> registry_pb2.GetAnchorResponse:
        anchor_id = convert.read_anchor_name(request.name)
        anchor = await asyncio.to_thread(self._registry.get_anchor, anchor_id)
        return registry_pb2.GetAnchorResponse(anchor=convert.anchor_message(anchor))

    async def ListAnchors(
        self, request: registry_pb2.ListAnchorsRequest, _: Context
    ) -> registry_pb2.ListAnchorsResponse:
        anchors, token = await asyncio.to_thread(self._registry.list_anchors, request.page_size, request.page_token)
        return registry_pb2.ListAnchorsResponse(anchors=map(convert.anchor_message, anchors), next_page_token=token)

    async def UpdateAnchor(
        self, request: registry_pb2.UpdateAnchorRequest, _: Context
    ) -> registry_pb2.UpdateAnchorResponse:
        anchor_id = convert.read_anchor_name(request.anchor.name, "anchor.name")
        changes = _changes(request)
        anchor = await asyncio.to_thread(self._registry.update_anchor, anchor_id, changes, request.anchor.etag)
        return registry_pb2.UpdateAnchorResponse(anchor=convert.anchor_message(anchor))

    async def DeleteAnchor(
        self, request: registry_pb2.DeleteAnchorRequest, _: Context
    ) -> registry_pb2.DeleteAnchorResponse:
        anchor_id = convert.read_anchor_name(request.name)
        await asyncio.to_thread(self._registry.delete_anchor, anchor_id, request.etag)
        return registry_pb2.DeleteAnchorResponse()

    async def EnrolMedia(
        self, messages: AsyncIterator[registry_pb2.EnrolMediaRequest], _: Context
    ) -> registry_pb2.EnrolMediaResponse:
        upload = Upload(messages, self._settings)
        header = (await upload.header()).header
        check_texts(header, request_id=LIMIT_REQUEST_ID, media_name=LIMIT_MEDIA_NAME)
        anchor_id = convert.read_anchor_name(header.anchor, "header.anchor")
        await asyncio.to_thread(self._registry.get_anchor, anchor_id)  # this and the next before the bytes come
        self._pool.check_room()
        self._spool.check_size(header.size_bytes)
        async with self._spool.receive(upload.chunks()) as media:
            material = await self._pool.run(EnrolTask(media), _ignore)
        enrolment = await asyncio.to_thread(
            self._registry.add_enrolment, anchor_id, material, header.media_name, header.request_id
        )
        return registry_pb2.EnrolMediaResponse(enrolment=convert.enrolment_message(enrolment))

    async def GetEnrolment(
        self, request: registry_pb2.GetEnrolmentRequest, _: Context
    ) -> registry_pb2.GetEnrolmentResponse:
        ids = convert.read_enrolment_name(request.name)
        enrolment = await asyncio.to_thread(self._registry.get_enrolment, *ids)
        return registry_pb2.GetEnrolmentResponse(enrolment=convert.enrolment_message(enrolment))

    async def ListEnrolments(
        self, request: registry_pb2.ListEnrolmentsRequest, _: Context
    ) -> registry_pb2.ListEnrolmentsResponse:
        anchor_id = convert.read_anchor_name(request.parent, "parent")
        enrolments, token = await asyncio.to_thread(
            self._registry.list_enrolments, anchor_id, request.page_size, request.page_token
        )
        found = map(convert.enrolment_message, enrolments)
        return registry_pb2.ListEnrolmentsResponse(enrolments=found, next_page_token=token)

    async def DeleteEnrolment(
        self, request: registry_pb2.DeleteEnrolmentRequest, _: Context
    ) -> registry_pb2.DeleteEnrolmentResponse:
        ids = convert.read_enrolment_name(request.name)
        await asyncio.to_thread(self._registry.delete_enrolment, *ids)
        return registry_pb2.DeleteEnrolmentResponse()


def _changes(request: registry_pb2.UpdateAnchorRequest) -> dict[str, Any]:
    """The fields that the mask names: all for ``*``, those that are not empty without a mask (AIP-134)."""
    paths = set(request.update_mask.paths)
    if paths == {"*"}:
        paths = set(CHANGEABLE)
    elif not paths:
        paths = {field for field in CHANGEABLE if getattr(request.anchor, field)}
    if unknown := sorted(paths - CHANGEABLE):
        allowed = ", ".join(sorted(CHANGEABLE))
        raise RequestInvalid(f"update_mask may name {allowed}; got {', '.join(unknown)}", "update_mask")
    values = {field: getattr(request.anchor, field) for field in paths}
    return {field: value if isinstance(value, str) else tuple(value) for field, value in values.items()}


def _ignore(_: Progress) -> None:
    """Enrolment answers once."""
