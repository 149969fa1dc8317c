"""Which pictures of a clip are worth reading: few, and different in what stands still on them.

Graphics stand at one place to the pixel while people and cameras move: only edges that two neighbouring pictures share
are compared.

Pictures pass by once, so the choice is made on the way: small grey copies of all are kept (to see later how long a
caption stands), full pictures only of a few.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Frame

#: Longer side of the small copies: a caption of 36 lines at 720p is 9 high.
THUMB_PX = 320
_GRID = (16, 18)
_GRID_THUMB = (320, 180)
#: Brightness step of neighbouring pixels that counts as an edge.
_EDGE = 50
#: The difference of two pictures is that of the cells that differ most: a caption covers few.
_CELLS = 14
#: Difference from which there may be something new to read. Lower thirds that come, go or change differ by 0.075 to
#: 0.12; of neighbouring pictures of talking people (8 development clips) 90 % differ by less than 0.002 to 0.035.
_NEW = 0.03
_HELD = 12
#: A label of origin has to stand at the start; fades are over by then.
_OPENING_S = 0.5

Grid = NDArray[np.float32]
Edges = NDArray[np.bool_]
Thumb = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class SmallCopy:
    """A grey copy; ``scale`` is pixels of the source picture per pixel of the copy."""

    time_s: float
    thumb: Thumb
    scale: float
    is_cut: bool


@dataclass(slots=True)
class _Held:
    """A full picture; ``edges`` ``(180, 320)`` are its own, ``grid`` counts those that stood a sample before too."""

    frame: Frame
    edges: Edges
    grid: Grid
    is_opening: bool = False


class FrameChooser:
    """Looks at pictures as they pass."""

    def __init__(self, limit: int) -> None:
        self.copies: list[SmallCopy] = []
        self._limit = limit
        self._held: list[_Held] = []
        self._before: _Held | None = None

    def watch(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """The same pictures, looked at."""
        for frame in frames:
            if self._limit > 0:
                self._look(frame)
            yield frame

    def chosen(self) -> list[Frame]:
        """At most ``limit`` pictures in time order: the opening, then always the one most unlike those chosen."""
        if not self._held and self._before:
            self._held.append(self._before)
        if not self._held:
            return []
        rest = sorted(self._held, key=lambda held: (not held.is_opening, held.frame.time_s))
        taken = [rest.pop(0)]
        while rest and len(taken) < self._limit:
            best = max(rest, key=lambda held: _nearest(held.grid, taken))
            if _nearest(best.grid, taken) < _NEW:
                break
            taken.append(best)
            rest = [held for held in rest if held is not best]
        return sorted((held.frame for held in taken), key=lambda frame: frame.time_s)

    def _look(self, frame: Frame) -> None:
        height, width = frame.image.shape[:2]
        scale = max(1.0, max(height, width) / THUMB_PX)
        grey = cv2.cvtColor(frame.image, cv2.COLOR_RGB2GRAY)
        thumb = cv2.resize(
            grey, (max(1, round(width / scale)), max(1, round(height / scale))), interpolation=cv2.INTER_AREA
        )
        self.copies.append(SmallCopy(frame.time_s, np.asarray(thumb, np.uint8), scale * frame.scale, frame.is_cut))
        edges = _edges(np.asarray(thumb, np.uint8))
        standing = edges if self._before is None else edges & self._before.edges
        now = _Held(frame, edges, _density(standing))
        if self._before is not None:
            self._consider(now)
        self._before = now

    def _consider(self, now: _Held) -> None:
        if not any(held.is_opening for held in self._held) and now.frame.time_s >= _OPENING_S:
            now.is_opening = True
        elif self._held and _nearest(now.grid, self._held) < _NEW:
            return
        self._held.append(now)
        if len(self._held) > _HELD:
            spare = [held for held in self._held if not held.is_opening]
            self._held.remove(min(spare, key=self._loneliness))

    def _loneliness(self, held: _Held) -> float:
        return _nearest(held.grid, [other for other in self._held if other is not held])


def _edges(thumb: Thumb) -> Edges:
    small = cv2.resize(thumb, _GRID_THUMB, interpolation=cv2.INTER_AREA).astype(np.int16)
    return np.asarray(np.abs(np.diff(small, axis=1, prepend=small[:, :1])) > _EDGE)


def _density(edges: Edges) -> Grid:
    """Share of edge pixels in each cell, shape ``(18, 16)``: dense where text stands."""
    columns, rows = _GRID
    cells = edges.reshape(rows, _GRID_THUMB[1] // rows, columns, _GRID_THUMB[0] // columns)
    return np.asarray(cells.mean(axis=(1, 3)), np.float32)


def _difference(one: Grid, other: Grid) -> float:
    return float(np.sort(np.abs(one - other).ravel())[-_CELLS:].mean())


def _nearest(grid: Grid, held: list[_Held]) -> float:
    return min(_difference(grid, other.grid) for other in held)
