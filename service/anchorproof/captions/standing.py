"""How long a line stands on the screen, followed through the small copies of all pictures."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anchorproof.captions.keyframes import SmallCopy
from anchorproof.types import Box, Span

#: Correlation of the line's patch with the same place in another picture from which it still stands there. On drawn
#: captions over moving pictures it stays above 0.8 while they stand and below 0.3 when they are gone.
_SAME = 0.6
#: A flash or a passing object may cover the line for so many pictures.
_PATIENCE = 2
_SMALLEST_PATCH_PX = 3

Patch = NDArray[np.float32]


def standing_span(box: Box, time_s: float, copies: Sequence[SmallCopy]) -> Span:
    """From the first to the last picture in which the line stands, the last picture's own time included.

    Args:
        box: of the line, in source pixels.
        time_s: of the picture it was read in.
        copies: small copies of all sampled pictures, in time order, at least the one of ``time_s``.
    """
    here = min(range(len(copies)), key=lambda place: abs(copies[place].time_s - time_s))
    patch = _patch(box, copies[here])
    first = _walk(box, patch, copies, range(here - 1, -1, -1), here)
    last = _walk(box, patch, copies, range(here + 1, len(copies)), here)
    end_s = copies[last].time_s + _step_s(copies)
    return Span(copies[first].time_s, end_s)


def _walk(box: Box, patch: Patch, copies: Sequence[SmallCopy], places: range, here: int) -> int:
    found, missed = here, 0
    for place in places:
        if _correlation(patch, _patch(box, copies[place])) >= _SAME:
            found, missed = place, 0
        elif (missed := missed + 1) > _PATIENCE:
            break
    return found


def _step_s(copies: Sequence[SmallCopy]) -> float:
    times = [copy.time_s for copy in copies]
    return float(np.median(np.diff(times))) if len(times) > 1 else 0.0


def _patch(box: Box, copy: SmallCopy) -> Patch:
    height, width = copy.thumb.shape
    x1, x2 = (round(x / copy.scale) for x in (box.x1, box.x2))
    y1, y2 = (round(y / copy.scale) for y in (box.y1, box.y2))
    x1, y1 = min(max(0, x1), width - 1), min(max(0, y1), height - 1)
    x2, y2 = max(x1 + _SMALLEST_PATCH_PX, x2), max(y1 + _SMALLEST_PATCH_PX, y2)
    # Steps between neighbours: letters are all edges, while a background's light and shade would outlive them.
    grey = copy.thumb[y1:y2, x1:x2].astype(np.float32)
    return np.stack([np.diff(grey, axis=0)[:, 1:], np.diff(grey, axis=1)[1:]])


def _correlation(one: Patch, other: Patch) -> float:
    """Pearson's, in [-1, 1]; 0 where a patch is of one grey or the pictures' sizes changed."""
    if one.shape != other.shape:
        return 0.0
    if one.size == 0:
        return 0.0
    one, other = one - one.mean(), other - other.mean()
    norm = float(np.sqrt((one**2).sum() * (other**2).sum()))
    return float((one * other).sum()) / norm if norm > 0 else 0.0
