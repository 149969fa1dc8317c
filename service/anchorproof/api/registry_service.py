"""RegistryService: read the request, ask the registry, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Collection
from pathlib import Path
from typing import Any

from anchorproof.api import convert, registry_convert
from anchorproof.api.spool import Spool
from anchorproof.api.status import Context
from anchorproof.api.uploads import LIMIT_MEDIA_NAME, LIMIT_REQUEST_ID, Upload, check_texts
from anchorproof.errors import RequestInvalid
from anchorproof.identity.anchors import CHANGEABLE
from anchorproof.identity.enrolments import EnrolmentWish, Pick
from anchorproof.identity.outlets import OUTLET_FIELDS
from anchorproof.identity.registry import Registry
from anchorproof.jobs.tasks import EnrolTask, FindPeopleTask, ReadLogoTask, SearchTask
from anchorproof.jobs.workers import WorkerPool
from anchorproof.settings import ServerSettings
from anchorproof.types import Modality, Progress, SearchHit
from anchorproof.v1 import registry_pb2, registry_pb2_grpc

LIMIT_REFERENCE_BYTES = 2 * 1024**2
LIMIT_LOGO_BYTES = 1024**2
DEFAULT_MATCHES, DEFAULT_HITS, LIMIT_HITS = 10, 5, 50


class RegistryServicer(registry_pb2_grpc.RegistryServiceServicer):
    """Anchors, outlets and enrolments."""

    def __init__(self, registry: Registry, pool: WorkerPool, spool: Spool, settings: ServerSettings) -> None:
        self._registry = registry
        self._pool = pool
        self._spool = spool
        self._settings = settings

    # ------------------------------------------------------------------------------------------------ anchors

    async def CreateAnchor(
        self, request: registry_pb2.CreateAnchorRequest, context: Context
    ) -> registry_pb2.CreateAnchorResponse:
        check_texts(request, request_id=LIMIT_REQUEST_ID)
        anchor = await asyncio.to_thread(
            self._by(context).create_anchor,
            anchor_id=request.anchor_id,
            request_id=request.request_id,
            **registry_convert.read_anchor_fields(request.anchor),
        )
        return registry_pb2.CreateAnchorResponse(anchor=registry_convert.anchor_message(anchor))

    async def GetAnchor(self, request: registry_pb2.GetAnchorRequest, _: Context) -> registry_pb2.GetAnchorResponse:
        anchor_id = convert.read_anchor_name(request.name)
        anchor = await asyncio.to_thread(self._registry.get_anchor, anchor_id)
        return registry_pb2.GetAnchorResponse(anchor=registry_convert.anchor_message(anchor))

    async def ListAnchors(
        self, request: registry_pb2.ListAnchorsRequest, _: Context
    ) -> registry_pb2.ListAnchorsResponse:
        outlet_id = convert.read_outlet_name(request.outlet, "outlet") if request.outlet else ""
        anchors, token = await asyncio.to_thread(
            self._registry.list_anchors, request.page_size, request.page_token, outlet_id
        )
        found = map(registry_convert.anchor_message, anchors)
        return registry_pb2.ListAnchorsResponse(anchors=found, next_page_token=token)

    async def SearchAnchors(
        self, request: registry_pb2.SearchAnchorsRequest, _: Context
    ) -> registry_pb2.SearchAnchorsResponse:
        outlet_id = convert.read_outlet_name(request.outlet, "outlet") if request.outlet else ""
        limit = request.limit or DEFAULT_MATCHES
        matches = await asyncio.to_thread(self._registry.search_anchors, request.query, outlet_id, limit)
        return registry_pb2.SearchAnchorsResponse(matches=map(registry_convert.match_message, matches))

    async def UpdateAnchor(
        self, request: registry_pb2.UpdateAnchorRequest, context: Context
    ) -> registry_pb2.UpdateAnchorResponse:
        anchor_id = convert.read_anchor_name(request.anchor.name, "anchor.name")
        paths = _masked(request.update_mask.paths, registry_convert.read_anchor_fields(request.anchor), CHANGEABLE)
        etag = request.anchor.etag
        anchor = await asyncio.to_thread(self._by(context).update_anchor, anchor_id, paths, etag)
        return registry_pb2.UpdateAnchorResponse(anchor=registry_convert.anchor_message(anchor))

    async def DeleteAnchor(
        self, request: registry_pb2.DeleteAnchorRequest, context: Context
    ) -> registry_pb2.DeleteAnchorResponse:
        anchor_id = convert.read_anchor_name(request.name)
        audit_id = await asyncio.to_thread(self._by(context).delete_anchor, anchor_id, request.etag)
        return registry_pb2.DeleteAnchorResponse(audit_id=audit_id)

    async def MergeAnchors(
        self, request: registry_pb2.MergeAnchorsRequest, context: Context
    ) -> registry_pb2.MergeAnchorsResponse:
        from_id, into_id = convert.read_anchor_name(request.name), convert.read_anchor_name(request.into, "into")
        anchor = await asyncio.to_thread(self._by(context).merge_anchors, from_id, into_id, request.etag)
        return registry_pb2.MergeAnchorsResponse(anchor=registry_convert.anchor_message(anchor))

    # ------------------------------------------------------------------------------------------------ outlets

    async def CreateOutlet(
        self, request: registry_pb2.CreateOutletRequest, context: Context
    ) -> registry_pb2.CreateOutletResponse:
        check_texts(request, request_id=LIMIT_REQUEST_ID)
        wanted = request.outlet
        outlet = await asyncio.to_thread(
            self._by(context).create_outlet,
            wanted.display_name,
            tuple(wanted.aliases),
            wanted.country,
            wanted.notes,
            request.outlet_id,
            request.request_id,
        )
        return registry_pb2.CreateOutletResponse(outlet=registry_convert.outlet_message(outlet))

    async def GetOutlet(self, request: registry_pb2.GetOutletRequest, _: Context) -> registry_pb2.GetOutletResponse:
        outlet = await asyncio.to_thread(self._registry.get_outlet, convert.read_outlet_name(request.name))
        return registry_pb2.GetOutletResponse(outlet=registry_convert.outlet_message(outlet))

    async def ListOutlets(
        self, request: registry_pb2.ListOutletsRequest, _: Context
    ) -> registry_pb2.ListOutletsResponse:
        outlets, token = await asyncio.to_thread(self._registry.list_outlets, request.page_size, request.page_token)
        found = map(registry_convert.outlet_message, outlets)
        return registry_pb2.ListOutletsResponse(outlets=found, next_page_token=token)

    async def UpdateOutlet(
        self, request: registry_pb2.UpdateOutletRequest, context: Context
    ) -> registry_pb2.UpdateOutletResponse:
        outlet_id = convert.read_outlet_name(request.outlet.name, "outlet.name")
        wanted = request.outlet
        values = {field: getattr(wanted, field) for field in OUTLET_FIELDS} | {"aliases": tuple(wanted.aliases)}
        changes = _masked(request.update_mask.paths, values, OUTLET_FIELDS)
        outlet = await asyncio.to_thread(self._by(context).update_outlet, outlet_id, changes, wanted.etag)
        return registry_pb2.UpdateOutletResponse(outlet=registry_convert.outlet_message(outlet))

    async def DeleteOutlet(
        self, request: registry_pb2.DeleteOutletRequest, context: Context
    ) -> registry_pb2.DeleteOutletResponse:
        outlet_id = convert.read_outlet_name(request.name)
        await asyncio.to_thread(self._by(context).delete_outlet, outlet_id, request.etag)
        return registry_pb2.DeleteOutletResponse()

    async def AddOutletLogo(
        self, request: registry_pb2.AddOutletLogoRequest, context: Context
    ) -> registry_pb2.AddOutletLogoResponse:
        outlet_id = convert.read_outlet_name(request.parent, "parent")
        if not 0 < len(request.picture) <= LIMIT_LOGO_BYTES:
            raise RequestInvalid(f"the logo's file must have 1 to {LIMIT_LOGO_BYTES:,} bytes", "picture")
        await asyncio.to_thread(self._registry.get_outlet, outlet_id)
        self._pool.check_room()
        async with self._spool.receive(_once(request.picture)) as file:
            material = await self._pool.run(ReadLogoTask(file), _ignore)
        logo = await asyncio.to_thread(self._by(context).add_logo, outlet_id, material)
        return registry_pb2.AddOutletLogoResponse(logo=registry_convert.logo_message(logo))

    async def ListOutletLogos(
        self, request: registry_pb2.ListOutletLogosRequest, _: Context
    ) -> registry_pb2.ListOutletLogosResponse:
        outlet_id = convert.read_outlet_name(request.parent, "parent")
        found = await asyncio.to_thread(self._registry.list_logos, outlet_id)
        return registry_pb2.ListOutletLogosResponse(logos=map(registry_convert.logo_message, found))

    async def DeleteOutletLogo(
        self, request: registry_pb2.DeleteOutletLogoRequest, context: Context
    ) -> registry_pb2.DeleteOutletLogoResponse:
        await asyncio.to_thread(self._by(context).delete_logo, *convert.read_logo_name(request.name))
        return registry_pb2.DeleteOutletLogoResponse()

    # --------------------------------------------------------------------------------------------- enrolments

    async def EnrolMedia(
        self, messages: AsyncIterator[registry_pb2.EnrolMediaRequest], context: Context
    ) -> registry_pb2.EnrolMediaResponse:
        upload = Upload(messages, self._settings)
        header = (await upload.header()).header
        check_texts(header, request_id=LIMIT_REQUEST_ID, media_name=LIMIT_MEDIA_NAME)
        anchor_id = convert.read_anchor_name(header.anchor, "header.anchor")
        await asyncio.to_thread(self._registry.check_may_enrol, anchor_id)  # this and the next before the bytes come
        self._pool.check_room()
        self._spool.check_size(header.size_bytes)
        async with self._wish(header) as wish, self._spool.receive(upload.chunks()) as media:
            sha256 = await asyncio.to_thread(_sha256, media)
            enrolment = await asyncio.to_thread(self._registry.find_enrolment, anchor_id, sha256)
            if enrolment is None or header.request_id:
                material = await self._pool.run(EnrolTask(media, anchor_id, wish), _ignore)
                enrolment = await asyncio.to_thread(
                    self._by(context).add_enrolment, anchor_id, material, header.media_name, header.request_id
                )
        return registry_pb2.EnrolMediaResponse(enrolment=registry_convert.enrolment_message(enrolment))

    async def GetEnrolment(
        self, request: registry_pb2.GetEnrolmentRequest, _: Context
    ) -> registry_pb2.GetEnrolmentResponse:
        ids = convert.read_enrolment_name(request.name)
        enrolment = await asyncio.to_thread(self._registry.get_enrolment, *ids)
        return registry_pb2.GetEnrolmentResponse(enrolment=registry_convert.enrolment_message(enrolment))

    async def ListEnrolments(
        self, request: registry_pb2.ListEnrolmentsRequest, _: Context
    ) -> registry_pb2.ListEnrolmentsResponse:
        anchor_id = convert.read_anchor_name(request.parent, "parent")
        enrolments, token = await asyncio.to_thread(
            self._registry.list_enrolments, anchor_id, request.page_size, request.page_token
        )
        found = map(registry_convert.enrolment_message, enrolments)
        return registry_pb2.ListEnrolmentsResponse(enrolments=found, next_page_token=token)

    async def DeleteEnrolment(
        self, request: registry_pb2.DeleteEnrolmentRequest, context: Context
    ) -> registry_pb2.DeleteEnrolmentResponse:
        ids = convert.read_enrolment_name(request.name)
        await asyncio.to_thread(self._by(context).delete_enrolment, *ids)
        return registry_pb2.DeleteEnrolmentResponse()

    # ----------------------------------------------------------------------------- the trail, people, searches

    async def ListAuditEntries(
        self, request: registry_pb2.ListAuditEntriesRequest, _: Context
    ) -> registry_pb2.ListAuditEntriesResponse:
        entries, token = await asyncio.to_thread(
            self._registry.list_audit, request.page_size, request.page_token, request.audit_id
        )
        found = map(registry_convert.audit_entry_message, entries)
        return registry_pb2.ListAuditEntriesResponse(entries=found, next_page_token=token)

    async def FindPeople(
        self, messages: AsyncIterator[registry_pb2.FindPeopleRequest], _: Context
    ) -> registry_pb2.FindPeopleResponse:
        async with self._received(Upload(messages, self._settings)) as (media, _limit):
            people = await self._pool.run(FindPeopleTask(media), _ignore)
        return registry_pb2.FindPeopleResponse(people=map(registry_convert.person_message, people))

    async def SearchFaces(
        self, messages: AsyncIterator[registry_pb2.SearchFacesRequest], _: Context
    ) -> registry_pb2.SearchFacesResponse:
        hits = await self._search(Upload(messages, self._settings), Modality.FACE)
        return registry_pb2.SearchFacesResponse(hits=map(registry_convert.hit_message, hits))

    async def SearchVoices(
        self, messages: AsyncIterator[registry_pb2.SearchVoicesRequest], _: Context
    ) -> registry_pb2.SearchVoicesResponse:
        hits = await self._search(Upload(messages, self._settings), Modality.VOICE)
        return registry_pb2.SearchVoicesResponse(hits=map(registry_convert.hit_message, hits))

    # -------------------------------------------------------------------------------------------------- shared

    def _by(self, context: Context) -> Registry:
        """The registry, its changes noted as those of whom the caller says to be."""
        said = dict(context.invocation_metadata() or ())
        actor = said.get("anchorproof-actor-bin", said.get("anchorproof-actor", ""))
        return self._registry.by(actor.decode("utf-8", "replace") if isinstance(actor, bytes) else actor)

    @contextlib.asynccontextmanager
    async def _wish(self, header: registry_pb2.EnrolMediaHeader) -> AsyncIterator[EnrolmentWish]:
        """What the header asks for; a reference picture lies in a file until the block ends."""
        picked = header.pick.WhichOneof("by")
        pick: Pick | None = None
        async with contextlib.AsyncExitStack() as stack:
            if picked == "reference_picture":
                if len(header.pick.reference_picture) > LIMIT_REFERENCE_BYTES:
                    limit = f"{LIMIT_REFERENCE_BYTES:,} bytes"
                    raise RequestInvalid(f"the reference picture must have at most {limit}", "header.pick")
                path = await stack.enter_async_context(self._spool.receive(_once(header.pick.reference_picture)))
                pick = Pick(reference=path)
            elif picked == "span":
                pick = Pick(span=registry_convert.read_pick_span(header.pick))
            elif picked == "person":
                pick = Pick(person_id=header.pick.person)
            yield EnrolmentWish(pick, header.session, header.override_reason)

    @contextlib.asynccontextmanager
    async def _received(self, upload: Upload[Any]) -> AsyncIterator[tuple[Path, int]]:
        header = (await upload.header()).header
        self._pool.check_room()
        self._spool.check_size(header.size_bytes)
        async with self._spool.receive(upload.chunks()) as media:
            yield media, min(max(header.limit, 0) or DEFAULT_HITS, LIMIT_HITS)

    async def _search(self, upload: Upload[Any], modality: Modality) -> list[SearchHit]:
        async with self._received(upload) as (media, limit):
            return await self._pool.run(SearchTask(media, modality, limit), _ignore)


def _masked(paths: Collection[str], values: dict[str, Any], allowed: frozenset[str]) -> dict[str, Any]:
    """The values that the mask names: all for ``*``, those that are not empty without a mask (AIP-134)."""
    wanted = set(paths)
    if wanted == {"*"}:
        wanted = set(allowed)
    elif not wanted:
        wanted = {field for field, value in values.items() if value and value != "unspecified"}
    if unknown := sorted(wanted - allowed):
        names = ", ".join(sorted(allowed))
        raise RequestInvalid(f"update_mask may name {names}; got {', '.join(unknown)}", "update_mask")
    return {field: values[field] for field in wanted}


async def _once(content: bytes) -> AsyncIterator[bytes]:
    yield content


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _ignore(_: Progress) -> None:
    """These calls answer once."""
