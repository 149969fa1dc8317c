"""The client of the reviewers' desk.

with ReviewClient("127.0.0.1:50551") as desk:
    desk.sign_in("ada", "four odd words here")
    review = desk.lease_next()
    desk.decide(review, ReviewOutcome.BONA_FIDE, ReviewReason.NOTHING_FOUND)
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import grpc

from anchorproof.api import convert
from anchorproof.api import review_convert as desk
from anchorproof.client import Client, ServiceError, service_error
from anchorproof.types import (
    Account,
    LogCheck,
    LogEntry,
    Report,
    Review,
    ReviewDecision,
    ReviewFilters,
    ReviewLease,
    ReviewOrder,
    ReviewOutcome,
    ReviewPage,
    ReviewReason,
    Role,
    SessionInfo,
    ViewedMaterial,
)
from anchorproof.v1 import account_pb2, account_pb2_grpc, review_pb2, review_pb2_grpc

__all__ = ["ExportedFile", "ReviewClient", "ServiceError"]

_NO_FILTERS = ReviewFilters()


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A review for the record; ``sha256`` is of ``content``."""

    file_name: str
    content_type: str
    content: bytes
    sha256: str


class ReviewClient(Client):
    """All that ``Client`` does, and the desk, as whoever signed in; may be used from several threads.

    Args:
        token: of a session that was begun before; ``sign_in`` sets it.
    """

    def __init__(
        self,
        target: str,
        timeout_s: float = 30.0,
        credentials: grpc.ChannelCredentials | None = None,
        actor: str = "",
        token: str = "",
    ) -> None:
        super().__init__(target, timeout_s, credentials, actor)
        self.token = token
        self._reviews = review_pb2_grpc.ReviewServiceStub(self._channel)
        self._accounts = account_pb2_grpc.AccountServiceStub(self._channel)

    def __enter__(self) -> ReviewClient:
        return self

    # -------------------------------------------------------------------------------------------- sessions

    def sign_in(self, account_id: str, password: str, client_address: str = "") -> SessionInfo:
        request = account_pb2.SignInRequest(account_id=account_id, password=password, client_address=client_address)
        answer = self._ask(self._accounts.SignIn, request)
        self.token = answer.token
        return desk.read_session(answer.session)

    def sign_out(self) -> None:
        self._ask(self._accounts.SignOut, account_pb2.SignOutRequest())
        self.token = ""

    def session(self) -> SessionInfo:
        return desk.read_session(self._ask(self._accounts.GetSession, account_pb2.GetSessionRequest()).session)

    def change_password(self, old: str, new: str) -> None:
        request = account_pb2.ChangePasswordRequest(old_password=old, new_password=new)
        self._ask(self._accounts.ChangePassword, request)

    def accounts(self) -> Iterator[Account]:
        """All accounts, fetched a page at a time."""
        request = account_pb2.ListAccountsRequest()
        while True:
            page = self._ask(self._accounts.ListAccounts, request)
            yield from map(desk.read_account, page.accounts)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def create_account(self, account_id: str, role: Role, password: str, display_name: str = "") -> Account:
        request = account_pb2.CreateAccountRequest(
            account_id=account_id, role=desk.role_number(role), password=password, display_name=display_name
        )
        return desk.read_account(self._ask(self._accounts.CreateAccount, request).account)

    def update_account(
        self,
        account_id: str,
        display_name: str = "",
        role: Role | None = None,
        is_disabled: bool | None = None,
        password: str = "",
    ) -> Account:
        """Changes what is given."""
        request = account_pb2.UpdateAccountRequest(
            name=desk.account_name(account_id),
            display_name=display_name,
            role=desk.role_number(role),
            password=password,
        )
        if is_disabled is not None:
            request.disabled = is_disabled
        return desk.read_account(self._ask(self._accounts.UpdateAccount, request).account)

    # --------------------------------------------------------------------------------------------- the queue

    def review_page(
        self,
        filters: ReviewFilters = _NO_FILTERS,
        order: ReviewOrder = ReviewOrder.OLDEST_FIRST,
        page_size: int = 0,
        page_token: str = "",
        with_counts: bool = True,
    ) -> ReviewPage:
        request = review_pb2.ListReviewsRequest(
            page_size=page_size,
            page_token=page_token,
            filter=desk.filter_message(filters),
            order=_order(order),
            without_counts=not with_counts,
        )
        return desk.read_page(self._ask(self._reviews.ListReviews, request))

    def reviews(
        self, filters: ReviewFilters = _NO_FILTERS, order: ReviewOrder = ReviewOrder.OLDEST_FIRST
    ) -> Iterator[Review]:
        """All that pass the filters, fetched a page at a time."""
        token = ""
        while True:
            page = self.review_page(filters, order, page_token=token, with_counts=False)
            yield from page.reviews
            token = page.next_page_token
            if not token:
                return

    def get_review(self, review_id: str) -> tuple[Review, Report]:
        answer = self._ask(self._reviews.GetReview, review_pb2.GetReviewRequest(name=desk.review_name(review_id)))
        return desk.read_review(answer.review), convert.read_report(answer.report)

    def lease(self, review_id: str) -> Review:
        request = review_pb2.LeaseReviewRequest(name=desk.review_name(review_id))
        return desk.read_review(self._ask(self._reviews.LeaseReview, request).review)

    def lease_next(
        self,
        filters: ReviewFilters = _NO_FILTERS,
        order: ReviewOrder = ReviewOrder.OLDEST_FIRST,
        but: Collection[str] = (),
    ) -> Review | None:
        """None: there is none."""
        names = [desk.review_name(review_id) for review_id in but]
        request = review_pb2.LeaseNextReviewRequest(
            filter=desk.filter_message(filters), order=_order(order), **{"except": names}
        )
        answer = self._ask(self._reviews.LeaseNextReview, request)
        return desk.read_review(answer.review) if answer.HasField("review") else None

    def renew_lease(self, review_id: str) -> ReviewLease:
        request = review_pb2.RenewLeaseRequest(name=desk.review_name(review_id))
        return desk.read_lease(self._ask(self._reviews.RenewLease, request).lease)

    def release(self, review_id: str) -> Review:
        request = review_pb2.ReleaseReviewRequest(name=desk.review_name(review_id))
        return desk.read_review(self._ask(self._reviews.ReleaseReview, request).review)

    # --------------------------------------------------------------------------------------------- decisions

    def decide(
        self, review: Review, outcome: ReviewOutcome, reason: ReviewReason, note: str = "", request_id: str = ""
    ) -> tuple[ReviewDecision, Review]:
        """Repeat with the same ``request_id`` when the answer did not come: it is decided once."""
        request = review_pb2.SubmitDecisionRequest(
            name=desk.review_name(review.review_id),
            etag=review.etag,
            request_id=request_id or str(uuid.uuid4()),
            outcome=convert.number_of(review_pb2.ReviewOutcome, "REVIEW_OUTCOME", outcome),
            reason=convert.number_of(review_pb2.ReviewReason, "REVIEW_REASON", reason),
            note=note,
        )
        answer = self._ask(self._reviews.SubmitDecision, request)
        return desk.read_decision_made(answer.decision), desk.read_review(answer.review)

    def undo(self, decision: ReviewDecision, request_id: str = "") -> Review:
        request = review_pb2.UndoDecisionRequest(
            name=desk.decision_name(decision.review_id, decision.decision_id),
            request_id=request_id or str(uuid.uuid4()),
        )
        return desk.read_review(self._ask(self._reviews.UndoDecision, request).review)

    def reopen(self, review: Review, note: str) -> Review:
        request = review_pb2.ReopenReviewRequest(name=desk.review_name(review.review_id), etag=review.etag, note=note)
        return desk.read_review(self._ask(self._reviews.ReopenReview, request).review)

    # ----------------------------------------------------------------------------------------------- the log

    def record_view(self, subject: str, material: ViewedMaterial, detail: str = "") -> None:
        """``subject``: a resource's name, such as ``reviews/...`` or ``anchors/...``."""
        number = convert.number_of(review_pb2.ViewedMaterial, "VIEWED_MATERIAL", material)
        self._ask(
            self._reviews.RecordView, review_pb2.RecordViewRequest(subject=subject, material=number, detail=detail)
        )

    def log_entries(self, subject: str = "", actor: str = "", action: str = "") -> Iterator[LogEntry]:
        """The newest first, fetched a page at a time."""
        request = review_pb2.ListReviewAuditEntriesRequest(subject=subject, actor=actor, action=action)
        while True:
            page = self._ask(self._reviews.ListReviewAuditEntries, request)
            yield from map(desk.read_entry, page.entries)
            if not page.next_page_token:
                return
            request.page_token = page.next_page_token

    def verify_log(self, expected_head: str = "") -> LogCheck:
        request = review_pb2.VerifyReviewAuditRequest(expected_head=expected_head)
        return desk.read_check(self._ask(self._reviews.VerifyReviewAudit, request))

    def export_review(self, review_id: str, kind: str = "json", language: str = "") -> ExportedFile:
        """``kind``: json, pdf or bundle."""
        request = review_pb2.ExportReviewRequest(
            name=desk.review_name(review_id),
            format=f"EXPORT_FORMAT_{kind.upper()}",
            language=language,
        )
        parts = self._reviews.ExportReview(request, timeout=self._timeout_s, metadata=self._metadata())
        try:
            file = next(parts).file
            content = b"".join(part.chunk for part in parts)
        except grpc.RpcError as error:
            raise service_error(error) from error
        return ExportedFile(file.file_name, file.content_type, content, file.sha256)

    # ------------------------------------------------------------------------------------------------ calling

    def _ask(self, method: Any, request: Any) -> Any:
        try:
            return method(request, timeout=self._timeout_s, metadata=self._metadata())
        except grpc.RpcError as error:
            raise service_error(error) from error

    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self.token}"),) if self.token else ()


def _order(order: ReviewOrder) -> Any:
    return convert.number_of(review_pb2.ReviewOrder, "REVIEW_ORDER", order)
