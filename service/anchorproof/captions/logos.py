"""Outlets' enrolled logos found in pictures: at other sizes, half transparent, after codecs.

The directions of edges are compared, taken twice so that light on dark and dark on light are the same. They are
averaged over the pictures that are read: a logo stands while what is behind it moves.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.captions.keyframes import SmallCopy
from anchorproof.captions.standing import standing_span
from anchorproof.errors import LogoUnfit
from anchorproof.types import Box, ClaimedOutlet, Frame, Image, LogoPicture, Span

#: Pictures are looked at with this longer side.
LONG_SIDE_PX = 640
#: Heights of logos that are tried there, 13 % apart: 4 to 28 % of a picture of 16 : 9.
HEIGHTS_PX = tuple(round(14 * 1.13**step) for step in range(17))
#: Around the best of them, finer.
_FINER = (0.93, 0.965, 1.0, 1.035, 1.07)
_SHORTEST_SIDE_PX = 24
#: Widest to highest.
_LONGEST = 12.0
#: Share of a logo's pixels that lie on an edge, from which it can be told from a plain patch.
_LEAST_EDGES = 0.03
_MARGIN_PX = 3
_BLUR_PX = 0.8
#: Steps of brightness per pixel that count half.
_HALF_EDGE = 12.0
#: How many places per size are looked at, to know how well the second best fits.
_PLACES = 2

Field = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class FoundLogo:
    """``fit`` in [-1, 1] is the correlation of edges, ``next_fit`` that of the best place elsewhere; ``box`` in pixels
    of the source picture."""

    logo: LogoPicture
    box: Box
    fit: float
    next_fit: float

    @property
    def score(self) -> float:
        """How well it fits, and how much better than anything else does. No unit."""
        return self.fit + (self.fit - self.next_fit) / 2


def check_logo(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The logo without what is transparent around it, RGBA.

    Raises:
        LogoUnfit: too small, too long, or without enough edges to be found again.
    """
    rows, columns = (np.flatnonzero((picture[:, :, 3] > 0).any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        raise LogoUnfit("the picture is fully transparent; send one that shows the logo")
    cropped = picture[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    short, long_ = sorted(cropped.shape[:2])
    if short < _SHORTEST_SIDE_PX:
        raise LogoUnfit(f"the logo is {short} pixels at its shorter side; send one of at least {_SHORTEST_SIDE_PX}")
    if long_ > _LONGEST * short:
        raise LogoUnfit(f"the logo is more than {_LONGEST:g} times as long as high; send its mark without the line")
    template = _template(cropped, min(64, cropped.shape[0]))
    edges = float((np.hypot(template[:, :, 0], template[:, :, 1]) > 0.5).mean())
    if edges < _LEAST_EDGES:
        raise LogoUnfit("the logo has too few edges to be found again; send one with its letters or lines")
    return np.ascontiguousarray(cropped)


def find_logos(
    frames: Sequence[Frame], copies: Sequence[SmallCopy], logos: Sequence[LogoPicture], least_score: float
) -> list[ClaimedOutlet]:
    """Outlets whose logo stands in the pictures, each by the logo that fits best, with how long it stands."""
    if not frames or not logos:
        return []
    best: dict[str, FoundLogo] = {}
    for found in look_for(frames, logos):
        held = best.get(found.logo.outlet)
        if found.score >= least_score and (held is None or found.score > held.score):
            best[found.logo.outlet] = found
    return [_claim(found, frames, copies) for found in best.values()]


def look_for(frames: Sequence[Frame], logos: Sequence[LogoPicture]) -> Iterator[FoundLogo]:
    """The best place of every logo that is smaller than the picture, found or not."""
    field, scale = _mean_field(frames)
    for logo in logos:
        placed = _best_place(field, logo.picture)
        if placed is not None:
            fit, (x, y, width, height), next_fit = placed
            box = Box(x * scale, y * scale, (x + width) * scale, (y + height) * scale)
            yield FoundLogo(logo, box, fit, next_fit)


def _claim(found: FoundLogo, frames: Sequence[Frame], copies: Sequence[SmallCopy]) -> ClaimedOutlet:
    spans = sorted({standing_span(found.box, frame.time_s, copies) for frame in frames})
    joined: list[Span] = []
    for span in spans:
        if joined and span.start_s <= joined[-1].end_s:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    logo, fit = found.logo, round(min(1.0, max(0.0, found.fit)), 4)
    return ClaimedOutlet(logo.outlet, "", fit, tuple(joined), logo.logo_id, found.box)


# --------------------------------------------------------------------------- edges


def _field(grey: NDArray[np.float32]) -> Field:
    """Direction of each pixel's edge, doubled, as a vector whose length nears 1 on strong edges: ``(h, w, 2)``."""
    smooth = cv2.GaussianBlur(grey, (0, 0), _BLUR_PX)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, *way) / 32 for way in ((1, 0), (0, 1)))
    size = np.hypot(across, down) + 1e-6
    weight = size / (size + _HALF_EDGE) / size**2
    return np.dstack([(across**2 - down**2) * weight, 2 * across * down * weight]).astype(np.float32)


def _mean_field(frames: Sequence[Frame]) -> tuple[Field, float]:
    """With the source's pixels per pixel of it."""
    height, width = frames[0].image.shape[:2]
    shrink = min(1.0, LONG_SIDE_PX / max(height, width))
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    fields = [_field(_grey(frame.image, size)) for frame in frames if frame.image.shape[:2] == (height, width)]
    return np.mean(fields, axis=0, dtype=np.float32), frames[0].scale / shrink


def _grey(image: Image, size: tuple[int, int]) -> NDArray[np.float32]:
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), np.float32)


def _template(picture: NDArray[np.uint8], height_px: int) -> Field:
    """The logo's edges at this height, on a ground that it stands out from, with a margin."""
    width = max(_MARGIN_PX, round(picture.shape[1] * height_px / picture.shape[0]))
    small = cv2.resize(picture.astype(np.float32), (width, height_px), interpolation=cv2.INTER_AREA)
    opacity = small[:, :, 3] / 255
    grey = small[:, :, :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    mean = float((grey * opacity).sum() / max(float(opacity.sum()), 1.0))
    ground = 0.0 if mean > 127 else 255.0
    shown = opacity * grey + (1 - opacity) * ground
    return _field(np.pad(shown, _MARGIN_PX, mode="edge").astype(np.float32))


# --------------------------------------------------------------------------- places

Place = tuple[float, tuple[int, int, int, int]]


def _best_place(field: Field, picture: NDArray[np.uint8]) -> tuple[float, tuple[int, int, int, int], float] | None:
    """Fit, box (x, y, width, height) and the fit elsewhere."""
    peaks = [peak for height in HEIGHTS_PX for peak in _peaks(field, _template(picture, height), _PLACES)]
    if not peaks:
        return None
    coarse = max(peaks)
    best = max([coarse, *_finer(field, picture, coarse)])
    elsewhere = [fit for fit, box in peaks if _is_apart(box, best[1])]
    return best[0], best[1], max(elsewhere, default=0.0)


def _finer(field: Field, picture: NDArray[np.uint8], coarse: Place) -> Iterator[Place]:
    x, y, width, height = coarse[1]
    left, top = max(0, x - 8 - width // 8), max(0, y - 8 - height // 8)
    part = np.ascontiguousarray(field[top : top + round(1.25 * height) + 16, left : left + round(1.25 * width) + 16])
    for factor in _FINER:
        for fit, (dx, dy, wide, tall) in _peaks(part, _template(picture, max(10, round(height * factor))), 1):
            yield fit, (left + dx, top + dy, wide, tall)


def _peaks(field: Field, template: Field, count: int) -> Iterator[Place]:
    """The best places of a template, each half a template from the others."""
    tall, wide = (side - 2 * _MARGIN_PX for side in template.shape[:2])
    if any(side > room for side, room in zip(template.shape[:2], field.shape[:2], strict=True)):
        return
    fits = cv2.matchTemplate(field, template, cv2.TM_CCORR_NORMED)
    for _ in range(count):
        _, fit, _, (x, y) = cv2.minMaxLoc(fits)
        yield float(fit), (x + _MARGIN_PX, y + _MARGIN_PX, wide, tall)
        half = max(1, tall // 2)
        fits[max(0, y - half) : y + half + 1, max(0, x - half) : x + half + 1] = -1.0


def _is_apart(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether the middles lie further apart than half the larger one, across or down."""
    across = abs(one[0] + one[2] / 2 - other[0] - other[2] / 2) > max(one[2], other[2]) / 2
    return across or abs(one[1] + one[3] / 2 - other[1] - other[3] / 2) > max(one[3], other[3]) / 2
