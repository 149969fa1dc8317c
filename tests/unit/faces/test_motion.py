"""A face that moves is told from a picture of one that is moved."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from anchorproof.faces.motion import mouth_motion
from anchorproof.footage.photographs import LEAST_MOTION
from anchorproof.types import Box, FaceObservation, FaceTrack, Image
from tests.talking import portrait_frame

#: The portrait's face, as it would be aligned.
_LEFT, _TOP, _SIDE = 116, 50, 128


def _track(picture: Callable[[int], Image], count: int = 10) -> FaceTrack:
    seen = []
    for number in range(count):
        face = picture(number)[_TOP : _TOP + _SIDE, _LEFT : _LEFT + _SIDE]
        aligned = np.asarray(cv2.resize(face, (112, 112), interpolation=cv2.INTER_AREA), np.uint8)
        crop = np.zeros((224, 224, 3), np.uint8)
        landmarks = np.zeros((5, 2), np.float32)
        seen.append(FaceObservation(number / 4, Box(0, 0, 1, 1), landmarks, 1.0, 1.0, aligned, crop))
    return FaceTrack("track-1", tuple(seen))


def _zoomed(number: int) -> Image:
    zoom, turn = 1 + 0.015 * number, np.deg2rad(0.4 * number)
    shift = np.array([[zoom, -turn, -1.2 * number], [turn, zoom, -0.8 * number]])
    brighter = np.clip(portrait_frame(0.0).astype(np.float32) * (1 + 0.02 * number), 0, 255).astype(np.uint8)
    return np.asarray(cv2.warpAffine(brighter, shift, (384, 384), flags=cv2.INTER_CUBIC), np.uint8)


def test_a_photograph_that_is_shown_or_zoomed_does_not_move_and_a_talking_face_does() -> None:
    still, zoomed = mouth_motion(_track(lambda _: portrait_frame(0.0))), mouth_motion(_track(_zoomed))
    talking = mouth_motion(_track(lambda number: portrait_frame(0.5 + 0.5 * np.sin(2.0 * number))))
    assert still == pytest.approx(0.0, abs=1e-3)
    assert zoomed is not None
    assert talking is not None
    assert zoomed < LEAST_MOTION < talking


def test_too_few_or_featureless_faces_say_nothing() -> None:
    assert mouth_motion(_track(lambda _: portrait_frame(0.0), count=2)) is None
    assert mouth_motion(_track(lambda number: np.full((384, 384, 3), 20 * number, np.uint8))) is None
