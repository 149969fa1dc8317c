"""One recording in several programmes: a bulletin repeats another, a report is broadcast again.

Which of them the path through the clip takes is chance. So all are named, and the one is shown that explains the clip
best: a clip with the sound of one programme must not be called another's with a foreign sound.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from anchorproof.footage.alignment import SAME_PICTURE_BITS, SAME_SOUND_SHARE, Line
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.picture_search import CONVINCING, Seen
from anchorproof.footage.stretches import Stretch, consecutive
from anchorproof.types import Span

#: Who stands for a clip's stretch covers this share of its pictures; other copies may cover less, but so many.
_COVERS, _FEWEST = 0.8, 6
#: Time between a programme's pictures.
_STEP_S = 0.5
#: So many copies of one stretch are named at most.
_LIMIT = 8


def with_copies(
    stretches: Sequence[Stretch], seen: Seen, sounded: Callable[[Stretch], Stretch], index: ArchiveIndex
) -> list[Stretch]:
    """The stretches with their copies, each on the programme that explains it best.

    Args:
        sounded: gives a stretch the sound along its line.
    """
    groups = [[stretch, *map(sounded, _copies(stretch, seen, index))] for stretch in stretches]
    covered: defaultdict[int, float] = defaultdict(float)
    for group in groups:
        for stretch in group:
            covered[stretch.line.programme] += stretch.clip.duration_s
    return [_led(group, covered) for group in groups]


def _copies(stretch: Stretch, seen: Seen, index: ArchiveIndex) -> list[Stretch]:
    """Stretches of other programmes that are convincing too, the best of each programme, longest first."""
    best: dict[int, Stretch] = {}
    if stretch.picture is None or stretch.picture.agreement < CONVINCING:
        return []
    for line in seen.lines:
        if line.programme == stretch.line.programme:
            continue
        other = _same_along(line, stretch, seen, index)
        known = best.get(line.programme)
        if other is not None and (known is None or _order(other) < _order(known)):
            best[line.programme] = other
    return sorted(best.values(), key=_order)[:_LIMIT]


def _same_along(line: Line, stretch: Stretch, seen: Seen, index: ArchiveIndex) -> Stretch | None:
    """The part of the stretch that is the same on the other line; None where nothing convinces."""
    whole = seen.traced(line, stretch.clip, index)
    runs = consecutive(whole.clip_s, np.flatnonzero(whole.bits <= SAME_PICTURE_BITS))
    longest = max(runs, key=len, default=np.empty(0, np.int64))
    if len(longest) < _FEWEST:
        return None
    start_s, end_s = (float(whole.clip_s[longest[place]]) for place in (0, -1))
    other = seen.along(line, Span(start_s, min(stretch.clip.end_s, end_s + _STEP_S)), index)
    return other if other and other.picture and other.picture.agreement >= CONVINCING else None


def _order(stretch: Stretch) -> tuple[int, float]:
    assert stretch.picture is not None
    return -len(stretch.picture.bits), _bits(stretch)


def _led(group: Sequence[Stretch], covered: defaultdict[int, float]) -> Stretch:
    """The group's best, the others its copies: with its own sound, of the programme that most of the clip is in."""

    def rank(stretch: Stretch) -> tuple[bool, float, float]:
        other_sound = stretch.sound is not None and float(np.median(stretch.sound.share)) > SAME_SOUND_SHARE
        return other_sound, -covered[stretch.line.programme], _bits(stretch)

    needed = _COVERS * group[0].clip.duration_s
    first = min((stretch for stretch in group if stretch.clip.duration_s >= needed), key=rank)
    return replace(first, copies=tuple(stretch for stretch in group if stretch is not first))


def _bits(stretch: Stretch) -> float:
    assert stretch.picture is not None
    return float(np.median(stretch.picture.bits))
