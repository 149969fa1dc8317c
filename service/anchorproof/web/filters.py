"""The queue's filters as they stand in a page's address, and back."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urlencode

from anchorproof.types import Decision, ReviewAge, ReviewFilters, ReviewHolder, ReviewOrder, ReviewOutcome, ReviewState
from anchorproof.types.reviews import WAITING

_E = TypeVar("_E", bound=StrEnum)

KEYS = (
    *("state", "decision", "scenario", "anchor", "outlet", "low", "high", "age", "source", "outcome", "holder"),
    *("reviewer", "order"),
)
#: What "state" may be besides a state: what somebody should still decide, and everything.
WAITING_WORD, ALL_WORD = "waiting", "all"
SCENARIOS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B3", "B4")


def read_filters(query: Mapping[str, str]) -> tuple[ReviewFilters, ReviewOrder]:
    """What is unknown or malformed in an address lets all pass: it may come from an old bookmark."""
    filters = ReviewFilters(
        states=_states(query.get("state", "")),
        decision=_member(Decision, query.get("decision")),
        scenario=query.get("scenario", "") if query.get("scenario", "") in SCENARIOS else "",
        anchor_id=query.get("anchor", "").strip()[:100],
        outlet=query.get("outlet", "").strip()[:200],
        lowest_confidence=_share(query.get("low")),
        highest_confidence=_share(query.get("high")),
        age=_member(ReviewAge, query.get("age")),
        source=query.get("source", "").strip()[:200],
        outcome=_member(ReviewOutcome, query.get("outcome")),
        holder=_member(ReviewHolder, query.get("holder")),
        reviewer=query.get("reviewer", "").strip()[:100],
    )
    return filters, _member(ReviewOrder, query.get("order")) or ReviewOrder.OLDEST_FIRST


def query_of(query: Mapping[str, str], **changes: str) -> str:
    """The address's filters with changes; an empty one is left out. Empty, or begins with "?"."""
    kept = {key: query.get(key, "") for key in KEYS} | changes
    text = urlencode({key: value for key, value in kept.items() if value})
    return f"?{text}" if text else ""


def _states(word: str) -> tuple[ReviewState, ...]:
    if word == ALL_WORD:
        return ()
    one = _member(ReviewState, word)
    return (one,) if one else WAITING


def _member(kind: type[_E], value: str | None) -> _E | None:
    try:
        return kind(value) if value else None
    except ValueError:
        return None


def _share(percent: str | None) -> float | None:
    try:
        return min(1.0, max(0.0, float(percent) / 100)) if percent else None
    except ValueError:
        return None
