"""What people decide: each decision is whole or not there, and is made once however often it is sent."""

from __future__ import annotations

import hashlib
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta

from anchorproof.databases import Row, Session
from anchorproof.errors import ChangedMeanwhile, NotAllowed, NotFound, ReasonUnfit, RequestInvalid, ReviewRefused
from anchorproof.reviews.books import Books, account_name, review_name
from anchorproof.reviews.leases import check_may_decide, lease_lost
from anchorproof.reviews.rows import etag_of, find_row, whole_review
from anchorproof.reviews.verify import decision_hash
from anchorproof.settings import ReviewSettings
from anchorproof.times import microseconds, now
from anchorproof.types import (
    REASONS,
    Account,
    Review,
    ReviewDecision,
    ReviewOutcome,
    ReviewReason,
    ReviewState,
)

NOTE_LENGTH = 4000
REQUEST_ID_LENGTH = 200
#: A repeated request is recognised for this long.
REQUESTS_KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer sends; ``etag`` is the review's as they saw it."""

    etag: str
    outcome: ReviewOutcome
    reason: ReviewReason
    note: str = ""

    def check(self) -> None:
        """Raises RequestInvalid, ReasonUnfit."""
        if not self.etag:
            raise RequestInvalid("etag must be the review's, as it was shown to whoever decides", "etag")
        if self.reason not in REASONS[self.outcome]:
            fitting = ", ".join(reason.name for reason in REASONS[self.outcome])
            raise ReasonUnfit(f"{self.reason.name} does not go with {self.outcome.name}; these do: {fitting}")
        if self.reason is ReviewReason.OTHER and not self.note.strip():
            raise RequestInvalid("the reason OTHER needs a note that says what it is", "note")
        check_note(self.note)


class Decisions:
    """Decisions, undo, reopening."""

    def __init__(self, books: Books, settings: ReviewSettings) -> None:
        self._books = books
        self._settings = settings

    def submit(
        self, account: Account, review_id: str, request_id: str, ruling: Ruling
    ) -> tuple[ReviewDecision, Review]:
        """The decision and the review as it is now; a repeated request gives the decision made the first time.

        Raises:
            RequestInvalid, ReasonUnfit: the ruling breaks a rule, or the request's id was used for another one.
            ChangedMeanwhile: the etag is not current.
            ReviewRefused: REVIEW_DECIDED, REVIEW_HELD, LEASE_LOST, ANOTHER_PERSON_NEEDED
            NotFound
        """
        ruling.check()
        request = _Request(
            account.account_id,
            request_id,
            "submit",
            (review_id, ruling.etag, ruling.outcome, ruling.reason, ruling.note),
        )
        with self._books.database.writing() as session:
            decision_id = request.result(session)
            if decision_id is None:
                row = find_row(session, review_id)
                _check(session, row, account.account_id, ruling)
                decision_id = self._decide(session, row, account.account_id, ruling)
                request.remember(session, decision_id)
            review = whole_review(session, review_id)
        made = next(decision for decision in review.decisions if decision.decision_id == decision_id)
        return made, review

    def undo(self, account: Account, decision_id: str, request_id: str) -> Review:
        """The review as it was before the decision, held by the account again.

        Raises:
            NotAllowed: NOT_YOURS
            ReviewRefused: UNDO_TOO_LATE, also when something happened since
            RequestInvalid, NotFound
        """
        request = _Request(account.account_id, request_id, "undo", (decision_id,))
        with self._books.database.writing() as session:
            done = session.row("get_decision", decision_id=decision_id)
            if done is None:
                raise NotFound("decision", decision_id)
            if request.result(session) is None:
                self._take_back(session, done, account.account_id)
                request.remember(session, decision_id)
            return whole_review(session, done["review_id"])

    def reopen(self, account: Account, review_id: str, etag: str, note: str) -> Review:
        """Open again, for anybody; its decisions stay on record.

        Raises:
            RequestInvalid: no note, or no etag.
            ChangedMeanwhile, NotFound
            ReviewRefused: REVIEW_DECIDED is not so.
        """
        if not note.strip():
            raise RequestInvalid("a note must say why the review is opened again", "note")
        check_note(note)
        with self._books.database.writing() as session:
            row = find_row(session, review_id)
            _check_etag(row, etag)
            if row["state"] != ReviewState.DECIDED:
                raise ReviewRefused("REVIEW_OPEN", "this review is not decided; there is nothing to open again")
            session.run("reopen_decisions", sequence=row["sequence"], now=now())
            _put(session, row, ReviewState.OPEN, None, "")
            self._note(session, account.account_id, "review.reopened", row, note_sha256=_sha256(note), note=len(note))
            return whole_review(session, review_id)

    def _decide(self, session: Session, row: Row, account_id: str, ruling: Ruling) -> str:
        moment = now()
        decision = {
            "decision_id": uuid.uuid4().hex,
            "account_id": account_id,
            "outcome": ruling.outcome.value,
            "reason": ruling.reason.value,
            "note": ruling.note,
            "decide_time": moment,
            "undo_until": moment + microseconds(self._settings.undo_s),
        }
        session.run("insert_decision", sequence=row["sequence"], state_then=row["state"], **decision)
        is_passed_on = ruling.outcome is ReviewOutcome.NEEDS_SECOND_OPINION
        state = ReviewState.SECOND_OPINION if is_passed_on else ReviewState.DECIDED
        _put(session, row, state, ruling.outcome, account_id)
        self._note(
            session,
            account_id,
            "review.decided",
            row,
            decision=decision["decision_id"],
            outcome=ruling.outcome.value,
            reason=ruling.reason.value,
            decision_sha256=decision_hash({**decision, "review_id": row["review_id"]}),
        )
        return str(decision["decision_id"])

    def _take_back(self, session: Session, done: Row, account_id: str) -> None:
        if done["account_id"] != account_id:
            raise NotAllowed("NOT_YOURS", "only who made the decision takes it back; a lead can open the review again")
        row = find_row(session, done["review_id"])
        standing = [one for one in session.rows("list_decisions", sequence=row["sequence"]) if _stands(one)]
        if not standing or standing[-1]["decision_id"] != done["decision_id"] or done["undo_until"] <= now():
            raise ReviewRefused(
                "UNDO_TOO_LATE", "the decision cannot be taken back any more; a lead can open the review again"
            )
        if row["holder"] not in ("", account_id) and row["held_until"] > now():
            raise ReviewRefused("REVIEW_HELD", "somebody is looking at this clip for a second opinion already")
        session.run("take_back_decision", decision_id=done["decision_id"], now=now())
        before = standing[-2] if len(standing) > 1 else None
        outcome = ReviewOutcome(before["outcome"]) if before else None
        state, reviewer = ReviewState(done["state_then"]), before["account_id"] if before else ""
        _put(session, row, state, outcome, reviewer, account_id, now() + microseconds(self._settings.lease_s))
        self._note(session, account_id, "review.undone", row, decision=done["decision_id"])

    def _note(self, session: Session, account_id: str, action: str, row: Row, **details: str | int) -> None:
        self._books.note(session, account_name(account_id), action, review_name(row["review_id"]), **details)


def check_note(note: str) -> None:
    """Raises RequestInvalid when it is too long, or holds what no keyboard writes."""
    if len(note) > NOTE_LENGTH:
        raise RequestInvalid(f"a note has at most {NOTE_LENGTH:,} characters; got {len(note):,}", "note")
    if any(ord(mark) < 32 and mark not in "\n\r\t" for mark in note):
        raise RequestInvalid("a note holds text only, no control characters", "note")


class _Request:
    """One call that may be repeated under its id, by the same account."""

    def __init__(self, account_id: str, request_id: str, method: str, content: tuple[str, ...]) -> None:
        if not 0 < len(request_id) <= REQUEST_ID_LENGTH:
            raise RequestInvalid(
                f"request_id must have 1 to {REQUEST_ID_LENGTH} characters, the same for every repetition", "request_id"
            )
        self._account_id = account_id
        self._request_id = request_id
        self._content_sha256 = _sha256(json.dumps([method, *map(str, content)]))

    def result(self, session: Session) -> str | None:
        """What it led to the first time. Raises RequestInvalid when it was another call."""
        row = session.row("find_request", account_id=self._account_id, request_id=self._request_id)
        if row is None:
            return None
        if row["content_sha256"] != self._content_sha256:
            raise RequestInvalid(
                f"request_id {self._request_id!r} was used before for something else; send a new one with every new "
                "decision, and repeat one only with the same content",
                "request_id",
            )
        return str(row["result_id"])

    def remember(self, session: Session, result_id: str) -> None:
        moment = now()
        session.run("forget_requests", before=moment - microseconds(REQUESTS_KEPT.total_seconds()))
        session.run(
            "insert_request",
            account_id=self._account_id,
            request_id=self._request_id,
            content_sha256=self._content_sha256,
            result_id=result_id,
            now=moment,
        )


def _check(session: Session, row: Row, account_id: str, ruling: Ruling) -> None:
    _check_etag(row, ruling.etag)
    check_may_decide(session, row, account_id)
    if row["holder"] != account_id:
        raise lease_lost(row)


def _check_etag(row: Row, etag: str) -> None:
    if etag != etag_of(row):
        raise ChangedMeanwhile("review", row["review_id"])


def _put(
    session: Session,
    row: Row,
    state: ReviewState,
    outcome: ReviewOutcome | None,
    reviewer: str,
    holder: str = "",
    held_until: int = 0,
) -> None:
    session.run(
        "put_state",
        sequence=row["sequence"],
        state=state.value,
        outcome=outcome.value if outcome else "",
        reviewer=reviewer,
        holder=holder,
        held_until=held_until,
    )


def _stands(row: Row) -> bool:
    return not row["undo_time"] and not row["reopen_time"]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
