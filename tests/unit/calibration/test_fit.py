"""Maps from raw scores to LLRs: known truths, signs, bounds, and refusals."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from anchorproof.evidence import load_calibrations
from anchorproof.runtime import ModelEntry
from anchorproof.types import HigherMeans, Question
from calibration.fit import (
    FitRefused,
    balanced_weights,
    cross_validated_llrs,
    effective_trials,
    fit_affine,
    supported_bounds,
    within_correlation,
)
from calibration.maps import describe_source, fit_map, named, write
from calibration.metrics import cllr
from calibration.trials import Trials


def _entry(higher_means: HigherMeans | None = HigherMeans.SPOOF) -> ModelEntry:
    return ModelEntry(
        "toy-1", "visual_detector", "toy.onnx", "ab" * 32, 1, "made here", "CC0-1.0", "toy.md", "toy-v1", higher_means
    )


def _trials(h1: np.ndarray, h2: np.ndarray, clusters: int = 40) -> Trials:
    """Every trial in one of ``clusters`` groups per side, the sides' groups apart."""
    names = [f"g{k % clusters}" for k in range(len(h1))] + [f"s{k % clusters}" for k in range(len(h2))]
    is_h1 = np.repeat([True, False], [len(h1), len(h2)])
    return Trials(np.concatenate([h1, h2]), is_h1, np.array(names), np.array(names), np.array(names))


def _gaussians(distance: float, count: int = 4000, clusters: int = 40) -> Trials:
    """Unit normals at +- distance / 2: the true natural-log LLR of a score x is ``distance * x``."""
    rng = np.random.default_rng(7)
    return _trials(rng.normal(distance / 2, 1, count), rng.normal(-distance / 2, 1, count), clusters)


def test_the_slope_of_two_normals_is_recovered_in_base_ten() -> None:
    affine = fit_affine(_gaussians(2.0))
    assert affine.slope == pytest.approx(2.0 / math.log(10), rel=0.08)
    assert affine.offset == pytest.approx(0.0, abs=0.05)


def test_scale_and_origin_of_the_score_do_not_matter() -> None:
    plain = _gaussians(2.0, 500)
    moved = Trials(1000 + 0.01 * plain.scores, plain.is_h1, plain.clusters, plain.first, plain.second)
    assert fit_affine(moved).llrs(moved.scores) == pytest.approx(fit_affine(plain).llrs(plain.scores), abs=1e-4)


def test_a_spoof_gets_a_positive_and_a_bona_fide_clip_a_negative_llr() -> None:
    llrs = fit_affine(_gaussians(3.0)).llrs(np.array([2.0, -2.0]))
    assert llrs[0] > 0.5
    assert llrs[1] < -0.5


def test_unequal_numbers_do_not_shift_the_llr() -> None:
    rng = np.random.default_rng(3)
    lopsided = _trials(rng.normal(1, 1, 3000), rng.normal(-1, 1, 300), clusters=300)
    assert fit_affine(lopsided).llrs(np.array([0.0]))[0] == pytest.approx(0.0, abs=0.1)


def test_few_trials_and_weak_scores_get_a_small_slope() -> None:
    rng = np.random.default_rng(5)
    few = fit_affine(_trials(rng.normal(1, 1, 8), rng.normal(-1, 1, 8)))
    weak = fit_affine(_gaussians(0.2))
    assert few.slope < 2.0 / math.log(10)
    assert 0 < weak.slope < 0.3 / math.log(10)


def test_separated_sides_do_not_give_an_infinite_slope() -> None:
    apart = fit_affine(_trials(np.linspace(0.9, 1, 30), np.linspace(0, 0.1, 30)))
    assert math.isfinite(apart.slope)
    assert apart.llrs(np.array([1.0]))[0] > 1


def test_one_large_source_does_not_decide() -> None:
    # Bona fide: 400 clips of one source at score 0, and 40 sources of one clip each at 2. Unweighted their mean is .18.
    rng = np.random.default_rng(11)
    scores = np.concatenate([np.full(100, 3.0), np.zeros(400), np.full(40, 2.0)]) + rng.normal(0, 0.3, 540)
    clusters = np.array([f"g{k}" for k in range(100)] + ["large"] * 400 + [f"small{k}" for k in range(40)])
    trials = Trials(scores, np.arange(540) < 100, clusters, clusters, clusters)
    weights = balanced_weights(trials)
    large = weights[clusters == "large"].sum() / weights[100:].sum()
    assert large == pytest.approx(20 / 60)  # sqrt(400) of sqrt(400) + 40
    assert weights[100:].mean() == pytest.approx(1.0)


def test_effective_trials_are_all_of_them_when_alone_and_the_groups_when_alike() -> None:
    rng = np.random.default_rng(2)
    alone = _trials(rng.normal(0, 1, 50), rng.normal(0, 1, 50), clusters=50)
    assert effective_trials(alone, is_h1=False) == pytest.approx(50)
    groups = np.repeat(rng.normal(0, 1, 10), 5)
    names = np.repeat([f"r{k}" for k in range(10)], 5)
    both = np.concatenate([names, np.char.add(names, "x")])
    alike = Trials(np.concatenate([groups, groups]), np.arange(100) < 50, both, both, both)
    assert effective_trials(alike, is_h1=False) == pytest.approx(10)


def test_intraclass_correlation_by_hand() -> None:
    # Groups (0, 2) and (4, 6): between = 2 x (2^2 + 2^2) / 1 = 16, within = 4 / 2 = 2, size 2: (16 - 2) / (16 + 2).
    assert within_correlation(np.array([0.0, 2.0, 4.0, 6.0]), np.array([0, 0, 1, 1])) == pytest.approx(14 / 18)
    # Groups (0, 4) and (2, 2) have the same mean: no more alike than chance.
    assert within_correlation(np.array([0.0, 4.0, 2.0, 2.0]), np.array([0, 0, 1, 1])) == 0.0


def test_bounds_of_separated_sides_are_those_of_one_adverse_trial_more() -> None:
    # 99 H2 trials, none reaching an H1 trial: (1) / (1 / 100) = 100, so LLR 2. Lower: 9 H1 trials, LLR -1.
    llrs = np.concatenate([np.full(9, 5.0), np.full(99, -5.0)])
    names = np.array([f"n{k}" for k in range(108)])
    trials = Trials(llrs, np.arange(108) < 9, names, names, names)
    assert supported_bounds(llrs, trials) == pytest.approx((-1.0, 2.0))


def test_bounds_never_exceed_what_was_seen() -> None:
    llrs = np.concatenate([np.full(1000, 0.5), np.full(1000, -0.4)])
    names = np.array([f"n{k}" for k in range(2000)])
    trials = Trials(llrs, np.arange(2000) < 1000, names, names, names)
    assert supported_bounds(llrs, trials) == pytest.approx((-0.4, 0.5))


def test_bounds_of_overconfident_llrs_shrink_to_what_they_are_worth() -> None:
    # Half of the H1 trials and a tenth of the H2 trials claim 1000 : 1; they are worth .5 / ((.1 n + 1) / (n + 1)).
    llrs = np.concatenate([np.full(50, 3.0), np.full(50, -0.1), np.full(10, 3.0), np.full(90, -0.1)])
    names = np.array([f"n{k}" for k in range(200)])
    trials = Trials(llrs, np.arange(200) < 100, names, names, names)
    adverse = effective_trials(trials, is_h1=False)
    assert supported_bounds(llrs, trials)[1] == pytest.approx(math.log10(0.5 * (adverse + 1) / (0.1 * adverse + 1)))


def test_scores_that_say_nothing_get_bounds_near_zero() -> None:
    rng = np.random.default_rng(9)
    trials = _trials(rng.normal(0, 1, 400), rng.normal(0, 1, 400))
    low, high = supported_bounds(cross_validated_llrs(trials), trials)
    assert -0.15 < low <= 0 <= high < 0.15


def test_cross_validation_never_fits_on_the_people_it_measures() -> None:
    # Person b's same-person trials score like different people's; a map that had seen them would know.
    rng = np.random.default_rng(13)
    people = [f"p{k}" for k in range(12)]
    rows = [(a, a, True, rng.normal(2, 0.5)) for a in people for _ in range(4)]
    rows += [(a, b, False, rng.normal(-2, 0.5)) for a in people for b in people if a < b]
    first, second = np.array([row[0] for row in rows]), np.array([row[1] for row in rows])
    is_h1, scores = np.array([row[2] for row in rows]), np.array([row[3] for row in rows])
    clusters = np.array(["|".join(sorted({a, b})) for a, b in zip(first, second, strict=True)])
    before = cross_validated_llrs(Trials(scores, is_h1, clusters, first, second))
    changed = np.where((first == "p0") | (second == "p0"), scores + rng.normal(0, 3, len(scores)), scores)
    after = cross_validated_llrs(Trials(changed, is_h1, clusters, first, second))
    with_p0 = (first == "p0") | (second == "p0")
    # For trials of p0 the map is the same as before: the LLR moves by slope x change only.
    slopes = (after - before)[with_p0] / (changed - scores)[with_p0]
    same_person = slopes[is_h1[with_p0]]
    assert same_person == pytest.approx(np.full(len(same_person), same_person[0]), rel=1e-6)


def test_the_map_states_model_trials_and_cross_validated_figures(tmp_path: Path) -> None:
    scores = tmp_path / "toy-1.csv"
    scores.write_text("any", encoding="utf-8")
    trials = _gaussians(2.0, 400)
    content = named(
        fit_map(trials, _entry(), Question.AUTHENTICITY) | {"fitted_on": describe_source(scores, trials, "d")}
    )
    assert content["llr_bounds"][0] < 0 < content["llr_bounds"][1]
    # Two unit normals 2 apart: Cllr of the true LLRs is .5 bit within sampling error.
    assert content["cllr"] == pytest.approx(0.50, abs=0.06)
    assert content["cllr_min"] <= content["cllr"] < 1
    assert content["auc"] == pytest.approx(0.921, abs=0.02)  # Phi(2 / sqrt 2)
    assert content["fitted_on"]["trials"] == {"h1": 400, "h2": 400}
    assert content["fitted_on"]["groups"] == {"h1": 40, "h2": 40}
    write(content, tmp_path / "maps")
    (found,) = load_calibrations([tmp_path / "maps"])
    assert found.llr(1.5) > 0 > found.llr(-1.5)
    assert (found.model_sha256, found.preprocessing) == ("ab" * 32, "toy-v1")


def test_refitting_the_same_trials_gives_the_same_file() -> None:
    one, two = (named(fit_map(_gaussians(1.0, 300), _entry(), Question.AUTHENTICITY, seed=4)) for _ in range(2))
    assert json.dumps(one) == json.dumps(two)


def test_the_id_changes_with_the_model_file() -> None:
    content = fit_map(_gaussians(1.0, 300), _entry(), Question.AUTHENTICITY)
    assert named(content)["calibration_id"] != named(content | {"model_sha256": "cd" * 32})["calibration_id"]


def test_a_score_that_grows_with_bona_fide_gets_a_negative_slope() -> None:
    turned = _gaussians(2.0, 400)
    content = fit_map(
        Trials(-turned.scores, turned.is_h1, turned.clusters, turned.first, turned.second),
        _entry(HigherMeans.BONA_FIDE),
        Question.AUTHENTICITY,
    )
    assert content["slope"] < 0
    assert content["auc"] > 0.9


def test_a_direction_that_contradicts_the_manifest_is_refused() -> None:
    with pytest.raises(FitRefused, match="higher score of 'toy-1' means bona_fide, but in these trials the slope is"):
        fit_map(_gaussians(2.0, 200), _entry(HigherMeans.BONA_FIDE), Question.AUTHENTICITY)


@pytest.mark.parametrize(
    ("higher_means", "question"),
    [
        (HigherMeans.SPOOF, Question.IDENTITY),
        (HigherMeans.SAME_SOURCE, Question.AUTHENTICITY),
        (None, Question.IDENTITY),
    ],
)
def test_a_question_the_model_does_not_answer_is_refused(higher_means: HigherMeans | None, question: Question) -> None:
    with pytest.raises(FitRefused):
        fit_map(_gaussians(2.0, 200), _entry(higher_means), question)


def test_scores_without_any_spread_are_refused() -> None:
    with pytest.raises(FitRefused, match="all scores are the same"):
        fit_affine(_trials(np.ones(20), np.ones(20)))


def test_swapped_truth_makes_the_fitted_llrs_worse_than_saying_nothing() -> None:
    trials = _gaussians(2.0, 400)
    llrs = fit_affine(trials).llrs(trials.scores)
    assert cllr(llrs[trials.is_h1], llrs[~trials.is_h1]) < 1 < cllr(llrs[~trials.is_h1], llrs[trials.is_h1])
