"""Metrics against tables worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from calibration.metrics import (
    Interval,
    OperatingPoint,
    act_dcf,
    auc,
    bootstrap,
    cllr,
    cllr_min,
    ece,
    ece_by_chance,
    eer,
    error_rates,
    min_dcf,
    pav_llrs,
    posterior,
    reliability,
    resample_groups,
    resample_people,
    tpr_at_fpr,
)

# Six trials with one pair the wrong way round: H1 at 4, 3, 1 and H2 at 2, 0, -1.
# Of the 9 pairs only (1, 2) is lost: AUC = 8/9.
H1, H2 = [4.0, 3.0, 1.0], [2.0, 0.0, -1.0]


def test_auc_counts_pairs_the_right_way_round() -> None:
    assert auc(H1, H2) == pytest.approx(8 / 9)
    assert auc(H2, H1) == pytest.approx(1 / 9)


def test_auc_counts_ties_half() -> None:
    assert auc([1.0, 1.0], [1.0]) == pytest.approx(0.5)
    assert auc([2.0, 1.0], [1.0]) == pytest.approx(0.75)


def test_error_rates_call_a_trial_at_the_threshold_h1() -> None:
    rates = error_rates([1.0, 2.0], [1.0, 0.0])
    assert list(rates.thresholds) == [0.0, 1.0, 2.0, math.inf]
    assert list(rates.misses) == [0.0, 0.0, 0.5, 1.0]
    assert list(rates.false_alarms) == [1.0, 0.5, 0.0, 0.0]


def test_error_rates_follow_the_weights() -> None:
    rates = error_rates([1.0, 3.0], [0.0, 2.0], h1_weights=[1, 3], h2_weights=[9, 1])
    at_two = list(rates.thresholds).index(2.0)
    assert rates.misses[at_two] == pytest.approx(0.25)
    assert rates.false_alarms[at_two] == pytest.approx(0.1)


def test_eer_where_a_threshold_makes_both_errors_equal() -> None:
    # At threshold 2: misses {1} = 1/3, false alarms {2} = 1/3.
    assert eer(H1, H2) == pytest.approx(1 / 3)


def test_eer_is_interpolated_between_neighbouring_points() -> None:
    # H1 = {1, 3}, H2 = {2}: at 2 miss 1/2, fa 1; at 3 miss 1/2, fa 0. On that vertical line the rates meet at 1/2.
    assert eer([1.0, 3.0], [2.0]) == pytest.approx(0.5)
    # H1 = {1}, H2 = {0, 1, 1, 1}: at 1 miss 0, fa 3/4; above miss 1, fa 0; x = 3/4 (1 - x) gives 3/7.
    assert eer([1.0], [0.0, 1.0, 1.0, 1.0]) == pytest.approx(3 / 7)


def test_eer_of_separated_and_of_swapped_sides() -> None:
    assert eer([2.0, 3.0], [0.0, 1.0]) == pytest.approx(0.0)
    assert eer([0.0, 1.0], [2.0, 3.0]) == pytest.approx(1.0)


def test_tpr_at_fpr_takes_the_lowest_allowed_threshold() -> None:
    # No false alarm allowed: threshold above 2 finds 4 and 3. One of three allowed: threshold 1 finds all.
    assert tpr_at_fpr(H1, H2, 0.0) == pytest.approx(2 / 3)
    assert tpr_at_fpr(H1, H2, 0.32) == pytest.approx(2 / 3)
    assert tpr_at_fpr(H1, H2, 1 / 3) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("h1", "h2", "bits"),
    [
        ([0.0], [0.0], 1.0),  # says nothing: (log2 2 + log2 2) / 2
        ([1.0], [-1.0], math.log2(1.1)),  # log2(1 + 1/10) on either side
        ([1.0, 0.0], [0.0], (math.log2(1.1) / 2 + 1 / 2 + 1) / 2),
        ([-1.0], [1.0], math.log2(11)),  # log2(1 + 10) on either side: misleading
    ],
)
def test_cllr_of_worked_examples(h1: list[float], h2: list[float], bits: float) -> None:
    assert cllr(h1, h2) == pytest.approx(bits)


def test_cllr_exceeds_one_when_the_hypotheses_are_swapped() -> None:
    h1, h2 = [0.5, 1.0, 2.0], [-0.7, -1.1]
    assert cllr(h1, h2) < 1 < cllr(h2, h1)


def test_cllr_weights_act_like_repeated_trials() -> None:
    assert cllr([1.0, 0.0], [-1.0], h1_weights=[3, 1]) == pytest.approx(cllr([1.0, 1.0, 1.0, 0.0], [-1.0]))


def test_cllr_takes_infinite_llrs_of_the_right_sign_as_free_and_of_the_wrong_as_fatal() -> None:
    assert cllr([math.inf], [-math.inf]) == 0.0
    assert cllr([-math.inf], [-1.0]) == math.inf


def test_pav_pools_the_pair_that_is_out_of_order() -> None:
    # Sides weigh the same. By score: H2 H2 (-1, 0), H1 H2 (1, 2: pooled, even odds), H1 H1 (3, 4).
    h1, h2 = pav_llrs(H1, H2)
    assert h1[2] == pytest.approx(0.0)
    assert h2[0] == pytest.approx(0.0)
    assert list(h1[:2]) == [math.inf, math.inf]
    assert list(h2[1:]) == [-math.inf, -math.inf]


def test_cllr_min_is_the_cost_of_the_pooled_pair() -> None:
    # One of three trials on either side costs 1 bit, the others nothing.
    assert cllr_min(H1, H2) == pytest.approx(1 / 3)


def test_cllr_min_is_one_for_scores_the_wrong_way_round_and_ignores_monotone_changes() -> None:
    assert cllr_min([0.0, 1.0], [2.0, 3.0]) == pytest.approx(1.0)
    assert cllr_min(np.exp(H1), np.exp(H2)) == pytest.approx(cllr_min(H1, H2))


def test_posterior_at_even_and_uneven_priors() -> None:
    assert posterior([0.0, 1.0], 0.5) == pytest.approx([0.5, 10 / 11])
    assert posterior([1.0], 0.01) == pytest.approx([10 / (10 + 99)])  # odds 1/99 x 10


def test_threshold_of_an_operating_point_is_bayes() -> None:
    assert OperatingPoint().threshold_llr == pytest.approx(0.0)
    assert OperatingPoint(prior=0.01).threshold_llr == pytest.approx(math.log10(99))
    assert OperatingPoint(false_alarm_cost=9).threshold_llr == pytest.approx(math.log10(9))


def test_operating_point_refuses_a_certain_prior() -> None:
    with pytest.raises(ValueError, match="0 < prior < 1"):
        OperatingPoint(prior=1.0)


def test_act_dcf_pays_for_errors_at_its_own_threshold() -> None:
    # Threshold 0, even: misses 1/4 {-1}, false alarms 1/2 {0.5}; (1/2 x 1/4 + 1/2 x 1/2) / (1/2) = 3/4.
    h1, h2 = [2.0, 1.0, 0.0, -1.0], [0.5, -2.0]
    assert act_dcf(h1, h2, OperatingPoint()) == pytest.approx(0.75)
    # False alarms cost 9 times as much: threshold log10 9 = .954; misses 1/2, no false alarm; the miss risk normalises.
    assert act_dcf(h1, h2, OperatingPoint(false_alarm_cost=9)) == pytest.approx(0.5)


def test_dcf_of_always_the_cheaper_answer_is_one() -> None:
    rare = OperatingPoint(prior=0.05, miss_cost=1, false_alarm_cost=10)
    assert act_dcf([-9.0], [-9.0], rare) == pytest.approx(1.0)
    assert min_dcf([0.0], [0.0], rare) == pytest.approx(1.0)


def test_min_dcf_moves_the_threshold_and_never_exceeds_act_dcf() -> None:
    h1, h2 = [2.0, 1.5], [1.0, 0.5]  # separated, but all above threshold 0
    assert act_dcf(h1, h2, OperatingPoint()) == pytest.approx(1.0)
    assert min_dcf(h1, h2, OperatingPoint()) == pytest.approx(0.0)


def test_reliability_and_ece_of_two_bins() -> None:
    # LLR log10(4) is posterior .8, LLR -log10(4) is .2. H1: 3 of 4 say .8; H2: 1 of 2 says .8.
    # Bin .8: mass .5 x 3/4 + .5 x 1/2 = .625, of which H1 .375: true .6. Bin .2: mass .375, H1 .125: true 1/3.
    up, down = math.log10(4), -math.log10(4)
    bins = reliability([up, up, up, down], [up, down])
    assert [part.said for part in bins] == pytest.approx([0.2, 0.8])
    assert [part.true for part in bins] == pytest.approx([1 / 3, 0.6])
    assert [part.share for part in bins] == pytest.approx([0.375, 0.625])
    assert [part.trials for part in bins] == [2, 4]
    assert ece([up, up, up, down], [up, down]) == pytest.approx(0.375 * (1 / 3 - 0.2) + 0.625 * 0.2)


def test_ece_is_zero_when_what_is_said_is_so() -> None:
    up, down = math.log10(3), -math.log10(3)  # .75 and .25
    assert ece([up, up, up, down], [up, down, down, down]) == pytest.approx(0.0)


@pytest.mark.parametrize("metric", [auc, eer, cllr, cllr_min, ece])
def test_an_empty_side_is_refused(metric: object) -> None:
    assert callable(metric)
    with pytest.raises(ValueError, match="no H2 trial"):
        metric([1.0], [])


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        auc([float("nan")], [1.0])


def test_groups_come_and_go_together() -> None:
    drawn = resample_groups(["a", "a", "b", "c"])(np.random.default_rng(3))
    counts = np.bincount(drawn, minlength=4)
    assert counts[0] == counts[1]
    assert counts[0] + counts[2] + counts[3] == 3  # three groups drawn


def test_people_drawn_twice_bring_their_trials_by_the_product() -> None:
    first, second = ["a", "a", "b"], ["a", "b", "b"]
    rng, again = np.random.default_rng(0), np.random.default_rng(0)
    draw = resample_people(first, second)
    for _ in range(20):
        times = np.bincount(again.integers(0, 2, 2), minlength=2)
        counts = np.bincount(draw(rng), minlength=3)
        assert list(counts) == [times[0], times[0] * times[1], times[1]]


def test_interval_covers_the_value_and_grows_when_groups_are_fewer() -> None:
    rng = np.random.default_rng(1)
    values = np.concatenate([rng.normal(1, 1, 60), rng.normal(0, 1, 60)])
    is_h1 = np.repeat([True, False], 60)
    alone = bootstrap(auc, values, is_h1, resample_groups(np.arange(120)), rng=np.random.default_rng(2))
    # Ten groups whose members share a score: the same spread of values, far fewer independent ones.
    shared = np.repeat(values[::10], 10)
    grouped = bootstrap(auc, shared, is_h1, resample_groups(np.arange(120) // 10), rng=np.random.default_rng(2))
    assert alone is not None
    assert grouped is not None
    assert alone.low < auc(values[is_h1], values[~is_h1]) < alone.high
    assert grouped.high - grouped.low > 1.5 * (alone.high - alone.low)


def test_interval_is_reproducible() -> None:
    values, is_h1 = [3.0, 2.0, 1.0, 0.0], [True, True, False, False]
    draw = resample_groups(["a", "b", "c", "d"])
    runs = [bootstrap(auc, values, is_h1, draw, rng=np.random.default_rng(5), rounds=50) for _ in range(2)]
    assert isinstance(runs[0], Interval)
    assert runs[0] == runs[1]


def test_no_interval_when_the_draws_hold_one_side_only() -> None:
    def second_side(_: np.random.Generator) -> np.ndarray:
        return np.array([2, 3])

    values, is_h1 = [3.0, 2.0, 1.0, 0.0], [True, True, False, False]
    assert bootstrap(auc, values, is_h1, second_side, rng=np.random.default_rng(0), rounds=5) is None


def test_the_ece_that_chance_alone_gives_falls_with_the_trials_and_tells_a_wrong_map() -> None:
    random = np.random.default_rng(0)
    llrs = random.normal(0, 0.6, 400)
    is_h1 = random.random(400) < posterior(llrs, 0.5)
    few, many = ece_by_chance(llrs[:100], 200), ece_by_chance(np.tile(llrs, 5), 200)
    assert few[0] > many[0]
    assert few[0] < few[1]
    truths = [random.random(400) < posterior(llrs, 0.5) for _ in range(40)]
    limit = ece_by_chance(llrs, 200)[1]
    assert sum(ece(llrs[truth], llrs[~truth]) < limit for truth in truths) >= 34
    overconfident = 4 * llrs
    assert ece(overconfident[is_h1], overconfident[~is_h1]) > ece_by_chance(overconfident, 200)[1]
