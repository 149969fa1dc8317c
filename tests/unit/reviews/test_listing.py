from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from anchorproof.errors import RequestInvalid
from anchorproof.reviews.desk import Desk
from anchorproof.types import (
    WAITING,
    Account,
    Decision,
    Explanation,
    Review,
    ReviewAge,
    ReviewFilters,
    ReviewHolder,
    ReviewOrder,
    ReviewOutcome,
    ReviewState,
)
from tests.unit.reviews.conftest import OpenDesk, add, decide, make_report

AGES = {
    ReviewAge.UNDER_AN_HOUR: (timedelta(0), timedelta(hours=1)),
    ReviewAge.UNDER_A_DAY: (timedelta(hours=1), timedelta(days=1)),
    ReviewAge.UNDER_A_WEEK: (timedelta(days=1), timedelta(weeks=1)),
    ReviewAge.A_WEEK_OR_MORE: (timedelta(weeks=1), timedelta(days=10_000)),
}


@pytest.fixture
def queue(desk: Desk, rosa: Account, remo: Account) -> list[Review]:
    """120 reviews of all kinds; some decided, some held."""
    dice = random.Random(4)
    for number in range(120):
        age = timedelta(hours=dice.choice([0.1, 0.5, 3, 20, 30, 100, 300])) + timedelta(seconds=number % 3)
        scenarios = tuple(dice.sample(["A1", "A2", "B1"], dice.randint(0, 2)))
        posterior = round(dice.random(), 1)  # many are equal
        report = make_report(number, dice.choice(list(Decision)), posterior, age, scenarios)
        add(desk, report, source=dice.choice(["one", "two"]))
    for number in range(0, 30, 2):
        decide(desk, rosa, f"r{number}")
    for number in range(30, 40):
        decide(desk, remo, f"r{number}", ReviewOutcome.NEEDS_SECOND_OPINION)
    for number, account in ((50, rosa), (51, rosa), (52, remo)):
        desk.leases.take(account, f"r{number}")
    return [desk.get(f"r{number}") for number in range(120)]


def _all(desk: Desk, filters: ReviewFilters, order: ReviewOrder, page_size: int = 7) -> list[str]:
    found: list[str] = []
    token = ""
    while True:
        page = desk.page("rosa", filters, order, page_size, token)
        found += [review.review_id for review in page.reviews]
        token = page.next_page_token
        if not token:
            return found


def _passes(review: Review, filters: ReviewFilters, with_state_and_age: bool = True) -> bool:
    age = datetime.now(UTC) - review.report_time
    holder = review.lease.account_id if review.lease else ""
    held = {"me": holder == "rosa", "nobody": not holder, "somebody_else": holder not in ("", "rosa")}
    own_state_and_age = not with_state_and_age or (
        (not filters.states or review.state in filters.states)
        and (filters.age is None or AGES[filters.age][0] <= age < AGES[filters.age][1])
    )
    standing = [decision for decision in review.decisions if decision.stands]
    return (
        own_state_and_age
        and filters.decision in (None, review.decision)
        and (not filters.scenario or filters.scenario in review.scenarios)
        and (filters.lowest_confidence or 0) <= review.confidence <= (filters.highest_confidence or 1)
        and filters.source in ("", review.source)
        and filters.outcome in (None, review.outcome)
        and (filters.holder is None or held[filters.holder])
        and (not filters.reviewer or (bool(standing) and standing[-1].account_id == filters.reviewer))
    )


FILTERS = [
    ReviewFilters(),
    ReviewFilters(states=WAITING),
    ReviewFilters(states=(ReviewState.DECIDED,)),
    ReviewFilters(states=(ReviewState.SECOND_OPINION,)),
    ReviewFilters(decision=Decision.SPOOF),
    ReviewFilters(scenario="A1"),
    ReviewFilters(scenario="A1", decision=Decision.BONA_FIDE, states=WAITING),
    ReviewFilters(lowest_confidence=0.7, highest_confidence=0.9),
    *(ReviewFilters(age=age) for age in ReviewAge),
    ReviewFilters(source="two", age=ReviewAge.UNDER_A_DAY),
    ReviewFilters(outcome=ReviewOutcome.BONA_FIDE),
    ReviewFilters(reviewer="remo"),
    *(ReviewFilters(holder=holder) for holder in ReviewHolder),
]


@pytest.mark.parametrize("order", list(ReviewOrder))
def test_every_filter_gives_what_it_says_in_every_order(desk: Desk, queue: list[Review], order: ReviewOrder) -> None:
    falls = order in (ReviewOrder.NEWEST_FIRST, ReviewOrder.MOST_LIKELY_SPOOF_FIRST)
    by_time = order in (ReviewOrder.OLDEST_FIRST, ReviewOrder.NEWEST_FIRST)
    place = {review.review_id: number for number, review in enumerate(queue)}

    def key(review: Review) -> tuple[object, int]:
        return (review.report_time if by_time else review.spoof_posterior), place[review.review_id]

    for filters in FILTERS:
        expected = sorted((review for review in queue if _passes(review, filters)), key=key, reverse=falls)
        assert _all(desk, filters, order) == [review.review_id for review in expected], filters


def test_counts_are_those_of_the_filter_without_state_and_age(desk: Desk, queue: list[Review]) -> None:
    for filters in FILTERS:
        page = desk.page("rosa", filters)
        for (state, age), count in page.counts.items():
            wanted = [
                review
                for review in queue
                if _passes(review, filters, with_state_and_age=False)
                and review.state is state
                and AGES[age][0] <= datetime.now(UTC) - review.report_time < AGES[age][1]
            ]
            assert count == len(wanted), (filters, state, age)
        assert page.total == sum(_passes(review, filters) for review in queue), filters


def test_two_tags_and_a_tag_that_nobody_has(desk: Desk, queue: list[Review]) -> None:
    assert _all(desk, ReviewFilters(scenario="A9"), ReviewOrder.OLDEST_FIRST) == []
    assert desk.page("rosa", ReviewFilters(scenario="A9")).total == 0
    assert desk.page("rosa", ReviewFilters(scenario="A1", outlet="Nowhere")).total == 0
    assert len(queue) == 120


def test_a_token_of_another_filter_order_or_person_is_refused(desk: Desk, queue: list[Review]) -> None:
    token = desk.page("rosa", page_size=3).next_page_token
    assert queue
    for account_id, filters, order in (
        ("remo", ReviewFilters(), ReviewOrder.OLDEST_FIRST),
        ("rosa", ReviewFilters(source="one"), ReviewOrder.OLDEST_FIRST),
        ("rosa", ReviewFilters(), ReviewOrder.NEWEST_FIRST),
    ):
        with pytest.raises(RequestInvalid, match="page_token"):
            desk.page(account_id, filters, order, 3, token)


@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_confidence_lies_between_0_and_1(desk: Desk, value: float) -> None:
    with pytest.raises(RequestInvalid, match="confidence"):
        desk.page("rosa", ReviewFilters(lowest_confidence=value))


def test_a_report_is_taken_up_once(desk: Desk, open_desk: OpenDesk) -> None:
    add(desk, make_report(1))
    assert open_desk().items.take_up([(1, make_report(1), ""), (2, make_report(2), "")], lambda _: "") == 1
    assert desk.page("rosa").total == 2
    assert desk.items.position() == 2


def test_review_sums_up_in_the_languages_of_its_report(desk: Desk) -> None:
    told = (Explanation("en", "a test", (), (), ()), Explanation("zh", "一个测试", (), (), ()))
    report = make_report(1)
    add(desk, replace(report, verdict=replace(report.verdict, explanations=told)))
    add(desk, make_report(2))  # of a report from before there were explanations
    assert [desk.get("r1").summary_in(language) for language in ("en", "zh", "fr")] == ["a test", "一个测试", "a test"]
    assert desk.get("r2").summary_in("zh") == "a test"
