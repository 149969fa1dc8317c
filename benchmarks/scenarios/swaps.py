"""Swapped faces: one picture of somebody, laid over a performer's face and moved by it, point by point of a face mesh.

The performer's movements, lips and sound stay, as in every face swap; the skin, brows, eyes, nose and lips are the
other person's. A graphics swap, not a network's: no real swap with sound is in the development corpus.

Source: the approach of FaceSwap as described by Rössler et al., FaceForensics++, ICCV 2019, section 3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import LinearNDInterpolator
from scipy.spatial import ConvexHull

from anchorproof.faces.align import similarity, warp
from anchorproof.faces.mesh import INNER_LIPS, TEMPLATE_192
from anchorproof.runtime import Model
from anchorproof.types import Image, Vector
from benchmarks.footage.media import Cut

Five = NDArray[np.float32]
#: Gap between lips from which the performer's mouth, teeth and all, shows through: share of the face's height.
_OPEN = 0.03
#: The mesh's own confidence that there is a face.
_SURE = 0.5


def swapped(body: Cut, faces: Sequence[Vector | None], face: Image, five: Vector, mesh: Model) -> Cut:
    """``body`` with the face of ``face`` wherever its own was found.

    Args:
        faces: five landmarks ``(5, 2)`` of the performer in each picture, None: not found there.
        face: one picture of the other person; ``five``: its landmarks.
        mesh: answers ``points (n, 468, 3)``, as for ``faces.mesh``.
    """
    theirs = _points(face, five, mesh)
    if theirs is None:
        return body
    images = []
    for image, own in zip(body.images, faces, strict=True):
        ours = None if own is None else _points(image, own, mesh)
        images.append(image if ours is None else _laid_over(image, ours, face, theirs))
    return replace(body, images=images)


def most_frontal(faces: Sequence[Vector | None]) -> int | None:
    """The picture whose nose is nearest to the middle between the eyes; None without any face."""
    turned = {}
    for place, five in enumerate(faces):
        if five is not None:
            middle, eyes = (five[0] + five[1]) / 2, five[1] - five[0]
            turned[place] = abs(float((five[2] - middle) @ eyes)) / float(eyes @ eyes)
    return min(turned, key=lambda place: turned[place]) if turned else None


def _points(image: Image, five: Vector, mesh: Model) -> Vector | None:
    """The mesh's points in the picture, ``(468, 2)``; None where it sees no face."""
    side = int(mesh.entry.parameters["side_px"])
    matrix = similarity(five, TEMPLATE_192 * (side / 192))
    pixels = warp(image, matrix, side, cv2.BORDER_REPLICATE).transpose(2, 0, 1)[None]
    answer = mesh.run({"pixels": np.ascontiguousarray(pixels, np.float32) / np.float32(255)})
    if answer["face"][0] < _SURE:
        return None
    found = answer["points"][0, :, :2]
    return np.asarray((found - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T, np.float32)


def _laid_over(image: Image, ours: Vector, face: Image, theirs: Vector) -> Image:
    height, width, _ = image.shape
    left, top = np.maximum(np.floor(ours.min(axis=0)).astype(int), 0)
    right, bottom = np.minimum(np.ceil(ours.max(axis=0)).astype(int) + 1, [width, height])
    if right - left < 8 or bottom - top < 8:
        return image
    rows, columns = np.mgrid[top:bottom, left:right]
    place = LinearNDInterpolator(ours.astype(np.float64), theirs.astype(np.float64), fill_value=-1.0)(columns, rows)
    maps = np.ascontiguousarray(place[..., 0], np.float32), np.ascontiguousarray(place[..., 1], np.float32)
    moved = cv2.remap(face, *maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE).astype(np.float32)
    mask = _mask(ours - np.array([left, top], np.float32), (bottom - top, right - left))
    inside = mask > 0.5
    if inside.sum() < 50:
        return image
    own = image[top:bottom, left:right].astype(np.float32)
    spread = own[inside].std(axis=0) / (moved[inside].std(axis=0) + 1)
    matched = (moved - moved[inside].mean(axis=0)) * spread + own[inside].mean(axis=0)
    result = image.copy()
    blended = own * (1 - mask[..., None]) + matched * mask[..., None]
    result[top:bottom, left:right] = np.clip(blended, 0, 255).astype(np.uint8)
    return result


def _mask(points: Vector, shape: tuple[int, int]) -> NDArray[np.float32]:
    """The face without its rim, softly; without the gap between open lips."""
    hull = points[ConvexHull(points).vertices]
    middle = hull.mean(axis=0)
    mask = np.zeros(shape, np.float32)
    cv2.fillConvexPoly(mask, np.round(middle + 0.93 * (hull - middle)).astype(np.int32), 1.0)
    lips = points[list(INNER_LIPS)]
    if float(np.ptp(lips[:, 1])) > _OPEN * shape[0]:
        cv2.fillPoly(mask, [np.round(lips).astype(np.int32)], 0.0)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(1.0, 0.02 * shape[0])), np.float32)
