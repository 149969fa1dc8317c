"""Where the face and its mouth are in the clip, as differences are shared out: from landmarks found elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.differences import FaceRegion
from anchorproof.types import Box

#: A face seen longer ago than this is not taken for where the face is now.
_KNOWN_FOR_S = 1.0


def region_of(time_s: float, box: Box, landmarks: NDArray[np.floating], size: tuple[int, int]) -> FaceRegion:
    """Face and mouth in shares of the picture's ``size`` (width, height).

    The mouth reaches from under the nose to the chin and 0.8 eye distances to each side: lip-sync models redraw the
    lower half of the face, and talking moves the jaw. Eyes and nose end above it.
    """
    points = np.asarray(landmarks, np.float64)
    eyes = max(1.0, float(np.linalg.norm(points[1] - points[0])))
    mouth = (points[3] + points[4]) / 2
    top = max(float(points[2][1]) + 0.15 * eyes, float(mouth[1]) - 0.55 * eyes)
    middle = (points[0] + points[1]) / 2
    upper_end = max(float(middle[1]) + 0.2 * eyes, min(float(points[2][1]) - 0.1 * eyes, float(mouth[1]) - 0.6 * eyes))
    return FaceRegion(
        time_s,
        _shares(Box(box.x1, box.y1, box.x2, box.y2), size),
        _shares(Box(mouth[0] - 0.8 * eyes, top, mouth[0] + 0.8 * eyes, mouth[1] + 0.6 * eyes), size),
        _shares(Box(middle[0] - eyes, middle[1] - 0.4 * eyes, middle[0] + eyes, upper_end), size),
    )


def _shares(box: Box, size: tuple[int, int]) -> Box:
    width, height = size
    return Box(box.x1 / width, box.y1 / height, box.x2 / width, box.y2 / height)


class FaceRegions:
    """The most prominent face of a clip over time, between its sightings too."""

    def __init__(self, seen: Sequence[FaceRegion]) -> None:
        self._seen = sorted(seen, key=lambda region: region.time_s)
        self._times = np.array([region.time_s for region in self._seen])

    def at(self, time_s: float) -> FaceRegion | None:
        """The region then, interpolated; None when no face was seen about that time."""
        if not len(self._times):
            return None
        after = int(np.searchsorted(self._times, time_s))
        near = [self._seen[place] for place in (after - 1, after) if 0 <= place < len(self._seen)]
        near = [region for region in near if abs(region.time_s - time_s) <= _KNOWN_FOR_S]
        if not near:
            return None
        if len(near) == 1 or near[1].time_s == near[0].time_s:
            return near[0]
        weight = (time_s - near[0].time_s) / (near[1].time_s - near[0].time_s)
        return FaceRegion(
            time_s,
            _between(near[0].box, near[1].box, weight),
            _between(near[0].mouth, near[1].mouth, weight),
            _between(near[0].upper, near[1].upper, weight),
        )


def _between(one: Box, other: Box, weight: float) -> Box:
    pairs = ((one.x1, other.x1), (one.y1, other.y1), (one.x2, other.x2), (one.y2, other.y2))
    return Box(*((1 - weight) * first + weight * second for first, second in pairs))
