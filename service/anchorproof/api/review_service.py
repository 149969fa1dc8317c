"""ReviewService: who calls, what they want, convert."""
# ruff: noqa: N802  (methods are named by the contract)

from __future__ import annotations

import asyncio

from anchorproof.api import convert as reports_convert
from anchorproof.api import review_convert as convert
from anchorproof.api.desk_access import Access
from anchorproof.api.review_exports import Exporter
from anchorproof.api.status import Context
from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.identity.registry import Registry
from anchorproof.reports.store import ReportStore
from anchorproof.review_feed import Feed
from anchorproof.reviews.decisions import Ruling
from anchorproof.reviews.desk import Desk
from anchorproof.types import Review, ViewedMaterial
from anchorproof.v1 import review_pb2, review_pb2_grpc

CHUNK_BYTES = 256 * 1024


class ReviewServicer(review_pb2_grpc.ReviewServiceServicer):
    """The reviewers' desk."""

    def __init__(self, desk: Desk, reports: ReportStore, registry: Registry, feed: Feed, exporter: Exporter) -> None:
        self._desk = desk
        self._reports = reports
        self._registry = registry
        self._feed = feed
        self._exporter = exporter
        self._access = Access(desk.sessions)

    async def ListReviews(
        self, request: review_pb2.ListReviewsRequest, context: Context
    ) -> review_pb2.ListReviewsResponse:
        account = await self._access.account(context, "ListReviews")
        filters, order = convert.read_filter(request.filter), convert.read_order(request.order)
        await self._feed.look()
        page = await asyncio.to_thread(
            self._desk.page,
            account.account_id,
            filters,
            order,
            request.page_size,
            request.page_token,
            not request.without_counts,
        )
        return convert.page_message(page)

    async def GetReview(self, request: review_pb2.GetReviewRequest, context: Context) -> review_pb2.GetReviewResponse:
        account = await self._access.account(context, "GetReview")
        review = await self._find(convert.read_review_name(request.name))
        report = await asyncio.to_thread(self._reports.load, review.review_id)
        subject = convert.review_name(review.review_id)
        await asyncio.to_thread(self._desk.record_view, account.account_id, subject, ViewedMaterial.REPORT)
        return review_pb2.GetReviewResponse(
            review=convert.review_message(review), report=reports_convert.report_message(report)
        )

    # ----------------------------------------------------------------------------------------------- leases

    async def LeaseReview(
        self, request: review_pb2.LeaseReviewRequest, context: Context
    ) -> review_pb2.LeaseReviewResponse:
        account = await self._access.account(context, "LeaseReview")
        review_id = convert.read_review_name(request.name)
        await self._find(review_id)
        review = await asyncio.to_thread(self._desk.leases.take, account, review_id)
        return review_pb2.LeaseReviewResponse(review=convert.review_message(review))

    async def LeaseNextReview(
        self, request: review_pb2.LeaseNextReviewRequest, context: Context
    ) -> review_pb2.LeaseNextReviewResponse:
        account = await self._access.account(context, "LeaseNextReview")
        filters, order = convert.read_filter(request.filter), convert.read_order(request.order)
        but = [convert.read_review_name(name, "except") for name in getattr(request, "except")]
        await self._feed.look()
        review = await asyncio.to_thread(self._desk.leases.take_next, account, filters, order, but)
        return review_pb2.LeaseNextReviewResponse(review=convert.review_message(review) if review else None)

    async def RenewLease(
        self, request: review_pb2.RenewLeaseRequest, context: Context
    ) -> review_pb2.RenewLeaseResponse:
        account = await self._access.account(context, "RenewLease")
        lease = await asyncio.to_thread(self._desk.leases.renew, account, convert.read_review_name(request.name))
        return review_pb2.RenewLeaseResponse(lease=convert.lease_message(lease))

    async def ReleaseReview(
        self, request: review_pb2.ReleaseReviewRequest, context: Context
    ) -> review_pb2.ReleaseReviewResponse:
        account = await self._access.account(context, "ReleaseReview")
        review = await asyncio.to_thread(self._desk.leases.release, account, convert.read_review_name(request.name))
        return review_pb2.ReleaseReviewResponse(review=convert.review_message(review))

    # -------------------------------------------------------------------------------------------- decisions

    async def SubmitDecision(
        self, request: review_pb2.SubmitDecisionRequest, context: Context
    ) -> review_pb2.SubmitDecisionResponse:
        account = await self._access.account(context, "SubmitDecision")
        outcome, reason = convert.read_outcome(request.outcome), convert.read_reason(request.reason)
        decision, review = await asyncio.to_thread(
            self._desk.decisions.submit,
            account,
            convert.read_review_name(request.name),
            request.request_id,
            Ruling(request.etag, outcome, reason, request.note),
        )
        return review_pb2.SubmitDecisionResponse(
            decision=convert.decision_message(decision), review=convert.review_message(review)
        )

    async def UndoDecision(
        self, request: review_pb2.UndoDecisionRequest, context: Context
    ) -> review_pb2.UndoDecisionResponse:
        account = await self._access.account(context, "UndoDecision")
        decision_id = convert.read_decision_name(request.name)
        review = await asyncio.to_thread(self._desk.decisions.undo, account, decision_id, request.request_id)
        return review_pb2.UndoDecisionResponse(review=convert.review_message(review))

    async def ReopenReview(
        self, request: review_pb2.ReopenReviewRequest, context: Context
    ) -> review_pb2.ReopenReviewResponse:
        account = await self._access.account(context, "ReopenReview")
        review_id = convert.read_review_name(request.name)
        review = await asyncio.to_thread(self._desk.decisions.reopen, account, review_id, request.etag, request.note)
        return review_pb2.ReopenReviewResponse(review=convert.review_message(review))

    # --------------------------------------------------------------------------------------- the log, exports

    async def RecordView(
        self, request: review_pb2.RecordViewRequest, context: Context
    ) -> review_pb2.RecordViewResponse:
        account = await self._access.account(context, "RecordView")
        material = convert.read_material(request.material)
        subject = await asyncio.to_thread(self._subject, request.subject)
        await asyncio.to_thread(self._desk.record_view, account.account_id, subject, material, request.detail)
        return review_pb2.RecordViewResponse()

    async def ListReviewAuditEntries(
        self, request: review_pb2.ListReviewAuditEntriesRequest, context: Context
    ) -> review_pb2.ListReviewAuditEntriesResponse:
        await self._access.account(context, "ListReviewAuditEntries")
        entries, token = await asyncio.to_thread(
            self._desk.entries, request.page_size, request.page_token, request.subject, request.actor, request.action
        )
        found = map(convert.entry_message, entries)
        return review_pb2.ListReviewAuditEntriesResponse(entries=found, next_page_token=token)

    async def VerifyReviewAudit(
        self, request: review_pb2.VerifyReviewAuditRequest, context: Context
    ) -> review_pb2.VerifyReviewAuditResponse:
        await self._access.account(context, "VerifyReviewAudit")
        check = await asyncio.to_thread(self._desk.verify, request.expected_head)
        return convert.check_message(check)

    async def ExportReview(self, request: review_pb2.ExportReviewRequest, context: Context) -> None:
        account = await self._access.account(context, "ExportReview")
        if request.format not in review_pb2.ExportFormat.values()[1:]:
            raise RequestInvalid("format must be JSON, PDF or BUNDLE", "format")
        kind = review_pb2.ExportFormat.Name(request.format).removeprefix("EXPORT_FORMAT_").lower()
        review = await self._find(convert.read_review_name(request.name))
        actor = convert.account_name(account.account_id)
        made = await asyncio.to_thread(self._exporter.export, review.review_id, kind, request.language, actor)
        file = review_pb2.ExportedFile(
            file_name=made.file_name,
            content_type=made.content_type,
            size_bytes=len(made.content),
            sha256=made.sha256,
        )
        await context.write(review_pb2.ExportReviewResponse(file=file))
        for start in range(0, len(made.content), CHUNK_BYTES):
            await context.write(review_pb2.ExportReviewResponse(chunk=made.content[start : start + CHUNK_BYTES]))

    # ------------------------------------------------------------------------------------------------ shared

    async def _find(self, review_id: str) -> Review:
        """Also when its report was stored a moment ago."""
        try:
            return await asyncio.to_thread(self._desk.get, review_id)
        except NotFound:
            await self._feed.look(is_urgent=True)
            return await asyncio.to_thread(self._desk.get, review_id)

    def _subject(self, name: str) -> str:
        """How the log names what was seen: an anchor by the id that outlives its record."""
        kind, _, rest = name.partition("/")
        if kind == "reviews":
            return convert.review_name(self._desk.get(convert.read_review_name(name, "subject")).review_id)
        if kind == "anchors":
            return f"anchors/{self._registry.get_anchor(reports_convert.read_anchor_name(name, 'subject')).audit_id}"
        if kind == "programmes" and rest and "/" not in rest and len(rest) <= 100 and rest.isprintable():
            return name
        raise RequestInvalid(f"subject must be reviews/..., anchors/... or programmes/...; got {name!r}", "subject")
