"""Evidence second by second: who is seen and heard, what each detector says then, and where something was put in."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anchorproof.types.media import Span


class LaneKind(StrEnum):
    """What a lane of the timeline shows."""

    DETECTOR = "detector"
    """Evidence on authenticity."""
    FACE = "face"
    """Seconds in which a face track is seen."""
    SPEAKER = "speaker"
    """Seconds in which a speaker is heard."""


@dataclass(frozen=True, slots=True)
class Lane:
    """One value per step, None where there is nothing: an LLR of a detector, or the share of the step in which a face
    is seen or a speaker heard. ``subject`` is the track, speaker or programme; empty: the whole clip."""

    kind: LaneKind
    source: str
    subject: str
    values: tuple[float | None, ...]


class SpliceKind(StrEnum):
    """What happened to our footage there."""

    FOREIGN = "foreign"
    """Nothing of ours: picture (and sound) from elsewhere between stretches of ours."""
    CUT = "cut"
    """Something of ours is missing, or stretches are in another order."""
    OTHER_SOUND = "other_sound"
    ALTERED = "altered"
    """Our picture with another mouth or face."""


@dataclass(frozen=True, slots=True)
class Splice:
    """A stretch (or, for a cut, a moment) of the clip that differs from the rest of what is ours."""

    span: Span
    kind: SpliceKind
    programme_id: str


@dataclass(frozen=True, slots=True)
class DrivingSpan:
    """A stretch that moved the verdict most: joined seconds in which ``source`` says at least 2 : 1 its way."""

    span: Span
    source: str
    subject: str
    llr: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """``lanes`` share their steps of ``step_s``, the first beginning at 0."""

    step_s: float
    lanes: tuple[Lane, ...]
    driving: tuple[DrivingSpan, ...] = ()
    splices: tuple[Splice, ...] = ()
