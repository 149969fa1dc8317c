"""A queue as large as wished: reports that vary in all that the queue is filtered by."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from anchorproof.reviews.decisions import Ruling
from anchorproof.reviews.desk import Desk
from anchorproof.types import (
    Agreement,
    Box,
    ClipInfo,
    Decision,
    FaceFinding,
    IdentitySpan,
    Report,
    ReviewFilters,
    ReviewOrder,
    ReviewOutcome,
    ReviewReason,
    Role,
    ScenarioGuess,
    Span,
    Verdict,
)

PASSWORD = "seven grey herons walk"
PEOPLE = {"rosa": Role.REVIEWER, "remo": Role.REVIEWER, "lena": Role.LEAD}
SCENARIOS = ("A1", "A2", "A3", "A4", "A5", "A6", "A7", "A8", "A9", "B1", "B2", "B3", "B4")
ANCHORS, OUTLETS = 400, 12
BATCH = 1000


def fill(desk: Desk, reviews: int, seed: int) -> None:
    """Accounts, and so many reviews: over 30 days, of 400 anchors at 12 outlets, some of them far more frequent."""
    for account_id, role in PEOPLE.items():
        desk.accounts.create("cli:benchmark", account_id, role, PASSWORD, account_id.title())
    batch: list[tuple[int, Report, str]] = []
    for number, report in enumerate(reports(reviews, seed), 1):
        batch.append((number, report, f"client-{number % 7}"))
        if len(batch) == BATCH or number == reviews:
            desk.items.take_up(batch, outlet_of)
            batch = []


def decide_some(desk: Desk, reviews: int) -> None:
    """As many decisions, by one reviewer."""
    account = desk.accounts.get("rosa")

    for number in range(reviews):
        review = desk.leases.take_next(account, ReviewFilters(), ReviewOrder.OLDEST_FIRST)
        if review is None:
            return
        ruling = Ruling(review.etag, ReviewOutcome.CANNOT_TELL, ReviewReason.TOO_SHORT)
        desk.decisions.submit(account, review.review_id, f"fill-{number}", ruling)


def outlet_of(anchor_id: str) -> str:
    return f"Outlet {int(anchor_id.rpartition('-')[2]) % OUTLETS}"


def reports(count: int, seed: int) -> Iterator[Report]:
    dice = random.Random(seed)
    newest = datetime.now(UTC)
    for number in range(count):
        age = timedelta(days=30 * (1 - number / count) ** 2)
        yield _report(dice, number, newest - age)


def _report(dice: random.Random, number: int, time: datetime) -> Report:
    posterior = dice.betavariate(0.6, 0.6)
    decision = Decision.SPOOF if posterior > 0.82 else Decision.BONA_FIDE if posterior < 0.25 else Decision.INCONCLUSIVE
    guesses = dice.sample(SCENARIOS, dice.randint(0, 3))
    # A few anchors are attacked far more often than others.
    anchor_id = f"anchor-{int(ANCHORS * dice.random() ** 3)}" if dice.random() < 0.8 else None
    whole = Span(0.0, 30.0)
    return Report(
        report_id=f"{number:032x}",
        create_time=time,
        clip=ClipInfo(f"{number:064x}", 10_000_000, "mov,mp4", 30.0, None, None),
        clip_name=f"clip-{number}.mp4",
        verdict=Verdict(
            decision=decision,
            llr=0.0,
            prior=0.5,
            spoof_posterior=posterior,
            confidence=max(posterior, 1 - posterior),
            reasons=(),
            flags=("REUSED_FOOTAGE",) if dice.random() < 0.2 else (),
            scenarios=tuple(ScenarioGuess(guess, "looks like it") for guess in guesses),
            summary="The lips do not follow the voice, and the voice is not the anchor's.",
        ),
        evidence=(),
        unassessed=(),
        faces=(FaceFinding("track-1", whole, 120, 3.0, Box(1, 2, 3, 4), (), anchor_id),),
        voices=(),
        identity=(IdentitySpan(whole, anchor_id, None, Agreement.FACE_ONLY),),
        components=(),
        timings=(),
    )
