"""Differences are where they were made, and nowhere for a recoded, cropped or recoloured copy."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from anchorproof.footage.alignment import Line, PictureTrace
from anchorproof.footage.differences import ClipFrames, FaceRegion, Moment, compare_pictures, overlaid, per_second
from anchorproof.footage.faces import FaceRegions, region_of
from anchorproof.footage.pictures import AS_IT_IS, Border, Reframing
from anchorproof.footage.stretches import Stretch
from anchorproof.types import Box, Image, Span
from tests.footage_samples import scenery

SIZE = (320, 240)
PICTURE = scenery(8, SIZE)
FACE = FaceRegion(0.0, Box(0.35, 0.2, 0.65, 0.75), Box(0.42, 0.55, 0.58, 0.72), Box(0.38, 0.3, 0.62, 0.5))
Change = Callable[[Image], Image]


def _compared(change: Change, reframing: Reframing = AS_IT_IS, offset_s: float = 5.0) -> list[Moment]:
    references = [(offset_s + time_s, PICTURE(offset_s + time_s)) for time_s in np.arange(0.0, 2.0, 0.5)]
    times = np.arange(0.0, 2.2, 0.04)
    images = [np.ascontiguousarray(change(PICTURE(offset_s + time_s))) for time_s in times]
    trace = PictureTrace(times, times + offset_s, np.zeros(len(times), np.int16))
    stretch = Stretch(Line(0, 1.0, offset_s, reframing), Span(0.0, 2.2), Span(offset_s, offset_s + 2.2), trace, None)
    return compare_pictures(stretch, references, ClipFrames(times, images, Border()), lambda _: FACE)


def _median(moments: list[Moment], name: str) -> float:
    return float(np.median([getattr(moment, name) for moment in moments]))


def _painted(box: Box) -> Change:
    other = scenery(9, SIZE)(1.0)

    def change(image: Image) -> Image:
        made = image.copy()
        rows = slice(round(box.y1 * SIZE[1]), round(box.y2 * SIZE[1]))
        columns = slice(round(box.x1 * SIZE[0]), round(box.x2 * SIZE[0]))
        made[rows, columns] = other[rows, columns]
        return made

    return change


def _recoded(image: Image) -> Image:
    _, jpeg = cv2.imencode(".jpg", cv2.resize(image, (213, 160)), [cv2.IMWRITE_JPEG_QUALITY, 40])
    return np.asarray(cv2.imdecode(jpeg, cv2.IMREAD_COLOR), np.uint8)


@pytest.mark.parametrize(
    ("change", "reframing"),
    [
        (lambda image: image, AS_IT_IS),
        (_recoded, AS_IT_IS),
        (lambda image: np.clip(image * 0.7 + 40, 0, 255).astype(np.uint8), AS_IT_IS),
        (lambda image: image[12:-12, 16:-16], Reframing(0.05, 0.05, 0.05, 0.05)),
        (lambda image: image[:, ::-1], Reframing(mirrored=True)),
    ],
    ids=["copy", "recoded", "paler", "cropped", "mirrored"],
)
def test_a_copy_differs_nowhere(change: Change, reframing: Reframing) -> None:
    moments = _compared(change, reframing)
    assert len(moments) >= 3
    assert max(_median(moments, name) for name in ("mouth", "face", "outside")) < 0.2


def test_a_changed_mouth_differs_in_the_mouth_alone() -> None:
    moments = _compared(_painted(FACE.mouth))
    assert _median(moments, "mouth") > 0.6
    assert _median(moments, "face") < 0.25
    assert _median(moments, "outside") < 0.1


def test_a_changed_face_differs_in_mouth_and_face() -> None:
    moments = _compared(_painted(FACE.box))
    assert min(_median(moments, "mouth"), _median(moments, "face")) > 0.6
    assert _median(moments, "outside") < 0.15


def test_a_caption_differs_in_its_rows() -> None:
    share, width = overlaid(_compared(_painted(Box(0.0, 0.83, 1.0, 1.0))))
    assert width > 0.8
    assert 0.1 < share < 0.25
    assert overlaid(_compared(lambda image: image)) == (0.0, 0.0)
    assert overlaid([]) == (0.0, 0.0)


def test_pictures_that_cannot_be_aligned_give_no_moments() -> None:
    other = scenery(31, SIZE)
    assert _compared(lambda _: other(0.5)) == []


def test_seconds_hold_the_mean_of_their_moments() -> None:
    cells = np.zeros((12, 16), np.float32)
    moments = [
        Moment(0.2, 0.1, None, 0.3, cells),
        Moment(0.7, 0.3, None, 0.5, cells),
        Moment(1.2, None, None, 0.2, cells),
    ]
    first, second = per_second(moments)
    assert first[0] == Span(0.0, 1.0)
    assert first[1:] == (pytest.approx(0.2), None, pytest.approx(0.4))
    assert second[1:] == (None, None, pytest.approx(0.2))


def test_face_regions_move_between_sightings_and_end_after_a_second() -> None:
    landmarks = np.array([[40, 40], [60, 40], [50, 50], [43, 60], [57, 60]], np.float32)
    one = region_of(0.0, Box(30, 20, 70, 80), landmarks, (100, 100))
    other = region_of(1.0, Box(50, 20, 90, 80), landmarks + np.float32([20, 0]), (100, 100))
    regions = FaceRegions([other, one])
    between = regions.at(0.5)
    assert between is not None
    assert between.box.x1 == pytest.approx(0.4)
    assert between.mouth.x1 < between.mouth.x2
    assert one.mouth.y1 > 0.5
    assert regions.at(2.5) is None
    assert FaceRegions([]).at(0.0) is None
