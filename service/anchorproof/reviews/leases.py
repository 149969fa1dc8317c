"""Holding reviews, so that two people never work on one clip."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from anchorproof.databases import Row, Session
from anchorproof.errors import NotAllowed, ReviewRefused
from anchorproof.reviews import listing
from anchorproof.reviews.books import Books, account_name, review_name
from anchorproof.reviews.rows import decisions_of, find_row, lease_from, whole_review
from anchorproof.settings import ReviewSettings
from anchorproof.times import microseconds, now, to_time
from anchorproof.types import (
    WAITING,
    Account,
    Review,
    ReviewFilters,
    ReviewLease,
    ReviewOrder,
    ReviewOutcome,
    ReviewState,
    Role,
)

#: Looked through for the next free review, a page at a time.
_PAGE_ROWS = 50


class Leases:
    """A lease is an account's, not a session's: the same person in two windows holds it in both."""

    def __init__(self, books: Books, settings: ReviewSettings) -> None:
        self._books = books
        self._settings = settings

    def take(self, account: Account, review_id: str) -> Review:
        """Held by the account; longer, when it holds it already.

        Raises:
            ReviewRefused: REVIEW_HELD, REVIEW_DECIDED, ANOTHER_PERSON_NEEDED
            NotFound
        """
        with self._books.database.writing() as session:
            row = find_row(session, review_id)
            check_may_decide(session, row, account.account_id)
            self._hold(session, row, account.account_id)
            return whole_review(session, review_id)

    def take_next(
        self, account: Account, filters: ReviewFilters, order: ReviewOrder, but: Collection[str] = ()
    ) -> Review | None:
        """The first that waits and is free, or is the account's already; None: there is none.

        Raises:
            RequestInvalid: a filter that cannot be.
        """
        waiting = tuple(state for state in (filters.states or WAITING) if state in WAITING)
        wanted = replace(filters, states=waiting or WAITING)
        with self._books.database.writing() as session:
            token = ""
            while True:
                rows, token = listing.page(session, wanted, order, account.account_id, _PAGE_ROWS, token)
                for row in rows:
                    if row["review_id"] not in but and _may_decide(session, row, account.account_id):
                        self._hold(session, row, account.account_id)
                        return whole_review(session, row["review_id"])
                if not token:
                    return None

    def renew(self, account: Account, review_id: str) -> ReviewLease:
        """Held anew for as long; also when the lease ran out and nobody took it.

        Raises:
            ReviewRefused: LEASE_LOST
            NotFound
        """
        with self._books.database.writing() as session:
            row = find_row(session, review_id)
            if row["holder"] != account.account_id:
                raise lease_lost(row)
            until = self._until()
            session.run("hold", sequence=row["sequence"], holder=account.account_id, held_until=until)
        return ReviewLease(account.account_id, account.display_name, to_time(until))

    def release(self, account: Account, review_id: str) -> Review:
        """Back in the queue; leads may do it for others.

        Raises:
            NotAllowed: somebody else holds it, and the account is no lead's.
            NotFound
        """
        with self._books.database.writing() as session:
            row = find_row(session, review_id)
            lease = lease_from(row)
            is_mine = row["holder"] == account.account_id
            if lease is not None and not is_mine and not account.role.may(Role.LEAD):
                raise NotAllowed("NOT_YOURS", f"{lease.display_name} holds this review; only they or a lead give it up")
            if is_mine or lease is not None:
                session.run("hold", sequence=row["sequence"], holder="", held_until=0)
                self._note(session, account.account_id, "review.released", row, holder=account_name(row["holder"]))
            return whole_review(session, review_id)

    def _hold(self, session: Session, row: Row, account_id: str) -> None:
        is_new = row["holder"] != account_id or row["held_until"] <= now()
        session.run("hold", sequence=row["sequence"], holder=account_id, held_until=self._until())
        if is_new:
            self._note(session, account_id, "review.leased", row)

    def _note(self, session: Session, account_id: str, action: str, row: Row, **details: str) -> None:
        self._books.note(session, account_name(account_id), action, review_name(row["review_id"]), **details)

    def _until(self) -> int:
        return now() + microseconds(self._settings.lease_s)


def check_may_decide(session: Session, row: Row, account_id: str) -> None:
    """Raises ReviewRefused when the review is decided, held by somebody else, or waits for another person."""
    if row["state"] == ReviewState.DECIDED:
        raise ReviewRefused("REVIEW_DECIDED", "this review is decided already; a lead can open it again")
    lease = lease_from(row)
    if lease is not None and lease.account_id != account_id:
        raise ReviewRefused("REVIEW_HELD", f"{lease.display_name} is looking at this clip; take another one")
    if row["state"] == ReviewState.SECOND_OPINION and account_id in _who_asked(session, row):
        raise ReviewRefused(
            "ANOTHER_PERSON_NEEDED", "you asked for a second opinion on this clip; somebody else must give it"
        )


def lease_lost(row: Row) -> ReviewRefused:
    """Why somebody who thinks to hold the review does not."""
    lease = lease_from(row)
    if lease is None:
        return ReviewRefused("LEASE_LOST", "you do not hold this review; take it first")
    return ReviewRefused("LEASE_LOST", f"{lease.display_name} holds this review now; yours had run out")


def _may_decide(session: Session, row: Row, account_id: str) -> bool:
    try:
        check_may_decide(session, row, account_id)
    except ReviewRefused:
        return False
    return True


def _who_asked(session: Session, row: Row) -> set[str]:
    asked = ReviewOutcome.NEEDS_SECOND_OPINION
    return {one.account_id for one in decisions_of(session, row) if one.stands and one.outcome is asked}
