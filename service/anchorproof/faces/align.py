"""Cut faces out of pictures: aligned by five landmarks, or as the upright square round the box."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Box, Image, Vector

#: Side of the upright crop in units of the box's longer side.
CROP_MARGIN = 1.6

#: Left eye, right eye, nose and mouth corners in a 112 x 112 picture.
#: Source: the alignment template of ArcFace (Deng et al., CVPR 2019).
TEMPLATE_112: Vector = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


def align(image: Image, landmarks: Vector, size: int = 112) -> Image:
    """The face turned upright and scaled so that its landmarks fit the ArcFace template, ``(size, size, 3)``.

    Args:
        image: picture the landmarks were found in.
        landmarks: ``(5, 2)`` in pixels of ``image``.
        size: side of the result; the template grows with it.

    Raises:
        ValueError: the landmarks fall into one point.
    """
    return warp(image, similarity(landmarks, TEMPLATE_112 * (size / 112)), size, cv2.BORDER_CONSTANT)


def crop(image: Image, box: Box, size: int = 224) -> Image:
    """The square round the box's centre, side ``CROP_MARGIN * max(w, h)``, edge replicated, ``(size, size, 3)``.

    ``box`` is in pixels of ``image``.
    """
    return warp(image, crop_matrix(box, size), size, cv2.BORDER_REPLICATE)


def crop_matrix(box: Box, size: int = 224) -> NDArray[np.float64]:
    """The ``(2, 3)`` matrix that takes points of the picture to points of ``crop(picture, box, size)``."""
    side = CROP_MARGIN * max(box.width, box.height)
    if side <= 0:
        raise ValueError(f"a box needs an area; got {box}")
    zoom = size / side
    left, top = (box.x1 + box.x2 - side) / 2, (box.y1 + box.y2 - side) / 2
    return np.array([[zoom, 0.0, -zoom * left], [0.0, zoom, -zoom * top]])


def similarity(points: NDArray[np.floating], targets: NDArray[np.floating]) -> NDArray[np.float64]:
    """Least-squares rotation, scale and shift ``(2, 3)`` that takes ``points`` ``(n, 2)`` to ``targets`` ``(n, 2)``.

    Source: Umeyama, IEEE PAMI 13(4), 1991; in the plane it is a complex ratio.

    Raises:
        ValueError: all points coincide.
    """
    z, w = (np.asarray(side, np.float64) @ np.array([1, 1j]) for side in (points, targets))
    z_mean, w_mean = z.mean(), w.mean()
    spread = float(np.sum(np.abs(z - z_mean) ** 2))
    if spread < 1e-9:
        raise ValueError("landmarks must not coincide")
    turn = np.sum(np.conj(z - z_mean) * (w - w_mean)) / spread
    shift = w_mean - turn * z_mean
    return np.array([[turn.real, -turn.imag, shift.real], [turn.imag, turn.real, shift.imag]])


def warp(image: Image, matrix: NDArray[np.float64], size: int, border: int) -> Image:
    """``image`` seen through a similarity ``matrix``; averages over source pixels where it shrinks by two or more."""
    zoom = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    shrink = int(1 / zoom)
    if shrink >= 2:
        image, matrix = _shrunk(image, matrix, size, shrink)
    return np.asarray(cv2.warpAffine(image, matrix, (size, size), flags=cv2.INTER_LINEAR, borderMode=border), np.uint8)


def _shrunk(image: Image, matrix: NDArray[np.float64], size: int, shrink: int) -> tuple[Image, NDArray[np.float64]]:
    """The region that ``matrix`` looks at, ``shrink`` times smaller, and the matrix for it."""
    corners = np.array([[0, 0], [size, 0], [0, size], [size, size]], np.float64) - matrix[:, 2]
    seen = corners @ np.linalg.inv(matrix[:, :2]).T
    height, width = image.shape[:2]
    x1, y1 = np.clip(np.floor(seen.min(axis=0)).astype(int) - 2 * shrink, 0, [width - 1, height - 1])
    x2, y2 = np.clip(np.ceil(seen.max(axis=0)).astype(int) + 2 * shrink, [x1 + 1, y1 + 1], [width, height])
    region = image[y1:y2, x1:x2]
    target = (max(1, round(region.shape[1] / shrink)), max(1, round(region.shape[0] / shrink)))
    ratio = np.array([region.shape[1] / target[0], region.shape[0] / target[1]])
    small = cv2.resize(region, target, interpolation=cv2.INTER_AREA)
    # Pixel centres: small index s covers source ratio * (s + 0.5) - 0.5 + offset.
    linear = matrix[:, :2] * ratio
    offset = matrix[:, :2] @ (np.array([x1, y1]) + 0.5 * ratio - 0.5) + matrix[:, 2]
    return np.asarray(small, np.uint8), np.column_stack([linear, offset])
