"""What a system under test is to the bench: units of work on media, and an answer to a case made from them."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.engine import Engine
from anchorproof.jobs.messages import Task
from benchmarks.runs.cases import Case
from benchmarks.steps import Answer

#: Digits of scores and LLRs that are kept: as many as a float32 carries.
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Unit:
    """Work whose result depends on the content of ``paths`` and on what ``part`` stands for, and on nothing else."""

    part: str
    paths: tuple[Path, ...]


class System(abc.ABC):
    """One column of the report. Scores grow with spoof, same person or target."""

    def __init__(self, name: str) -> None:
        self.name = name

    @abc.abstractmethod
    def about(self, engine: Engine) -> Mapping[str, Any]:
        """What it is made of, with hashes: for the results, never with a path of this machine."""

    def check(self, protocol: str) -> None:  # noqa: B027, most systems answer any
        """Raises ValueError when the system cannot answer this protocol."""

    def units(self, case: Case) -> Sequence[Unit]:  # noqa: ARG002
        """The work a case needs; systems that only look things up need none."""
        return ()

    def stamp(self, part: str, engine: Engine) -> Mapping[str, Any]:  # noqa: ARG002
        """All that a unit's result depends on besides its files.

        Raises:
            ValueError: it has no such part.
        """
        raise ValueError(f"{self.name} has no part {part!r}; it does no work")

    def task(self, unit: Unit) -> Task[Answer]:
        """The work itself, sent to a worker."""
        raise ValueError(f"{self.name} does no work; it cannot do {unit.part!r}")

    @abc.abstractmethod
    def answer(self, case: Case, found: Mapping[Unit, Answer], engine: Engine) -> Answer:
        """The case's answer from what its units gave."""


def rounded(answer: Answer) -> Answer:
    """The answer with numbers as they will be read back from the files."""
    kept = dict(answer)
    for key in ("score", "llr"):
        if kept.get(key) is not None:
            kept[key] = float(f"{float(kept[key]):.{DIGITS}g}")
    return kept
