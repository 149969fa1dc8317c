"""Squares about a face: the same surroundings are recognised, others are not, and many photographs cost certainty."""

from __future__ import annotations

import json
from importlib.resources import files

import cv2
import numpy as np
import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.footage import photographs
from anchorproof.footage.photographs import (
    FEWEST_PICTURES,
    PhotographCalibration,
    bits_of,
    load_photograph_calibration,
    nearest,
    photograph_hashes,
    series,
)
from anchorproof.types import Box, Image
from tests.footage_samples import scenery

CALIBRATION = load_photograph_calibration()
SIZE = (384, 384)
FACE = Box(150, 120, 230, 220)


def _photograph(seed: int) -> Image:
    return scenery(seed, SIZE)(0.0)


def _moving(photograph: Image, count: int = 8, box: Box = FACE) -> list[tuple[float, Image, Box]]:
    """The photograph with another face in every picture, as when it is animated; the rest stays."""
    seen = []
    for number in range(count):
        image = photograph.copy()
        noise = np.random.default_rng(number).integers(60, 200, (5, 4, 3)).astype(np.uint8)
        height, width = round(box.height), round(box.width)
        face = cv2.resize(noise, (width, height), interpolation=cv2.INTER_CUBIC)
        image[round(box.y1) : round(box.y1) + height, round(box.x1) : round(box.x1) + width] = face
        seen.append((number / 4, image, box))
    return seen


def test_a_photograph_set_in_motion_is_nearer_than_chance_by_far() -> None:
    kept = photograph_hashes(_photograph(1), [FACE])
    assert bits_of(series(_moving(_photograph(1)), 0.2), kept) < 65
    assert bits_of(series(_moving(_photograph(2)), 0.2), kept) > 100


def test_scale_crop_and_mirroring_do_not_matter() -> None:
    kept = photograph_hashes(_photograph(1), [FACE])
    smaller, mirrored = [], []
    for time_s, image, _ in _moving(_photograph(1)):
        cut = np.ascontiguousarray(image[8:372, 40:350])
        half = np.asarray(cv2.resize(cut, (155, 182), interpolation=cv2.INTER_AREA), np.uint8)
        smaller.append((time_s, half, Box(55, 56, 95, 106)))
        flipped = np.ascontiguousarray(image[:, ::-1])
        mirrored.append((time_s, flipped, Box(384 - FACE.x2, FACE.y1, 384 - FACE.x1, FACE.y2)))
    assert bits_of(series(smaller, 0.2), kept) < 65
    assert bits_of(series(mirrored, 0.2), kept) < 65


def test_a_tight_photograph_is_found_in_a_clip_as_tight() -> None:
    tight = np.ascontiguousarray(_photograph(1)[100:240, 130:250])
    box = Box(20, 20, 100, 120)
    assert bits_of(series(_moving(tight, box=box), 0.2), photograph_hashes(tight, [box])) < 90
    other = np.ascontiguousarray(_photograph(2)[100:240, 130:250])
    assert bits_of(series(_moving(tight, box=box), 0.2), photograph_hashes(other, [box])) > 100
    assert bits_of(series(_moving(tight, box=box), 0.2), photograph_hashes(tight, [])) == 256


def test_the_nearest_is_named_and_a_glimpse_is_not_enough() -> None:
    kept = {f"photo-{seed}": photograph_hashes(_photograph(seed), [FACE]) for seed in (1, 2, 3)}
    hit = nearest(series(_moving(_photograph(2)), 0.2), kept)
    assert hit is not None
    assert (hit.photograph_id, hit.pictures) == ("photo-2", 8)
    assert (hit.span.start_s, hit.span.end_s) == (0.0, 1.75)
    assert nearest(series(_moving(_photograph(2), FEWEST_PICTURES - 1), 0.2), kept) is None
    assert nearest(series(_moving(_photograph(2)), 0.2), {}) is None
    assert nearest(series(_moving(_photograph(2)), 0.09), kept) is None, "a picture that is only shown"


def test_every_face_of_a_photograph_is_kept_the_largest_first() -> None:
    two = photograph_hashes(_photograph(1), [Box(250, 200, 290, 250), FACE])
    assert len(two) == 2 * 2 * len(photographs.SIDES)
    assert np.array_equal(two[: len(two) // 2], photograph_hashes(_photograph(1), [FACE]))


def test_the_more_photographs_the_nearer_a_match_has_to_be() -> None:
    limits = [max(bits for bits in range(128) if CALIBRATION.is_match(bits, count)) for count in (1, 50, 5000)]
    assert limits == sorted(limits, reverse=True)
    assert limits[0] > limits[-1]
    assert CALIBRATION.match_llr(40, 1) >= CALIBRATION.match_llr(40, 5000)
    assert CALIBRATION.match_llr(0, 1) <= CALIBRATION.llr_bound


def test_bits_that_no_trial_had_are_no_match() -> None:
    calibration = PhotographCalibration("c", "0", ((40.0, 0.001), (60.0, 0.5)), 0.003, 0.9, 2.0, 1.0)
    assert calibration.is_match(40, 3)
    assert not calibration.is_match(40, 4)
    assert not calibration.is_match(41, 1)
    assert not calibration.is_match(200, 1)


def test_a_calibration_of_other_hashes_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photographs, "METHOD", "another")
    with pytest.raises(CalibrationUnavailable):
        load_photograph_calibration()


def test_the_packaged_table_rises_and_says_what_it_was_fitted_on() -> None:
    raw = json.loads((files("anchorproof.models") / "footage" / "photographs.json").read_text())
    bits, rates = zip(*raw["false_alarms"], strict=True)
    assert list(bits) == sorted(bits)
    assert list(rates) == sorted(rates)
    assert raw["fitted_on"]["animated"] > 0
    assert raw["fitted_on"]["other"] > 0
