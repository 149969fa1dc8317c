from __future__ import annotations

import numpy as np

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.faces.subject import find_subject, nearest_centre
from anchorproof.types import Box, Image


def _detection(box: Box, score: float, middle: tuple[float, float]) -> Detection:
    return Detection(box, np.full((5, 2), middle, np.float32), score)


def test_the_face_nearest_the_centre_is_the_subject_whatever_its_size_and_score() -> None:
    aside = _detection(Box(0, 0, 50, 50), 1.0, (25, 25))
    central = _detection(Box(45, 45, 60, 60), 0.91, (52, 52))
    assert nearest_centre([aside, central], np.zeros((100, 100, 3), np.uint8)) is central
    assert nearest_centre([], np.zeros((100, 100, 3), np.uint8)) is None


def test_where_the_landmarks_are_counts_not_how_far_the_box_reaches() -> None:
    lopsided = _detection(Box(20, 20, 100, 100), 1.0, (50, 49))
    square = _detection(Box(30, 40, 70, 60), 1.0, (42, 50))
    assert nearest_centre([square, lopsided], np.zeros((100, 100, 3), np.uint8)) is lopsided


def test_a_picture_without_a_face_has_no_subject(finder: FaceFinder, portrait: Image) -> None:
    assert find_subject(portrait[300:], finder) is None
    found = find_subject(portrait, finder)
    assert found is not None
    assert found.time_s == 0
