"""Rows <-> types: the only lines that know how reviews and decisions are stored."""

from __future__ import annotations

import json
from collections.abc import Sequence

from anchorproof.databases import Row, Session
from anchorproof.errors import NotFound
from anchorproof.times import now, to_time
from anchorproof.types import (
    Decision,
    Review,
    ReviewDecision,
    ReviewLease,
    ReviewOutcome,
    ReviewReason,
    ReviewState,
)


def find_row(session: Session, review_id: str) -> Row:
    """Raises NotFound."""
    row = session.row("get_review", review_id=review_id)
    if row is None:
        raise NotFound("review", review_id)
    return row


def whole_review(session: Session, review_id: str) -> Review:
    """With its decisions. Raises NotFound."""
    row = find_row(session, review_id)
    return review_from(row, decisions_of(session, row))


def decisions_of(session: Session, row: Row) -> tuple[ReviewDecision, ...]:
    """In the order of time."""
    rows = session.rows("list_decisions", sequence=row["sequence"])
    return tuple(decision_from(decision, row["review_id"]) for decision in rows)


def review_from(row: Row, decisions: Sequence[ReviewDecision] = ()) -> Review:
    return Review(
        review_id=row["review_id"],
        state=ReviewState(row["state"]),
        etag=etag_of(row),
        report_time=to_time(row["report_time"]),
        clip_name=row["clip_name"],
        clip_sha256=row["clip_sha256"],
        duration_s=row["duration_s"],
        decision=Decision(row["decision"]),
        confidence=row["confidence"],
        spoof_posterior=row["spoof_posterior"],
        scenarios=tuple(json.loads(row["scenarios"])),
        flags=tuple(json.loads(row["flags"])),
        anchors=tuple(json.loads(row["anchors"])),
        outlets=tuple(json.loads(row["outlets"])),
        source=row["source"],
        summary=row["summary"],
        summaries=tuple(json.loads(row["summaries"]).items()),
        lease=lease_from(row),
        outcome=ReviewOutcome(row["outcome"]) if row["outcome"] else None,
        decisions=tuple(decisions),
    )


def lease_from(row: Row) -> ReviewLease | None:
    """None when nobody holds it now."""
    if not row["holder"] or row["held_until"] <= now():
        return None
    return ReviewLease(row["holder"], row["holder_name"] or row["holder"], to_time(row["held_until"]))


def decision_from(row: Row, review_id: str) -> ReviewDecision:
    return ReviewDecision(
        decision_id=row["decision_id"],
        review_id=review_id,
        account_id=row["account_id"],
        display_name=row["display_name"],
        outcome=ReviewOutcome(row["outcome"]),
        reason=ReviewReason(row["reason"]),
        note=row["note"],
        decide_time=to_time(row["decide_time"]),
        undo_until=to_time(row["undo_until"]),
        undo_time=to_time(row["undo_time"]) if row["undo_time"] else None,
        reopen_time=to_time(row["reopen_time"]) if row["reopen_time"] else None,
    )


def etag_of(row: Row) -> str:
    return f"{row['version']:x}"
