"""What a match shows, from its traits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorproof.footage.alignment import Line, PictureTrace, SoundTrace
from anchorproof.footage.differences import Moment
from anchorproof.footage.outcomes import Traits, outcomes, traits
from anchorproof.footage.pictures import Reframing
from anchorproof.footage.stretches import Stretch
from anchorproof.types import FootageOutcome as Outcome
from anchorproof.types import Span

SAME = Traits(10.0, 0.0, 0.05, False, 0, 0.0, mouth=0.03, face=0.03, outside=0.05, overlay=0.0, overlay_width=0.0)


@pytest.mark.parametrize(
    ("found", "gravest"),
    [
        (SAME, Outcome.UNCHANGED),
        (replace(SAME, sound_share=None), Outcome.SAME_PICTURE),
        (replace(SAME, sound_share=0.46), Outcome.OTHER_SOUND),
        (replace(SAME, sound_share=0.46, mouth=0.6, face=0.08), Outcome.MOUTH_CHANGED),
        (replace(SAME, mouth=0.7, face=0.65), Outcome.FACE_CHANGED),
        (replace(SAME, jumps=1), Outcome.RECUT),
        (replace(SAME, inserted_s=2.0), Outcome.RECUT),
        (replace(SAME, overlay=0.12, overlay_width=0.9), Outcome.RECAPTIONED),
        (replace(SAME, mirrored=True), Outcome.MIRRORED),
        (Traits(0.0, 6.0, None, False, 0, 0.0), Outcome.SOUND_ONLY),
    ],
)
def test_the_gravest_change_is_named_first(found: Traits, gravest: Outcome) -> None:
    assert outcomes(found)[0] is gravest


def test_a_picture_that_differs_everywhere_is_no_changed_mouth() -> None:
    badly_coded = replace(SAME, mouth=0.45, face=0.42, outside=0.4)
    assert outcomes(badly_coded)[0] is Outcome.UNCHANGED


def test_a_small_overlay_is_a_logo_and_no_caption() -> None:
    assert outcomes(replace(SAME, overlay=0.02, overlay_width=0.19))[0] is Outcome.UNCHANGED


def test_all_changes_are_named() -> None:
    found = outcomes(replace(SAME, mirrored=True, sound_share=0.5, jumps=1))
    assert set(found) == {Outcome.RECUT, Outcome.OTHER_SOUND, Outcome.MIRRORED}


def _stretch(start_s: float, end_s: float, offset_s: float, share: float | None, mirrored: bool = False) -> Stretch:
    times = np.arange(start_s, end_s, 0.5)
    picture = PictureTrace(times, times + offset_s, np.full(len(times), 12, np.int16), 0.9)
    sound = None if share is None else SoundTrace(times, np.full(len(times), share))
    line = Line(0, 1.0, offset_s, Reframing(mirrored=mirrored))
    return Stretch(line, Span(start_s, end_s), Span(start_s + offset_s, end_s + offset_s), picture, sound)


def test_a_jump_in_the_programme_is_counted_and_a_wobble_is_not() -> None:
    assert traits([_stretch(0, 5, 10.0, 0.1), _stretch(5, 9, 12.0, 0.1)], []).jumps == 1
    assert traits([_stretch(0, 5, 10.0, 0.1), _stretch(5, 9, 10.2, 0.1)], []).jumps == 0


def test_foreign_picture_between_ours_is_an_insert() -> None:
    found = traits([_stretch(0, 5, 10.0, 0.1), _stretch(7, 12, 8.0, 0.1)], [])
    assert (found.inserted_s, found.jumps) == (2.0, 1)


def test_sound_is_the_median_along_the_picture() -> None:
    assert traits([_stretch(0, 10, 0.0, 0.1), _stretch(10, 13, 0.0, 0.5)], []).sound_share == pytest.approx(0.1)
    assert traits([_stretch(0, 10, 0.0, None)], []).sound_share is None


def test_moments_are_summed_up_by_their_medians() -> None:
    cells = np.zeros((12, 16), np.float32)
    cells[10] = 0.9
    moments = [Moment(float(time), value, None, 0.1, cells) for time, value in enumerate((0.1, 0.2, 0.9))]
    found = traits([_stretch(0, 5, 0.0, 0.1)], moments)
    assert (found.mouth, found.face) == (0.2, None)
    assert found.overlay == pytest.approx(1 / 12)
    assert found.overlay_width == 1.0
