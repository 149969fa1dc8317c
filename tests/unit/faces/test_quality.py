from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from anchorproof.faces.quality import reject, turn
from anchorproof.faces.tracks import sharpness
from anchorproof.types import FaceObservation, Image

FRONTAL = np.array([[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]], np.float32)


def _seen(observation: FaceObservation, aligned: Image) -> FaceObservation:
    return replace(observation, aligned=aligned, sharpness=sharpness(aligned))


def test_a_good_face_is_accepted(observation: FaceObservation) -> None:
    assert reject(observation) is None


def test_a_small_face_is_named_with_the_limit(observation: FaceObservation) -> None:
    fault = reject(replace(observation, landmarks=observation.landmarks / 3))
    assert fault is not None
    assert fault.reason == "FACE_TOO_SMALL"
    assert "14 pixels" in fault.message


@pytest.mark.parametrize(
    ("gain", "offset", "reason"),
    [(0.1, 0, "FACE_TOO_DARK"), (0.2, 210, "FACE_TOO_BRIGHT"), (0.1, 100, "FACE_WITHOUT_CONTRAST")],
)
def test_light_that_hides_the_face_is_named(
    observation: FaceObservation, gain: float, offset: float, reason: str
) -> None:
    aligned = np.asarray(cv2.convertScaleAbs(observation.aligned, alpha=gain, beta=offset), np.uint8)
    fault = reject(_seen(observation, aligned))
    assert fault is not None
    assert fault.reason == reason


def test_a_smeared_face_is_named(observation: FaceObservation) -> None:
    fault = reject(_seen(observation, np.asarray(cv2.GaussianBlur(observation.aligned, (0, 0), 4), np.uint8)))
    assert fault is not None
    assert fault.reason == "FACE_BLURRED"


def test_turn_grows_with_the_noses_shift_and_ignores_tilt() -> None:
    assert turn(FRONTAL) == pytest.approx(0)
    aside = FRONTAL.copy()
    aside[2, 0] += 20
    assert turn(aside) == pytest.approx(0.5)
    tilt = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    assert turn(aside @ tilt.T) == pytest.approx(0.5, abs=1e-5)


def test_a_profile_is_named(observation: FaceObservation) -> None:
    aside = observation.landmarks.copy()
    aside[2, 0] += 25
    fault = reject(replace(observation, landmarks=aside))
    assert fault is not None
    assert fault.reason == "FACE_TURNED_AWAY"
