"""What a score is worth depends on the quality of the material."""

from __future__ import annotations

import math

import pytest

from anchorproof.types import CalibrationKnot, CalibrationMap, Question

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
