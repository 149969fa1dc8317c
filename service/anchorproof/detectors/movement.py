"""How the picture around a face moves: measures of the visual detector that need no network."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Box, FaceObservation

#: Side of the crops that motion is measured on, and the blur that takes codec noise from them first.
MOTION_PX = 112
MOTION_BLUR_PX = 1.5
#: The lowest rows of the crop, where collar and shoulders are, in pixels of ``MOTION_PX``.
SHOULDER_ROWS_PX = 12
#: Fewer pixels that are in every crop of a stretch say nothing about motion.
FEWEST_SHOULDER_PX = 30
#: Grey levels added to the contrast, and spread below which motion is codec noise: a still picture stays finite.
CONTRAST_FLOOR = 3.0
SPREAD_FLOOR = 0.05
#: The stillest and the liveliest part of a picture, as percentiles over its pixels, and a floor for both.
STILLEST, LIVELIEST = 20, 80
EVENNESS_FLOOR = 0.005
#: Fewer pixels that are in every crop of a stretch say nothing about how evenly the picture moves.
FEWEST_LAID_PX = 200


def shoulder_motion(observations: Sequence[FaceObservation], crop_margin: float) -> float | None:
    """How much the picture below the face changes: log of its deviation over time against the picture's contrast.

    The crops are laid over the middle one by their boxes, so that a face that moves does not make the rest move.
    A face animated from a photograph often sits on shoulders that hardly do.

    Args:
        crop_margin: side of a crop in units of its box's longer side.

    Returns:
        About -3 (frozen) to 0; None when no part below the face is in all crops.
    """
    laid, everywhere = _laid(observations, crop_margin)
    everywhere[:-SHOULDER_ROWS_PX] = False
    if everywhere.sum() < FEWEST_SHOULDER_PX:
        return None
    spread = laid.std(axis=0)[everywhere].mean() / (laid.std() + CONTRAST_FLOOR)
    return float(np.log(spread + SPREAD_FLOOR))


def evenness(observations: Sequence[FaceObservation], crop_margin: float) -> float | None:
    """How evenly the picture around the face changes: log of how much its stillest part does against its liveliest.

    A camera and a living body move all of a picture a little; where a photograph is animated, parts of it often stay as
    they were while the face moves.

    Args:
        crop_margin: side of a crop in units of its box's longer side.

    Returns:
        About -4 (a part is frozen) to 0 (all changes alike); None when the crops share too little.
    """
    laid, everywhere = _laid(observations, crop_margin)
    if everywhere.sum() < FEWEST_LAID_PX:
        return None
    spread = laid.std(axis=0)[everywhere] / (laid[laid >= 0].std() + CONTRAST_FLOOR)
    low, high = np.percentile(spread, [STILLEST, LIVELIEST]) + EVENNESS_FLOOR
    return float(np.log(low / high))


def _laid(observations: Sequence[FaceObservation], crop_margin: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """The crops where they lie in the picture of the middle one, ``(n, 112, 112)``, and which pixels are in all."""
    middle = observations[len(observations) // 2].box
    laid = np.stack([_laid_over(observation, middle, crop_margin) for observation in observations])
    return laid, np.all(laid >= 0, axis=0)


def _laid_over(observation: FaceObservation, middle: Box, crop_margin: float) -> NDArray[np.float32]:
    """The blurred grey crop where ``middle``'s crop lies, ``(112, 112)``; -1 where it does not reach."""
    small = cv2.resize(observation.crop, (MOTION_PX, MOTION_PX), interpolation=cv2.INTER_AREA)
    grey = cv2.GaussianBlur(cv2.cvtColor(small, cv2.COLOR_RGB2GRAY), (0, 0), MOTION_BLUR_PX).astype(np.float32)
    (own_x, own_y, own_px), (left, top, side_px) = (crop_square(box, crop_margin) for box in (observation.box, middle))
    zoom = MOTION_PX / side_px
    matrix = np.array([[own_px / side_px, 0.0, zoom * (own_x - left)], [0.0, own_px / side_px, zoom * (own_y - top)]])
    laid = cv2.warpAffine(grey, matrix, (MOTION_PX, MOTION_PX), borderMode=cv2.BORDER_CONSTANT, borderValue=(-1.0,))
    return np.asarray(laid, np.float32)


def crop_square(box: Box, crop_margin: float) -> tuple[float, float, float]:
    """Left, top and side in source pixels."""
    side = crop_margin * max(box.width, box.height)
    return (box.x1 + box.x2 - side) / 2, (box.y1 + box.y2 - side) / 2, side
