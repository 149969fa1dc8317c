"""What is played and shown beside a clip's timeline: the clip, faces, our own footage, an anchor's references."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse

from anchorproof.api import convert, registry_convert
from anchorproof.types import (
    Modality,
    Report,
    ViewedMaterial,
)
from anchorproof.v1 import footage_pb2, registry_pb2
from anchorproof.web.looks import looks_of
from anchorproof.web.ranges import Unsatisfiable, read_range
from anchorproof.web.service import PageError
from anchorproof.web.visitors import VIEWER, Visitor, state

router = APIRouter()
_SEND_BYTES = 256 * 1024


@router.get("/api/clips/{review_id}/playable")
async def playable(
    request: Request,
    review_id: str,
    convert_it: bool = Query(False, alias="convert"),
    visitor: Visitor = Depends(VIEWER),
) -> dict[str, Any]:
    """Whether the clip can be played, and how far its copy is."""
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    found = await parts.material.playable(report.clip, convert_it)
    return {
        "ready": found.progress is None,
        "progress": found.progress,
        "type": found.media_type,
        "fault": found.fault,
        "is_copy": found.file is not None or found.progress is not None,
    }


@router.get("/media/{review_id}/clip")
async def play(
    request: Request,
    review_id: str,
    convert_it: bool = Query(False, alias="convert"),
    visitor: Visitor = Depends(VIEWER),
) -> Response:
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    await parts.views.note(visitor, f"reviews/{review_id}", ViewedMaterial.CLIP)
    found = await parts.material.playable(report.clip, convert_it)
    if found.progress is not None:
        raise PageError("NOT_READY", found.fault or "the clip is being converted for playing", 409, 1)
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    try:
        part = read_range(request.headers.get("range"), found.size_bytes)
    except Unsatisfiable:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{found.size_bytes}"})
    start, length = part or (0, found.size_bytes)
    headers["Content-Length"] = str(length)
    if part:
        headers["Content-Range"] = f"bytes {start}-{start + length - 1}/{found.size_bytes}"
    body = parts.material.read(report.clip.sha256, found, start, length)
    return StreamingResponse(body, 206 if part else 200, headers, found.media_type)


@router.get("/media/{review_id}/faces/{track_id}.jpg")
async def face(request: Request, review_id: str, track_id: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    found = next((one for one in report.faces if one.track_id == track_id), None)
    if found is None:
        raise PageError("FACE_NOT_FOUND", "the report has no such face", 404)
    await parts.views.note(visitor, f"reviews/{review_id}", ViewedMaterial.FACE, track_id)
    path = await parts.material.face(report.clip, track_id, found.best_time_s, found.best_box)
    return Response(path.read_bytes(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/media/{review_id}/looks/{number}.jpg")
async def look(request: Request, review_id: str, number: int, visitor: Visitor = Depends(VIEWER)) -> Response:
    """The face as the picture's detector was shown it."""
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    looks = looks_of(report)
    if not 0 <= number < len(looks):
        raise PageError("FACE_NOT_FOUND", "the report has no such face", 404)
    await parts.views.note(visitor, f"reviews/{review_id}", ViewedMaterial.FACE, looks[number].subject)
    path = await parts.material.look(report.clip, looks, number)
    return Response(path.read_bytes(), media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/api/clips/{review_id}/pairs")
async def footage_pairs(request: Request, review_id: str, visitor: Visitor = Depends(VIEWER)) -> dict[str, Any]:
    """Pictures of our own footage beside the clip's, made anew from the clip and the retained references."""
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    for match in report.footage.matches if report.footage else ():
        await parts.views.note(visitor, f"programmes/{match.programme_id}", ViewedMaterial.FOOTAGE)
    found = await _search_pairs(parts, report)
    pictures = parts.pairs
    for key in [key for key, (owner, _) in pictures.items() if owner == visitor.account_id]:
        del pictures[key]  # they are shown once
    keys = []
    for pair in found:
        key = uuid.uuid4().hex
        pictures[key] = (visitor.account_id, pair.jpeg)
        keys.append({"key": key, "programme_s": pair.programme_s, "clip_s": pair.clip_s, "programme": pair.programme})
    return {"pairs": keys}


async def _search_pairs(parts: Any, report: Report) -> list[Any]:
    stored = await parts.material.find(report.clip.sha256)
    chunks: Iterator[bytes] = parts.clips.read(report.clip.sha256)

    async def messages() -> Any:
        header = footage_pb2.SearchFootageHeader(size_bytes=stored.size_bytes, with_pairs=True)
        yield footage_pb2.SearchFootageRequest(header=header)
        while (chunk := await run_in_threadpool(next, chunks, None)) is not None:
            for first in range(0, len(chunk), _SEND_BYTES):
                yield footage_pb2.SearchFootageRequest(chunk=chunk[first : first + _SEND_BYTES])

    answer = await parts.service.send(parts.service.footage.SearchFootage, messages())
    return list(answer.pairs)


@router.get("/media/pairs/{key}.jpg")
async def pair(request: Request, key: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    owner, content = state(request).pairs.get(key, ("", b""))
    if owner != visitor.account_id:
        raise PageError("PAIR_NOT_FOUND", "this pair of pictures is gone: ask for it again", 404)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


# --------------------------------------------------------------------------- references


@router.get("/api/anchors/{anchor_id}/references")
async def references(request: Request, anchor_id: str, visitor: Visitor = Depends(VIEWER)) -> dict[str, Any]:
    """What was retained of an anchor, to hold beside a clip's face and voice."""
    parts = state(request)
    await parts.views.note(visitor, f"anchors/{anchor_id}", ViewedMaterial.ENROLMENTS)
    request_ = registry_pb2.ListEnrolmentsRequest(parent=convert.anchor_name(anchor_id), page_size=50)
    answer = await parts.service.call(parts.service.registry.ListEnrolments, request_)
    ids = [registry_convert.read_enrolment(one).enrolment_id for one in answer.enrolments]
    faces = await parts.material.reference_ids(ids, Modality.FACE)
    voices = await parts.material.reference_ids(ids, Modality.VOICE)
    base = f"/media/anchors/{anchor_id}"
    return {
        "faces": [f"{base}/{enrolment}/face-{number}.png" for enrolment, number in faces],
        "voices": [f"{base}/{enrolment}/voice-{number}.flac" for enrolment, number in voices],
    }


@router.get("/media/anchors/{anchor_id}/{enrolment_id}/face-{number}.png")
async def reference_face(
    request: Request, anchor_id: str, enrolment_id: str, number: int, visitor: Visitor = Depends(VIEWER)
) -> Response:
    return await _reference(request, visitor, (anchor_id, enrolment_id, number), Modality.FACE)


@router.get("/media/anchors/{anchor_id}/{enrolment_id}/voice-{number}.flac")
async def reference_voice(
    request: Request, anchor_id: str, enrolment_id: str, number: int, visitor: Visitor = Depends(VIEWER)
) -> Response:
    return await _reference(request, visitor, (anchor_id, enrolment_id, number), Modality.VOICE)


async def _reference(request: Request, visitor: Visitor, which: tuple[str, str, int], modality: Modality) -> Response:
    parts, (anchor_id, enrolment_id, number) = state(request), which
    is_face = modality is Modality.FACE
    material = ViewedMaterial.REFERENCE_FACE if is_face else ViewedMaterial.REFERENCE_VOICE
    # Raises when the enrolment is not this anchor's: what is noted must be what is shown.
    wanted = registry_pb2.GetEnrolmentRequest(name=convert.enrolment_name(anchor_id, enrolment_id))
    await parts.service.call(parts.service.registry.GetEnrolment, wanted)
    await parts.views.note(visitor, f"anchors/{anchor_id}", material, enrolment_id)
    content = await parts.material.reference(enrolment_id, modality, number)
    kind = "image/png" if is_face else "audio/flac"
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})
