"""How the points of a face's mesh move over time: measures of trembling, mouth, eyes and of what moves together.

Everything is measured in a head that holds still, in distances between the outer corners of the eyes (``held_points``).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.mesh import INNER_LIPS, OUTER_LIPS, STILL
from anchorproof.types import FaceObservation
from benchmarks.equalise import ENCODED_FPS

Floats = NDArray[np.float64]

#: Upper and lower lid, and corners, of either eye.
LIDS = ((159, 145, 33, 133), (386, 374, 362, 263))
BROWS = (105, 334)
UPPER_LIP, LOWER_LIP, LEFT_CORNER, RIGHT_CORNER = 13, 14, 78, 308
#: An eye is shut below this share of its usual opening; a mouth is open above this, in distances between the eyes.
SHUT, OPEN = 0.55, 0.05
FEWEST = 18
FLOOR = 1e-4


def held_points(points: Floats) -> tuple[Floats, Floats]:
    """Points ``(n, 468, 3)`` in a head that holds still, and its poses ``(n, 6)``: turns (radians) and place.

    Each picture is turned, scaled and moved so that the still points fit their mean best (Umeyama, IEEE PAMI 13(4),
    1991).
    """
    unit = float(np.median(np.linalg.norm(points[:, 263] - points[:, 33], axis=1)))
    scaled = points / unit
    template = scaled[len(scaled) // 2]
    for _ in range(2):
        held, poses = _fitted(scaled, template)
        template = np.asarray(held.mean(0))
    return held, poses


def dynamics(points: NDArray[np.float32]) -> dict[str, float] | None:
    """All measures of one clip's meshes ``(n, 468, 3)`` at ``ENCODED_FPS``, NaN where unseen; None: too few."""
    seen = np.isfinite(points[:, 0, 0])
    if seen.sum() < FEWEST:
        return None
    held, poses = held_points(points[seen].astype(np.float64))
    opening = np.linalg.norm(held[:, UPPER_LIP] - held[:, LOWER_LIP], axis=1)
    width = np.linalg.norm(held[:, LEFT_CORNER] - held[:, RIGHT_CORNER], axis=1)
    eyes = np.mean([_ratio(held, lid) for lid in LIDS], axis=0)
    brows = held[:, BROWS, 1].mean(1)
    low, high = np.percentile(opening, [5, 95])
    return {
        "tremble of still points": _log(_tremble(held[:, STILL])),
        "tremble of outline": _log(_tremble(held[:, OUTLINE])),
        "tremble of lips": _log(_tremble(held[:, OUTER_LIPS])),
        "tremble of pose": _log(_tremble(poses[:, None, :3])),
        "tremble of place": _log(_tremble(poses[:, None, 3:5])),
        "roughness of lips": _rough(held[:, OUTER_LIPS].reshape(len(held), -1)),
        "roughness of pose": _rough(poses[:, :3]),
        "roughness of opening": _rough(opening[:, None]),
        "mouth: range": float(high - low),
        "mouth: closest": float(low),
        "mouth: widest": float(high),
        "mouth: speed": _log(float(np.abs(np.diff(opening)).mean())),
        "mouth: spread of width": float(width.std()),
        "mouth: opening with width": _together(opening, width),
        "eyes: range": float(np.ptp(np.percentile(eyes, [2, 98]))),
        "eyes: share shut": float((eyes < SHUT * np.median(eyes)).mean()),
        "eyes: tremble": _log(float(np.abs(np.diff(eyes, 2)).mean())),
        "brows: spread": _log(float(brows.std())),
        "pose: spread": _log(float(poses[:, :3].std(0).mean())),
        "pose with mouth": _together(np.abs(np.diff(poses[:, :3], axis=0)).sum(1), np.abs(np.diff(opening))),
        "brows with mouth": abs(_together(brows, opening)),
        "first component of lips": _first_share(held[:, INNER_LIPS + OUTER_LIPS]),
        "first component of face": _first_share(held),
        "lower face with upper": _log(_tremble(held[:, INNER_LIPS]) / (_tremble(held[:, UPPER]) + FLOOR)),
    }


#: The outline of the face, and eyes with brows.
OUTLINE = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176)
UPPER = (105, 334, 159, 145, 386, 374, 66, 296, 70, 300)


def inner_mouth(
    points: NDArray[np.float32], seen: list[FaceObservation], crop_margin: float
) -> dict[str, float] | None:
    """Of the pictures in which the mouth is open: what shows between the lips, and how much that changes.

    Args:
        points: as ``dynamics`` takes them. ``seen``: observations of the same face, ``time_s`` on the same clock.
    """
    found = []
    for item in seen:
        place = round(item.time_s * ENCODED_FPS)
        if place < len(points) and np.isfinite(points[place, 0, 0]):
            found += _between_lips(points[place], item, crop_margin)
    if len(found) < 3:
        return None
    rows = np.array(found)
    return {
        "between lips: light": float(rows[:, 0].mean()),
        "between lips: spread of light": float(rows[:, 0].std()),
        "between lips: contrast": float(rows[:, 1].mean()),
        "between lips: spread of contrast": float(rows[:, 1].std()),
        "between lips: brightest": float(rows[:, 2].mean()),
        "between lips: spread of colour": float(rows[:, 3].std()),
    }


def _between_lips(points: NDArray[np.float32], item: FaceObservation, crop_margin: float) -> list[list[float]]:
    """Light, contrast, brightest tenth and redness between the lips, against the cheeks; empty: shut."""
    box, side = item.box, crop_margin * max(item.box.width, item.box.height)
    zoom = item.crop.shape[0] / side
    corner = np.array([(box.x1 + box.x2 - side) / 2, (box.y1 + box.y2 - side) / 2])
    own = ((points[:, :2] - corner) * zoom).astype(np.float32)
    eyes = float(np.linalg.norm(own[263] - own[33]))
    if np.linalg.norm(own[UPPER_LIP] - own[LOWER_LIP]) < OPEN * eyes:
        return []
    masks = []
    for polygon in (list(INNER_LIPS), [50, 205, 187, 147], [280, 425, 411, 376]):
        mask = np.zeros(item.crop.shape[:2], np.uint8)
        cv2.fillPoly(mask, [np.round(own[polygon]).astype(np.int32)], 1)
        masks.append(mask.astype(bool))
    inside, cheeks = masks[0], masks[1] | masks[2]
    if inside.sum() < 12 or cheeks.sum() < 12:
        return []
    grey = item.crop.astype(np.float64).mean(2)
    level = grey[cheeks].mean() + 1
    red = item.crop[..., 0].astype(np.float64) / (grey + 1)
    lit = grey[inside] / level
    return [[float(lit.mean()), float(lit.std()), float(np.percentile(lit, 90)), float(red[inside].mean())]]


def _fitted(points: Floats, template: Floats) -> tuple[Floats, Floats]:
    still = list(STILL)
    own, target = points[:, still], template[still]
    own_middle, middle = own.mean(1, keepdims=True), target.mean(0)
    centred, wanted = own - own_middle, target - middle
    left, singular, right = np.linalg.svd(np.einsum("npi,pj->nij", centred, wanted))
    sign = np.ones_like(singular)
    sign[:, 2] = np.sign(np.linalg.det(left @ right))
    turn = np.einsum("nij,nj,njk->nik", left, sign, right)
    scale = (singular * sign).sum(1) / np.maximum((centred**2).sum((1, 2)), 1e-9)
    held = (points - own_middle) @ turn * scale[:, None, None] + middle
    angles = [np.arctan2(turn[:, 1, 2], turn[:, 2, 2]), -np.arcsin(turn[:, 0, 2].clip(-1, 1))]
    angles.append(np.arctan2(turn[:, 0, 1], turn[:, 0, 0]))
    return held, np.column_stack([*angles, own_middle[:, 0]])


def _tremble(tracks: Floats) -> float:
    """Mean size of the second differences of tracks ``(n, points, d)`` over time."""
    return float(np.linalg.norm(np.diff(tracks, 2, axis=0), axis=-1).mean())


def _rough(tracks: Floats) -> float:
    """Log of second differences against first ones: high where movement is jagged."""
    first, second = (np.abs(np.diff(tracks, order, axis=0)).mean() + FLOOR for order in (1, 2))
    return float(np.log(second / first))


def _ratio(held: Floats, lid: tuple[int, int, int, int]) -> Floats:
    """An eye's opening against its width, ``(n,)``."""
    top, bottom, inner, outer = (held[:, place] for place in lid)
    return np.asarray(np.linalg.norm(top - bottom, axis=1) / (np.linalg.norm(inner - outer, axis=1) + FLOOR))


def _first_share(tracks: Floats) -> float:
    """Share of the movement that one component explains."""
    rows = tracks.reshape(len(tracks), -1)
    squares = np.linalg.svd(rows - rows.mean(0), compute_uv=False) ** 2
    return float(squares[0] / (squares.sum() + FLOOR**2))


def _together(first: Floats, second: Floats) -> float:
    """Correlation; 0 where one of them does not move."""
    if min(first.std(), second.std()) < 1e-6:
        return 0.0
    return float(np.corrcoef(first, second)[0, 1])


def _log(value: float) -> float:
    return float(np.log(value + FLOOR))
