"""What an explanation tells, before it is told in a language."""

from __future__ import annotations

from dataclasses import dataclass

from anchorproof.findings import Findings
from anchorproof.types import Decision


@dataclass(frozen=True, slots=True)
class Story:
    """The findings and what was concluded from them; ``codes`` are of what kept the verdict from deciding."""

    findings: Findings
    decision: Decision
    codes: tuple[str, ...]
    decisive: str
    posterior: float
    interval: tuple[float, float]
    prior: float
    flags: tuple[str, ...]
