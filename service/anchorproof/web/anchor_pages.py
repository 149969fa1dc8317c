"""The registry in the browser: who is enrolled, from what, with whose consent; enrolling and erasing."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from google.protobuf.field_mask_pb2 import FieldMask

from anchorproof.api import convert, registry_convert
from anchorproof.types import Anchor, Consent, Enrolment, Modality, ViewedMaterial
from anchorproof.v1 import registry_pb2
from anchorproof.web.pages import page
from anchorproof.web.service import Service
from anchorproof.web.upload_pages import chunks_of
from anchorproof.web.visitors import LEAD, REVIEWER, VIEWER, Visitor, state

router = APIRouter()


@router.get("/anchors")
async def anchors(request: Request, q: str = "", token: str = "", _: Visitor = Depends(VIEWER)) -> Response:
    service: Service = state(request).service
    following = ""
    if q.strip():
        wanted = registry_pb2.SearchAnchorsRequest(query=q.strip()[:200], limit=50)
        answer = await service.call(service.registry.SearchAnchors, wanted)
        found = [registry_convert.read_match(one).anchor for one in answer.matches]
    else:
        listing = registry_pb2.ListAnchorsRequest(page_size=50, page_token=token)
        answer = await service.call(service.registry.ListAnchors, listing)
        found, following = [registry_convert.read_anchor(one) for one in answer.anchors], answer.next_page_token
    return page(request, "anchors.html", anchors=found, q=q.strip(), next_token=following)


@router.get("/anchors/new")
async def new_anchor(request: Request, _: Visitor = Depends(REVIEWER)) -> Response:
    return page(request, "anchor-new.html", consents=tuple(Consent))


@router.post("/anchors/new")
async def create(
    request: Request,
    display_name: str = Form("", max_length=300),
    outlet: str = Form("", max_length=300),
    consent: Consent = Form(Consent.UNSPECIFIED),
    consent_reference: str = Form("", max_length=300),
    visitor: Visitor = Depends(REVIEWER),
) -> Response:
    service: Service = state(request).service
    fields = {
        "display_name": display_name,
        "outlet": outlet,
        "consent": consent,
        "consent_reference": consent_reference,
    }
    wanted = registry_pb2.CreateAnchorRequest(
        anchor=registry_convert.anchor_fields_message(fields), request_id=str(uuid.uuid4())
    )
    answer = await service.call(service.registry.CreateAnchor, wanted, actor=visitor.account_id)
    return RedirectResponse(f"/anchors/{answer.anchor.name.removeprefix('anchors/')}", 303)


@router.get("/anchors/{anchor_id}")
async def anchor(request: Request, anchor_id: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    parts = state(request)
    found = await _get(parts.service, anchor_id)
    await parts.views.note(visitor, f"anchors/{anchor_id}", ViewedMaterial.ENROLMENTS)
    enrolments = await _enrolments(parts.service, anchor_id)
    ids = [one.enrolment_id for one in enrolments]
    faces = await parts.material.reference_ids(ids, Modality.FACE)
    return page(
        request,
        "anchor.html",
        anchor=found,
        enrolments=enrolments,
        faces=[f"/media/anchors/{anchor_id}/{enrolment}/face-{number}.png" for enrolment, number in faces],
        consents=tuple(Consent),
    )


@router.post("/anchors/{anchor_id}/consent")
async def change_consent(
    request: Request,
    anchor_id: str,
    consent: Consent = Form(...),
    consent_reference: str = Form("", max_length=300),
    etag: str = Form(""),
    visitor: Visitor = Depends(REVIEWER),
) -> Response:
    service: Service = state(request).service
    changes: dict[str, Any] = {"consent": consent, "consent_reference": consent_reference}
    changed = registry_convert.anchor_fields_message(changes)
    changed.name, changed.etag = convert.anchor_name(anchor_id), etag
    wanted = registry_pb2.UpdateAnchorRequest(anchor=changed, update_mask=FieldMask(paths=sorted(changes)))
    await service.call(service.registry.UpdateAnchor, wanted, actor=visitor.account_id)
    return RedirectResponse(f"/anchors/{anchor_id}", 303)


@router.post("/anchors/{anchor_id}/erase")
async def erase(
    request: Request,
    anchor_id: str,
    typed: str = Form(""),
    etag: str = Form(""),
    visitor: Visitor = Depends(LEAD),
) -> Response:
    """Erases for good; whoever asks must have typed the name."""
    service: Service = state(request).service
    found = await _get(service, anchor_id)
    if typed.strip() != found.display_name:
        return RedirectResponse(f"/anchors/{anchor_id}?erase=mistyped#erase", 303)
    wanted = registry_pb2.DeleteAnchorRequest(name=convert.anchor_name(anchor_id), etag=etag)
    await service.call(service.registry.DeleteAnchor, wanted, actor=visitor.account_id)
    return RedirectResponse("/anchors?erased=1", 303)


@router.post("/api/anchors/{anchor_id}/enrolments")
async def enrol(
    request: Request,
    anchor_id: str,
    name: str = "media",
    session: str = "",
    override: str = "",
    request_id: str = "",
    visitor: Visitor = Depends(REVIEWER),
) -> dict[str, Any]:
    """The file's bytes are the body; answers with what was taken, and what was not and why."""
    service: Service = state(request).service
    header = registry_pb2.EnrolMediaHeader(
        anchor=convert.anchor_name(anchor_id),
        media_name=name[:1024],
        request_id=request_id[:200],
        size_bytes=int(request.headers.get("content-length") or 0),
        session=session[:200],
        override_reason=override[:1000],
    )

    async def messages() -> AsyncIterator[Any]:
        yield registry_pb2.EnrolMediaRequest(header=header)
        async for chunk in chunks_of(request):
            yield registry_pb2.EnrolMediaRequest(chunk=chunk)

    answer = await service.send(service.registry.EnrolMedia, messages(), visitor.account_id)
    return _enrolment_json(registry_convert.read_enrolment(answer.enrolment))


async def _get(service: Service, anchor_id: str) -> Anchor:
    wanted = registry_pb2.GetAnchorRequest(name=convert.anchor_name(anchor_id))
    return registry_convert.read_anchor((await service.call(service.registry.GetAnchor, wanted)).anchor)


async def _enrolments(service: Service, anchor_id: str) -> list[Enrolment]:
    wanted = registry_pb2.ListEnrolmentsRequest(parent=convert.anchor_name(anchor_id), page_size=200)
    answer = await service.call(service.registry.ListEnrolments, wanted)
    return [registry_convert.read_enrolment(one) for one in answer.enrolments]


def _enrolment_json(made: Enrolment) -> dict[str, Any]:
    return {
        "faces": made.face_templates,
        "voices": made.voice_templates,
        "speech_s": made.speech_s,
        "rejections": [
            {"modality": one.modality.value, "reason": one.reason, "message": one.message} for one in made.rejections
        ],
        "samples": [
            {"modality": one.modality.value, "reason": one.reason, "measures": dict(one.measures)}
            for one in made.samples[:40]
        ],
    }
