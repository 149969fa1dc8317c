"""Filters in the address: there and back, and harmless when malformed."""

from __future__ import annotations

from urllib.parse import parse_qsl

from anchorproof.types import Decision, ReviewAge, ReviewOrder, ReviewState
from anchorproof.types.reviews import WAITING
from anchorproof.web.filters import query_of, read_filters


def test_plain_address_shows_what_waits_oldest_first() -> None:
    filters, order = read_filters({})
    assert filters.states == WAITING
    assert order is ReviewOrder.OLDEST_FIRST


def test_every_filter_is_read() -> None:
    query = {
        "state": "decided",
        "decision": "spoof",
        "scenario": "A1",
        "anchor": " ada ",
        "outlet": "Example News",
        "low": "80",
        "high": "95.5",
        "age": "under_a_day",
        "source": "desk",
        "reviewer": "rosa",
        "order": "newest_first",
    }
    filters, order = read_filters(query)
    assert filters.states == (ReviewState.DECIDED,)
    assert (filters.decision, filters.scenario, filters.anchor_id) == (Decision.SPOOF, "A1", "ada")
    assert (filters.lowest_confidence, filters.highest_confidence) == (0.8, 0.955)
    assert (filters.age, filters.reviewer, order) == (ReviewAge.UNDER_A_DAY, "rosa", ReviewOrder.NEWEST_FIRST)


def test_nonsense_lets_all_pass() -> None:
    nonsense = {"state": "x", "decision": "x", "scenario": "Z9", "low": "x", "high": "-5", "age": "x", "order": "x"}
    filters, order = read_filters(nonsense)
    assert (filters.decision, filters.scenario, filters.age, filters.lowest_confidence) == (None, "", None, None)
    assert filters.highest_confidence == 0.0
    assert order is ReviewOrder.OLDEST_FIRST


def test_changes_keep_the_other_filters_and_drop_what_is_no_filter() -> None:
    query = {"decision": "spoof", "outlet": "A & B", "page": "token", "evil": "1"}
    assert dict(parse_qsl(query_of(query, age="under_a_day")[1:])) == {
        "decision": "spoof",
        "outlet": "A & B",
        "age": "under_a_day",
    }
    assert query_of({"age": "under_a_day"}, age="") == ""
