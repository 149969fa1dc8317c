"""Is one system better than another on the same trials, or is that chance?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import binomtest, norm, rankdata

from calibration.metrics import Floats, Metric, Resampler, auc


@dataclass(frozen=True, slots=True)
class Difference:
    """First less second, with a 95 % interval and a two-sided p."""

    value: float
    low: float
    high: float
    p: float


def paired_bootstrap(
    metric: Metric,
    first: ArrayLike,
    second: ArrayLike,
    is_h1: ArrayLike,
    resample: Resampler,
    *,
    rng: np.random.Generator,
    rounds: int = 500,
) -> Difference | None:
    """Difference of ``metric`` with both systems measured on the same draws; None when half the draws lack a side.

    ``p`` is twice the smaller share of draws on either side of 0, one more draw counted against it.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapters 13 and 16; whole groups are drawn.
    """
    one, other, truth = np.asarray(first, np.float64), np.asarray(second, np.float64), np.asarray(is_h1, bool)
    found = []
    for _ in range(rounds):
        drawn = resample(rng)
        side = truth[drawn]
        if side.any() and not side.all():
            found.append(metric(one[drawn][side], one[drawn][~side]) - metric(other[drawn][side], other[drawn][~side]))
    if len(found) < rounds / 2:
        return None
    draws = np.array(found)
    low, high = np.quantile(draws, [0.025, 0.975])
    smaller = min((draws <= 0).sum(), (draws >= 0).sum())
    p = min(1.0, 2 * (float(smaller) + 1) / (len(draws) + 1))
    value = metric(one[truth], one[~truth]) - metric(other[truth], other[~truth])
    return Difference(float(value), float(low), float(high), p)


def delong(first: ArrayLike, second: ArrayLike, is_h1: ArrayLike) -> Difference:
    """Difference of two AUCs measured on the same independent trials.

    Trials that come in groups make it too sure: :func:`paired_bootstrap` draws whole groups.

    Source: DeLong, DeLong and Clarke-Pearson, Biometrics 44(3), 1988; ranks as in Sun and Xu, IEEE SPL 21(11), 2014.
    """
    truth = np.asarray(is_h1, bool)
    parts = [_placements(np.asarray(scores, np.float64), truth) for scores in (first, second)]
    value = parts[0][0].mean() - parts[1][0].mean()
    spread = sum(float(np.var(parts[0][k] - parts[1][k], ddof=1)) / len(parts[0][k]) for k in (0, 1))
    if spread <= 0:
        return Difference(float(value), float(value), float(value), 1.0 if abs(value) < 1e-15 else 0.0)
    sd = math.sqrt(spread)
    reach = float(norm.ppf(0.975)) * sd
    return Difference(float(value), value - reach, value + reach, float(2 * norm.sf(abs(value) / sd)))


def _placements(scores: Floats, truth: NDArray[np.bool_]) -> tuple[Floats, Floats]:
    """For each H1 trial the share of H2 below it, for each H2 trial the share of H1 above it; ties count half."""
    h1, h2 = scores[truth], scores[~truth]
    if min(len(h1), len(h2)) < 2:
        raise ValueError("at least two trials of each hypothesis are needed")
    ranks = rankdata(np.concatenate([h1, h2]))
    below = (ranks[: len(h1)] - rankdata(h1)) / len(h2)
    above = 1 - (ranks[len(h1) :] - rankdata(h2)) / len(h1)
    assert abs(below.mean() - auc(h1, h2)) < 1e-9
    return np.asarray(below, np.float64), np.asarray(above, np.float64)


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> float:
    """Two-sided p that two systems that decide the same trials are right equally often (exact test).

    Source: McNemar, Psychometrika 12(2), 1947; exact binomial form.
    """
    one, other = np.asarray(first_right, bool), np.asarray(second_right, bool)
    only_first, only_second = int((one & ~other).sum()), int((~one & other).sum())
    if only_first + only_second == 0:
        return 1.0
    return float(binomtest(only_first, only_first + only_second, 0.5).pvalue)
