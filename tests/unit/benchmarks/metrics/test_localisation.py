"""Localisation figures against tables worked out by hand."""

from __future__ import annotations

import pytest

from benchmarks.metrics.localisation import (
    Proposal,
    average_precision_at,
    average_recall_at,
    proposals_from,
)

TRUTHS = {"a": [(0.0, 2.0), (4.0, 6.0)], "b": [(1.0, 3.0)], "real": []}


def test_a_perfect_answer_loses_only_the_uncounted_first_step() -> None:
    found = {clip: [Proposal(0.9, *stretch) for stretch in stretches] for clip, stretches in TRUTHS.items()}
    assert average_precision_at(found, TRUTHS, 0.95) == pytest.approx(2 / 3)
    assert average_recall_at(found, TRUTHS, 5) == pytest.approx(1.0)


def test_average_precision_is_interpolated_over_all_clips() -> None:
    # Ranked: a right (.9), real wrong (.8), b right (.7); a's second stretch is never found.
    found = {
        "a": [Proposal(0.9, 0.0, 2.0)],
        "real": [Proposal(0.8, 0.0, 1.0)],
        "b": [Proposal(0.7, 1.0, 3.0)],
    }
    assert average_precision_at(found, TRUTHS, 0.5) == pytest.approx((1 / 3) * (2 / 3))


def test_the_overlap_must_be_exceeded() -> None:
    found = {"b": [Proposal(1.0, 1.0, 2.0)]}  # overlap exactly 1/2
    assert average_recall_at(found, {"b": TRUTHS["b"]}, 5, [0.5]) == 0.0
    assert average_recall_at(found, {"b": TRUTHS["b"]}, 5, [0.49]) == 1.0


def test_one_proposal_serves_one_stretch_in_precision() -> None:
    truths = {"a": [(0.0, 2.0), (0.0, 2.1)]}
    found = {"a": [Proposal(0.9, 0.0, 2.0)]}
    assert average_precision_at(found, truths, 0.5) == 0.0  # the only step is the first one
    both = {"a": [Proposal(0.9, 0.0, 2.0), Proposal(0.8, 0.0, 2.1)]}
    assert average_precision_at(both, truths, 0.5) == pytest.approx(0.5)


def test_recall_takes_the_surest_proposals_only_and_averages_over_overlaps() -> None:
    found = {"b": [Proposal(0.1, 1.0, 3.0), Proposal(0.9, 7.0, 8.0)]}
    assert average_recall_at(found, {"b": TRUTHS["b"]}, 1) == 0.0
    assert average_recall_at(found, {"b": TRUTHS["b"]}, 2) == 1.0
    # Overlap .8 beats .5, .55, .6, .65, .7, .75 of the ten thresholds.
    part = {"b": [Proposal(0.9, 1.0, 2.6)]}
    assert average_recall_at(part, {"b": TRUTHS["b"]}, 5) == pytest.approx(0.6)


def test_a_clip_without_proposals_counts_as_missed() -> None:
    found = {"b": [Proposal(0.9, 1.0, 3.0)]}
    assert average_recall_at(found, TRUTHS, 5) == pytest.approx(1 / 3)


def test_nothing_to_find_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to find"):
        average_precision_at({}, {"real": []}, 0.5)


def test_proposals_are_runs_above_falling_thresholds() -> None:
    segments = [(0.1, 0.0, 1.0), (0.9, 1.0, 2.0), (0.8, 2.0, 3.0), (0.1, 3.0, 4.0)]
    found = {(p.start_s, p.end_s): p.score for p in proposals_from(segments)}
    assert found[(1.0, 3.0)] == pytest.approx(0.85)
    assert found[(1.0, 2.0)] == pytest.approx(0.9)
    assert found[(0.0, 4.0)] == pytest.approx(0.475)
    assert proposals_from([]) == []


def test_proposals_do_not_span_a_hole_in_time() -> None:
    assert {(p.start_s, p.end_s) for p in proposals_from([(1.0, 0.0, 1.0), (1.0, 9.0, 10.0)])} == {
        (0.0, 1.0),
        (9.0, 10.0),
    }
