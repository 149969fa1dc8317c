"""The desk for people at a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from anchorproof.display import plain
from anchorproof.review_words import decision_words, outcome_words, reason_words
from anchorproof.types import Account, Review, ReviewDecision


def reviews_table(reviews: Sequence[Review]) -> Table:
    table = Table("reported (UTC)", "review", "clip", "analysis says", "P(spoof)", "state", "people say", "held by")
    for review in reviews:
        table.add_row(
            f"{review.report_time:%Y-%m-%d %H:%M}",
            review.review_id,
            Text(plain(review.clip_name)),
            decision_words(review.decision, "en"),
            f"{review.spoof_posterior:.2f}",
            review.state.value.replace("_", " "),
            outcome_words(review.outcome, "en") if review.outcome else "",
            Text(plain(review.lease.display_name)) if review.lease else "",
        )
    return table


def review_panel(review: Review) -> Panel:
    scenarios, flags = ", ".join(review.scenarios) or "nothing known", ", ".join(review.flags) or "none"
    lines = [
        Text(plain(review.summary)),
        Text(f"clip SHA-256 {review.clip_sha256}, {review.duration_s:.1f} s"),
        Text(f"looks like {scenarios}; flags: {flags}"),
        *map(_decision_line, review.decisions),
    ]
    title = f"{decision_words(review.decision, 'en')}  {plain(review.clip_name)}  ({review.review_id})"
    return Panel(Group(*lines), title=Text(title), title_align="left")


def _decision_line(one: ReviewDecision) -> Text:
    fate = "" if one.stands else " (taken back)" if one.undo_time else " (opened again)"
    note = f": {plain(one.note)}" if one.note else ""
    words = f"{outcome_words(one.outcome, 'en')}, {reason_words(one.reason, 'en').lower()}{note}"
    return Text(f"{one.decide_time:%Y-%m-%d %H:%M} {plain(one.display_name)}{fate}: {words}")


def accounts_table(accounts: Sequence[Account]) -> Table:
    table = Table("account", "name", "role", "last signed in (UTC)", "")
    for one in accounts:
        last = f"{one.last_sign_in:%Y-%m-%d %H:%M}" if one.last_sign_in else "never"
        state = "disabled" if one.is_disabled else ""
        table.add_row(one.account_id, Text(plain(one.display_name)), one.role.value, last, state)
    return table
