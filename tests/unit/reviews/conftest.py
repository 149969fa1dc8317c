from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from anchorproof.opening import open_database
from anchorproof.reviews import passwords
from anchorproof.reviews.decisions import Ruling
from anchorproof.reviews.desk import SCHEMA, Desk
from anchorproof.settings import ReviewSettings
from anchorproof.types import (
    Account,
    ClipInfo,
    Decision,
    Report,
    ReviewDecision,
    ReviewOutcome,
    ReviewReason,
    Role,
    ScenarioGuess,
    Verdict,
)

PASSWORD = "seven grey herons walk"
OpenDesk = Callable[..., Desk]


@pytest.fixture(autouse=True)
def _quick_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Argon2 with the least cost: what is tested is not how slow it is."""
    argon2 = pytest.importorskip("argon2")
    monkeypatch.setattr(passwords, "_hasher", lambda: argon2.PasswordHasher(1, 8, 1))


@pytest.fixture
def open_desk(tmp_path: Path) -> Iterator[OpenDesk]:
    """Opens the same desk, with changed settings if wanted."""
    opened: list[Desk] = []

    def make(**changes: float) -> Desk:
        database = open_database("", tmp_path / "reviews.sqlite3", SCHEMA)
        opened.append(Desk(database, tmp_path / "audit.key", replace(ReviewSettings(), **changes)))
        return opened[-1]

    yield make
    for desk in opened:
        desk.close()


@pytest.fixture
def desk(open_desk: OpenDesk) -> Desk:
    return open_desk()


@pytest.fixture
def rosa(desk: Desk) -> Account:
    return desk.accounts.create("cli:test", "rosa", Role.REVIEWER, PASSWORD)


@pytest.fixture
def remo(desk: Desk) -> Account:
    return desk.accounts.create("cli:test", "remo", Role.REVIEWER, PASSWORD)


def make_report(
    number: int,
    decision: Decision = Decision.SPOOF,
    posterior: float = 0.9,
    age: timedelta = timedelta(0),
    scenarios: tuple[str, ...] = (),
) -> Report:
    verdict = Verdict(
        decision=decision,
        llr=0.0,
        prior=0.5,
        spoof_posterior=posterior,
        confidence=max(posterior, 1 - posterior),
        reasons=(),
        flags=(),
        scenarios=tuple(ScenarioGuess(one, "looks like it") for one in scenarios),
        summary="a test",
    )
    return Report(
        report_id=f"r{number}",
        create_time=datetime.now(UTC) - age,
        clip=ClipInfo("ab" * 32, 10, "mov,mp4", 1.0, None, None),
        clip_name=f"clip {number}",
        verdict=verdict,
        **dict.fromkeys(("evidence", "unassessed", "faces", "voices", "identity", "components", "timings"), ()),
    )


def add(desk: Desk, *reports: Report, source: str = "") -> None:
    start = desk.items.position()
    desk.items.take_up([(start + place, report, source) for place, report in enumerate(reports, 1)], lambda _: "")


def decide(
    desk: Desk,
    account: Account,
    review_id: str,
    outcome: ReviewOutcome = ReviewOutcome.BONA_FIDE,
    reason: ReviewReason = ReviewReason.OTHER,
    note: str = "seen",
) -> ReviewDecision:
    review = desk.leases.take(account, review_id)
    return desk.decisions.submit(
        account, review_id, f"of {review_id} {review.etag}", Ruling(review.etag, outcome, reason, note)
    )[0]
