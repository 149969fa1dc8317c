"""Taking a review, deciding it, taking that back, going on to the next, and exporting it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from anchorproof.api import convert, review_convert
from anchorproof.types import (
    Review,
    ReviewDecision,
    ReviewOutcome,
    ReviewReason,
)
from anchorproof.v1 import review_pb2
from anchorproof.web import filters as address
from anchorproof.web.pages import words_for
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import REVIEWER, Visitor, state

router = APIRouter()


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
