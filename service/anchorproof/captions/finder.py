"""Where text stands in a picture: PP-OCR's detector (differentiable binarisation) with its own post-processing.

Source: Liao et al., Real-time scene text detection with differentiable binarization, AAAI 2020; thresholds are those
that the weights' authors use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.runtime import Model
from anchorproof.types import Box, Image

#: The network halves its input five times.
_GRAIN_PX = 32
_INK_THRESHOLD = 0.3
_BOX_THRESHOLD = 0.5
#: The network predicts shrunken lines; they grow by area * ratio / perimeter.
_GROWTH = 1.6
_LIMIT_CONTOURS = 300
_SMALLEST_SIDE_PX = 3.0
#: No line is as tall as this share of the picture; smooth pictures are now and then taken for one as a whole.
_TALLEST_SHARE = 0.4

Corners = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class TextArea:
    """One line of text: its corners ``(4, 2)``, clockwise from the top left as it is read, in pixels of the picture."""

    corners: Corners
    score: float

    @property
    def box(self) -> Box:
        (x1, y1), (x2, y2) = self.corners.min(axis=0), self.corners.max(axis=0)
        return Box(float(x1), float(y1), float(x2), float(y2))

    @property
    def size(self) -> tuple[float, float]:
        """Width along the line and height across it."""
        one, two, _, four = self.corners
        return float(np.linalg.norm(two - one)), float(np.linalg.norm(four - one))


def find_text(image: Image, model: Model, long_side_px: int) -> list[TextArea]:
    """All lines of text in reading order: top to bottom, within one row left to right."""
    height, width = image.shape[:2]
    scale = min(1.0, long_side_px / max(height, width))
    target = (_grained(width * scale), _grained(height * scale))
    small = cv2.resize(image, target, interpolation=cv2.INTER_AREA)
    # The network was trained on BGR.
    tensor = ((small[:, :, ::-1].astype(np.float32) / 255.0 - 0.5) / 0.5).transpose(2, 0, 1)[None]
    ink = model.run_one(np.ascontiguousarray(tensor))[0, 0]
    zoom = np.array([width / target[0], height / target[1]], np.float32)
    limits = np.array([width, height], np.float32)
    found = [TextArea(np.clip(corners * zoom, 0, limits), score) for corners, score in _areas(ink)]
    tallest = _TALLEST_SHARE * min(height, width)
    return in_reading_order([area for area in found if _SMALLEST_SIDE_PX < min(area.size) < tallest])


def in_reading_order(areas: list[TextArea]) -> list[TextArea]:
    """Rows from top to bottom, each from left to right; a row holds what lies beside its first line's middle."""
    rest = sorted(areas, key=lambda area: area.box.y1)
    ordered: list[TextArea] = []
    while rest:
        middle = (rest[0].box.y1 + rest[0].box.y2) / 2
        row = [area for area in rest if area.box.y1 <= middle <= area.box.y2]
        ordered += sorted(row, key=lambda area: area.box.x1)
        taken = set(map(id, row))
        rest = [area for area in rest if id(area) not in taken]
    return ordered


def _grained(length: float) -> int:
    return max(_GRAIN_PX, round(length / _GRAIN_PX) * _GRAIN_PX)


def _areas(ink: NDArray[np.float32]) -> Iterator[tuple[Corners, float]]:
    """Corners in pixels of the map, with the mean probability inside."""
    mask = cv2.dilate((ink > _INK_THRESHOLD).astype(np.uint8), np.ones((2, 2), np.uint8))
    contours, _ = cv2.findContours(mask, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
    for contour in contours[:_LIMIT_CONTOURS]:
        centre, (width, height), angle = cv2.minAreaRect(contour)
        if min(width, height) < _SMALLEST_SIDE_PX:
            continue
        score = _mean_inside(ink, cv2.boxPoints((centre, (width, height), angle)))
        if score >= _BOX_THRESHOLD:
            growth = 2 * width * height * _GROWTH / (2 * (width + height))
            yield _clockwise(cv2.boxPoints((centre, (width + growth, height + growth), angle))), score


def _mean_inside(ink: NDArray[np.float32], corners: NDArray[Any]) -> float:
    limits = np.array([ink.shape[1] - 1, ink.shape[0] - 1])
    low = np.clip(np.floor(corners.min(axis=0)), 0, limits).astype(int)
    high = np.clip(np.ceil(corners.max(axis=0)), 0, limits).astype(int)
    mask = np.zeros((high[1] - low[1] + 1, high[0] - low[0] + 1), np.uint8)
    cv2.fillPoly(mask, [np.round(corners - low).astype(np.int32)], 1)
    return float(cv2.mean(ink[low[1] : high[1] + 1, low[0] : high[0] + 1], mask)[0])


def _clockwise(corners: NDArray[Any]) -> Corners:
    """From the top left: of the two left corners the upper one, then the upper right, lower right and lower left."""
    by_x = corners[np.argsort(corners[:, 0], kind="stable")]
    left, right = (pair[np.argsort(pair[:, 1], kind="stable")] for pair in (by_x[:2], by_x[2:]))
    return np.array([left[0], right[0], right[1], left[1]], np.float32)
