"""Maps that depend on the quality of the material."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorproof.runtime import ModelEntry
from anchorproof.types import CalibrationKnot, CalibrationMap, HigherMeans, Question
from calibration.fit import fit_affine
from calibration.knots import fit_knots, knot_shares, quality_map, refitted, tail
from calibration.maps import fit_map
from calibration.metrics import cllr
from calibration.trials import Trials

KNOTS = (1.0, 4.0)


def _trials(seed: int = 0, people: int = 90, depends: bool = True) -> Trials:
    """Same-person scores lie 3 deviations above others' with much material, and 1 with little."""
    chance = np.random.default_rng(seed)
    pairs = [(one, other) for one in range(people) for other in range(one, people)]
    first, second = (np.array([f"p{pair[side]}" for pair in pairs for _ in range(4)]) for side in (0, 1))
    is_h1 = first == second
    quality = chance.choice(KNOTS, len(first))
    distance = np.where(quality == KNOTS[0], 1.0, 3.0) if depends else 2.0
    scores = chance.standard_normal(len(first)) + np.where(is_h1, distance, 0.0)
    clusters = np.array(["|".join(sorted((one, other))) for one, other in zip(first, second, strict=True)])
    return Trials(scores, is_h1, clusters, first, second, quality)


def test_shares_are_hats_over_the_logarithm_that_sum_to_one() -> None:
    shares = knot_shares(np.array([0.1, 1.0, 2.0, 4.0, 9.0]), KNOTS)
    assert shares[:, 0] == pytest.approx([1, 1, 0.5, 0, 0])
    assert shares.sum(axis=1) == pytest.approx(np.ones(5))


def test_slope_grows_with_quality_as_the_truth_does() -> None:
    trials = _trials()
    assert trials.quality is not None
    little, much = fit_knots(trials, knot_shares(trials.quality, KNOTS))
    # Two unit normals d apart: LLR = (d * s - d^2 / 2) / ln 10.
    assert little.slope == pytest.approx(1 / np.log(10), abs=0.2)
    assert much.slope == pytest.approx(3 / np.log(10), abs=0.3)
    assert much.offset == pytest.approx(-4.5 / np.log(10), abs=0.6)


def test_knots_agree_with_the_plain_map_where_quality_does_not_matter() -> None:
    trials = _trials(depends=False)
    assert trials.quality is not None
    plain = fit_affine(trials)
    for fit in fit_knots(trials, knot_shares(trials.quality, KNOTS)):
        assert fit.slope == pytest.approx(plain.slope, abs=0.15)


def test_left_out_llrs_cost_less_than_those_of_one_map_for_all() -> None:
    trials = _trials()
    content, llrs = quality_map(trials, KNOTS, seed=0)
    plain = fit_affine(trials).llrs(trials.scores)
    assert cllr(llrs[trials.is_h1], llrs[~trials.is_h1]) < cllr(plain[trials.is_h1], plain[~trials.is_h1]) - 0.02
    little, much = (knot["llr_bounds"] for knot in content["knots"])
    assert much[0] <= little[0] <= 0 <= little[1] <= much[1]
    assert little[1] < much[1]


def test_a_refitted_map_keeps_its_knots_and_bounds_and_follows_the_chosen_trials() -> None:
    trials = _trials()
    knots = tuple(CalibrationKnot(quality, 9.0, 9.0, (-0.5, 0.5 * quality)) for quality in KNOTS)
    shipped = CalibrationMap("c", "m", "s", "p", Question.IDENTITY, 9.0, 9.0, (-1.0, 1.0), knots)
    chosen = np.arange(len(trials)) % 2 == 0
    found = refitted(shipped, trials, chosen)
    assert [knot.quality for knot in found.knots] == list(KNOTS)
    assert [knot.llr_bounds for knot in found.knots] == [knot.llr_bounds for knot in knots]
    assert found.knots[1].slope == pytest.approx(3 / np.log(10), abs=0.3)
    assert found.slope == pytest.approx(fit_affine(trials, chosen).slope)
    assert refitted(replace(shipped, knots=()), trials, chosen).knots == ()


def test_a_detectors_map_has_knots_where_its_trials_tell_the_quality_and_no_tail_of_people() -> None:
    trials = replace(_trials(), quality=np.where(_trials().quality == KNOTS[0], 0.25, 1.0))
    entry = ModelEntry("m", "audio_detector", "m.onnx", "ab", 1, "here", "MIT", "m.md", "p", HigherMeans.SPOOF)
    content = fit_map(trials, entry, Question.AUTHENTICITY)
    assert [knot["quality"] for knot in content["knots"]] == [0.25, 0.5, 1.0]
    assert "h2_tail" not in content
    assert content["knots"][0]["slope"] < content["knots"][2]["slope"]
    assert "knots" not in fit_map(replace(trials, quality=None), entry, Question.AUTHENTICITY)


def test_tail_ends_where_too_few_trials_lie_beyond() -> None:
    found = tail(np.arange(1000.0))
    assert found[0] == [500.0, 0.5]
    assert found[-1] == [995.0, 0.005]
