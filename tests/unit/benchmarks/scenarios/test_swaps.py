"""A face laid over another: skin and features are the other's, the performer's picture and open mouth stay."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.faces.finder import FaceFinder
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from anchorproof.types import Image
from benchmarks.footage.media import Cut
from benchmarks.footage.queries import landmarks
from benchmarks.scenarios.swaps import most_frontal, swapped
from tests.talking import MOUTH_X, MOUTH_Y, portrait_frame


@pytest.fixture(scope="module")
def models() -> ModelStore:
    return ModelStore()


def _other() -> Image:
    book = pytest.importorskip("matplotlib.cbook", reason="matplotlib carries a portrait")
    pillow = pytest.importorskip("PIL.Image")
    with book.get_sample_data("grace_hopper.jpg") as file:
        return np.asarray(pillow.open(file).convert("RGB").crop((64, 40, 448, 424)), np.uint8)


def test_the_face_is_another_and_all_around_it_stays(models: ModelStore) -> None:
    finder, mesh = FaceFinder(models, Settings().faces), models.load_default("face_mesh")
    images = [portrait_frame(0.0), portrait_frame(1.0)]
    faces, (five,) = landmarks(images, finder), landmarks([_other()], finder)
    assert five is not None
    body = Cut(images, np.array([0.0, 0.04]), None)
    made = swapped(body, faces, _other(), five, mesh)
    for before, after in zip(images, made.images, strict=True):
        changed = np.abs(after.astype(int) - before.astype(int)).sum(axis=2) > 30
        rows, columns = np.nonzero(changed)
        assert 0.01 < changed.mean() < 0.2
        assert (columns.min() > 100, columns.max() < 260, rows.max() < 230) == (True, True, True)
    inside = slice(MOUTH_Y + 2, MOUTH_Y + 10), slice(MOUTH_X - 48, MOUTH_X - 32)
    closed, opened = (float(image[inside].mean()) for image in made.images)
    assert opened < closed - 10, "the performer's mouth opens"
    unseen = swapped(body, [None, None], _other(), five, mesh)
    assert all(np.array_equal(one, other) for one, other in zip(unseen.images, images, strict=True))
    nobody = swapped(body, faces, np.full_like(images[0], 128), five, mesh)
    assert np.array_equal(nobody.images[0], images[0]), "no face to lay over another"


def test_the_most_frontal_picture_is_chosen() -> None:
    eyes_and_nose = [[0, 0], [40, 0], [20, 20], [5, 40], [35, 40]]
    frontal, turned = np.array(eyes_and_nose, np.float32), np.array(eyes_and_nose, np.float32)
    turned[2, 0] = 34
    assert most_frontal([None, turned, frontal]) == 2
    assert most_frontal([None]) is None
