"""Ranking figures against tables worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.metrics.ranking import average_precision, det_points, pauc

# H1 at 4, 3, 1 and H2 at 2, 0, -1.
H1, H2 = [4.0, 3.0, 1.0], [2.0, 0.0, -1.0]


def test_average_precision_walks_down_the_ranking() -> None:
    # 4 and 3 are found without error, 1 after one false alarm: (1 + 1 + 3/4) / 3.
    assert average_precision(H1, H2) == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_average_precision_of_swapped_sides_is_low() -> None:
    # Ranked -(...): H1 comes in at places 2, 5, 6 of 6 when the sides are swapped... worked out: H2 as H1 at 2, 0, -1.
    assert average_precision(H2, H1) == pytest.approx((1 / 3 + 2 / 5 + 3 / 6) / 3)


def test_pauc_is_standardised() -> None:
    assert pauc([2.0, 3.0], [0.0, 1.0], 0.5) == pytest.approx(1.0)
    # Up to FPR 1/3 the ROC stands at 2/3: area 2/9; McClish: (1 + (2/9 - 1/18) / (1/3 - 1/18)) / 2.
    assert pauc(H1, H2, 1 / 3) == pytest.approx((1 + (2 / 9 - 1 / 18) / (1 / 3 - 1 / 18)) / 2)


@pytest.mark.parametrize("reach", [0.0, 1.5])
def test_pauc_refuses_a_reach_outside_the_rates(reach: float) -> None:
    with pytest.raises(ValueError, match="max_fpr"):
        pauc(H1, H2, reach)


def test_det_runs_from_all_false_alarms_to_all_misses() -> None:
    points = det_points(H1, H2)
    assert points[0] == (1.0, 0.0)
    assert points[-1] == (0.0, 1.0)
    assert (pytest.approx(1 / 3), pytest.approx(1 / 3)) in points


def test_det_is_thinned() -> None:
    scores = [float(k) for k in range(1000)]
    assert len(det_points(scores[::2], scores[1::2], most=50)) <= 50
