from __future__ import annotations

import numpy as np

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.faces.subject import find_subject, nearest_centre
from anchorproof.types import Box, Image

POINTS = np.zeros((5, 2), np.float32)


def test_the_face_nearest_the_centre_is_the_subject_whatever_its_size_and_score() -> None:
    aside = Detection(Box(0, 0, 50, 50), POINTS, 1.0)
    central = Detection(Box(45, 45, 60, 60), POINTS, 0.91)
    assert nearest_centre([aside, central], np.zeros((100, 100, 3), np.uint8)) is central
    assert nearest_centre([], np.zeros((100, 100, 3), np.uint8)) is None


def test_a_picture_without_a_face_has_no_subject(finder: FaceFinder, portrait: Image) -> None:
    assert find_subject(portrait[300:], finder) is None
    found = find_subject(portrait, finder)
    assert found is not None
    assert found.time_s == 0
