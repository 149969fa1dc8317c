"""How the picture around a face moves: a frozen shoulder, a frozen part of the picture, and what cannot be seen."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from anchorproof.detectors import movement
from anchorproof.types import Box, FaceObservation

SIDE = 224
Images = np.ndarray


def seen_at(index: int, box: Box, crop: Images) -> FaceObservation:
    return FaceObservation(
        time_s=0.25 * index,
        box=box,
        landmarks=np.zeros((5, 2), np.float32),
        detection_score=1.0,
        sharpness=1.0,
        aligned=np.zeros((112, 112, 3), np.uint8),
        crop=crop,
    )


def on_the_spot(picture: Callable[[int], Images]) -> list[FaceObservation]:
    """Six observations in one place; the crop is as large as it is kept."""
    return [seen_at(index, Box(50, 50, 190, 190), picture(index)) for index in range(6)]


def grey(level: int) -> Images:
    return np.full((SIDE, SIDE, 3), level, np.uint8)


def test_a_still_picture_moves_least_and_noise_most() -> None:
    generator = np.random.default_rng(1)
    still = on_the_spot(lambda _: grey(90))
    restless = on_the_spot(lambda _: generator.integers(0, 255, (SIDE, SIDE, 3)).astype(np.uint8))
    assert movement.shoulder_motion(still, 1.6) == pytest.approx(np.log(movement.SPREAD_FLOOR))
    assert movement.shoulder_motion(restless, 1.6) > -1  # type: ignore[operator]


def over_a_still_ground() -> list[FaceObservation]:
    ground = np.random.default_rng(2).integers(0, 255, (20, 20, 3)).astype(np.uint8)
    ground = np.repeat(np.repeat(ground, 20, axis=0), 20, axis=1)
    found = []
    for index in range(6):
        left = 100.0 + 4 * index
        corner = round(left - 42)  # side 224 = 1.6 * 140, so crops are cut at the size they are kept
        crop = np.ascontiguousarray(ground[78 : 78 + SIDE, corner : corner + SIDE])
        found.append(seen_at(index, Box(left, 120, left + 140, 120 + 140), crop))
    return found


def test_a_face_that_moves_over_a_still_ground_is_no_shoulder_motion() -> None:
    moving = over_a_still_ground()
    loose = [seen_at(index, moving[0].box, seen.crop) for index, seen in enumerate(moving)]
    held, free = movement.shoulder_motion(moving, 1.6), movement.shoulder_motion(loose, 1.6)
    assert held is not None
    assert free is not None
    assert held < free - 1


def nodding(frozen_rows: int) -> Callable[[int], Images]:
    """A picture whose level goes up and down, all but its uppermost rows."""
    texture = np.random.default_rng(3).integers(60, 120, (SIDE, SIDE, 3)).astype(np.uint8)

    def picture(index: int) -> Images:
        lively = texture.copy()
        lively[frozen_rows:] += np.uint8(40 * (index % 2))
        return lively

    return picture


def test_a_picture_that_is_frozen_in_part_moves_less_evenly_than_one_that_moves_all_over() -> None:
    all_over, in_part = (movement.evenness(on_the_spot(nodding(rows)), 1.6) for rows in (0, SIDE // 3))
    assert all_over == pytest.approx(0.0, abs=0.05)
    assert in_part is not None
    assert in_part < -2


def test_a_picture_that_is_frozen_all_over_is_even() -> None:
    assert movement.evenness(on_the_spot(lambda _: grey(90)), 1.6) == pytest.approx(0.0)


@pytest.mark.parametrize("measure", [movement.shoulder_motion, movement.evenness])
def test_movement_is_unknown_when_the_crops_share_no_ground(
    measure: Callable[[list[FaceObservation], float], float | None],
) -> None:
    far = [seen_at(index, Box(900 * index, 0, 900 * index + 80, 100), grey(9)) for index in range(4)]
    assert measure(far, 1.6) is None
