from __future__ import annotations

from dataclasses import astuple

import cv2
import numpy as np
import pytest

from anchorproof.faces.finder import FaceFinder
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings
from anchorproof.types import Image

# What facenet-pytorch 2.6.0's MTCNN(min_face_size=..., thresholds [.6, .7, .7]) finds in the same picture.
ORIGINAL_40 = {
    "box": [180.3217, 60.7128, 268.3952, 172.1666],
    "landmarks": [
        [205.3693, 101.4848],
        [246.8582, 103.1053],
        [225.0584, 129.2440],
        [201.1543, 139.5756],
        [245.1445, 141.0920],
    ],
}
ORIGINAL_20 = {
    "box": [181.0514, 62.1561, 267.7473, 172.0502],
    "landmarks": [
        [205.0109, 101.7275],
        [246.7626, 103.7141],
        [224.6714, 128.9650],
        [201.7161, 139.2462],
        [245.2655, 141.8570],
    ],
}


@pytest.mark.parametrize(("smallest_px", "original"), [(40, ORIGINAL_40), (20, ORIGINAL_20)])
def test_finds_the_face_where_the_original_does(
    models: ModelStore, portrait: Image, smallest_px: int, original: dict[str, list[float]]
) -> None:
    finder = FaceFinder(models, FaceSettings(smallest_face_px=smallest_px, detection_threshold=0.7))
    (face,) = finder.find([portrait])[0]
    assert astuple(face.box) == pytest.approx(original["box"], abs=0.01)
    assert face.landmarks == pytest.approx(np.array(original["landmarks"]), abs=0.01)
    assert face.score == pytest.approx(0.99999, abs=1e-4)


def test_pictures_of_several_sizes_are_answered_in_order(finder: FaceFinder, portrait: Image) -> None:
    smaller = np.ascontiguousarray(portrait[:300, 100:420])
    together = finder.find([portrait, smaller, np.zeros_like(portrait), portrait])
    assert [len(faces) for faces in together] == [1, 1, 0, 1]
    assert together[0][0].box == together[3][0].box
    assert together[1][0].box.x1 == pytest.approx(together[0][0].box.x1 - 100, abs=3)
    assert astuple(finder.find([smaller])[0][0].box) == pytest.approx(astuple(together[1][0].box), abs=1e-3)


def test_a_large_picture_gives_the_same_face_in_its_own_pixels(finder: FaceFinder, portrait: Image) -> None:
    (small,) = finder.find([portrait])[0]
    (large,) = finder.find([np.asarray(cv2.resize(portrait, (1280, 1280)), np.uint8)])[0]
    assert astuple(large.box) == pytest.approx(2.5 * np.array(astuple(small.box)), abs=0.04 * 2.5 * small.box.height)
    assert large.landmarks == pytest.approx(2.5 * small.landmarks, abs=6)


def test_finds_two_faces_in_one_picture(finder: FaceFinder, portrait: Image) -> None:
    faces = finder.find([np.hstack([portrait, portrait[:, ::-1]])])[0]
    centres = sorted((face.box.x1 + face.box.x2) / 2 for face in faces)
    assert centres == pytest.approx([224.4, 1024 - 224.4], abs=4)


def test_faces_below_the_smallest_size_are_not_looked_for(models: ModelStore, portrait: Image) -> None:
    assert FaceFinder(models, FaceSettings(smallest_face_px=240)).find([portrait]) == [[]]


@pytest.mark.parametrize("shape", [(8, 8, 3), (5, 700, 3), (400, 600, 3)])
def test_a_picture_without_a_face_gives_none(finder: FaceFinder, shape: tuple[int, ...]) -> None:
    noise = np.random.default_rng(3).integers(0, 255, shape, np.uint8)
    assert finder.find([noise, np.full(shape, 200, np.uint8)]) == [[], []]


def test_no_pictures_give_no_answers(finder: FaceFinder) -> None:
    assert finder.find([]) == []
