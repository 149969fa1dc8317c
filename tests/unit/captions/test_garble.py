"""Print and garble told by how sure the recogniser is of them."""

from __future__ import annotations

import pytest

from anchorproof.captions.garble import Legibility, legibility
from anchorproof.captions.reader import TextLine
from anchorproof.types import Box


def line(text: str, confidence: float = 0.99, height_px: float = 30.0, area: float = 0.9) -> TextLine:
    return TextLine(text, Box(0, 0, 100, 30), height_px, area, (confidence,) * len(text))


def test_too_few_letters_say_nothing() -> None:
    assert legibility([line("BBC")]) is None
    assert legibility([line("Evening News Anchor", height_px=12)]) is None  # too small
    assert legibility([line("Evening News Anchor", area=0.4)]) is None  # hardly text
    assert legibility([line("-- ... ---- !!")]) is None  # no letters


def test_doubt_is_of_the_readable_lines_weighed_by_their_letters() -> None:
    found = legibility([line("a" * 30, 1.0), line("b" * 10, 0.2), line("c" * 50, 0.0, height_px=10)])
    assert found is not None
    assert found.doubt == pytest.approx(0.2)
    assert found.letters == 40


def test_the_score_is_the_odds_of_doubt_and_larger_for_garble() -> None:
    assert Legibility(0.5, 20).garble_score == pytest.approx(0.0)
    assert Legibility(10 / 11, 20).garble_score == pytest.approx(1.0)
    assert Legibility(0.01, 20).garble_score < Legibility(0.3, 20).garble_score
    # Print that is not doubted at all, and signs that are nothing but doubt, have a score too.
    assert Legibility(0.0, 20).garble_score == pytest.approx(-2.2989, abs=1e-4)
    assert Legibility(1.0, 20).garble_score == pytest.approx(2.2989, abs=1e-4)
