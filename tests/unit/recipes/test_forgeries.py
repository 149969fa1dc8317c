import numpy as np
import pytest

from models.build.visual.forgeries import FORGED, WAYS
from models.build.visual.meshes import Meshes
from tests.unit.recipes.faces import drawn_clip

CASES = [(way, region) for way, regions in FORGED.items() for region in regions]


@pytest.mark.parametrize(("way", "region"), CASES)
def test_a_forgery_changes_the_face_and_keeps_the_number_and_size_of_pictures(way: str, region: str) -> None:
    pictures, meshes = drawn_clip(12)
    made = WAYS[way](pictures, meshes, region, 3)
    assert [picture.shape for picture in made] == [picture.shape for picture in pictures]
    assert all(picture.dtype == np.uint8 for picture in made)
    changed = sum(int(np.any(new != old)) for new, old in zip(made, pictures, strict=True))
    assert changed >= 8


@pytest.mark.parametrize(("way", "region"), CASES)
def test_the_same_seed_makes_the_same_forgery_and_another_one_another(way: str, region: str) -> None:
    pictures, meshes = drawn_clip(8)
    first, again, other = (np.stack(WAYS[way](pictures, meshes, region, seed)) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(("way", "region"), [case for case in CASES if case[1] not in ("picture", "own", "smooth")])
def test_what_lies_outside_the_face_is_left_alone(way: str, region: str) -> None:
    pictures, meshes = drawn_clip(8)
    made = WAYS[way](pictures, meshes, region, 3)
    for new, old in zip(made, pictures, strict=True):
        assert np.array_equal(new[:8], old[:8])
        assert np.array_equal(new[:, :8], old[:, :8])


def test_a_puppet_stands_on_a_background_that_does_not_move() -> None:
    pictures, meshes = drawn_clip(8)
    made = WAYS["puppet"](pictures, meshes, "own", 3)
    assert all(np.array_equal(picture[:6], made[0][:6]) for picture in made)
    assert not all(np.array_equal(picture[:6], pictures[0][:6]) for picture in pictures)


@pytest.mark.parametrize("way", ["blend", "puppet", "lips"])
def test_pictures_without_a_face_stay_as_they_are(way: str) -> None:
    pictures, meshes = drawn_clip(8)
    unseen = Meshes(np.full_like(meshes.points, np.nan), meshes.five)
    made = WAYS[way](pictures, unseen, FORGED[way][0], 3)
    assert all(np.array_equal(new, old) for new, old in zip(made, pictures, strict=True))


def test_new_lips_come_from_another_moment_and_fit_in_brightness() -> None:
    pictures, meshes = drawn_clip(12)
    made = WAYS["lips"](pictures, meshes, "mouth", 3)
    for new, old in zip(made, pictures, strict=True):
        assert abs(float(new.mean()) - float(old.mean())) < 4
