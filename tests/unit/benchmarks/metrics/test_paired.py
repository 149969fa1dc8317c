"""Comparisons of systems: what is the same must not differ, what is better must be seen."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.metrics.paired import delong, mcnemar, paired_bootstrap
from calibration.metrics import auc, resample_groups

RNG = np.random.default_rng(7)
TRUTH = np.repeat([True, False], [60, 80])
GOOD = np.where(TRUTH, 1.2, 0.0) + RNG.normal(size=140)
BAD = RNG.normal(size=140)
GROUPS = np.array([f"g{k % 20}" for k in range(140)])


def test_delong_agrees_with_the_textbook_sums() -> None:
    found = delong(GOOD, BAD, TRUTH)
    # The definition: structural components by comparing every pair.
    parts = []
    for scores in (GOOD, BAD):
        wins = (scores[TRUTH][:, None] > scores[~TRUTH][None, :]).astype(float)
        parts.append((wins.mean(axis=1), wins.mean(axis=0)))
    variance = sum(np.var(parts[0][k] - parts[1][k], ddof=1) / len(parts[0][k]) for k in (0, 1))
    assert found.value == pytest.approx(auc(GOOD[TRUTH], GOOD[~TRUTH]) - auc(BAD[TRUTH], BAD[~TRUTH]))
    assert (found.high - found.low) / (2 * 1.959964) == pytest.approx(np.sqrt(variance), rel=1e-6)
    assert found.p < 0.001
    assert delong(BAD, GOOD, TRUTH).value == pytest.approx(-found.value)


def test_a_system_does_not_differ_from_itself() -> None:
    assert delong(GOOD, GOOD, TRUTH).p == 1.0
    found = paired_bootstrap(auc, GOOD, GOOD, TRUTH, resample_groups(GROUPS), rng=np.random.default_rng(0), rounds=50)
    assert found is not None
    assert (found.value, found.low, found.high, found.p) == (0.0, 0.0, 0.0, 1.0)


def test_paired_bootstrap_sees_who_is_better() -> None:
    draw = resample_groups(GROUPS)
    found = paired_bootstrap(auc, GOOD, BAD, TRUTH, draw, rng=np.random.default_rng(0), rounds=200)
    turned = paired_bootstrap(auc, BAD, GOOD, TRUTH, draw, rng=np.random.default_rng(0), rounds=200)
    assert found is not None
    assert turned is not None
    assert found.low > 0
    assert found.p < 0.02
    assert (turned.value, turned.high) == (pytest.approx(-found.value), pytest.approx(-found.low))


def test_paired_bootstrap_gives_up_where_draws_lack_a_side() -> None:
    groups = np.where(TRUTH, "spoof", "bona fide")
    groups[0] = "rare"
    alone = np.zeros(140, bool)
    alone[0] = True
    assert (
        paired_bootstrap(
            auc,
            GOOD,
            BAD,
            alone,
            resample_groups([f"{k}" for k in range(140)]),
            rng=np.random.default_rng(0),
            rounds=20,
        )
        is not None
    )
    assert (
        paired_bootstrap(auc, GOOD, BAD, TRUTH, lambda rng: rng.integers(0, 60, 60), rng=np.random.default_rng(0))
        is None
    )


def test_mcnemar_counts_only_where_they_differ() -> None:
    # 5 against 0 disagreements: p = 2 / 2**5.
    assert mcnemar([True] * 5 + [True] * 9, [False] * 5 + [True] * 9) == pytest.approx(2 / 32)
    assert mcnemar([True, False], [True, False]) == 1.0
