"""Hashes by two small products are PDQ's, of pictures of any size, seen whole or in part."""

from __future__ import annotations

import cv2
import numpy as np
import pdqhash
import pytest

from anchorproof.footage.hashing import hash_pictures
from tests.footage_samples import scenery


def _pdq(grey: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
    """The library's hash, of the picture scaled down as programmes' pictures are."""
    scale = 128 / max(grey.shape)
    if scale < 1:
        size = (max(8, round(grey.shape[1] * scale)), max(8, round(grey.shape[0] * scale)))
        grey = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))
    bits, _ = pdqhash.compute(np.ascontiguousarray(np.repeat(grey[..., None], 3, axis=2)))
    return np.packbits(bits.astype(np.uint8))


@pytest.mark.parametrize("size", [(128, 72), (256, 144), (72, 128), (250, 141), (97, 61), (64, 64)])
def test_hashes_are_those_of_the_library(size: tuple[int, int]) -> None:
    greys = np.array([cv2.cvtColor(scenery(seed, size)(1.0), cv2.COLOR_RGB2GRAY) for seed in range(6)])
    ours = hash_pictures(greys, np.arange(size[1]), np.arange(size[0]))
    assert np.bitwise_count(ours ^ np.array([_pdq(grey) for grey in greys])).sum(axis=1).max() <= 6


def test_rows_and_columns_are_seen_in_their_order() -> None:
    grey = cv2.cvtColor(scenery(3, (200, 150))(0.0), cv2.COLOR_RGB2GRAY)
    rows, columns = np.repeat(np.arange(20, 130), [5, *[1] * 108, 9]), np.arange(180, 10, -1)
    (ours,) = hash_pictures(grey[None], rows, columns)
    assert np.bitwise_count(ours ^ _pdq(np.ascontiguousarray(grey[rows][:, columns]))).sum() <= 6
    (other_way,) = hash_pictures(grey[None], rows, columns[::-1])
    assert np.bitwise_count(ours ^ other_way).sum() > 60


def test_many_pictures_are_hashed_as_each_by_itself() -> None:
    greys = np.array([cv2.cvtColor(scenery(seed, (96, 54))(0.0), cv2.COLOR_RGB2GRAY) for seed in range(70)])
    whole = hash_pictures(greys, np.arange(54), np.arange(96))
    assert np.array_equal(whole[66], hash_pictures(greys[66:67], np.arange(54), np.arange(96))[0])
