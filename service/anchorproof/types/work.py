"""What worker processes tell of themselves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ModelUse:
    """How often a network ran, and for how long, since that was last asked."""

    model_id: str
    runs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WorkerCensus:
    """The worker processes of one pool. ``resident_bytes``: memory that they hold together; 0 where nobody tells."""

    idle: int
    busy: int
    down: int
    resident_bytes: int
