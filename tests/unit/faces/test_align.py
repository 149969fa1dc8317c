from __future__ import annotations

import numpy as np
import pytest

from anchorproof.faces.align import CROP_MARGIN, TEMPLATE_112, align, crop, crop_matrix, similarity
from anchorproof.types import Box


def test_similarity_recovers_rotation_scale_and_shift() -> None:
    turn = np.deg2rad(25)
    matrix = 1.7 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    points = np.array([[0, 0], [10, 0], [3, 8], [-4, 5]], np.float32)
    found = similarity(points, points @ matrix.T + [30, -7])
    assert found == pytest.approx(np.column_stack([matrix, [30, -7]]), abs=1e-5)


def test_similarity_never_mirrors() -> None:
    mirrored = TEMPLATE_112 * [-1, 1]
    found = similarity(mirrored, TEMPLATE_112)
    assert np.linalg.det(found[:, :2]) > 0


def test_points_that_coincide_have_no_similarity() -> None:
    with pytest.raises(ValueError, match="coincide"):
        similarity(np.full((5, 2), 3.0), TEMPLATE_112)


def test_a_face_on_the_template_is_left_as_it_is() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (112, 112, 3), np.uint8)
    assert np.array_equal(align(picture, TEMPLATE_112), picture)


@pytest.mark.parametrize("zoom", [0.8, 1.5, 3.0, 7.3])
def test_landmarks_land_on_the_template_at_every_size(zoom: float) -> None:
    landmarks = TEMPLATE_112 * zoom + [40, 25]
    picture = np.zeros((round(160 * zoom) + 80, round(160 * zoom) + 80, 3), np.uint8)
    radius = 3 * zoom
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]]
    for x, y in landmarks:
        picture[np.hypot(columns - x, rows - y) <= radius] = 255
    aligned = align(picture, np.asarray(landmarks, np.float32))[:, :, 0].astype(float)
    for x, y in TEMPLATE_112:
        window = aligned[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7]
        rows, columns = np.mgrid[round(y) - 6 : round(y) + 7, round(x) - 6 : round(x) + 7]
        centre = [(window * columns).sum() / window.sum(), (window * rows).sum() / window.sum()]
        assert centre == pytest.approx([x, y], abs=0.3)


def test_shrinking_averages_instead_of_picking_pixels() -> None:
    board = (np.indices((600, 600)).sum(axis=0) % 2 * 255).astype(np.uint8)
    small = crop(np.dstack([board] * 3), Box(100, 100, 400, 400), 60)
    assert small.mean() == pytest.approx(127.5, abs=2)
    assert small.std() < 10


def test_the_crop_is_the_square_with_margin_round_the_box() -> None:
    box = Box(40, 60, 100, 140)  # the longer side is 80
    corners = np.array([[70 - 64, 100 - 64, 1], [70 + 64, 100 + 64, 1]])
    assert CROP_MARGIN * 80 == 128
    assert corners @ crop_matrix(box, 224).T == pytest.approx(np.array([[0, 0], [224, 224]]))


def test_beyond_the_picture_the_crop_repeats_its_edge() -> None:
    picture = np.zeros((100, 100, 3), np.uint8)
    picture[:, 0] = 200
    assert crop(picture, Box(-20, 20, 40, 80))[:, :60].min() == 200


def test_a_box_without_area_cannot_be_cropped() -> None:
    with pytest.raises(ValueError, match="area"):
        crop(np.zeros((9, 9, 3), np.uint8), Box(3, 3, 3, 3))
