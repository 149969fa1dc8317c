"""One clip: player, timeline, evidence; what a person decides on it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, Field

from anchorproof.api import convert, registry_convert, review_convert
from anchorproof.types import (
    Anchor,
    Explanation,
    FaceFinding,
    Modality,
    Question,
    Report,
    Review,
    ReviewDecision,
    ReviewOutcome,
    ReviewReason,
    ViewedMaterial,
    VoiceFinding,
)
from anchorproof.types.reviews import REASONS, WAITING
from anchorproof.v1 import footage_pb2, registry_pb2, review_pb2
from anchorproof.web import filters as address
from anchorproof.web.pages import page, words_for
from anchorproof.web.ranges import Unsatisfiable, read_range
from anchorproof.web.service import PageError, Service
from anchorproof.web.timelines import timeline_data
from anchorproof.web.visitors import REVIEWER, VIEWER, Visitor, state
from anchorproof.web.words import Words

router = APIRouter()
#: The keys of the reasons, in the order in which they are offered: one row of the keyboard.
REASON_KEYS = "qwertyuiop"
_SEND_BYTES = 256 * 1024


@router.get("/clips/{review_id}")
async def clip(request: Request, review_id: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    parts = state(request)
    review, report = await parts.reviews.get(visitor, review_id)
    words = words_for(request)
    anchors = await _anchors(parts.service, report)
    names = {anchor_id: anchor.display_name for anchor_id, anchor in anchors.items()}
    names |= {one.anchor_id: one.anchor_name for found in (*report.faces, *report.voices) for one in found.comparisons}
    kept = await _is_kept(parts, report)
    latest = next((one for one in reversed(review.decisions) if one.stands), None)
    return page(
        request,
        "clip.html",
        review=review,
        report=report,
        names=names,
        latest=latest,
        kept=kept,
        waits=review.state in WAITING,
        explanation=_explanation(report, words),
        outcomes=_outcomes(words),
        faces=[_face(words, face) for face in report.faces],
        voices=[_voice(voice) for voice in report.voices],
        evidence=[item for item in report.evidence if item.question is Question.AUTHENTICITY],
        seek=lambda span: words.clock(span.start_s),
        back=f"/queue{address.query_of(dict(request.query_params))}",
        data=_data(request, visitor, review, report, names, kept),
    )


def _data(
    request: Request, visitor: Visitor, review: Review, report: Report, names: dict[str, str], kept: bool
) -> dict[str, Any]:
    """What the page's script works with."""
    return {
        "review": review.review_id,
        "etag": review.etag,
        "kept": kept,
        "has_picture": report.clip.video is not None,
        "may_decide": visitor.may("reviewer") and review.state in WAITING,
        "account": visitor.account_id,
        "filters": address.query_of(dict(request.query_params)),
        "timeline": timeline_data(report, state(request).settings.verdict, lambda key: names.get(key, key)),
        "reasons": {outcome.value: [reason.value for reason in REASONS[outcome]] for outcome in ReviewOutcome},
        "lease_s": state(request).settings.reviews.lease_s,
        "undo_s": state(request).settings.reviews.undo_s,
    }


async def _is_kept(parts: Any, report: Report) -> bool:
    try:
        await parts.material.find(report.clip.sha256)
    except PageError:
        return False
    return True


async def _anchors(service: Service, report: Report) -> dict[str, Anchor]:
    """Those recognised, as far as they are still enrolled."""
    wanted = {one.anchor_id for one in report.faces} | {one.anchor_id for one in report.voices}
    anchors = {}
    for anchor_id in sorted(filter(None, wanted)):
        try:
            request = registry_pb2.GetAnchorRequest(name=convert.anchor_name(anchor_id))
            answer = await service.call(service.registry.GetAnchor, request)
            anchors[anchor_id] = registry_convert.read_anchor(answer.anchor)
        except PageError:
            continue
    return anchors


def _explanation(report: Report, words: Words) -> Explanation | None:
    explanations = {one.language: one for one in report.verdict.explanations}
    return explanations.get(words.language) or explanations.get("en")


def _outcomes(words: Words) -> list[dict[str, Any]]:
    return [
        {
            "value": outcome.value,
            "key": str(number),
            "label": words(f"outcome.{outcome.value}"),
            "reasons": [
                {"value": reason.value, "key": key, "label": words(f"reason.{reason.value}")}
                for reason, key in zip(REASONS[outcome], REASON_KEYS, strict=False)
            ],
        }
        for number, outcome in enumerate(ReviewOutcome, 1)
    ]


def _face(words: Words, face: FaceFinding) -> dict[str, Any]:
    best = face.comparisons[0] if face.comparisons else None
    return {"face": face, "best": best, "when": _when(words, face.span.start_s, face.span.end_s)}


def _voice(voice: VoiceFinding) -> dict[str, Any]:
    best = voice.comparisons[0] if voice.comparisons else None
    longest = max(voice.spans, key=lambda span: span.duration_s, default=None)
    return {"voice": voice, "best": best, "longest": longest}


def _when(words: Words, start_s: float, end_s: float) -> str:
    return f"{words.clock(start_s)}–{words.clock(end_s)}"


# --------------------------------------------------------------------------- playing


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


@router.get("/api/clips/{review_id}/pairs")
async def footage_pairs(request: Request, review_id: str, visitor: Visitor = Depends(VIEWER)) -> dict[str, Any]:
    """Pictures of our own footage beside the clip's, made anew from the clip and the retained references."""
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    for match in report.footage.matches if report.footage else ():
        await parts.views.note(visitor, f"programmes/{match.programme_id}", ViewedMaterial.FOOTAGE)
    found = await _search_pairs(parts, report)
    pictures = parts.pairs
    pictures.clear()  # they are shown once
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


# --------------------------------------------------------------------------- deciding


class Wish(BaseModel):
    """A decision as the page sends it; the same ``request_id`` with every repetition."""

    etag: str = Field(max_length=200)
    request_id: str = Field(min_length=8, max_length=200)
    outcome: ReviewOutcome
    reason: ReviewReason
    note: str = Field("", max_length=4000)


class UndoWish(BaseModel):
    """Which decision to take back."""

    decision_id: str = Field(max_length=200)
    request_id: str = Field(min_length=8, max_length=200)


class NextWish(BaseModel):
    """Which review comes next: the queue's filters, and those to leave out."""

    filters: dict[str, str] = {}
    but: list[str] = Field([], max_length=200)


@router.post("/api/reviews/{review_id}/lease")
async def lease(request: Request, review_id: str, visitor: Visitor = Depends(REVIEWER)) -> dict[str, Any]:
    service: Service = state(request).service
    wanted = review_pb2.LeaseReviewRequest(name=review_convert.review_name(review_id))
    answer = await service.call(service.reviews.LeaseReview, wanted, visitor.token)
    return _review_json(review_convert.read_review(answer.review))


@router.post("/api/reviews/{review_id}/release")
async def release(request: Request, review_id: str, visitor: Visitor = Depends(REVIEWER)) -> dict[str, Any]:
    service: Service = state(request).service
    wanted = review_pb2.ReleaseReviewRequest(name=review_convert.review_name(review_id))
    answer = await service.call(service.reviews.ReleaseReview, wanted, visitor.token)
    return _review_json(review_convert.read_review(answer.review))


@router.post("/api/reviews/{review_id}/decision")
async def decide(request: Request, review_id: str, wish: Wish, visitor: Visitor = Depends(REVIEWER)) -> dict[str, Any]:
    """Repeated with the same request id it is answered as the first time: nothing is decided twice."""
    service: Service = state(request).service
    wanted = review_pb2.SubmitDecisionRequest(
        name=review_convert.review_name(review_id),
        etag=wish.etag,
        request_id=wish.request_id,
        outcome=convert.number_of(review_pb2.ReviewOutcome, "REVIEW_OUTCOME", wish.outcome),
        reason=convert.number_of(review_pb2.ReviewReason, "REVIEW_REASON", wish.reason),
        note=wish.note,
    )
    answer = await service.call(service.reviews.SubmitDecision, wanted, visitor.token)
    made = review_convert.read_decision_made(answer.decision)
    return {"decision": _decision_json(made), "review": _review_json(review_convert.read_review(answer.review))}


@router.post("/api/reviews/{review_id}/undo")
async def undo(
    request: Request, review_id: str, wish: UndoWish, visitor: Visitor = Depends(REVIEWER)
) -> dict[str, Any]:
    service: Service = state(request).service
    name = review_convert.decision_name(review_id, wish.decision_id)
    wanted = review_pb2.UndoDecisionRequest(name=name, request_id=wish.request_id)
    answer = await service.call(service.reviews.UndoDecision, wanted, visitor.token)
    return _review_json(review_convert.read_review(answer.review))


@router.post("/api/next")
async def next_review(request: Request, wish: NextWish, visitor: Visitor = Depends(REVIEWER)) -> dict[str, Any]:
    """Leases the next clip of the queue as it was filtered."""
    filters, order = address.read_filters(wish.filters)
    found = await state(request).reviews.lease_next(visitor, filters, order, wish.but)
    return {"review": found.review_id if found else None}


@router.get("/clips/{review_id}/export.{kind}")
async def export(request: Request, review_id: str, kind: str, visitor: Visitor = Depends(REVIEWER)) -> Response:
    formats = {"json": "JSON", "pdf": "PDF", "zip": "BUNDLE"}
    if kind not in formats:
        raise PageError("INVALID_ARGUMENT", "an export is json, pdf or zip", 422)
    service: Service = state(request).service
    wanted = review_pb2.ExportReviewRequest(
        name=review_convert.review_name(review_id),
        format=f"EXPORT_FORMAT_{formats[kind]}",
        language=words_for(request).language,
    )
    parts = service.stream(service.reviews.ExportReview, wanted, visitor.token)
    file = (await anext(parts)).file
    content = b"".join([part.chunk async for part in parts])
    headers = {"Content-Disposition": f'attachment; filename="{_plain(file.file_name)}"', "Cache-Control": "no-store"}
    return Response(content, media_type=file.content_type, headers=headers)


def _plain(name: str) -> str:
    return "".join(letter for letter in name if letter.isascii() and (letter.isalnum() or letter in "._-")) or "review"


def _review_json(review: Review) -> dict[str, Any]:
    held = review.lease
    return {
        "id": review.review_id,
        "state": review.state.value,
        "etag": review.etag,
        "outcome": review.outcome.value if review.outcome else None,
        "lease": {"account": held.account_id, "name": held.display_name, "until": held.expire_time.isoformat()}
        if held
        else None,
        "decisions": [_decision_json(one) for one in review.decisions],
    }


def _decision_json(made: ReviewDecision) -> dict[str, Any]:
    return {
        "id": made.decision_id,
        "reviewer": made.display_name,
        "outcome": made.outcome.value,
        "reason": made.reason.value,
        "note": made.note,
        "undo_until": made.undo_until.isoformat(),
        "stands": made.stands,
    }
