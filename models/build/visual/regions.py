"""Regions of a face by the points of its mesh, as soft masks."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.mesh import INNER_LIPS, OUTER_LIPS

Points = NDArray[np.float32]

LEFT_EYE = (70, 63, 105, 66, 107, 33, 133, 145, 153, 23, 230, 119)
RIGHT_EYE = (300, 293, 334, 296, 336, 263, 362, 374, 380, 253, 450, 348)
INNER_FACE = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 61, 291, 17, 84, 314, 33, 263, 50, 280, 187, 411)
#: From below the nose to the chin.
LOWER_FACE = (164, 50, 280, 187, 411, 192, 416, 169, 394, 140, 369, 176, 400, 152, 58, 288, 2)
#: Point sets of each region; their hulls are its area. None: all points.
REGIONS: dict[str, tuple[tuple[int, ...] | None, ...]] = {
    "face": (None,),
    "inner": (INNER_FACE,),
    "eyes": (LEFT_EYE, RIGHT_EYE),
    "mouth": (OUTER_LIPS,),
    "lower": (LOWER_FACE,),
}
#: How far each region reaches beyond its points, as a factor about its middle.
REACH = {"face": 0.97, "inner": 1.05, "eyes": 1.1, "mouth": 1.35, "lower": 1.0}


def window(points: Points, shape: tuple[int, ...], margin: float = 0.35) -> tuple[slice, slice]:
    """Rows and columns of a picture that hold the face, ``margin`` face widths more on each side."""
    edge = margin * float(np.ptp(points[:, 0]))
    low = np.floor(points[:, :2].min(0) - edge).astype(int)
    high = np.ceil(points[:, :2].max(0) + edge).astype(int) + 1
    (left, top), (right, bottom) = np.maximum(low, 0), np.minimum(high, [shape[1], shape[0]])
    return slice(int(top), max(int(bottom), int(top))), slice(int(left), max(int(right), int(left)))


def soft_mask(points: Points, region: str, shape: tuple[int, int], soft_px: float, grow: float = 1.0) -> Points:
    """``(rows, columns)`` in 0..1: the region's hulls, grown by ``grow``, their edges softened inwards and outwards.

    Args:
        points: ``(468, 2 or 3)`` in pixels of the mask.
    """
    mask = np.zeros(shape, np.float32)
    for chosen in REGIONS[region]:
        own = points[:, :2] if chosen is None else points[list(chosen), :2]
        middle = own.mean(0)
        spread = middle + REACH[region] * grow * (own - middle)
        hull = cv2.convexHull(spread.astype(np.float32)).reshape(-1, 2)
        cv2.fillConvexPoly(mask, np.round(hull).astype(np.int32), 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, soft_px)), np.float32)


def inner_mouth(points: Points, shape: tuple[int, int], soft_px: float) -> Points:
    """``(rows, columns)`` in 0..1: what lies between the lips."""
    mask = np.zeros(shape, np.float32)
    cv2.fillPoly(mask, [np.round(points[list(INNER_LIPS), :2]).astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.5, soft_px)), np.float32)
