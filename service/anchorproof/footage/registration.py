"""Lays a clip's picture over the programme's: crop, scale, mirror, colour; all at the reference's small size."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.pictures import Reframing
from anchorproof.types import Image

Grey = NDArray[np.float32]
"""Luma in [0, 1], shape ``(height, width)``."""

#: Pictures are compared at this width: enough for a mouth, and fast.
WIDTH_PX = 240
_ITERATIONS = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, 60, 1e-4)
#: Correlation below which an alignment is not believed.
_LEAST_CORRELATION = 0.5


@dataclass(frozen=True, slots=True)
class Registration:
    """Maps the programme's pixels (at comparison size) to the clip's: ``clip = matrix @ (x, y, 1)``."""

    matrix: NDArray[np.float64]
    mirrored: bool
    size: tuple[int, int]
    """Width and height of the programme's picture at comparison size."""

    def lay(self, clip: Grey) -> tuple[Grey, NDArray[np.bool_]]:
        """The clip's picture in the programme's frame, and where there is any."""
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        # Beyond its edge the picture is continued: black there would look like detail at the edge.
        laid = cv2.warpAffine(clip, self.matrix, self.size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        inside = cv2.warpAffine(np.ones_like(clip), self.matrix, self.size, flags=flags) > 0.99
        return np.asarray(laid, np.float32), np.asarray(inside, np.bool_)

    def to_programme(self, points: NDArray[np.float64], clip_width: int) -> NDArray[np.float64]:
        """Points ``(n, 2)`` of the clip's picture (comparison size) in the programme's frame."""
        if self.mirrored:
            points = np.column_stack([clip_width - 1 - points[:, 0], points[:, 1]])
        inverse = cv2.invertAffineTransform(self.matrix)
        moved: NDArray[np.float64] = points @ inverse[:, :2].T + inverse[:, 2]
        return moved


def grey(image: Image, width: int, mirrored: bool = False) -> Grey:
    """Luma at this width."""
    height = max(8, round(image.shape[0] * width / image.shape[1]))
    small = cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255
    return np.ascontiguousarray(luma[:, ::-1] if mirrored else luma)


def register(pairs: Sequence[tuple[Image, Image]], reframing: Reframing) -> Registration | None:
    """The alignment that most of these (programme's, clip's) pictures agree on; None where none is found."""
    if not pairs:
        return None
    found, size = [], (0, 0)
    for ours, theirs in pairs:
        template, moving = grey(ours, WIDTH_PX), grey(theirs, WIDTH_PX, reframing.mirrored)
        size = (template.shape[1], template.shape[0])
        matrix = _aligned(template, moving, _guessed(template, moving, reframing))
        if matrix is not None:
            found.append(matrix)
    if not found:
        return None
    return Registration(np.median(np.array(found), axis=0), reframing.mirrored, size)


def _guessed(template: Grey, moving: Grey, reframing: Reframing) -> NDArray[np.float32]:
    """The matrix that the reframing implies: our picture without its lost borders fills the clip's."""
    (height, width), (clip_height, clip_width) = template.shape, moving.shape
    scale_x = clip_width / (width * (1 - reframing.left - reframing.right))
    scale_y = clip_height / (height * (1 - reframing.top - reframing.bottom))
    left, top = reframing.left * width * scale_x, reframing.top * height * scale_y
    return np.array([[scale_x, 0, -left], [0, scale_y, -top]], np.float32)


def _aligned(template: Grey, moving: Grey, start: NDArray[np.float32]) -> NDArray[np.float64] | None:
    with suppress(cv2.error):  # no convergence: a still or blank picture
        correlation, matrix = cv2.findTransformECC(
            template, moving, start.copy(), cv2.MOTION_AFFINE, _ITERATIONS, np.ones_like(moving, np.uint8), 5
        )
        if correlation >= _LEAST_CORRELATION and abs(matrix[0, 1]) < 0.1 and abs(matrix[1, 0]) < 0.1:
            return np.asarray(matrix, np.float64)
    return None
