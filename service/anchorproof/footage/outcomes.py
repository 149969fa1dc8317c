"""What a clip is beside the programme it was found in: traits measured along the match, then the outcome, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from anchorproof.footage.alignment import SAME_SOUND_SHARE, smoothed
from anchorproof.footage.differences import Moment, overlaid
from anchorproof.footage.stretches import Stretch
from anchorproof.types import FootageOutcome as Outcome

#: A change of offset smaller than this is how hashes scatter, not a cut.
_JUMP_S = 0.6
#: Our picture missing for this long between two stretches of ours is an insert.
_INSERT_S = 1.0


@dataclass(frozen=True, slots=True)
class Traits:
    """What one match shows; None where it could not be measured.

    ``sound_share`` is the median share of differing sound bits along our picture; ``jumps`` counts changes of offset,
    ``inserted_s`` is foreign picture between ours; ``mouth``, ``face``, ``outside`` are medians over the moments held
    against references (``*_low``: their lower quartiles); ``overlay`` is the share of the picture's cells that differ
    most of the time, ``overlay_width`` the widest row of them.
    """

    picture_s: float
    sound_only_s: float
    sound_share: float | None
    mirrored: bool
    jumps: int
    inserted_s: float
    mouth: float | None = None
    face: float | None = None
    outside: float | None = None
    overlay: float | None = None
    overlay_width: float | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """From where a trait speaks; fitted on whole repositories left out in turn (benchmarks/results/footage)."""

    #: A mouth differs by this much, and by this factor more than eyes and nose and than what is around the face.
    mouth: float = 0.05
    #: A face differs when eyes and nose do, by this much and by this factor more than what is around it.
    face: float = 0.10
    ratio: float = 3.0
    overlay: float = 0.03
    overlay_width: float = 0.3


LIMITS = Limits()


def traits(stretches: Sequence[Stretch], moments: Sequence[Moment]) -> Traits:
    """Of one programme's stretches, in the order of the clip's time, and of the moments inside them."""
    seen = [stretch for stretch in stretches if stretch.picture is not None]
    shares = [smoothed(stretch.sound.share) for stretch in seen if stretch.sound is not None]
    joined = np.concatenate(shares) if shares else np.empty(0)
    jumps, inserted_s = _time_changes(seen)
    overlay, overlay_width = overlaid(moments)
    return Traits(
        picture_s=sum(stretch.clip.duration_s for stretch in seen),
        sound_only_s=sum(stretch.clip.duration_s for stretch in stretches if stretch.picture is None),
        sound_share=float(np.median(joined)) if len(joined) else None,
        mirrored=sum(stretch.line.reframing.mirrored for stretch in seen) > len(seen) / 2,
        jumps=jumps,
        inserted_s=inserted_s,
        mouth=_median([moment.mouth for moment in moments]),
        face=_median([moment.face for moment in moments]),
        outside=_median([moment.outside for moment in moments]),
        overlay=overlay if moments else None,
        overlay_width=overlay_width if moments else None,
    )


def _median(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.median(known)) if known else None


def _time_changes(seen: Sequence[Stretch]) -> tuple[int, float]:
    jumps, inserted_s = 0, 0.0
    for before, after in pairwise(seen):
        gap_s = max(0.0, after.clip.start_s - before.clip.end_s)
        if gap_s >= _INSERT_S:
            inserted_s += gap_s
        boundary = np.array([(before.clip.end_s + after.clip.start_s) / 2])
        apart = float(after.line.programme_s(boundary)[0] - before.line.programme_s(boundary)[0])
        jumps += abs(apart) > _JUMP_S
    return jumps, inserted_s


def outcomes(found: Traits, limits: Limits = LIMITS) -> list[Outcome]:
    """All that the traits show, the gravest first; never empty."""
    if found.picture_s <= 0:
        return [Outcome.SOUND_ONLY]
    other_sound = found.sound_share is not None and found.sound_share > SAME_SOUND_SHARE
    shown: list[Outcome] = []
    around = found.outside if found.outside is not None else 0.0
    is_captioned = (found.overlay or 0.0) >= limits.overlay and (found.overlay_width or 0.0) >= limits.overlay_width
    face_differs = found.face is not None and found.face > max(limits.face, limits.ratio * around)
    around = max(around, found.face or 0.0)
    mouth_differs = found.mouth is not None and found.mouth > max(limits.mouth, limits.ratio * around)
    if face_differs:
        shown.append(Outcome.FACE_CHANGED)
    # New lips without a new sound have no purpose; a caption over the chin looks like them.
    elif mouth_differs and (other_sound or not is_captioned):
        shown.append(Outcome.MOUTH_CHANGED)
    if found.jumps or found.inserted_s > 0:
        shown.append(Outcome.RECUT)
    if other_sound:
        shown.append(Outcome.OTHER_SOUND)
    if is_captioned:
        shown.append(Outcome.RECAPTIONED)
    if found.mirrored:
        shown.append(Outcome.MIRRORED)
    if not other_sound:
        shown.append(Outcome.SAME_PICTURE if found.sound_share is None else Outcome.UNCHANGED)
    return shown
