"""Which reviews, in which order, how many: the statements behind the queue.

They are put together once, from a few parts, for each order, and for "all reviews" or "those with a tag": so each has
an index that gives its order, and holds what the other filters ask for. A page costs as much as the rows that are
passed over to fill it; a count, as the rows of its states and ages.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Any

from anchorproof import pages
from anchorproof.databases import Session
from anchorproof.errors import RequestInvalid
from anchorproof.reviews.items import tag_key
from anchorproof.times import microseconds, now, to_number
from anchorproof.types import ReviewAge, ReviewFilters, ReviewOrder, ReviewState

_END = 2**63 - 1
#: How many tags one filter can name: a scenario, an anchor, an outlet.
TAGS = 3

#: Filters on columns that both indexes hold. An empty text lets all pass; bounds that do nothing do so too.
_CONDITIONS = """
  AND (:decision = '' OR r.decision = :decision)
  AND (:source = '' OR r.source = :source)
  AND (:outcome = '' OR r.outcome = :outcome)
  AND (:reviewer = '' OR r.reviewer = :reviewer)
  AND r.confidence BETWEEN :lowest AND :highest
  AND (:holder = ''
       OR (:holder = 'me' AND r.holder = :me AND r.held_until > :now)
       OR (:holder = 'nobody' AND (r.holder = '' OR r.held_until <= :now))
       OR (:holder = 'somebody_else' AND r.holder <> '' AND r.holder <> :me AND r.held_until > :now))
"""
_TIMES = "  AND r.report_time >= :reported_from AND r.report_time < :reported_before\n"
#: Order -> its column, and whether it falls.
_ORDERS = {
    ReviewOrder.OLDEST_FIRST: ("report_time", False),
    ReviewOrder.NEWEST_FIRST: ("report_time", True),
    ReviewOrder.MOST_LIKELY_SPOOF_FIRST: ("spoof_posterior", True),
    ReviewOrder.LEAST_LIKELY_SPOOF_FIRST: ("spoof_posterior", False),
}


def queries() -> dict[str, str]:
    """All statements by name."""
    made = {f"count_{_kind(tags)}": _count_query(tags) for tags in range(TAGS + 1)}
    for order in ReviewOrder:
        for tags in range(TAGS + 1):
            made[f"list_{order.value}_{_kind(tags)}"] = _list_query(order, tags)
    return made


def page(
    session: Session, filters: ReviewFilters, order: ReviewOrder, account_id: str, page_size: int, page_token: str
) -> tuple[list[Any], str]:
    """Rows of ``reviews``, and the next page's token (empty: no more).

    Raises:
        RequestInvalid: a page token of another list, order or filter.
    """
    limit = pages.rows_per_page(page_size)
    scope = f"reviews {order.value} {account_id} {json.dumps(asdict(filters), sort_keys=True, default=str)}"
    key, sequence = _start(order, page_token, scope)
    found = _tag_ids(session, filters)
    if found is None:
        return [], ""
    states = [*(filters.states or ReviewState), *(["none"] * len(ReviewState))]
    rows = session.rows(
        f"list_{order.value}_{_kind(len(found))}",
        key=key,
        sequence=sequence,
        rows=limit + 1,
        **_tag_parameters(found),
        **_filter_parameters(filters, account_id),
        **{f"state{number}": str(state) for number, state in enumerate(states[: len(ReviewState)])},
    )
    if len(rows) <= limit:
        return list(rows), ""
    last = rows[limit - 1]
    column, _ = _ORDERS[order]
    place = last[column] if column == "report_time" else _bits(last[column])
    return list(rows[:limit]), pages.write_token([place, last["sequence"]], scope)


def counts(session: Session, filters: ReviewFilters, account_id: str) -> Mapping[tuple[ReviewState, ReviewAge], int]:
    """Reviews by state and age that pass the filters without those two."""
    found = _tag_ids(session, filters)
    if found is None:
        return {(state, age): 0 for state in ReviewState for age in ReviewAge}
    parameters = _filter_parameters(filters, account_id) | _tag_parameters(found)
    if found:
        return _count_tagged(session, filters, parameters, len(found))
    counted = {}
    for state in ReviewState:
        for age in ReviewAge:
            start, end = _times(filters, age, parameters["now"])
            row = session.row(
                "count_all", **parameters | {"state": state.value, "reported_from": start, "reported_before": end}
            )
            counted[state, age] = int(row["reviews"]) if row is not None else 0
    return counted


def _count_tagged(
    session: Session, filters: ReviewFilters, parameters: dict[str, Any], tags: int
) -> Mapping[tuple[ReviewState, ReviewAge], int]:
    start, end = _times(filters, None, parameters["now"])
    limits = {
        f"{name}_ago": _times(ReviewFilters(), age, parameters["now"])[0]
        for name, age in (
            ("an_hour", ReviewAge.UNDER_AN_HOUR),
            ("a_day", ReviewAge.UNDER_A_DAY),
            ("a_week", ReviewAge.UNDER_A_WEEK),
        )
    }
    counted = {(state, age): 0 for state in ReviewState for age in ReviewAge}
    bounds = {"reported_from": start, "reported_before": end}
    for row in session.rows(f"count_{_kind(tags)}", **parameters | bounds | limits):
        counted[ReviewState(row["state"]), list(ReviewAge)[row["age"]]] = row["reviews"]
    return counted


# --------------------------------------------------------------------------- statements


def _kind(tags: int) -> str:
    return f"tags{tags}" if tags else "all"


def _list_query(order: ReviewOrder, tags: int) -> str:
    """One arm per state: each comes in the index's order, and SQLite merges them only as far as the page needs."""
    column, falls = _ORDERS[order]
    direction, sign = ("DESC", "<") if falls else ("ASC", ">")
    arms = " UNION ALL ".join(_arm(tags, f"state{number}", column, sign) for number in range(len(ReviewState)))
    return (
        f"-- A page, by {column}, of what lies behind (:key, :sequence) in that order.\n"
        f"SELECT r.*, a.display_name AS holder_name\n"
        f"FROM ({arms} ORDER BY 1 {direction}, 2 {direction} LIMIT :rows) k\n"
        f"JOIN reviews r ON r.sequence = k.sequence LEFT JOIN accounts a ON a.account_id = r.holder\n"
        f"ORDER BY k.place {direction}, k.sequence {direction};"
    )


def _arm(tags: int, state: str, column: str, sign: str) -> str:
    return (
        f"SELECT r.{column} AS place, r.sequence AS sequence FROM {_source(tags)}\n"
        f"WHERE r.state = :{state} AND (r.{column}, r.sequence) {sign} (:key, :sequence)\n{_TIMES}{_CONDITIONS}"
    )


def _count_query(tags: int) -> str:
    """Of all reviews: one state and age, a stretch of the index. Of tagged ones: all at once, each looked up once."""
    if not tags:
        return f"SELECT count(*) AS reviews FROM reviews r\nWHERE r.state = :state\n{_TIMES}{_CONDITIONS};"
    age = "(r.report_time < :an_hour_ago) + (r.report_time < :a_day_ago) + (r.report_time < :a_week_ago)"
    return (
        f"SELECT r.state, {age} AS age, count(*) AS reviews FROM {_source(tags)}\n"
        f"WHERE 1 = 1\n{_TIMES}{_CONDITIONS}GROUP BY 1, 2;"
    )


def _source(tags: int) -> str:
    """The reviews, or those with the rarest tag of the filter that have the others too."""
    if not tags:
        return "reviews r"
    others = "".join(
        f" JOIN tagged t{number} ON t{number}.tag_id = :tag{number} AND t{number}.sequence = t0.sequence"
        for number in range(1, tags)
    )
    chosen = f"(SELECT t0.sequence FROM tagged t0{others} WHERE t0.tag_id = :tag0)"
    return f"{chosen} t JOIN reviews r ON r.sequence = t.sequence"


# --------------------------------------------------------------------------- parameters


def _start(order: ReviewOrder, page_token: str, scope: str) -> tuple[float, int]:
    """Where the page begins, in the order's terms."""
    column, falls = _ORDERS[order]
    if not page_token:
        return (_END, _END) if falls else (-1, -1)
    place, sequence = pages.read_token(page_token, scope, 2)
    return (place if column == "report_time" else _from_bits(place)), sequence


def _bits(number: float) -> int:
    """Page tokens hold whole numbers: the same 64 bits read as one."""
    return int(struct.unpack("<q", struct.pack("<d", number))[0])


def _from_bits(bits: int) -> float:
    return float(struct.unpack("<d", struct.pack("<q", bits))[0])


def _tag_ids(session: Session, filters: ReviewFilters) -> list[int] | None:
    """Of the filter's tags, the rarest first; None: there is a tag that no review has."""
    wanted = [("scenario", filters.scenario), ("anchor", filters.anchor_id), ("outlet", tag_key(filters.outlet))]
    found = []
    for kind, value in wanted:
        if value:
            row = session.row("get_tag", kind=kind, value=value)
            if row is None:
                return None
            found.append((row["reviews"], row["tag_id"]))
    return [tag_id for _, tag_id in sorted(found)]


def _tag_parameters(tag_ids: list[int]) -> dict[str, int]:
    return {f"tag{number}": tag_id for number, tag_id in enumerate(tag_ids)}


def _filter_parameters(filters: ReviewFilters, account_id: str) -> dict[str, Any]:
    low, high = filters.lowest_confidence, filters.highest_confidence
    for value in (low, high):
        if value is not None and not 0 <= value <= 1:
            raise RequestInvalid(f"a confidence lies in [0, 1]; got {value}", "filter")
    moment = now()
    start, end = _times(filters, filters.age, moment)
    return {
        "decision": str(filters.decision or ""),
        "source": filters.source,
        "outcome": str(filters.outcome or ""),
        "reviewer": filters.reviewer,
        "lowest": 0.0 if low is None else low,
        "highest": 1.0 if high is None else high,
        "holder": str(filters.holder or ""),
        "me": account_id,
        "now": moment,
        "reported_from": start,
        "reported_before": end,
    }


def _times(filters: ReviewFilters, age: ReviewAge | None, moment: int) -> tuple[int, int]:
    """From (inclusive) and before, of the times when reports were made."""
    starts = [to_number(filters.reported_from)] if filters.reported_from else []
    ends = [to_number(filters.reported_before)] if filters.reported_before else []
    younger, older = age.limits if age else (None, None)
    starts += _ago(moment, younger)
    ends += _ago(moment, older)
    return max(starts, default=-1), min(ends, default=_END)


def _ago(moment: int, span: Any) -> Iterator[int]:
    if span is not None:
        yield moment - microseconds(span.total_seconds()) + 1
