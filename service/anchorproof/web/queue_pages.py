"""The queue: what waits, in which order, how long already."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response

from anchorproof.types import (
    Decision,
    Review,
    ReviewAge,
    ReviewHolder,
    ReviewOrder,
    ReviewOutcome,
    ReviewPage,
    ReviewState,
    ViewedMaterial,
)
from anchorproof.types.reviews import WAITING
from anchorproof.web import filters as address
from anchorproof.web.pages import page, words_for
from anchorproof.web.service import PageError
from anchorproof.web.sources import source_words
from anchorproof.web.visitors import VIEWER, Visitor, state
from anchorproof.web.words import Words

router = APIRouter()
PAGE_SIZE = 50
#: The choices of each filter that has some.
CHOICES: dict[str, tuple[str, ...]] = {
    "state": (address.WAITING_WORD, *ReviewState, address.ALL_WORD),
    "decision": tuple(Decision),
    "scenario": address.SCENARIOS,
    "outcome": tuple(ReviewOutcome),
    "holder": tuple(ReviewHolder),
    "order": tuple(ReviewOrder),
}


@router.get("/")
async def home() -> Response:
    return RedirectResponse("/queue", 302)


@router.get("/queue")
async def queue(request: Request, visitor: Visitor = Depends(VIEWER)) -> Response:
    """Any combination of filters can be bookmarked and sent to a colleague."""
    query = dict(request.query_params)
    filters, order = address.read_filters(query)
    try:
        found = await state(request).reviews.page(visitor, filters, order, PAGE_SIZE, query.get("page", ""))
    except PageError as error:
        if not query.get("page") or error.status != 422:
            raise
        return RedirectResponse(f"/queue{address.query_of(query)}", 302)  # the page token is of other filters
    words = words_for(request)
    return page(
        request,
        "queue.html",
        rows=[_row(words, visitor, review) for review in found.reviews],
        total=found.total or 0,
        buckets=_buckets(words, query, found),
        query={key: query.get(key, "") for key in address.KEYS},
        choices=CHOICES,
        filters_set=sum(1 for key in address.KEYS if query.get(key) and key not in ("state", "order", "age")),
        query_of=lambda **changes: address.query_of(query, **changes),
        next_token=found.next_page_token,
        here_query=address.query_of(query),
    )


@router.get("/api/queue/counts")
async def counts(request: Request, visitor: Visitor = Depends(VIEWER)) -> dict[str, Any]:
    """The numbers of the queue page, asked for while it is open."""
    query = dict(request.query_params)
    filters, order = address.read_filters(query)
    found = await state(request).reviews.page(visitor, filters, order, 1)
    words = words_for(request)
    first = found.reviews[0].review_id if found.reviews else ""
    return {
        "total": found.total or 0,
        "buckets": {bucket["age"]: bucket["count"] for bucket in _buckets(words, query, found)},
        "first": first,
    }


@router.get("/media/{review_id}/thumbnail.jpg")
async def thumbnail(request: Request, review_id: str, visitor: Visitor = Depends(VIEWER)) -> Response:
    parts = state(request)
    report = await parts.reviews.report(visitor, review_id)
    await parts.views.note(visitor, f"reviews/{review_id}", ViewedMaterial.THUMBNAIL)
    face = max(report.faces, key=lambda one: one.observations, default=None)
    time_s = face.best_time_s if face and face.best_time_s < 60 else min(1.0, report.clip.duration_s / 2)
    path = await parts.material.thumbnail(report.clip, time_s)
    return Response(path.read_bytes(), media_type="image/jpeg", headers={"Cache-Control": "private, max-age=300"})


def _buckets(words: Words, query: dict[str, str], found: ReviewPage) -> list[dict[str, Any]]:
    """How many wait, by age; the first is all of them."""
    filters, _ = address.read_filters(query)
    states = filters.states or tuple(ReviewState)
    by_age = {age: sum(found.counts.get((one, age), 0) for one in states) for age in ReviewAge}
    whole = [("", words("age.any"), sum(by_age.values()))]
    whole += [(age.value, words(f"age.{age.value}"), by_age[age]) for age in ReviewAge]
    return [
        {
            "age": age,
            "label": label,
            "count": count,
            "href": f"/queue{address.query_of(query, age=age)}",
            "is_on": query.get("age", "") == age,
        }
        for age, label, count in whole
    ]


def _row(words: Words, visitor: Visitor, review: Review) -> dict[str, Any]:
    lease = review.lease
    return {
        "id": review.review_id,
        "review": review,
        "age": words.ago(review.report_time),
        "time": words.time(review.report_time),
        "length": words.clock(review.duration_s),
        "posterior": words.percent(review.spoof_posterior),
        "waits": review.state in WAITING,
        "holder": "" if lease is None or lease.account_id == visitor.account_id else lease.display_name,
        "source": source_words(words, review.source),
        "summary": review.summary_in(words.language),
        "is_mine": lease is not None and lease.account_id == visitor.account_id,
    }
