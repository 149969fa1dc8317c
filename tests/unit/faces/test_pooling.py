from __future__ import annotations

import math

import numpy as np
import pytest

from anchorproof.faces.pooling import AreaPool, Picture
from anchorproof.types import Image


def _by_definition(image: Image, height: int, width: int) -> np.ndarray:
    rows, columns = image.shape[:2]
    result = np.zeros((3, height, width))
    for y in range(height):
        for x in range(width):
            top, bottom = y * rows // height, math.ceil((y + 1) * rows / height)
            left, right = x * columns // width, math.ceil((x + 1) * columns / width)
            result[:, y, x] = image[top:bottom, left:right].mean(axis=(0, 1))
    return result


@pytest.fixture
def noise() -> Image:
    return np.random.default_rng(5).integers(0, 256, (37, 61, 3), np.uint8)


@pytest.mark.parametrize(("height", "width"), [(12, 20), (37, 61), (50, 70), (1, 1)])
def test_resizing_averages_whole_pixels(noise: Image, height: int, width: int) -> None:
    assert AreaPool(noise).resized(height, width) == pytest.approx(_by_definition(noise, height, width), abs=1e-3)


def test_crops_are_cut_to_the_picture_and_count_from_one(noise: Image) -> None:
    boxes = np.array([[5.9, 7.2, 30.1, 33.8], [-9, -4, 12, 9], [55, 30, 80, 50], [70, 5, 90, 20]], np.float32)
    crops, inside = AreaPool(noise).cropped(boxes, 8)
    assert inside.tolist() == [True, True, True, False]
    assert crops[0] == pytest.approx(_by_definition(noise[6:33, 4:30], 8, 8), abs=1e-3)
    assert crops[1] == pytest.approx(_by_definition(noise[0:9, 0:12], 8, 8), abs=1e-3)
    assert crops[2] == pytest.approx(_by_definition(noise[29:37, 54:61], 8, 8), abs=1e-3)


def test_a_small_crop_of_a_large_picture_keeps_the_pictures_detail() -> None:
    stripes = np.zeros((800, 1280, 3), np.uint8)
    stripes[:, ::2] = 255  # gone in the copy, there in the original
    picture = Picture(stripes)
    assert (picture.ratio, picture.height, picture.width) == (2.0, 400, 640)
    crops, _ = picture.cropped(np.array([[101, 101, 120, 120], [101, 101, 300, 300]], np.float32), 40)
    assert crops[0].std() == pytest.approx(127.5, rel=0.05)
    assert crops[1].std() == pytest.approx(0, abs=1)
