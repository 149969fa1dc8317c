"""What differs between a clip and the retained references of the programme it was found in, second by second.

A difference is 1 - correlation of the detail that both show (local mean removed, so brightness, contrast and most of
what a codec does cancel out): 0 the same, about 1 nothing in common.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.pictures import Border
from anchorproof.footage.registration import WIDTH_PX, Grey, Registration, grey, register
from anchorproof.footage.stretches import Stretch
from anchorproof.types import Box, Image, Span

Mask = NDArray[np.bool_]
#: The clip may lie this far beside the line: hashes place it to about a tenth of a second.
_REACH_S = 0.32
_STEP_S = 0.04
#: Detail is what is left of a picture without its local mean; sizes at ``WIDTH_PX``.
_FINE_SIGMA, _COARSE_SIGMA = 1.0, 8.0
#: Detail weaker than this (of the full range) is noise: without it a flat wall would differ from itself.
_NOISE = 0.012
_GRID = (12, 16)
#: A cell of the picture that differs by more than this has something laid over it.
CELL_DIFFERS = 0.5
_REGISTERED_ON = 5


@dataclass(frozen=True, slots=True)
class FaceRegion:
    """A face in the clip's picture at one time; boxes in shares of the picture's width and height.

    ``upper`` holds eyes and nose: what a new face changes and a new mouth does not.
    """

    time_s: float
    box: Box
    mouth: Box
    upper: Box


@dataclass(frozen=True, slots=True)
class Moment:
    """What differs at one reference picture: ``face`` about eyes and nose; ``cells`` is a grid over the programme's
    picture, NaN where not shown.
    """

    clip_s: float
    mouth: float | None
    face: float | None
    outside: float | None
    cells: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class ClipFrames:
    """The clip's pictures as densely as there are, letterbox and all, in time order."""

    times_s: NDArray[np.float64]
    images: Sequence[Image]
    border: Border

    def at(self, index: int) -> Image:
        return self.border.cut(self.images[index])


FaceAt = Callable[[float], FaceRegion | None]


def compare_pictures(
    stretch: Stretch, references: Sequence[tuple[float, Image]], frames: ClipFrames, face_at: FaceAt
) -> list[Moment]:
    """Differences at each reference picture inside the stretch; empty where the pictures cannot be aligned."""
    if not references or not len(frames.times_s):
        return []
    wanted = np.asarray(stretch.line.clip_s(np.array([time for time, _ in references])), np.float64)
    kept = [row for row, time in enumerate(wanted) if stretch.clip.start_s <= time <= stretch.clip.end_s]
    if not kept:
        return []
    ours, wanted = [references[row][1] for row in kept], wanted[kept]
    registration = _registered(stretch, ours, wanted, frames)
    if registration is None:
        return []
    width = WIDTH_PX
    templates = [_detail(grey(image, width)) for image in ours]
    laid = _Laid(frames, registration)
    lag_s = _best_lag(templates, wanted, frames, laid)
    moments = []
    for template, time_s in zip(templates, wanted + lag_s, strict=True):
        index = int(np.abs(frames.times_s - time_s).argmin())
        if abs(frames.times_s[index] - time_s) > 2.5 * _STEP_S:
            continue
        near = [place for place in (index - 1, index, index + 1) if 0 <= place < len(frames.times_s)]
        best = min(near, key=lambda place: _difference(template, *laid.at(place)))
        moments.append(_moment(template, best, frames, laid, face_at))
    return moments


def _registered(
    stretch: Stretch, ours: Sequence[Image], wanted: NDArray[np.float64], frames: ClipFrames
) -> Registration | None:
    chosen = np.unique(np.linspace(0, len(ours) - 1, _REGISTERED_ON).round().astype(int))
    pairs = [(ours[row], frames.at(int(np.abs(frames.times_s - wanted[row]).argmin()))) for row in chosen]
    return register(pairs, stretch.line.reframing)


class _Laid:
    """The clip's pictures in the programme's frame, each made once."""

    def __init__(self, frames: ClipFrames, registration: Registration) -> None:
        self._frames = frames
        self.registration = registration
        self._made: dict[int, tuple[Grey, Mask]] = {}

    def at(self, index: int) -> tuple[Grey, Mask]:
        if index not in self._made:
            picture = grey(self._frames.at(index), WIDTH_PX, self.registration.mirrored)
            laid, inside = self.registration.lay(picture)
            self._made[index] = (_detail(laid), inside)
        return self._made[index]


def _best_lag(templates: Sequence[Grey], wanted: NDArray[np.float64], frames: ClipFrames, laid: _Laid) -> float:
    """One lag for the whole stretch: a mouth that moves at other times must not be explained away frame by frame."""
    lags = np.arange(-_REACH_S, _REACH_S + 1e-6, _STEP_S)
    rows = np.unique(np.linspace(0, len(templates) - 1, 16).round().astype(int))
    totals = []
    for lag in lags:
        places = [int(np.abs(frames.times_s - (wanted[row] + lag)).argmin()) for row in rows]
        totals.append(
            np.mean([_difference(templates[row], *laid.at(place)) for row, place in zip(rows, places, strict=True)])
        )
    return float(lags[int(np.argmin(totals))])


def _moment(template: Grey, index: int, frames: ClipFrames, laid: _Laid, face_at: FaceAt) -> Moment:
    detail, inside = laid.at(index)
    time_s = float(frames.times_s[index])
    region = face_at(time_s)
    everything = inside.copy()
    if region is None:
        mouth = face = None
    else:
        shape = frames.at(index).shape
        full = frames.images[index].shape
        to_mask = _region_masks(region, frames.border, full, shape, laid.registration)
        mouth_mask, upper_mask, around = to_mask
        mouth = _share(template, detail, mouth_mask & inside)
        face = _share(template, detail, upper_mask & ~mouth_mask & inside)
        everything &= ~around
    return Moment(time_s, mouth, face, _share(template, detail, everything), _cells(template, detail, everything))


def _region_masks(
    region: FaceRegion, border: Border, full: tuple[int, ...], cut: tuple[int, ...], registration: Registration
) -> tuple[Mask, Mask, Mask]:
    """Mouth, eyes and nose, and the face with some margin, in the programme's frame."""
    scale = WIDTH_PX / cut[1]

    def mask(box: Box, grow: float = 0.0) -> Mask:
        x_margin, y_margin = grow * box.width, grow * box.height
        corners = np.array([[box.x1 - x_margin, box.y1 - y_margin], [box.x2 + x_margin, box.y2 + y_margin]])
        pixels = (corners * (full[1], full[0]) - (border.left, border.top)) * scale
        points = registration.to_programme(pixels, WIDTH_PX)
        (x1, y1), (x2, y2) = points.min(axis=0), points.max(axis=0)
        made = np.zeros((registration.size[1], registration.size[0]), np.bool_)
        made[max(0, round(y1)) : max(0, round(y2)), max(0, round(x1)) : max(0, round(x2))] = True
        return made

    return mask(region.mouth), mask(region.upper), mask(region.box, 0.25)


# --------------------------------------------------------------------------- measuring


def _detail(picture: Grey) -> Grey:
    fine = cv2.GaussianBlur(picture, (0, 0), _FINE_SIGMA)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), _COARSE_SIGMA), np.float32)


def _difference(ours: Grey, theirs: Grey, inside: Mask) -> float:
    return _share(ours, theirs, inside) or 0.0


def _share(ours: Grey, theirs: Grey, where: Mask) -> float | None:
    """1 - correlation of detail over the mask; None where it is nearly empty."""
    count = int(where.sum())
    if count < 30:
        return None
    one, other = ours[where], theirs[where]
    noise = _NOISE**2
    power = np.sqrt((np.mean(one * one) + noise) * (np.mean(other * other) + noise))
    return float(np.clip(1 - (np.mean(one * other) + noise) / power, 0.0, 2.0))


def _cells(ours: Grey, theirs: Grey, where: Mask) -> NDArray[np.float32]:
    rows, columns = _GRID
    heights = np.linspace(0, ours.shape[0], rows + 1).astype(int)
    widths = np.linspace(0, ours.shape[1], columns + 1).astype(int)
    cells = np.full(_GRID, np.nan, np.float32)
    for row in range(rows):
        for column in range(columns):
            part = (slice(heights[row], heights[row + 1]), slice(widths[column], widths[column + 1]))
            found = _share(ours[part], theirs[part], where[part]) if where[part].mean() > 0.5 else None
            cells[row, column] = np.nan if found is None else found
    return cells


def overlaid(moments: Sequence[Moment]) -> tuple[float, float]:
    """Share of the picture's cells that differ most of the time, and their share in the row that has most of them."""
    if not moments:
        return 0.0, 0.0
    stack = np.array([moment.cells for moment in moments])
    shown = ~np.isnan(stack)
    differs = (np.nan_to_num(stack, nan=0.0) > CELL_DIFFERS).sum(axis=0)
    laid_over = (differs >= 0.7 * shown.sum(axis=0)) & shown.any(axis=0)
    in_row = shown.any(axis=0).sum(axis=1)
    widths = laid_over.sum(axis=1) / np.maximum(1, in_row)
    # A row of which next to nothing is shown (a face fills the picture) says nothing about captions.
    return float(laid_over.mean()), float(widths[in_row >= 4].max(initial=0.0))


def per_second(moments: Sequence[Moment]) -> list[tuple[Span, float | None, float | None, float | None]]:
    """Mean mouth, face and outside differences of each second that holds any."""
    seconds: dict[int, list[Moment]] = {}
    for moment in moments:
        seconds.setdefault(int(moment.clip_s), []).append(moment)
    return [
        (
            Span(float(second), float(second + 1)),
            _mean([moment.mouth for moment in group]),
            _mean([moment.face for moment in group]),
            _mean([moment.outside for moment in group]),
        )
        for second, group in sorted(seconds.items())
    ]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
