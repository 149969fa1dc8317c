"""Scored trials -> an affine map from raw score to LLR, with bounds that the trials support and how well it does.

Method: logistic regression in which both sides weigh the same and large clusters are held down; bounds after Vergeer et
al.; every figure cross-validated, people (or sources) of the trials measured having no part in the map they are
measured with.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from anchorproof.runtime import ModelEntry
from anchorproof.types import HigherMeans, Question
from calibration.metrics import Floats, auc, cllr, cllr_min, ece, eer, reliability
from calibration.trials import Trials, folds_of

FOLDS = 5
#: Strength of the pull towards slope 0: a normal prior of this standard deviation on the natural-log slope per
#: within-side standard deviation of the score. The trials count as many as they effectively are, so that few trials are
#: pulled more.
SLOPE_PRIOR_SD = 2.0
DIGITS = 6


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


def fit_map(trials: Trials, entry: ModelEntry, question: Question, seed: int = 0) -> dict[str, Any]:
    """The content of a calibration file, less where the trials came from.

    Raises:
        FitRefused: the scores point the other way than the manifest's ``higher_means``, or answer another question.
    """
    _check_question(entry, question)
    affine = fit_affine(trials)
    _check_direction(entry, affine)
    llrs = cross_validated_llrs(trials, seed)
    low, high = supported_bounds(llrs, trials)
    bounded = np.clip(llrs, low, high)
    by_quality: dict[str, Any] = {}
    if trials.quality is not None and entry.task in KNOTS:
        by_quality, bounded = quality_map(trials, KNOTS[entry.task], seed)
    return {
        "model_id": entry.model_id,
        "model_sha256": entry.sha256,
        "preprocessing": entry.preprocessing,
        "question": question.value,
        "slope": round(affine.slope, DIGITS),
        "offset": round(affine.offset, DIGITS),
        "llr_bounds": [_floor(low), _floor(high)],
        "score_range": [round(float(trials.scores.min()), DIGITS), round(float(trials.scores.max()), DIGITS)],
        **by_quality,
        **_measured(bounded, trials),
        "seed": seed,
    }


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
    centre, scale = _centre_and_scale(scores, is_h1, weights)
    mass = sum(effective_trials(trials, side, chosen) for side in (True, False))
    for side in (True, False):
        weights[is_h1 == side] *= mass / 2 / weights[is_h1 == side].sum()
    model = LogisticRegression(C=SLOPE_PRIOR_SD**2, tol=1e-9, max_iter=1000)
    model.fit(((scores - centre) / scale)[:, None], is_h1, sample_weight=weights)
    slope = float(model.coef_[0, 0]) / scale / math.log(10)
    return Affine(slope, float(model.intercept_[0]) / math.log(10) - slope * centre)


def _centre_and_scale(scores: Floats, is_h1: NDArray[np.bool_], weights: Floats) -> tuple[float, float]:
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


# --------------------------------------------------------------------------- what depends on the quality

#: Qualities at which the map of a task's models is fitted: pixels between the eyes; seconds of speech.
KNOTS: dict[str, tuple[float, ...]] = {"face_template": (10.0, 16.0, 30.0), "voice_template": (1.0, 2.0, 4.0, 10.0)}
#: Shares of different-people trials at which the tail is noted, as far as five trials lie beyond.
TAIL_SHARES = tuple(float(f"{lead}e-{power}") for power in range(1, 7) for lead in (5, 2, 1))


def quality_map(trials: Trials, knots: tuple[float, ...], seed: int) -> tuple[dict[str, Any], Floats]:
    """Slope, offset and bounds at each knot, and every trial's cross-validated LLR within the bounds of its quality.

    Bounds come from the trials nearest to the knot, and those of worse material never reach beyond better material's.
    """
    assert trials.quality is not None
    shares = knot_shares(trials.quality, knots)
    fits = fit_knots(trials, shares)
    llrs = _cross_validated(
        trials,
        seed,
        lambda chosen, tested: _knot_llrs(fit_knots(trials, shares, chosen), trials.scores, shares)[tested],
    )
    nearest = shares.argmax(axis=1)
    bounds = [_bounds_at(llrs, trials, nearest == place) for place in range(len(knots))]
    for place in range(len(knots) - 2, -1, -1):
        low, high = bounds[place + 1]
        bounds[place] = (max(bounds[place][0], low), min(bounds[place][1], high))
    low, high = (shares @ np.array([bound[side] for bound in bounds]) for side in (0, 1))
    content = [
        {
            "quality": quality,
            "slope": round(fit.slope, DIGITS),
            "offset": round(fit.offset, DIGITS),
            "llr_bounds": [_floor(bound[0]), _floor(bound[1])],
            "trials": {
                "h1": int((nearest[trials.is_h1] == place).sum()),
                "h2": int((nearest[~trials.is_h1] == place).sum()),
            },
        }
        for place, (quality, fit, bound) in enumerate(zip(knots, fits, bounds, strict=True))
    ]
    # Rounded, for interpolated bounds that are equal but for the last bit are no different LLRs.
    return {"knots": content, "h2_tail": tail(trials.scores[~trials.is_h1])}, np.clip(llrs, low, high).round(9)


def knot_shares(quality: Floats, knots: tuple[float, ...]) -> Floats:
    """How much each knot counts for each quality, ``(n, knots)``: straight lines over the logarithm, summing to 1."""
    at, places = np.log(np.clip(quality, knots[0], knots[-1])), np.log(np.array(knots))
    return np.stack([np.interp(at, places, row) for row in np.eye(len(knots))], axis=1)


def fit_knots(trials: Trials, shares: Floats, chosen: NDArray[np.bool_] | None = None) -> list[Affine]:
    """One logistic regression for all knots together; each is pulled to the plain map as far as it has few trials."""
    chosen = np.ones(len(trials), bool) if chosen is None else chosen
    plain = fit_affine(trials, chosen)
    scores, is_h1, mine = trials.scores[chosen], trials.is_h1[chosen], shares[chosen]
    weights = balanced_weights(trials)[chosen]
    centre, scale = _centre_and_scale(scores, is_h1, weights)
    mass = sum(effective_trials(trials, side, chosen) for side in (True, False))
    for side in (True, False):
        weights[is_h1 == side] *= mass / 2 / weights[is_h1 == side].sum()
    unit = (scores - centre) / scale
    base = np.array([plain.slope * scale, plain.slope * centre + plain.offset]) * math.log(10)
    parts = np.hstack([mine * unit[:, None], mine])
    start = np.concatenate([np.full(shares.shape[1], base[0]), np.full(shares.shape[1], base[1])])

    def loss(move: Floats) -> tuple[float, Floats]:
        z = parts @ (start + move)
        miss = np.logaddexp(0, np.where(is_h1, -z, z))
        slope = (expit(z) - is_h1) * weights
        return float(weights @ miss + move @ move / (2 * SLOPE_PRIOR_SD**2)), parts.T @ slope + move / SLOPE_PRIOR_SD**2

    found = start + minimize(loss, np.zeros_like(start), jac=True, method="L-BFGS-B").x
    slopes, offsets = np.split(found / math.log(10), 2)
    return [
        Affine(float(slope) / scale, float(offset) - float(slope) / scale * centre)
        for slope, offset in zip(slopes, offsets, strict=True)
    ]


def tail(h2_scores: Floats) -> list[list[float]]:
    """Scores that given shares of the different-people trials reach, for the rate of false alarms in a search."""
    count = len(h2_scores)
    ordered = np.sort(h2_scores)
    shares = [share for share in TAIL_SHARES if share * count >= 5]
    return [[round(float(ordered[count - max(1, round(share * count))]), 4), share] for share in shares]


def _knot_llrs(fits: list[Affine], scores: Floats, shares: Floats) -> Floats:
    slopes, offsets = np.array([fit.slope for fit in fits]), np.array([fit.offset for fit in fits])
    return np.asarray((shares @ slopes) * scores + shares @ offsets, np.float64)


def _bounds_at(llrs: Floats, trials: Trials, here: NDArray[np.bool_]) -> tuple[float, float]:
    sides = trials.is_h1[here]
    if sides.all() or not sides.any():
        return 0.0, 0.0
    part = Trials(trials.scores[here], sides, trials.clusters[here], trials.first[here], trials.second[here])
    return supported_bounds(llrs[here], part)


# --------------------------------------------------------------------------- what it is worth


def cross_validated_llrs(trials: Trials, seed: int = 0) -> Floats:
    """An LLR per trial from a map fitted on trials that share no person (or source) fold with it; not bounded."""
    return _cross_validated(trials, seed, lambda fitted, tested: fit_affine(trials, fitted).llrs(trials.scores[tested]))


def _cross_validated(
    trials: Trials, seed: int, llrs_of: Callable[[NDArray[np.bool_], NDArray[np.bool_]], Floats]
) -> Floats:
    places = folds_of(trials, FOLDS, seed)
    first, second = (np.array([places[str(name)] for name in names]) for names in (trials.first, trials.second))
    llrs = np.full(len(trials), np.nan)
    for one, other in sorted(set(zip(np.minimum(first, second), np.maximum(first, second), strict=True))):
        tested = (np.minimum(first, second) == one) & (np.maximum(first, second) == other)
        fitted = ~np.isin(first, (one, other)) & ~np.isin(second, (one, other))
        llrs[tested] = llrs_of(fitted, tested)
    return llrs


def _measured(llrs: Floats, trials: Trials) -> dict[str, Any]:
    """Cross-validated figures of the bounded LLRs; AUC and EER of the raw scores, turned so that larger means H1."""
    sides = llrs[trials.is_h1], llrs[~trials.is_h1]
    weights = balanced_weights(trials)
    by_cluster = weights[trials.is_h1], weights[~trials.is_h1]
    sign = 1 if trials.scores[trials.is_h1].mean() >= trials.scores[~trials.is_h1].mean() else -1
    scores = sign * trials.scores[trials.is_h1], sign * trials.scores[~trials.is_h1]
    figures = {
        "cllr": cllr(*sides),
        "cllr_min": cllr_min(*sides),
        "cllr_balanced": cllr(*sides, *by_cluster),
        "auc": auc(*scores),
        "eer": eer(*scores),
        "ece": ece(*sides),
    }
    bins = [{key: _tidy(value) for key, value in asdict(part).items()} for part in reliability(*sides)]
    folds = list(_by_fold(llrs, trials))
    measured: dict[str, Any] = {key: _tidy(value) for key, value in figures.items()}
    return measured | {"reliability": bins} | ({"by_held_out": folds} if folds else {})


def _by_fold(llrs: Floats, trials: Trials) -> Iterable[dict[str, Any]]:
    """Cllr and AUC of each held-out name with both sides: how far one figure stands for all."""
    for name in np.unique(trials.first):
        here = (trials.first == name) & (trials.second == name)
        sides = llrs[here & trials.is_h1], llrs[here & ~trials.is_h1]
        if all(len(side) >= 5 for side in sides):
            yield {
                "held_out": str(name),
                "h1": len(sides[0]),
                "h2": len(sides[1]),
                "cllr": _tidy(cllr(*sides)),
                "auc": _tidy(auc(*sides)),
            }


# --------------------------------------------------------------------------- the file


def describe_source(path: Path, trials: Trials, date: str) -> dict[str, Any]:
    """What the map was fitted on: file, checksum, trials, clusters and effective trials per side, date."""
    sides = {"h1": True, "h2": False}
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trials": {name: int((trials.is_h1 == side).sum()) for name, side in sides.items()},
        "groups": {name: len(np.unique(trials.clusters[trials.is_h1 == side])) for name, side in sides.items()},
        "effective_trials": {name: round(effective_trials(trials, side), 1) for name, side in sides.items()},
        "date": date,
    }


def named(content: dict[str, Any]) -> dict[str, Any]:
    """The content with a ``calibration_id`` in front that changes whenever the map or its model does."""
    kept = ("model_id", "model_sha256", "preprocessing", "question", "slope", "offset", "llr_bounds")
    fitted = [content[key] for key in kept] + [content[key] for key in ("knots", "h2_tail") if key in content]
    digest = hashlib.sha256(json.dumps(fitted).encode()).hexdigest()
    return {"calibration_id": f"{content['model_id']}-{content['question']}-{digest[:8]}"} | content


def write(content: dict[str, Any], folder: Path) -> Path:
    """Writes ``<model_id>.json`` in one step, so that no reader meets half a file."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{content['model_id']}.json"
    fresh = path.with_suffix(".tmp")
    fresh.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    fresh.replace(path)
    return path


# --------------------------------------------------------------------------- checks


def _check_question(entry: ModelEntry, question: Question) -> None:
    if entry.higher_means is None:
        raise FitRefused(f"the manifest does not say what higher scores of {entry.model_id!r} mean")
    if (entry.higher_means is HigherMeans.SAME_SOURCE) != (question is Question.IDENTITY):
        raise FitRefused(f"scores of {entry.model_id!r} ({entry.higher_means}) do not answer {question}")


def _check_direction(entry: ModelEntry, affine: Affine) -> None:
    expected = -1 if entry.higher_means is HigherMeans.BONA_FIDE else 1
    if affine.slope * expected <= 0:
        raise FitRefused(
            f"the manifest says that a higher score of {entry.model_id!r} means {entry.higher_means}, but in these "
            f"trials the slope is {affine.slope:.4g}: check the label column, the sign of the scores, or whether the "
            "model works at all"
        )


def _floor(bound: float) -> float:
    """Rounded towards 0: a bound never claims more than was found."""
    return math.trunc(bound * 10**4) / 10**4


def _tidy(value: float) -> float:
    return value if isinstance(value, int) else round(float(value), DIGITS)
