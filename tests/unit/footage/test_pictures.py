"""Picture hashes: stable under recoding, found again under crops and mirrors by guessing them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from anchorproof.footage.pictures import (
    AS_IT_IS,
    REFRAMINGS,
    Border,
    Reframing,
    border,
    clip_pictures,
    hash_image,
    picture_print,
)
from anchorproof.footage.prints import Hashes
from anchorproof.types import Frame, Image
from tests.footage_samples import scenery


def _apart(one: Image, other: Image) -> int:
    return int(np.bitwise_count(hash_image(one) ^ hash_image(other)).sum())


def _cropped(image: Image, share: float) -> Image:
    y, x = round(image.shape[0] * share), round(image.shape[1] * share)
    return np.ascontiguousarray(image[y : image.shape[0] - y, x : image.shape[1] - x])


@pytest.fixture
def image() -> Image:
    return scenery(5, (320, 240))(1.0)


def test_recoding_and_scaling_change_few_bits(image: Image) -> None:
    _, jpeg = cv2.imencode(".jpg", cv2.resize(image, (160, 120)), [cv2.IMWRITE_JPEG_QUALITY, 30])
    assert _apart(image, np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)) < 40


def test_other_pictures_differ_in_about_half_of_the_bits(image: Image) -> None:
    assert _apart(image, scenery(6, (320, 240))(1.0)) > 90


def _guessed(image: Image, guess: Reframing) -> Hashes:
    return clip_pictures([Frame(0.0, image)]).hashes(guess).hashes


def _guessed_apart(one: Hashes, image: Image, guess: Reframing) -> int:
    return int(np.bitwise_count(one ^ _guessed(image, guess)).sum())


@pytest.mark.parametrize("share", [0.025, 0.05, 0.1])
def test_a_crop_is_found_under_one_of_the_guesses(image: Image, share: float) -> None:
    cropped = _cropped(image, share)
    inner = _guessed(image, Reframing(is_inner=True))
    best = min(_guessed_apart(inner, cropped, guess) for guess in REFRAMINGS if guess.is_inner)
    assert best < 50
    assert best < _apart(image, cropped)


def test_a_mirrored_picture_is_found_under_a_mirrored_guess(image: Image) -> None:
    mirrored = np.ascontiguousarray(image[:, ::-1])
    whole = _guessed(image, AS_IT_IS)
    best = min(REFRAMINGS, key=lambda guess: _guessed_apart(whole, mirrored, guess))
    assert best.mirrored
    assert _guessed_apart(whole, mirrored, best) < 5


def test_what_a_crop_took_is_shown_by_the_edge() -> None:
    columns = Reframing(left=0.1, right=0.1).columns(320)
    assert len(columns) == 400
    assert columns[:41].tolist() == [0] * 41
    assert columns[-41:].tolist() == [319] * 41
    assert Reframing(left=0.1, right=0.1, mirrored=True).columns(320).tolist() == columns[::-1].tolist()


def test_the_middle_of_a_cropped_picture_is_the_middle_of_the_whole() -> None:
    rows, columns = Reframing(is_inner=True).rows(240), Reframing(is_inner=True).columns(320)
    crop = Reframing(0.05, 0.05, 0.05, 0.05, is_inner=True)
    assert (12 + crop.rows(216)).tolist() == pytest.approx(rows.tolist(), abs=1)
    assert (16 + crop.columns(288)).tolist() == pytest.approx(columns.tolist(), abs=1)


def test_letterbox_is_found_on_both_sides_only(image: Image) -> None:
    boxed = cv2.copyMakeBorder(image, 40, 40, 0, 0, cv2.BORDER_CONSTANT)
    assert border([boxed]) == Border(0, 40, 0, 40)
    dark_floor = image.copy()
    dark_floor[200:] = 0
    assert border([dark_floor]) == Border()
    assert border([np.zeros_like(image)]) == Border()
    assert border([]) == Border()


def test_print_without_letterbox_is_that_of_the_picture_inside(image: Image) -> None:
    boxed = np.asarray(cv2.copyMakeBorder(image, 40, 40, 0, 0, cv2.BORDER_CONSTANT), np.uint8)
    plain, within = (picture_print([Frame(0.0, shown)]) for shown in (image, boxed))
    assert np.bitwise_count(plain.hashes ^ within.hashes).sum() < 12


def test_clip_pictures_are_hashed_under_a_guess_at_chosen_places() -> None:
    frames = [Frame(time, scenery(5)(time)) for time in (0.0, 0.5, 1.0)]
    clip = clip_pictures(iter(frames))
    for guess in (AS_IT_IS, Reframing(is_inner=True)):
        printed = picture_print(frames).series(guess.is_inner).hashes
        # Rounding apart: a programme's pictures are scaled down as they are, in whole steps of brightness.
        assert np.bitwise_count(clip.hashes(guess).hashes ^ printed).sum(axis=1).max() <= 6
    assert clip.hashes(AS_IT_IS, np.array([2])).times_s.tolist() == [1.0]
    assert len(clip.hashes(AS_IT_IS, np.array([], np.int64))) == 0


def test_no_frames_give_an_empty_print() -> None:
    assert len(picture_print([])) == 0
