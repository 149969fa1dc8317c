"""Calibration figures against tables worked out by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.metrics.confidence import adaptive_bins, brier, ece_adaptive
from benchmarks.metrics.selective import risk_coverage

NINE = math.log10(9)  # posterior .9 at even prior


def test_brier_of_silence_and_of_certainty() -> None:
    assert brier([0.0], [0.0, 0.0]) == pytest.approx(0.25)
    assert brier([9.0], [-9.0]) == pytest.approx(0.0, abs=1e-8)
    assert brier([-9.0], [9.0]) == pytest.approx(1.0, abs=1e-8)


def test_brier_weighs_the_sides_by_the_prior() -> None:
    # Posterior .9 for all: H1 off by .1, H2 by .9.
    assert brier([NINE], [NINE] * 7) == pytest.approx((0.01 + 0.81) / 2)


def test_adaptive_bins_hold_equal_mass_and_never_split_equal_answers() -> None:
    bins = adaptive_bins([1.0, 1.0, 1.0, 2.0], [-1.0, -1.0, -1.0, -2.0], bins=2)
    assert [part.trials for part in bins] == [4, 4]
    assert [part.true for part in bins] == [0.0, 1.0]
    assert len(adaptive_bins([0.0] * 50, [0.0] * 50, bins=10)) == 1


def test_ece_adaptive_where_every_answer_says_nine_in_ten() -> None:
    # One H1 and one H2 trial at posterior .9: true share is one half.
    assert ece_adaptive([NINE], [NINE]) == pytest.approx(0.4)
    # Nine H1 of ten at .9 and nine H2 of ten at .1: perfectly calibrated.
    assert ece_adaptive([NINE] * 9 + [-NINE], [-NINE] * 9 + [NINE]) == pytest.approx(0.0)


def test_ece_adaptive_sees_swapped_sides() -> None:
    assert ece_adaptive([-NINE] * 9 + [NINE], [NINE] * 9 + [-NINE]) == pytest.approx(0.8)


def test_risk_coverage_answers_the_surest_first() -> None:
    # Surest first: 3 right, -2 right (H2), 1 is an H2 trial called H1, -0.5 an H1 trial called H2.
    curve = risk_coverage([3.0, -0.5], [-2.0, 1.0])
    assert list(curve.coverage) == pytest.approx([0.25, 0.5, 0.75, 1.0])
    assert list(curve.risk) == pytest.approx([0.0, 0.0, 1 / 3, 0.5])
    assert curve.area == pytest.approx((1 / 3 + 1 / 2) / 4)
    assert curve.risk_at(0.5) == pytest.approx(0.0)
    assert curve.risk_at(0.6) == pytest.approx(1 / 3)
    assert curve.points() == list(zip(curve.coverage, curve.risk, strict=True))


def test_risk_coverage_is_at_the_threshold_given_and_weighs_sides_alike() -> None:
    assert risk_coverage([1.0], [0.0, 0.0, 0.0], threshold_llr=2.0).risk[-1] == pytest.approx(0.5)
    assert risk_coverage([1.0], [0.0, 0.0, 0.0], threshold_llr=1.0).risk[-1] == pytest.approx(0.0)
