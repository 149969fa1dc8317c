"""What a score is worth depends on the quality of the material."""

from __future__ import annotations

import math

import pytest

from anchorproof.types import AcousticMap, Acoustics, AcousticTerm, CalibrationKnot, CalibrationMap, Question

KNOTS = (CalibrationKnot(1.0, 1.0, 0.0, (-0.5, 0.5)), CalibrationKnot(4.0, 3.0, -1.0, (-1.5, 2.5)))
MAP = CalibrationMap("c", "m", "00", "p", Question.IDENTITY, 2.0, -0.5, (-1.0, 2.0), KNOTS)


@pytest.mark.parametrize(
    ("score", "quality", "expected"),
    [
        (1.0, None, 1.5),  # 2 * 1 - 0.5
        (9.0, None, 2.0),  # bounded
        (0.25, 0.3, 0.25),  # below the first knot: as at it
        (9.0, 0.3, 0.5),
        (1.0, 4.0, 2.0),
        (1.0, 60.0, 2.0),
        (9.0, 60.0, 2.5),
        (0.6, 2.0, 0.7),  # half way over the logarithm: slope 2, offset -0.5
        (9.0, 2.0, 1.5),  # and the bound too
    ],
)
def test_map_lies_between_the_knots(score: float, quality: float | None, expected: float) -> None:
    assert MAP.llr(score, quality) == pytest.approx(expected)


def test_two_seconds_never_say_as_much_as_thirty() -> None:
    assert MAP.llr(100.0, 2.0) < MAP.llr(100.0, 30.0)


def test_tail_is_interpolated_and_never_guessed_beyond_what_was_seen() -> None:
    tail = ((0.1, 0.1), (0.3, 0.001))
    found = CalibrationMap("c", "m", "00", "p", Question.IDENTITY, 1, 0, (-1, 1), (), tail)
    assert found.h2_share(0.0) == 1.0
    assert found.h2_share(0.1) == pytest.approx(0.1)
    assert found.h2_share(0.2) == pytest.approx(math.sqrt(0.1 * 0.001))
    assert found.h2_share(0.9) == 0.001
    assert MAP.h2_share(0.9) is None


def test_knots_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="rising"):
        CalibrationMap("c", "m", "00", "p", Question.IDENTITY, 1, 0, (-1, 1), KNOTS[::-1])
    with pytest.raises(ValueError, match="positive"):
        CalibrationKnot(0.0, 1, 0, (-1, 1))
    with pytest.raises(ValueError, match="enclose 0"):
        CalibrationKnot(1.0, 1, 0, (1, 2))


# --------------------------------------------------------------------------- acoustics

CLEAN, ECHO, PHONE = Acoustics(-12.0, 15.0), Acoustics(-5.0, 15.0), Acoustics(-12.0, 45.0)
TERMS = (
    AcousticTerm("apart_fall", 0.0, 0.25, (-1.0, 1.5)),
    AcousticTerm("apart_band", 0.0, 0.5, (-1.5, 1.0)),
    AcousticTerm("common_fall", -0.25, 0.0, (-2.0, 2.0)),
    AcousticTerm("common_band", -0.5, -0.5, (-0.5, 0.5)),
)
CLEAN_KNOTS = (CalibrationKnot(1.0, 1.0, 0.0, (-2.0, 2.0)), CalibrationKnot(4.0, 2.0, 0.0, (-3.0, 3.0)))
BY_ACOUSTICS = CalibrationMap(
    "c",
    "m",
    "00",
    "p",
    Question.IDENTITY,
    1.0,
    -9.0,
    (-9.0, 9.0),
    acoustics=AcousticMap((-9.0, -5.0), (20.0, 40.0), CLEAN_KNOTS, TERMS),
)


@pytest.mark.parametrize(
    ("one", "other", "score", "llr"),
    [
        (CLEAN, CLEAN, 1.0, 1.5),  # slope half way between the knots
        (CLEAN, ECHO, 0.5, 1.0),  # .75 + .25
        (PHONE, CLEAN, 0.0, 0.5),
        (PHONE, PHONE, 0.6, 0.1),  # (1.5 - .5) * .6 - .5
        (ECHO, PHONE, 0.0, 0.75),  # both differences at once
        (CLEAN, Acoustics(-7.0, 15.0), 0.0, 0.125),  # half an echo
        (CLEAN, CLEAN, 9.0, 2.5),  # bounds half way between the knots
        (PHONE, PHONE, 9.0, 0.5),  # of the term
        (CLEAN, Acoustics(-12.0, 30.0), 9.0, 1.75),  # half way between the knots' and the term's
        (ECHO, PHONE, -9.0, -1.0),  # the narrower of two
    ],
)
def test_terms_add_to_the_map_of_clean_recordings(one: Acoustics, other: Acoustics, score: float, llr: float) -> None:
    assert BY_ACOUSTICS.llr(score, 2.0, (one, other)) == pytest.approx(llr)
    assert BY_ACOUSTICS.llr(score, 2.0, (other, one)) == pytest.approx(llr)


def test_without_acoustics_or_quality_the_map_for_all_holds() -> None:
    assert BY_ACOUSTICS.llr(1.0, 2.0) == -8.0
    assert BY_ACOUSTICS.llr(1.0, None, (CLEAN, CLEAN)) == -8.0
    assert MAP.llr(0.3, None, (CLEAN, CLEAN)) == MAP.llr(0.3)


def test_an_acoustic_map_that_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="in this order"):
        AcousticMap((-9.0, -5.0), (20.0, 40.0), CLEAN_KNOTS, TERMS[::-1])
    with pytest.raises(ValueError, match="shares that rise"):
        AcousticMap((-5.0, -9.0), (20.0, 40.0), CLEAN_KNOTS, TERMS)
    steep = (*TERMS[:2], AcousticTerm("common_fall", -0.6, 0.0, (-1.0, 1.0)), TERMS[3])
    with pytest.raises(ValueError, match="rise with the score"):
        AcousticMap((-9.0, -5.0), (20.0, 40.0), CLEAN_KNOTS, steep)
    with pytest.raises(ValueError, match="must be one of"):
        AcousticTerm("loud", 0.0, 0.0, (-1.0, 1.0))
