import numpy as np
import pytest

from models.build.visual.regions import REGIONS, inner_mouth, soft_mask, window
from tests.unit.recipes.faces import SIDE, mesh


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_is_full_inside_empty_outside_and_soft_between(region: str) -> None:
    mask = soft_mask(mesh(), region, (SIDE, SIDE), 1.0)
    assert mask.max() > 0.9
    assert mask[:10].max() == 0
    assert ((mask > 0.1) & (mask < 0.9)).any()


def test_mouth_and_eyes_are_small_parts_of_the_face() -> None:
    areas = {region: float(soft_mask(mesh(), region, (SIDE, SIDE), 1.0).sum()) for region in ("mouth", "face")}
    assert 3 * areas["mouth"] < areas["face"]


def test_more_shows_between_lips_that_are_open() -> None:
    shut, open_ = (float(inner_mouth(mesh(opening), (SIDE, SIDE), 0.5).sum()) for opening in (0.02, 0.3))
    assert open_ > 3 * shut


def test_a_window_is_cut_at_the_edge_of_the_picture() -> None:
    rows, columns = window(mesh(shift=(-70, 0)), (SIDE, SIDE, 3))
    assert columns.start == 0
    assert 0 < columns.stop < SIDE
    assert rows.stop <= SIDE


def test_a_face_outside_the_picture_has_an_empty_window() -> None:
    rows, columns = window(mesh(shift=(-500, -500)), (SIDE, SIDE, 3))
    assert np.zeros((SIDE, SIDE))[rows, columns].size == 0
