"""One clip: player, timeline, evidence, and what may be decided on it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from anchorproof.api import convert, registry_convert
from anchorproof.types import (
    Anchor,
    Explanation,
    FaceFinding,
    Question,
    Report,
    Review,
    ReviewOutcome,
    VoiceFinding,
)
from anchorproof.types.reviews import REASONS, WAITING
from anchorproof.v1 import registry_pb2
from anchorproof.web import filters as address
from anchorproof.web.looks import ShownLook, looks_data, shown_looks
from anchorproof.web.pages import page, words_for
from anchorproof.web.service import PageError, Service
from anchorproof.web.sources import source_words
from anchorproof.web.timelines import timeline_data
from anchorproof.web.visitors import VIEWER, Visitor, state
from anchorproof.web.words import Words

router = APIRouter()
#: The keys of the reasons, in the order in which they are offered: one row of the keyboard.
REASON_KEYS = "qwertyuiop"


@router.get("/clips/{review_id}")
async def clip(request: Request, review_id: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    parts = state(request)
    review, report = await parts.reviews.get(visitor, review_id)
    words = words_for(request)
    anchors = await _anchors(parts.service, report)
    names = {anchor_id: anchor.display_name for anchor_id, anchor in anchors.items()}
    names |= {one.anchor_id: one.anchor_name for found in (*report.faces, *report.voices) for one in found.comparisons}
    kept = await _is_kept(parts, report)
    looks = shown_looks(report, lambda anchor_id: names.get(anchor_id, anchor_id))
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
        looks=looks,
        source=source_words(words, review.source),
        seek=lambda span: words.clock(span.start_s),
        back=f"/queue{address.query_of(dict(request.query_params))}",
        data=_data(request, visitor, review, report, names, looks, kept),
    )


def _data(
    request: Request,
    visitor: Visitor,
    review: Review,
    report: Report,
    names: dict[str, str],
    looks: list[ShownLook],
    kept: bool,
) -> dict[str, Any]:
    """What the page's script works with."""
    return {
        "review": review.review_id,
        "etag": review.etag,
        "kept": kept,
        "has_picture": report.clip.video is not None,
        "size": [report.clip.video.width, report.clip.video.height] if report.clip.video else None,
        "looks": looks_data(looks),
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
