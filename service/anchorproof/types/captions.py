"""What the picture claims in writing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from anchorproof.types.media import Span
from anchorproof.types.people import Box


class CaptionRole(StrEnum):
    """The part a line plays on the screen."""

    LOWER_THIRD = "lower_third"
    CHANNEL_MARK = "channel_mark"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Caption:
    """A line on the screen: ``span`` is how long it stands there, ``confidence`` the mean over its letters.

    ``box`` and ``height_px`` (across the line) are in source pixels.
    """

    text: str
    span: Span
    box: Box
    height_px: float
    role: CaptionRole
    confidence: float


@dataclass(frozen=True, slots=True)
class ClaimedAnchor:
    """An enrolled anchor whose ``name`` a caption (``text``) shows; ``similarity`` 1 is spelt exactly."""

    anchor_id: str
    name: str
    text: str
    similarity: float
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class ClaimedOutlet:
    """An enrolled anchor's outlet that a channel mark or a lower third shows, or whose logo stands in the picture.

    Of a logo alone ``text`` is empty and ``similarity`` says how well it fits; ``box`` is where, in source pixels.
    """

    outlet: str
    text: str
    similarity: float
    spans: tuple[Span, ...]
    logo_id: str = ""
    box: Box | None = None


@dataclass(frozen=True, slots=True)
class PictureClaims:
    """What is written in the picture and whom it names.

    ``garble_score`` is a raw score (larger: less like print), None for too few letters; what it is worth is the
    evidence of source ``writing``.
    """

    captions: tuple[Caption, ...] = ()
    anchors: tuple[ClaimedAnchor, ...] = ()
    outlets: tuple[ClaimedOutlet, ...] = ()
    frames_read: int = 0
    garble_score: float | None = None
