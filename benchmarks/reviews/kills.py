"""``kill -9`` while decisions are made: each is wholly there or not at all, and its repetition is answered the same."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from anchorproof.client import ServiceError
from anchorproof.review_client import ReviewClient
from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.types import Review, ReviewDecision, ReviewOutcome, ReviewReason, ReviewState
from benchmarks.reviews.filling import PASSWORD, fill

RULING = (ReviewOutcome.CONFIRMED_SPOOF, ReviewReason.VOICE_SYNTHETIC, "heard it")
#: The service is killed while it makes one of the first so many decisions.
DECISIONS = 4
#: So long, at most, after the decision was sent: it takes some milliseconds.
LATEST_KILL_S = 0.02
#: A kill that came after the answer does not count; so many are tried for each that does.
TRIES = 6


@dataclass
class Tally:
    """What the kills met."""

    kills: int = 0
    acknowledged: int = 0
    unanswered: int = 0
    unanswered_there: int = 0
    unanswered_not_there: int = 0
    faults: list[str] = field(default_factory=list)


def run(data_dir: Path, kills: int, seed: int) -> dict[str, Any]:
    """So many kills that hit a decision; the figures, and what went wrong (empty: nothing)."""
    settings = Settings(data_dir=data_dir)
    with open_desk(settings) as desk:
        fill(desk, (TRIES * kills + 1) * (DECISIONS + 1), seed)
    dice, tally = random.Random(seed), Tally()
    for number in range(TRIES * kills):
        if tally.unanswered == kills:
            break
        with _child(data_dir) as (target, kill):
            decided, cut_off = _decide_until_killed(target, kill, dice, number, tally)
        _check(settings, data_dir, decided, cut_off, tally)
    with open_desk(settings) as desk:
        check = desk.verify()
    return {
        "kills": tally.kills,
        "seed": seed,
        "decisions_acknowledged": tally.acknowledged,
        "decisions_cut_off": tally.unanswered,
        "of_these_wholly_there": tally.unanswered_there,
        "of_these_not_at_all_there": tally.unanswered_not_there,
        "faults": tally.faults,
        "audit_entries": check.entries,
        "audit_log_sound": check.is_sound,
    }


Decided = list[tuple[str, Review, ReviewDecision]]


def _decide_until_killed(
    target: str, kill: Callable[[], None], dice: random.Random, number: int, tally: Tally
) -> tuple[Decided, tuple[str, Review] | None]:
    """The decisions that were answered, and the one that was not, each with its request's id."""
    decided: Decided = []
    with ReviewClient(target, timeout_s=5.0) as client:
        client.sign_in("rosa", PASSWORD)
        tally.kills += 1
        last = dice.randrange(DECISIONS)
        timer = threading.Timer(dice.uniform(0.0, LATEST_KILL_S), kill)
        for step in range(last + 1):
            review = client.lease_next()
            assert review is not None
            request_id = f"{number}-{step}"
            if step == last:
                timer.start()
            try:
                decision, _ = client.decide(review, *RULING, request_id=request_id)
            except ServiceError:
                tally.unanswered += 1
                return decided, (request_id, review)
            tally.acknowledged += 1
            decided.append((request_id, review, decision))
        timer.join()
    return decided, None


def _check(
    settings: Settings, data_dir: Path, decided: Decided, cut_off: tuple[str, Review] | None, tally: Tally
) -> None:
    with open_desk(settings) as desk:
        for _, review, decision in decided:
            if desk.get(review.review_id).decisions != (decision,):
                tally.faults.append(f"{review.review_id}: an acknowledged decision is not as it was acknowledged")
        if cut_off is not None:
            found = desk.get(cut_off[1].review_id)
            logged = [entry for entry in desk.log_of(found.review_id) if entry.action == "review.decided"]
            if (len(found.decisions), found.state, len(logged)) == (1, ReviewState.DECIDED, 1):
                tally.unanswered_there += 1
            elif (len(found.decisions), found.state, len(logged)) == (0, ReviewState.OPEN, 0):
                tally.unanswered_not_there += 1
            else:
                tally.faults.append(f"{found.review_id}: a decision is there in part")
        if not desk.verify().is_sound:
            tally.faults.append("the audit log is not sound after a kill")
    with _child(data_dir) as (target, _), ReviewClient(target) as client:
        client.sign_in("rosa", PASSWORD)
        for request_id, review, decision in decided[-1:]:
            if client.decide(review, *RULING, request_id=request_id)[0] != decision:
                tally.faults.append(f"{review.review_id}: a repeated request is answered otherwise")
        if cut_off is not None:
            request_id, review = cut_off
            made, now = client.decide(review, *RULING, request_id=request_id)
            if now.decisions != (made,):
                tally.faults.append(f"{review.review_id}: repeated after the kill, it is there twice")


@contextmanager
def _child(data_dir: Path) -> Any:
    """The desk's services in a process of its own: its address, and what kills it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.reviews.child", str(data_dir)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        target = process.stdout.readline().strip()
        yield target, lambda: process.send_signal(signal.SIGKILL)
    finally:
        process.kill()
        process.communicate()
        time.sleep(0.01)
