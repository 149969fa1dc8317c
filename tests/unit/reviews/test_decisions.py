from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from anchorproof.errors import ReasonUnfit, ReviewRefused
from anchorproof.reviews.decisions import Ruling
from anchorproof.reviews.desk import Desk
from anchorproof.types import (
    REASONS,
    Account,
    ReviewFilters,
    ReviewOrder,
    ReviewOutcome,
    ReviewReason,
    ReviewState,
)
from tests.unit.reviews.conftest import OpenDesk, add, decide, make_report

RULING = (ReviewOutcome.BONA_FIDE, ReviewReason.NOTHING_FOUND)


def test_a_lease_that_ran_out_counts_until_somebody_takes_it(open_desk: OpenDesk, rosa: Account, remo: Account) -> None:
    desk = open_desk(lease_s=0.0)
    add(desk, make_report(1), make_report(2))
    one, two = desk.leases.take(rosa, "r1"), desk.leases.take(rosa, "r2")
    assert one.lease is None
    desk.decisions.submit(rosa, "r1", "a", Ruling(one.etag, *RULING))
    open_desk().leases.take(remo, "r2")
    with pytest.raises(ReviewRefused) as refused:
        desk.decisions.submit(rosa, "r2", "b", Ruling(two.etag, *RULING))
    assert refused.value.reason == "REVIEW_HELD"


def test_who_never_leased_it_does_not_decide(desk: Desk, rosa: Account) -> None:
    add(desk, make_report(1))
    with pytest.raises(ReviewRefused) as refused:
        desk.decisions.submit(rosa, "r1", "a", Ruling(desk.get("r1").etag, *RULING))
    assert refused.value.reason == "LEASE_LOST"


def test_undo_ends_with_its_window_and_with_the_next_decision(
    open_desk: OpenDesk, rosa: Account, remo: Account
) -> None:
    desk = open_desk(undo_s=0.0)
    add(desk, make_report(1), make_report(2))
    late = decide(desk, rosa, "r1")
    asked = decide(open_desk(), rosa, "r2", ReviewOutcome.NEEDS_SECOND_OPINION)
    decide(open_desk(), remo, "r2")
    for decision in (late, asked):
        with pytest.raises(ReviewRefused) as refused:
            desk.decisions.undo(rosa, decision.decision_id, f"undo {decision.decision_id}")
        assert refused.value.reason == "UNDO_TOO_LATE"


def test_undo_of_a_second_opinion_gives_the_first_one_back(desk: Desk, rosa: Account, remo: Account) -> None:
    add(desk, make_report(1))
    decide(desk, rosa, "r1", ReviewOutcome.NEEDS_SECOND_OPINION)
    second = decide(desk, remo, "r1")
    undone = desk.decisions.undo(remo, second.decision_id, "undo")
    assert (undone.state, undone.outcome) == (ReviewState.SECOND_OPINION, ReviewOutcome.NEEDS_SECOND_OPINION)
    assert undone.lease is not None
    assert undone.lease.account_id == "remo"
    assert desk.verify().is_sound


@pytest.mark.parametrize("outcome", list(ReviewOutcome))
def test_each_outcome_has_its_reasons(outcome: ReviewOutcome) -> None:
    for reason in ReviewReason:
        ruling = Ruling("1", outcome, reason, "a note")
        if reason in REASONS[outcome]:
            ruling.check()
        else:
            with pytest.raises(ReasonUnfit):
                ruling.check()


def test_many_at_once_take_each_its_own_and_decide_once(desk: Desk, rosa: Account, remo: Account) -> None:
    add(desk, *map(make_report, range(20)))

    def work(account: Account) -> list[str]:
        done = []
        while review := desk.leases.take_next(account, ReviewFilters(), ReviewOrder.OLDEST_FIRST):
            ruling = Ruling(review.etag, *RULING)
            for _ in range(2):
                desk.decisions.submit(account, review.review_id, f"of {review.review_id}", ruling)
            done.append(review.review_id)
        return done

    with ThreadPoolExecutor(2) as threads:
        one, other = threads.map(work, (rosa, remo))
    assert sorted(one + other) == sorted(f"r{number}" for number in range(20))
    assert {len(desk.get(f"r{number}").decisions) for number in range(20)} == {1}
    assert desk.verify().is_sound
