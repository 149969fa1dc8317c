"""The desk's calls as typed functions, on behalf of a visitor."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

from anchorproof.api import convert, review_convert
from anchorproof.types import Report, Review, ReviewFilters, ReviewOrder, ReviewPage, ViewedMaterial
from anchorproof.v1 import review_pb2
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import Visitor

#: The service notes repeated views once a minute; asking it more often than this is in vain.
_NOTED_FOR_S = 50.0
_LIMIT_NOTED = 10_000
_LONGEST_ID = 200


class Views:
    """Notes what a visitor is shown, before it is shown."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._noted: dict[tuple[str, ...], float] = {}
        self._lock = asyncio.Lock()

    async def note(self, visitor: Visitor, subject: str, material: ViewedMaterial, detail: str = "") -> None:
        """Raises PageError: then nothing may be shown."""
        key = (visitor.token, subject, material.value, detail)
        if time.monotonic() - self._noted.get(key, -_NOTED_FOR_S) < _NOTED_FOR_S:
            return
        number = convert.number_of(review_pb2.ViewedMaterial, "VIEWED_MATERIAL", material)
        request = review_pb2.RecordViewRequest(subject=subject, material=number, detail=detail)
        await self._service.call(self._service.reviews.RecordView, request, visitor.token)
        if len(self._noted) >= _LIMIT_NOTED:
            self._noted.clear()
        self._noted[key] = time.monotonic()


class Reviews:
    """Reviews with their reports; one that is being looked at is asked for once by all its pictures."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._reports: dict[str, Report] = {}

    async def get(self, visitor: Visitor, review_id: str) -> tuple[Review, Report]:
        """As it is now; that it was seen is noted by the service."""
        if len(review_id) > _LONGEST_ID:  # the service's answer would repeat it, and be too long to arrive
            raise PageError("REVIEW_NOT_FOUND", "there is no such review", 404)
        request = review_pb2.GetReviewRequest(name=review_convert.review_name(review_id))
        answer = await self._service.call(self._service.reviews.GetReview, request, visitor.token)
        report = convert.read_report(answer.report)
        if len(self._reports) >= 200:
            self._reports.clear()
        self._reports[review_id] = report
        return review_convert.read_review(answer.review), report

    async def report(self, visitor: Visitor, review_id: str) -> Report:
        """Reports never change; whoever asks is a visitor the caller has checked."""
        return self._reports.get(review_id) or (await self.get(visitor, review_id))[1]

    async def page(
        self,
        visitor: Visitor,
        filters: ReviewFilters,
        order: ReviewOrder,
        page_size: int = 50,
        page_token: str = "",
    ) -> ReviewPage:
        request = review_pb2.ListReviewsRequest(
            page_size=page_size,
            page_token=page_token,
            filter=review_convert.filter_message(filters),
            order=order_number(order),
        )
        return review_convert.read_page(
            await self._service.call(self._service.reviews.ListReviews, request, visitor.token)
        )

    async def lease_next(
        self, visitor: Visitor, filters: ReviewFilters, order: ReviewOrder, but: Sequence[str]
    ) -> Review | None:
        names = [review_convert.review_name(review_id) for review_id in but]
        request = review_pb2.LeaseNextReviewRequest(
            filter=review_convert.filter_message(filters), order=order_number(order), **{"except": names}
        )
        answer = await self._service.call(self._service.reviews.LeaseNextReview, request, visitor.token)
        return review_convert.read_review(answer.review) if answer.HasField("review") else None


def order_number(order: ReviewOrder) -> review_pb2.ReviewOrder:
    number: review_pb2.ReviewOrder = convert.number_of(review_pb2.ReviewOrder, "REVIEW_ORDER", order)
    return number
