"""What one look gave: sound, doubtful or broken, in words, with what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from anchorproof.errors import AnchorproofError
from anchorproof.logs import faults_of


class State(StrEnum):
    """How it is with one thing."""

    SOUND = "sound"
    SKIPPED = "skipped"
    """Not configured, or nothing is there yet."""
    WARNING = "warning"
    """It works, and a person should look at it."""
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Finding:
    """``todo`` says what to do; empty: nothing needs to be done."""

    check: str
    state: State
    words: str
    todo: str = ""

    def __post_init__(self) -> None:
        if self.state in (State.WARNING, State.BROKEN) and not self.todo:
            raise ValueError(f"{self.check}: whoever reads that something is wrong wants to know what to do")


def sound(check: str, words: str) -> Finding:
    return Finding(check, State.SOUND, words)


def skipped(check: str, words: str) -> Finding:
    return Finding(check, State.SKIPPED, words)


def warning(check: str, words: str, todo: str) -> Finding:
    return Finding(check, State.WARNING, words, todo)


def broken(check: str, words: str, todo: str) -> Finding:
    return Finding(check, State.BROKEN, words, todo)


def looked(check: str, look: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
    """What the look gives; one that fails is itself a finding, and the next looks go on."""
    try:
        yield from look()
    except AnchorproofError as error:
        yield broken(check, f"{error} [{error.reason}]", "do what the message says, then run this again")
    except Exception as error:
        words = "; from ".join(map(str, faults_of(error)))
        yield broken(check, f"this could not be looked at: {words}", "this may be a fault in anchorproof: report it")


def exit_code(findings: Iterable[Finding]) -> int:
    """0: all sound; 1: something is doubtful; 2: something is broken."""
    states = {finding.state for finding in findings}
    return 2 if State.BROKEN in states else 1 if State.WARNING in states else 0
