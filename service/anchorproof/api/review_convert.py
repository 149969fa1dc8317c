"""The desk's messages <-> types; see ``convert.py``."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from anchorproof.api.convert import (
    anchor_name,
    decision_number,
    id_in,
    member_of,
    number_of,
    read_anchor_name,
    read_decision,
    read_name,
    read_time,
    report_name,
    timestamp,
)
from anchorproof.errors import RequestInvalid
from anchorproof.types import (
    Account,
    LogCheck,
    LogEntry,
    LogFault,
    Review,
    ReviewAge,
    ReviewDecision,
    ReviewFilters,
    ReviewHolder,
    ReviewLease,
    ReviewOrder,
    ReviewOutcome,
    ReviewPage,
    ReviewReason,
    ReviewState,
    Role,
    SessionInfo,
    ViewedMaterial,
)
from anchorproof.v1 import account_pb2, review_pb2

_E = TypeVar("_E", bound=StrEnum)

# --------------------------------------------------------------------------- names


def review_name(review_id: str) -> str:
    return f"reviews/{review_id}"


def decision_name(review_id: str, decision_id: str) -> str:
    return f"reviews/{review_id}/decisions/{decision_id}"


def account_name(account_id: str) -> str:
    return f"accounts/{account_id}" if account_id else ""


def read_review_name(name: str, field: str = "name") -> str:
    return read_name(name, "reviews/{review}", field)[0]


def read_decision_name(name: str, field: str = "name") -> str:
    return read_name(name, "reviews/{review}/decisions/{decision}", field)[1]


def read_account_name(name: str, field: str = "name") -> str:
    return read_name(name, "accounts/{account}", field)[0]


# --------------------------------------------------------------------------- enumerations


def read_state(number: int) -> ReviewState:
    return required(ReviewState, review_pb2.ReviewState, "REVIEW_STATE", number, "filter.states")


def read_outcome(number: int) -> ReviewOutcome:
    return required(ReviewOutcome, review_pb2.ReviewOutcome, "REVIEW_OUTCOME", number, "outcome")


def read_reason(number: int) -> ReviewReason:
    return required(ReviewReason, review_pb2.ReviewReason, "REVIEW_REASON", number, "reason")


def read_material(number: int) -> ViewedMaterial:
    return required(ViewedMaterial, review_pb2.ViewedMaterial, "VIEWED_MATERIAL", number, "material")


def read_role(number: int) -> Role:
    return required(Role, account_pb2.Role, "ROLE", number, "role")


def read_order(number: int) -> ReviewOrder:
    found = optional(ReviewOrder, review_pb2.ReviewOrder, "REVIEW_ORDER", number, "order")
    return found or ReviewOrder.OLDEST_FIRST


def optional(kind: type[_E], enum: EnumTypeWrapper, prefix: str, number: int, field: str) -> _E | None:
    """None for unspecified; raises RequestInvalid for a number this version does not know."""
    if number == 0:
        return None
    if number not in enum.values():
        raise RequestInvalid(f"{field} {number} is unknown", field)
    return member_of(kind, enum, prefix, number)


def required(kind: type[_E], enum: EnumTypeWrapper, prefix: str, number: int, field: str) -> _E:
    """Raises RequestInvalid for unspecified too."""
    found = optional(kind, enum, prefix, number, field)
    if found is None:
        raise RequestInvalid(f"{field} must be given: one of {', '.join(one.name for one in kind)}", field)
    return found


# --------------------------------------------------------------------------- reviews


def review_message(review: Review) -> review_pb2.Review:
    return review_pb2.Review(
        name=review_name(review.review_id),
        report=report_name(review.review_id),
        state=number_of(review_pb2.ReviewState, "REVIEW_STATE", review.state),
        etag=review.etag,
        report_time=timestamp(review.report_time),
        clip_name=review.clip_name,
        clip_sha256=review.clip_sha256,
        duration_s=review.duration_s,
        decision=decision_number(review.decision),
        confidence=review.confidence,
        spoof_posterior=review.spoof_posterior,
        scenarios=review.scenarios,
        flags=review.flags,
        anchors=map(anchor_name, review.anchors),
        outlets=review.outlets,
        source=review.source,
        lease=lease_message(review.lease) if review.lease else None,
        outcome=number_of(review_pb2.ReviewOutcome, "REVIEW_OUTCOME", review.outcome),
        decisions=map(decision_message, review.decisions),
        summary=review.summary,
        summaries=[review_pb2.Summary(language=language, text=text) for language, text in review.summaries],
    )


def read_review(message: review_pb2.Review) -> Review:
    decision = read_decision(message.decision)
    if decision is None:
        raise RequestInvalid("a review has its report's decision", "decision")
    return Review(
        review_id=id_in(message.name),
        state=member_of(ReviewState, review_pb2.ReviewState, "REVIEW_STATE", message.state),
        etag=message.etag,
        report_time=read_time(message.report_time),
        clip_name=message.clip_name,
        clip_sha256=message.clip_sha256,
        duration_s=message.duration_s,
        decision=decision,
        confidence=message.confidence,
        spoof_posterior=message.spoof_posterior,
        scenarios=tuple(message.scenarios),
        flags=tuple(message.flags),
        anchors=tuple(map(id_in, message.anchors)),
        outlets=tuple(message.outlets),
        source=message.source,
        summary=message.summary,
        lease=read_lease(message.lease) if message.HasField("lease") else None,
        outcome=optional(ReviewOutcome, review_pb2.ReviewOutcome, "REVIEW_OUTCOME", message.outcome, "outcome"),
        decisions=tuple(map(read_decision_made, message.decisions)),
        summaries=tuple((item.language, item.text) for item in message.summaries),
    )


def lease_message(lease: ReviewLease) -> review_pb2.Lease:
    return review_pb2.Lease(
        holder=account_name(lease.account_id),
        holder_display_name=lease.display_name,
        expire_time=timestamp(lease.expire_time),
    )


def read_lease(message: review_pb2.Lease) -> ReviewLease:
    return ReviewLease(id_in(message.holder), message.holder_display_name, read_time(message.expire_time))


def decision_message(decision: ReviewDecision) -> review_pb2.ReviewDecision:
    return review_pb2.ReviewDecision(
        name=decision_name(decision.review_id, decision.decision_id),
        reviewer=account_name(decision.account_id),
        reviewer_display_name=decision.display_name,
        outcome=number_of(review_pb2.ReviewOutcome, "REVIEW_OUTCOME", decision.outcome),
        reason=number_of(review_pb2.ReviewReason, "REVIEW_REASON", decision.reason),
        note=decision.note,
        decide_time=timestamp(decision.decide_time),
        undo_until=timestamp(decision.undo_until),
        undo_time=timestamp(decision.undo_time) if decision.undo_time else None,
        reopen_time=timestamp(decision.reopen_time) if decision.reopen_time else None,
    )


def read_decision_made(message: review_pb2.ReviewDecision) -> ReviewDecision:
    _, review_id, _, decision_id = message.name.split("/")
    return ReviewDecision(
        decision_id=decision_id,
        review_id=review_id,
        account_id=id_in(message.reviewer),
        display_name=message.reviewer_display_name,
        outcome=read_outcome(message.outcome),
        reason=read_reason(message.reason),
        note=message.note,
        decide_time=read_time(message.decide_time),
        undo_until=read_time(message.undo_until),
        undo_time=read_time(message.undo_time) if message.HasField("undo_time") else None,
        reopen_time=read_time(message.reopen_time) if message.HasField("reopen_time") else None,
    )


def filter_message(filters: ReviewFilters) -> review_pb2.ReviewFilter:
    return review_pb2.ReviewFilter(
        states=[number_of(review_pb2.ReviewState, "REVIEW_STATE", state) for state in filters.states],
        decision=decision_number(filters.decision),
        scenario=filters.scenario,
        anchor=anchor_name(filters.anchor_id),
        outlet=filters.outlet,
        lowest_confidence=filters.lowest_confidence,
        highest_confidence=filters.highest_confidence,
        age=number_of(review_pb2.ReviewAge, "REVIEW_AGE", filters.age),
        reported_from=timestamp(filters.reported_from) if filters.reported_from else None,
        reported_before=timestamp(filters.reported_before) if filters.reported_before else None,
        source=filters.source,
        outcome=number_of(review_pb2.ReviewOutcome, "REVIEW_OUTCOME", filters.outcome),
        holder=number_of(review_pb2.ReviewHolder, "REVIEW_HOLDER", filters.holder),
        reviewer=account_name(filters.reviewer),
    )


def read_filter(message: review_pb2.ReviewFilter) -> ReviewFilters:
    """Raises RequestInvalid for a name or a number that cannot be read."""
    return ReviewFilters(
        states=tuple(dict.fromkeys(map(read_state, message.states))),
        decision=read_decision(message.decision),
        scenario=message.scenario,
        anchor_id=read_anchor_name(message.anchor, "filter.anchor") if message.anchor else "",
        outlet=message.outlet,
        lowest_confidence=message.lowest_confidence if message.HasField("lowest_confidence") else None,
        highest_confidence=message.highest_confidence if message.HasField("highest_confidence") else None,
        age=optional(ReviewAge, review_pb2.ReviewAge, "REVIEW_AGE", message.age, "filter.age"),
        reported_from=read_time(message.reported_from) if message.HasField("reported_from") else None,
        reported_before=read_time(message.reported_before) if message.HasField("reported_before") else None,
        source=message.source,
        outcome=optional(ReviewOutcome, review_pb2.ReviewOutcome, "REVIEW_OUTCOME", message.outcome, "filter.outcome"),
        holder=optional(ReviewHolder, review_pb2.ReviewHolder, "REVIEW_HOLDER", message.holder, "filter.holder"),
        reviewer=read_account_name(message.reviewer, "filter.reviewer") if message.reviewer else "",
    )


def page_message(page: ReviewPage) -> review_pb2.ListReviewsResponse:
    return review_pb2.ListReviewsResponse(
        reviews=map(review_message, page.reviews),
        next_page_token=page.next_page_token,
        total_size=page.total or 0,
        counts=(
            review_pb2.ReviewCount(
                state=number_of(review_pb2.ReviewState, "REVIEW_STATE", state),
                age=number_of(review_pb2.ReviewAge, "REVIEW_AGE", age),
                count=count,
            )
            for (state, age), count in page.counts.items()
        ),
    )


def read_page(message: review_pb2.ListReviewsResponse) -> ReviewPage:
    counts = {
        (
            member_of(ReviewState, review_pb2.ReviewState, "REVIEW_STATE", one.state),
            member_of(ReviewAge, review_pb2.ReviewAge, "REVIEW_AGE", one.age),
        ): one.count
        for one in message.counts
    }
    total = message.total_size if counts else None
    return ReviewPage(tuple(map(read_review, message.reviews)), message.next_page_token, total, counts)


# --------------------------------------------------------------------------- the log


def entry_message(entry: LogEntry) -> review_pb2.ReviewAuditEntry:
    return review_pb2.ReviewAuditEntry(
        number=entry.number,
        time=timestamp(entry.time),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        details=dict(entry.details),
        sha256=entry.sha256,
    )


def read_entry(message: review_pb2.ReviewAuditEntry) -> LogEntry:
    return LogEntry(
        number=message.number,
        time=read_time(message.time),
        actor=message.actor,
        action=message.action,
        subject=message.subject,
        details=tuple(sorted(message.details.items())),
        sha256=message.sha256,
    )


def check_message(check: LogCheck) -> review_pb2.VerifyReviewAuditResponse:
    return review_pb2.VerifyReviewAuditResponse(
        sound=check.is_sound,
        entries=check.entries,
        head=check.head,
        faults=(
            review_pb2.AuditFault(number=fault.number, code=fault.code, message=fault.message) for fault in check.faults
        ),
    )


def read_check(message: review_pb2.VerifyReviewAuditResponse) -> LogCheck:
    faults = (LogFault(fault.number, fault.code, fault.message) for fault in message.faults)
    return LogCheck(message.entries, message.head, tuple(faults))


# --------------------------------------------------------------------------- accounts


def account_message(account: Account) -> account_pb2.Account:
    return account_pb2.Account(
        name=account_name(account.account_id),
        display_name=account.display_name,
        role=role_number(account.role),
        disabled=account.is_disabled,
        create_time=timestamp(account.create_time),
        last_sign_in_time=timestamp(account.last_sign_in) if account.last_sign_in else None,
    )


def read_account(message: account_pb2.Account) -> Account:
    return Account(
        account_id=id_in(message.name),
        display_name=message.display_name,
        role=read_role(message.role),
        is_disabled=message.disabled,
        create_time=read_time(message.create_time),
        last_sign_in=read_time(message.last_sign_in_time) if message.HasField("last_sign_in_time") else None,
    )


def role_number(role: Role | None) -> Any:
    return number_of(account_pb2.Role, "ROLE", role)


def session_message(info: SessionInfo) -> account_pb2.Session:
    return account_pb2.Session(
        account=account_message(info.account),
        expire_time=timestamp(info.expire_time),
        idle_expire_time=timestamp(info.idle_expire_time),
    )


def read_session(message: account_pb2.Session) -> SessionInfo:
    return SessionInfo(
        read_account(message.account), read_time(message.expire_time), read_time(message.idle_expire_time)
    )


def accounts_message(accounts: Iterable[Account], token: str) -> account_pb2.ListAccountsResponse:
    return account_pb2.ListAccountsResponse(accounts=map(account_message, accounts), next_page_token=token)
