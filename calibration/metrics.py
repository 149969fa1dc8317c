"""How good scores and LLRs are: discrimination, calibration and cost, with intervals.

Everywhere H1 is the hypothesis that a larger score supports (spoof; same person), LLRs are base 10, and a trial is
called H1 when its score reaches the threshold: a *miss* is an H1 trial below it, a *false alarm* an H2
trial at or above it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.isotonic import IsotonicRegression

Floats = NDArray[np.float64]
Metric = Callable[[Floats, Floats], float]
#: Draws the trials of one bootstrap round: indexes, with repetition.
Resampler = Callable[[np.random.Generator], NDArray[np.intp]]


# --------------------------------------------------------------------------- discrimination


@dataclass(frozen=True, slots=True)
class ErrorRates:
    """Both error rates at every threshold that matters, thresholds rising; the last one is infinite."""

    thresholds: Floats
    misses: Floats
    false_alarms: Floats


def error_rates(
    h1_scores: ArrayLike,
    h2_scores: ArrayLike,
    h1_weights: ArrayLike | None = None,
    h2_weights: ArrayLike | None = None,
) -> ErrorRates:
    """Miss and false-alarm rates at each distinct score and above all of them.

    Args:
        h1_scores: shape ``(n,)``, n > 0. ``h2_scores``: shape ``(m,)``, m > 0.
        h1_weights: how much each trial counts, same shape; ``None``: all alike. ``h2_weights`` likewise.

    Raises:
        ValueError: a side is empty or holds NaN.
    """
    h1, h2 = _sides(h1_scores, h2_scores)
    thresholds = np.append(np.unique(np.concatenate([h1, h2])), np.inf)
    misses = _share_below(h1, h1_weights, thresholds)
    return ErrorRates(thresholds, misses, 1.0 - _share_below(h2, h2_weights, thresholds))


def auc(h1_scores: ArrayLike, h2_scores: ArrayLike) -> float:
    """Chance that an H1 trial outscores an H2 trial, ties counting half: .5 says nothing, less is the wrong way.

    Source: Mann and Whitney, Annals of Mathematical Statistics 18(1), 1947 (U / nm).
    """
    h1, h2 = _sides(h1_scores, h2_scores)
    ordered = np.sort(h2)
    below = np.searchsorted(ordered, h1, "left")
    upto = np.searchsorted(ordered, h1, "right")
    return float(np.mean(below + upto) / (2 * len(h2)))


def eer(h1_scores: ArrayLike, h2_scores: ArrayLike) -> float:
    """Rate at which misses and false alarms are equal.

    Interpolated along the straight line between the two neighbouring points of the empirical ROC, not on its convex
    hull: the hull's EER belongs to a system that flips coins between thresholds, and flatters small sets.
    """
    rates = error_rates(h1_scores, h2_scores)
    gap = rates.misses - rates.false_alarms  # rises from -1 to 1
    after = int(np.argmax(gap >= 0))
    before = after - 1
    share = -gap[before] / (gap[after] - gap[before])
    return float(rates.misses[before] + share * (rates.misses[after] - rates.misses[before]))


def tpr_at_fpr(h1_scores: ArrayLike, h2_scores: ArrayLike, fpr: float) -> float:
    """Share of H1 trials found at the lowest threshold whose false-alarm rate is at most ``fpr``, not interpolated."""
    rates = error_rates(h1_scores, h2_scores)
    allowed = rates.false_alarms <= fpr + 1e-12
    return float(1.0 - rates.misses[allowed].min())


# --------------------------------------------------------------------------- calibration


def cllr(
    h1_llrs: ArrayLike,
    h2_llrs: ArrayLike,
    h1_weights: ArrayLike | None = None,
    h2_weights: ArrayLike | None = None,
) -> float:
    """Log-likelihood-ratio cost, in bits.

    Args:
        h1_llrs: log10 LLRs of trials where H1 is true, shape ``(n,)``, n > 0.
        h2_llrs: log10 LLRs of trials where H2 is true, shape ``(m,)``, m > 0.
        h1_weights: how much each trial counts within its side; ``None``: all alike. ``h2_weights`` likewise.

    Returns:
        0 for a perfect system, 1 for one that always answers LLR = 0, more for a misleading one.

    Raises:
        ValueError: either side is empty or holds NaN.

    Source: Brümmer and du Preez, Computer Speech & Language 20(2-3), 2006.
    """
    h1, h2 = _sides(h1_llrs, h2_llrs)
    h1_cost = np.average(_log2_one_plus_ten_to(-h1), weights=_weights(h1_weights))
    h2_cost = np.average(_log2_one_plus_ten_to(h2), weights=_weights(h2_weights))
    return float((h1_cost + h2_cost) / 2)


def cllr_min(
    h1_scores: ArrayLike,
    h2_scores: ArrayLike,
    h1_weights: ArrayLike | None = None,
    h2_weights: ArrayLike | None = None,
) -> float:
    """Cllr after the best monotone recalibration of these very trials: what is left is lack of discrimination.

    Source: Brümmer and du Preez, Computer Speech & Language 20(2-3), 2006, section on PAV.
    """
    return cllr(*pav_llrs(h1_scores, h2_scores, h1_weights, h2_weights), h1_weights, h2_weights)


def pav_llrs(
    h1_scores: ArrayLike,
    h2_scores: ArrayLike,
    h1_weights: ArrayLike | None = None,
    h2_weights: ArrayLike | None = None,
) -> tuple[Floats, Floats]:
    """LLRs by pool-adjacent-violators, both sides weighing the same in all; infinite where one side is alone.

    Source: Ayer et al., Annals of Mathematical Statistics 26(4), 1955; Zadrozny and Elkan, KDD 2002.
    """
    h1, h2 = _sides(h1_scores, h2_scores)
    shares = np.concatenate([_shares(len(h1), h1_weights), _shares(len(h2), h2_weights)])
    truth = np.repeat([1.0, 0.0], [len(h1), len(h2)])
    fitted = IsotonicRegression(y_min=0.0, y_max=1.0).fit_transform(
        np.concatenate([h1, h2]), truth, sample_weight=shares
    )
    posteriors = np.clip(np.asarray(fitted, np.float64), 0.0, 1.0)
    posteriors[posteriors > 1 - 1e-12], posteriors[posteriors < 1e-12] = 1.0, 0.0
    with np.errstate(divide="ignore"):
        llrs = np.log10(posteriors) - np.log10(1 - posteriors)
    return llrs[: len(h1)], llrs[len(h1) :]


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Trials whose posterior fell into one bin: what was said, what was so, their share of all mass, their number."""

    said: float
    true: float
    share: float
    trials: int


def reliability(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float = 0.5, bins: int = 10) -> list[ReliabilityBin]:
    """Posterior said against frequency seen, in bins of equal width; empty bins are left out.

    The sides weigh ``prior`` to ``1 - prior``, however many trials each has, so that the frequency is at that prior.

    Source: DeGroot and Fienberg, The Statistician 32(1-2), 1983 (reliability diagram).
    """
    h1, h2 = _sides(h1_llrs, h2_llrs)
    mass = np.concatenate([np.full(len(h1), prior / len(h1)), np.full(len(h2), (1 - prior) / len(h2))])
    truth = np.repeat([1.0, 0.0], [len(h1), len(h2)])
    said = posterior(np.concatenate([h1, h2]), prior)
    places = np.minimum((said * bins).astype(int), bins - 1)
    found = []
    for place in np.unique(places):
        here = places == place
        share = float(mass[here].sum())
        said_here, true_here = (float(np.average(values[here], weights=mass[here])) for values in (said, truth))
        found.append(ReliabilityBin(said_here, true_here, share, int(here.sum())))
    return found


def ece(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float = 0.5, bins: int = 10) -> float:
    """Expected calibration error at ``prior``: the mass's mean distance of posterior said and frequency seen.

    Source: Naeini, Cooper and Hauskrecht, AAAI 2015; class weights as in :func:`reliability`.
    """
    return sum(part.share * abs(part.said - part.true) for part in reliability(h1_llrs, h2_llrs, prior, bins))


def ece_by_chance(llrs: ArrayLike, rounds: int = 1000, seed: int = 0) -> tuple[float, float]:
    """The ECE at even prior of so many trials whose LLRs mean exactly what they say: median and 95 % quantile.

    With few trials in a bin the frequency seen strays from the posterior by chance alone; an ECE below the quantile is
    no evidence of miscalibration. Trials are taken as independent; those of one source are not, which adds to it.

    Args:
        llrs: of all trials, at least one, shape ``(n,)``; truths are drawn anew in each round.

    Source: Bröcker and Smith, Weather and Forecasting 22(3), 2007 (consistency resampling).
    """
    values = np.asarray(llrs, np.float64)
    random = np.random.default_rng(seed)
    said = posterior(values, 0.5)
    found = []
    for _ in range(rounds):
        is_h1 = random.random(len(values)) < said
        if 0 < is_h1.sum() < len(values):
            found.append(ece(values[is_h1], values[~is_h1]))
    return float(np.median(found)), float(np.quantile(found, 0.95))


def posterior(llrs: ArrayLike, prior: float) -> Floats:
    """P(H1) after the LLR, from ``prior`` = P(H1) before it."""
    log_odds = np.asarray(llrs, np.float64) * math.log(10) + math.log(prior / (1 - prior))
    return np.asarray(np.exp(-np.logaddexp(0.0, -log_odds)), np.float64)


# --------------------------------------------------------------------------- cost


@dataclass(frozen=True, slots=True)
class OperatingPoint:
    """Where a detector is used: ``prior`` = P(H1), and what each error costs."""

    prior: float = 0.5
    miss_cost: float = 1.0
    false_alarm_cost: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.prior < 1 or self.miss_cost <= 0 or self.false_alarm_cost <= 0:
            raise ValueError(f"an operating point needs 0 < prior < 1 and positive costs; got {self}")

    @property
    def threshold_llr(self) -> float:
        """The LLR from which saying H1 costs less than saying H2 (Bayes decision)."""
        return math.log10((1 - self.prior) * self.false_alarm_cost / (self.prior * self.miss_cost))

    def cost(self, misses: Floats, false_alarms: Floats) -> Floats:
        """Detection cost, normalised: 1 is what always giving the cheaper of the two answers costs."""
        h1_risk, h2_risk = self.prior * self.miss_cost, (1 - self.prior) * self.false_alarm_cost
        return (h1_risk * misses + h2_risk * false_alarms) / min(h1_risk, h2_risk)


def act_dcf(h1_llrs: ArrayLike, h2_llrs: ArrayLike, point: OperatingPoint) -> float:
    """Normalised detection cost paid when the LLRs are believed: threshold ``point.threshold_llr``.

    Source: NIST SRE detection cost; ASVspoof 5 evaluation plan (its H1 is bona fide: swap the sides to compare).
    """
    h1, h2 = _sides(h1_llrs, h2_llrs)
    misses, false_alarms = np.mean(h1 < point.threshold_llr), np.mean(h2 >= point.threshold_llr)
    return float(point.cost(np.array([misses]), np.array([false_alarms]))[0])


def min_dcf(h1_scores: ArrayLike, h2_scores: ArrayLike, point: OperatingPoint) -> float:
    """Normalised detection cost at the threshold that is best for these trials; actDCF less this is miscalibration."""
    rates = error_rates(h1_scores, h2_scores)
    return float(point.cost(rates.misses, rates.false_alarms).min())


# --------------------------------------------------------------------------- intervals


@dataclass(frozen=True, slots=True)
class Interval:
    """Bootstrap percentile interval of a metric."""

    low: float
    high: float


def resample_groups(groups: ArrayLike) -> Resampler:
    """Whole groups (sources, clips) drawn with replacement: trials of one group come and go together.

    Source: Davison and Hinkley, Bootstrap Methods and their Application, 1997, section 3.8 (cluster bootstrap).
    """
    _, places = np.unique(np.asarray(groups), return_inverse=True)
    members = [np.flatnonzero(places == place) for place in range(places.max() + 1)]

    def draw(rng: np.random.Generator) -> NDArray[np.intp]:
        return np.concatenate([members[pick] for pick in rng.integers(0, len(members), len(members))])

    return draw


def resample_people(first: ArrayLike, second: ArrayLike) -> Resampler:
    """People drawn with replacement; a trial between two people comes as often as the product of their draws.

    A same-person trial comes as often as that person. Source: Poh, Martin and Bengio, IEEE TPAMI 29(3), 2007 (bootstrap
    over users).
    """
    names = np.concatenate([np.asarray(first), np.asarray(second)])
    _, places = np.unique(names, return_inverse=True)
    one, other = places[: len(places) // 2], places[len(places) // 2 :]

    def draw(rng: np.random.Generator) -> NDArray[np.intp]:
        people = int(places.max()) + 1
        times = np.bincount(rng.integers(0, people, people), minlength=people)
        return np.repeat(np.arange(len(one)), np.where(one == other, times[one], times[one] * times[other]))

    return draw


def bootstrap(
    metric: Metric,
    values: ArrayLike,
    is_h1: ArrayLike,
    resample: Resampler,
    *,
    rng: np.random.Generator,
    rounds: int = 500,
    level: float = 0.95,
) -> Interval | None:
    """Percentile interval of ``metric(h1, h2)``; None when fewer than half of the draws hold both sides.

    Args:
        values: scores or LLRs, shape ``(n,)``. ``is_h1``: booleans, same shape.
    """
    numbers, truth = np.asarray(values, np.float64), np.asarray(is_h1, bool)
    found = []
    for _ in range(rounds):
        drawn = resample(rng)
        h1, h2 = numbers[drawn][truth[drawn]], numbers[drawn][~truth[drawn]]
        if len(h1) and len(h2):
            found.append(metric(h1, h2))
    if len(found) < rounds / 2:
        return None
    low, high = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(low), float(high))


# --------------------------------------------------------------------------- pieces


def _sides(h1: ArrayLike, h2: ArrayLike) -> tuple[Floats, Floats]:
    sides = np.asarray(h1, np.float64).ravel(), np.asarray(h2, np.float64).ravel()
    for name, side in zip(("H1", "H2"), sides, strict=True):
        if not len(side):
            raise ValueError(f"there is no {name} trial; both sides are needed")
        if np.isnan(side).any():
            raise ValueError(f"an {name} trial is NaN; leave out trials without a score")
    return sides


def _weights(weights: ArrayLike | None) -> Floats | None:
    return None if weights is None else np.asarray(weights, np.float64)


def _shares(count: int, weights: ArrayLike | None) -> Floats:
    raw = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    return np.asarray(raw / raw.sum(), np.float64)


def _share_below(scores: Floats, weights: ArrayLike | None, thresholds: Floats) -> Floats:
    order = np.argsort(scores, kind="stable")
    mass = np.concatenate([[0.0], np.cumsum(_shares(len(scores), weights)[order])])
    mass[-1] = 1.0
    return np.asarray(mass[np.searchsorted(scores[order], thresholds, "left")], np.float64)


def _log2_one_plus_ten_to(exponents: Floats) -> Floats:
    return np.asarray(np.logaddexp(0.0, exponents * math.log(10)) / math.log(2), np.float64)
