"""Pictures of a drawn face, and a mesh that fits it: eyes, lips and outline where the mesh's numbering has them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.mesh import INNER_LIPS, OUTER_LIPS
from models.build.visual.dynamics import LIDS, OUTLINE
from models.build.visual.meshes import POINTS, Meshes

SIDE = 160


def mesh(opening: float = 0.1, lids: float = 0.1, shift: tuple[float, float] = (0.0, 0.0)) -> NDArray[np.float32]:
    """A face of 60 pixels round the middle of ``SIDE``: ``opening`` of mouth and ``lids`` in face widths."""
    rng = np.random.default_rng(1)
    angle, radius = rng.uniform(0, 2 * np.pi, POINTS), np.sqrt(rng.uniform(0, 1, POINTS))
    points = np.stack([radius * np.cos(angle) * 0.5, radius * np.sin(angle) * 0.65, rng.normal(0, 0.1, POINTS)], axis=1)
    for contour, width, height in ((OUTER_LIPS, 0.2, 0.08 + opening / 2), (INNER_LIPS, 0.15, opening / 2)):
        turns = np.pi - np.arange(len(contour)) / len(contour) * 2 * np.pi
        points[list(contour), 0] = width * np.cos(turns)
        points[list(contour), 1] = 0.35 + height * np.sin(turns)
    turns = np.linspace(-np.pi / 2, np.pi / 2, len(OUTLINE))
    points[list(OUTLINE), :2] = np.stack([0.5 * np.cos(turns), 0.65 * np.sin(turns)], axis=1)
    for (top, bottom, left, right), middle in zip(LIDS, (-0.22, 0.22), strict=True):
        points[[top, bottom], :2] = [[middle, -0.15 - lids / 2], [middle, -0.15 + lids / 2]]
        points[[top, bottom, left, right], 2] = 0
        points[[left, right], :2] = [[middle - 0.08, -0.15], [middle + 0.08, -0.15]]
    points[[33, 263], :2] = [[-0.3, -0.15], [0.3, -0.15]]
    points[1, :2] = 0.0, 0.1
    return (points * 60 + [SIDE / 2 + shift[0], SIDE / 2 + shift[1], 0]).astype(np.float32)


def drawn_clip(count: int) -> tuple[list[NDArray[np.uint8]], Meshes]:
    """A face that talks and sways before a restless background."""
    rng = np.random.default_rng(2)
    skin = cv2.GaussianBlur(rng.integers(0, 256, (SIDE, SIDE, 3)).astype(np.float32), (0, 0), 1.5)
    pictures, tracks = [], []
    for place in range(count):
        points = mesh(0.05 + 0.1 * (place % 4), shift=(2 * np.sin(place), 0.0))
        picture = np.roll(skin, place, axis=1).copy()
        cv2.fillConvexPoly(
            picture, np.round(cv2.convexHull(np.ascontiguousarray(points[:, :2]))).astype(np.int32), (190, 140, 120)
        )
        picture[::3] += 15
        cv2.fillPoly(picture, [np.round(points[list(OUTER_LIPS), :2]).astype(np.int32)], (150, 60, 60))
        cv2.fillPoly(picture, [np.round(points[list(INNER_LIPS), :2]).astype(np.int32)], (40, 20, 20))
        pictures.append(picture.clip(0, 255).astype(np.uint8))
        tracks.append(points)
    return pictures, Meshes(np.stack(tracks), np.zeros((count, 5, 2), np.float32))
