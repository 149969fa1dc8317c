"""Tandem and spoofing-aware costs against tables worked out by hand."""

from __future__ import annotations

import math

import pytest

from benchmarks.metrics.tandem import (
    SasvCosts,
    TandemCosts,
    TandemForm,
    VerifierErrors,
    act_adcf,
    fused_llr,
    min_adcf,
    min_tdcf,
    verifier_at_eer,
)

VERIFIER = VerifierErrors(miss=0.1, false_alarm=0.2, spoof_false_alarm=0.5)
# Spoof scores grow with spoof. At the threshold 2 no bona fide trial is blocked and one spoof of four passes.
SPOOF, BONA_FIDE = [4.0, 3.0, 2.0, 0.0], [1.0, 0.5, -1.0, -2.0]


def test_min_tdcf_revised() -> None:
    # C0 = .9405 * .1 + .0095 * 10 * .2 = .11305; C1 = .9405 - C0 = .82745; C2 = .05 * 10 * .5 = .25.
    # Best: block none, pass 1/4 -> C0 + .0625; default C0 + min(C1, C2) = C0 + .25.
    expected = (0.11305 + 0.25 / 4) / (0.11305 + 0.25)
    assert min_tdcf(SPOOF, BONA_FIDE, VERIFIER) == pytest.approx(expected, abs=1e-9)


def test_min_tdcf_legacy_leaves_the_verifiers_own_cost_out() -> None:
    assert min_tdcf(SPOOF, BONA_FIDE, VERIFIER, form=TandemForm.LEGACY) == pytest.approx(0.25, abs=1e-9)


def test_min_tdcf_of_a_blind_countermeasure_is_one() -> None:
    assert min_tdcf([1.0, 1.0], [1.0, 1.0], VERIFIER) == pytest.approx(1.0)


def test_min_tdcf_of_a_countermeasure_with_its_sign_wrong_is_one() -> None:
    turned = [-x for x in SPOOF], [-x for x in BONA_FIDE]
    assert min_tdcf(*turned, VERIFIER) == pytest.approx(1.0)


def test_min_tdcf_refuses_a_verifier_that_rejects_all_spoofs() -> None:
    with pytest.raises(ValueError, match="not defined"):
        min_tdcf(SPOOF, BONA_FIDE, VerifierErrors(0.1, 0.1, 0.0))


def test_the_verifiers_errors_are_taken_where_they_meet() -> None:
    errors = verifier_at_eer([4.0, 3.0, 1.0], [2.0, 0.0, -1.0], [5.0, 2.5, 1.5, 0.0])
    assert errors.miss == pytest.approx(1 / 3)
    assert errors.false_alarm == pytest.approx(1 / 3)
    assert errors.spoof_false_alarm == pytest.approx(1 / 2)  # threshold 2


def test_min_adcf() -> None:
    # Accept from 2 on: no miss, no nontarget, half of the spoofs: 20 * .05 / 2 = .5 over min(.9, 1.5).
    # Accept from 3 on: half of the targets missed: .45; no false alarm. That is the best.
    assert min_adcf([3.0, 2.0], [0.0, 1.0], [2.5, -1.0]) == pytest.approx(0.45 / 0.9)


def test_min_adcf_accepts_at_the_threshold_and_is_never_above_one() -> None:
    assert min_adcf([1.0], [0.0], [0.0]) == pytest.approx(0.0)
    assert min_adcf([0.0], [1.0], [1.0]) == pytest.approx(1.0)


def test_act_adcf_uses_the_bayes_threshold() -> None:
    costs = SasvCosts()
    assert costs.threshold_llr == pytest.approx(math.log10(1.5 / 0.9))
    just = costs.threshold_llr
    assert act_adcf([just], [just - 0.01], [just - 0.01]) == pytest.approx(0.0)
    assert act_adcf([just - 0.01], [just], [just]) == pytest.approx((0.9 + 1.5) / 0.9)


def test_fused_llr_is_held_down_by_the_worse_alternative() -> None:
    # Spoof weighs 2/3: LR = 1 / (1/3 / LR_same + 2/3 * LR_spoof).
    assert 10 ** fused_llr(2.0, -1.0) == pytest.approx(1 / (1 / 300 + 2 / 30))
    assert fused_llr(9.0, 2.0) < 0
    assert fused_llr(-3.0, -9.0) < 0


@pytest.mark.parametrize("bad", [{"target": 0.5}, {"spoof_cost": 0.0}])
def test_costs_that_make_no_sense_are_refused(bad: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be positive"):
        TandemCosts(**bad)
    with pytest.raises(ValueError, match="must be positive"):
        SasvCosts(**bad)
