"""Our own programmes and what a clip has in common with them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from anchorproof.types.media import Span


@dataclass(frozen=True, slots=True)
class Programme:
    """One enrolled piece of our own footage, or a photograph; ``references_bytes`` 0: nothing of its picture or sound
    is kept."""

    programme_id: str
    title: str
    outlet: str
    media_sha256: str
    duration_s: float
    create_time: datetime
    pictures: int
    sound_items: int
    references_bytes: int
    is_photograph: bool = False


class FootageOutcome(StrEnum):
    """What a clip is beside the programme it was found in."""

    UNCHANGED = "unchanged"
    """Same picture, same sound."""
    SAME_PICTURE = "same_picture"
    """Same picture; there is no sound to compare, on one side or both."""
    OTHER_SOUND = "other_sound"
    MOUTH_CHANGED = "mouth_changed"
    """Same picture except the mouth, other sound."""
    FACE_CHANGED = "face_changed"
    RECUT = "recut"
    """Stretches are missing, moved or inserted."""
    RECAPTIONED = "recaptioned"
    MIRRORED = "mirrored"
    SOUND_ONLY = "sound_only"
    """The sound is ours, the picture is not."""
    PHOTOGRAPH_ANIMATED = "photograph_animated"
    """A photograph of ours was set in motion."""


@dataclass(frozen=True, slots=True)
class FootageCopy:
    """Another programme that holds the same recording, and where."""

    programme_id: str
    title: str
    programme: Span


@dataclass(frozen=True, slots=True)
class FootageStretch:
    """A stretch of the clip beside its stretch of the programme.

    ``bits`` is the median distance of the picture hashes (of 256; None: no picture of ours here), ``sound_share``
    the share of differing bits of the sound hashes (None: no sound to compare), ``speed`` programme time per clip time.
    ``copies`` are other programmes that the stretch may come from as well.
    """

    clip: Span
    programme: Span
    speed: float
    bits: float | None
    sound_share: float | None
    copies: tuple[FootageCopy, ...] = ()


@dataclass(frozen=True, slots=True)
class FootageDifference:
    """What differs in one second or so, by retained references.

    ``mouth``, ``face`` (eyes and nose) and ``outside`` are mean differences in those regions after alignment, 0 the
    same and about 1 nothing in common (None: no such region); ``sound_share`` as in FootageStretch; ``level_db`` the
    clip's sound level above the programme's.
    """

    clip: Span
    mouth: float | None
    face: float | None
    outside: float | None
    sound_share: float | None
    level_db: float | None


@dataclass(frozen=True, slots=True)
class FootageMatch:
    """One programme found in the clip.

    ``llr`` is for "this stretch is from this programme" against "it is not". ``outcome`` is the gravest, ``also`` holds
    what else was found. ``by_references`` tells whether retained references were at hand.
    """

    programme_id: str
    title: str
    llr: float
    outcome: FootageOutcome
    also: tuple[FootageOutcome, ...]
    stretches: tuple[FootageStretch, ...]
    differences: tuple[FootageDifference, ...]
    by_references: bool
    message: str


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A programme's picture (left) and the clip's (right) as one JPEG, for a reviewer; never stored."""

    programme_id: str
    programme_s: float
    clip_s: float
    jpeg: bytes


@dataclass(frozen=True, slots=True)
class FootageFindings:
    """What the archive says of a clip: ``programmes`` of so many ``hours``, and ``photographs``, were searched;
    ``matches`` by clip time covered, photographs last."""

    programmes: int
    hours: float
    matches: tuple[FootageMatch, ...]
    photographs: int = 0


@dataclass(frozen=True, slots=True)
class FootageSearch:
    """What a search answers: findings, and pairs of pictures where they were asked for and are at hand."""

    findings: FootageFindings
    pairs: tuple[SideBySide, ...] = ()
