"""Scored trials -> an affine map from raw score to LLR, and the bounds that the trials support.

Method: logistic regression in which both sides weigh the same and large clusters are held down; bounds after Vergeer et
al.; every figure cross-validated, people (or sources) of the trials measured having no part in the map they are
measured with.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from calibration.metrics import Floats
from calibration.trials import Trials, folds_of

FOLDS = 5
#: Strength of the pull towards slope 0: a normal prior of this standard deviation on the natural-log slope per
#: within-side standard deviation of the score. The trials count as many as they effectively are, so that few trials are
#: pulled more.
SLOPE_PRIOR_SD = 2.0


class FitRefused(ValueError):
    """The trials contradict what the model's manifest entry says, or cannot be fitted."""


@dataclass(frozen=True, slots=True)
class Affine:
    """``llr = slope * score + offset``, base 10."""

    slope: float
    offset: float

    def llrs(self, scores: Floats) -> Floats:
        return np.asarray(self.slope * scores + self.offset, np.float64)


# --------------------------------------------------------------------------- the map


def fit_affine(trials: Trials, chosen: NDArray[np.bool_] | None = None) -> Affine:
    """Logistic regression of the truth on the score at even prior, as log10 LLR.

    Source: Brümmer and du Preez, Computer Speech & Language 20(2-3), 2006; Morrison, Australian Journal of Forensic
    Sciences 45(2), 2013 (tutorial). Both sides get half of the mass; see :data:`SLOPE_PRIOR_SD` for the pull to 0.

    Raises:
        FitRefused: a side is empty, or all scores are the same.
    """
    chosen = np.ones(len(trials), bool) if chosen is None else chosen
    scores, is_h1 = trials.scores[chosen], trials.is_h1[chosen]
    if is_h1.all() or not is_h1.any():
        raise FitRefused("one side has no trials left; more sources, generators or people are needed")
    weights = balanced_weights(trials)[chosen]
    centre, scale = centre_and_scale(scores, is_h1, weights)
    mass = sum(effective_trials(trials, side, chosen) for side in (True, False))
    for side in (True, False):
        weights[is_h1 == side] *= mass / 2 / weights[is_h1 == side].sum()
    model = LogisticRegression(C=SLOPE_PRIOR_SD**2, tol=1e-9, max_iter=1000)
    model.fit(((scores - centre) / scale)[:, None], is_h1, sample_weight=weights)
    slope = float(model.coef_[0, 0]) / scale / math.log(10)
    return Affine(slope, float(model.intercept_[0]) / math.log(10) - slope * centre)


def centre_and_scale(scores: Floats, is_h1: NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
    """Midpoint of the sides' means, and the standard deviation within sides."""
    means = [float(np.average(scores[is_h1 == side], weights=weights[is_h1 == side])) for side in (True, False)]
    off = scores - np.where(is_h1, means[0], means[1])
    variances = [float(np.average(off[is_h1 == side] ** 2, weights=weights[is_h1 == side])) for side in (True, False)]
    scale = math.sqrt(sum(variances) / 2) or abs(means[0] - means[1])
    if scale == 0:
        raise FitRefused("all scores are the same; there is nothing to calibrate")
    return sum(means) / 2, scale


# --------------------------------------------------------------------------- how much the trials count


def balanced_weights(trials: Trials) -> Floats:
    """A weight per trial, 1 on average within a side: a cluster counts with the square root of its size.

    Between "each trial alike" (one large source decides) and "each cluster alike" (a source of one clip counts as much
    as one of a hundred).
    """
    weights = np.ones(len(trials))
    for side in (True, False):
        here = trials.is_h1 == side
        _, places, sizes = np.unique(trials.clusters[here], return_inverse=True, return_counts=True)
        raw = 1 / np.sqrt(sizes[places])
        weights[here] = raw / raw.mean()
    return weights


def effective_trials(trials: Trials, is_h1: bool, chosen: NDArray[np.bool_] | None = None) -> float:
    """How many independent, equally weighted trials would pin a side's mean as well as these do.

    With weights w and correlation r of scores within a cluster the variance of the weighted mean is
    ``s2 * ((1 - r) * sum(w**2) + r * sum(W**2))``, W being the clusters' sums; an independent sample of n gives ``s2 /
    n``.

    Source: Kish, Survey Sampling, 1965 (design effect), with weights kept.
    """
    here = (trials.is_h1 == is_h1) & (True if chosen is None else chosen)
    weights, (_, places) = balanced_weights(trials)[here], np.unique(trials.clusters[here], return_inverse=True)
    sums = np.bincount(places, weights)
    alike = within_correlation(trials.scores[here], places)
    return float(weights.sum() ** 2 / ((1 - alike) * (weights**2).sum() + alike * (sums**2).sum()))


def within_correlation(scores: Floats, places: NDArray[np.intp]) -> float:
    """Intraclass correlation of the scores within clusters, in [0, 1]; 1 when it cannot be told from these.

    Source: one-way analysis of variance, Donner, International Statistical Review 54(1), 1986.
    """
    sizes = np.bincount(places)
    count, clusters = len(scores), len(sizes)
    if clusters == count:
        return 0.0
    if clusters == 1:
        return 1.0
    means = np.bincount(places, scores) / sizes
    between = float((sizes * (means - scores.mean()) ** 2).sum()) / (clusters - 1)
    within = float(((scores - means[places]) ** 2).sum()) / (count - clusters)
    typical = (count - float((sizes**2).sum()) / count) / (clusters - 1)
    spread = between + (typical - 1) * within
    return min(1.0, max(0.0, (between - within) / spread)) if spread > 0 else 1.0


# --------------------------------------------------------------------------- bounds


def supported_bounds(llrs: Floats, trials: Trials) -> tuple[float, float]:
    """The lowest and highest LLR that these trials back, one adverse trial beyond the worst being assumed.

    An LLR of t or more is backed when H1 trials reach it at least ``10**t`` times as often as H2 trials do, of which
    there are taken to be n effective ones and one more that reaches it: ``tpr(t) / ((n * fpr(t) + 1) / (n + 1)) >=
    10**t``. The bound is the highest t up to which all are backed: log10(n + 1) at most, and never beyond what was
    seen. The lower bound is the same with the hypotheses swapped.

    Source: Vergeer, van Es, de Jongh, Alberink and Stoel, Science & Justice 56(6), 2016 (ELUB), with clusters counted
    as in :func:`effective_trials`.
    """
    weights = balanced_weights(trials)
    high = _upper_bound(llrs, trials.is_h1, weights, effective_trials(trials, is_h1=False))
    low = _upper_bound(-llrs, ~trials.is_h1, weights, effective_trials(trials, is_h1=True))
    return -low, high


def _upper_bound(llrs: Floats, supporting: NDArray[np.bool_], weights: Floats, adverse: float) -> float:
    bound = 0.0
    for level in np.unique(llrs[llrs > 0]):
        reached = llrs >= level
        hits = weights[reached & supporting].sum() / weights[supporting].sum()
        alarms = weights[reached & ~supporting].sum() / weights[~supporting].sum()
        if hits == 0:
            return bound
        backed = math.log10(hits * (adverse + 1) / (alarms * adverse + 1))
        if backed < level:
            return max(bound, backed)
        bound = float(level)
    return bound


# --------------------------------------------------------------------------- people left out


def cross_validated_llrs(trials: Trials, seed: int = 0) -> Floats:
    """An LLR per trial from a map fitted on trials that share no person (or source) fold with it; not bounded."""
    return cross_validated(trials, seed, lambda fitted, tested: fit_affine(trials, fitted).llrs(trials.scores[tested]))


def cross_validated(
    trials: Trials, seed: int, llrs_of: Callable[[NDArray[np.bool_], NDArray[np.bool_]], Floats]
) -> Floats:
    """The same by any fit: ``llrs_of`` is given the trials to fit on and those to answer for, as masks ``(n,)``."""
    places = folds_of(trials, FOLDS, seed)
    first, second = (np.array([places[str(name)] for name in names]) for names in (trials.first, trials.second))
    llrs = np.full(len(trials), np.nan)
    for one, other in sorted(set(zip(np.minimum(first, second), np.maximum(first, second), strict=True))):
        tested = (np.minimum(first, second) == one) & (np.maximum(first, second) == other)
        fitted = ~np.isin(first, (one, other)) & ~np.isin(second, (one, other))
        llrs[tested] = llrs_of(fitted, tested)
    return llrs
