"""Ways from many detectors' scores to one LLR, each item judged by fits that never saw its generator."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from benchmarks.published.matrix import Matrix, log_odds
from calibration.fit import fit_affine, supported_bounds
from calibration.metrics import Floats, auc
from calibration.trials import Trials

FOLDS = 5
#: What each method is, for the report.
METHODS = {
    "ensemble": "the published ensemble's score, taken for a probability",
    "ensemble-calibrated": "the same through an affine map and bounds fitted on the other generators",
    "best-detector": "the detector with the best AUC on the other generators, calibrated there",
    "mean": "mean of the detectors' log odds, calibrated on the other generators",
    "strongest": "each detector calibrated, the largest LLR taken: how the service fuses evidence of one part",
    "sum": "each detector calibrated, LLRs added as if detectors were independent, then calibrated",
    "logistic": "each detector calibrated, LLRs weighed by logistic regression on the other generators",
}
Mask = NDArray[np.bool_]


def folds(matrix: Matrix, seed: int, count: int = FOLDS) -> NDArray[np.intp]:
    """A fold per item: whole generators (and whole sources of real items) together, both labels in every fold."""
    rng = np.random.default_rng(seed)
    place_of: dict[str, int] = {}
    for is_fake in (True, False):
        names, sizes = np.unique(matrix.generators[matrix.is_fake == is_fake], return_counts=True)
        order = rng.permutation(len(names))
        order = order[np.argsort(-sizes[order], kind="stable")]
        load = np.zeros(min(count, len(names)))
        for name, size in zip(names[order], sizes[order], strict=True):
            place_of[str(name)] = int(np.argmin(load))
            load[place_of[str(name)]] += size
    return np.array([place_of[str(name)] for name in matrix.generators])


def held_out_llrs(matrix: Matrix, seed: int) -> dict[str, Floats]:
    """An LLR per item and method; NaN where the item has no score to start from.

    Every fit (maps, bounds, weights, the choice of a detector) is made without the item's fold.
    """
    places = folds(matrix, seed)
    found = {name: np.full(len(matrix.ids), np.nan) for name in METHODS}
    found["ensemble"] = log_odds(matrix.ensemble)
    for place in np.unique(places):
        test, train = places == place, places != place
        if len(set(matrix.is_fake[train])) < 2:
            raise ValueError("too few generators or sources: a fold would leave only one label to fit on")
        for name, values in _judged(matrix, train, test).items():
            found[name][test] = values
    return found


def _judged(matrix: Matrix, train: Mask, test: Mask) -> dict[str, Floats]:
    ensemble = _calibrated(log_odds(matrix.ensemble), matrix, train, test)
    llrs = np.stack(
        [_calibrated(column, matrix, train, train | test) for column in matrix.scores.T], axis=1
    )  # of all items, NaN kept
    known = np.where(np.isfinite(llrs), llrs, 0.0)
    none = np.asarray(~np.isfinite(llrs).any(axis=1))
    best = int(np.argmax([_train_auc(column, matrix, train) for column in matrix.scores.T]))
    spread = np.where(np.isfinite(matrix.scores), matrix.scores, 0.0)
    mean = spread.sum(axis=1) / np.maximum(np.isfinite(matrix.scores).sum(axis=1), 1)
    summed = known.sum(axis=1)
    strongest = np.where(np.isfinite(llrs), llrs, -np.inf).max(axis=1, initial=-np.inf)
    weighed = _logistic(known, matrix, train)
    for values in (mean, summed, strongest, weighed):
        values[none] = np.nan
    return {
        "ensemble-calibrated": ensemble,
        "best-detector": llrs[test, best],
        "mean": _calibrated(mean, matrix, train, test),
        "strongest": strongest[test],
        "sum": _calibrated(summed, matrix, train, test),
        "logistic": _bounded(weighed, matrix, train)[test],
    }


def _calibrated(scores: Floats, matrix: Matrix, train: Mask, wanted: Mask) -> Floats:
    """LLRs of the wanted items by an affine map with bounds, fitted on the training items."""
    fitted = train & np.isfinite(scores)
    affine = fit_affine(_trials(scores, matrix, fitted))
    llrs = affine.llrs(scores)
    return _bounded(llrs, matrix, train)[wanted]


def _bounded(llrs: Floats, matrix: Matrix, train: Mask) -> Floats:
    fitted = train & np.isfinite(llrs)
    low, high = supported_bounds(llrs[fitted], _trials(llrs, matrix, fitted))
    return np.asarray(np.clip(llrs, low, high), np.float64)


def _logistic(llrs: Floats, matrix: Matrix, train: Mask) -> Floats:
    """Weights per detector and one offset at even prior; base 10."""
    model = LogisticRegression(class_weight="balanced", C=1.0, max_iter=2000).fit(llrs[train], matrix.is_fake[train])
    return np.asarray(model.decision_function(llrs) / math.log(10), np.float64)


def _train_auc(scores: Floats, matrix: Matrix, train: Mask) -> float:
    kept = train & np.isfinite(scores)
    return auc(scores[kept & matrix.is_fake], scores[kept & ~matrix.is_fake])


def _trials(scores: Floats, matrix: Matrix, chosen: Mask) -> Trials:
    names = matrix.generators[chosen]
    return Trials(scores[chosen], matrix.is_fake[chosen], names, names, names)


@dataclass(frozen=True, slots=True)
class Abstention:
    """Answers at two thresholds; both labels weigh the same in ``answered`` and ``wrong``."""

    answered: float
    wrong: float
    wrong_if_forced: float


def abstention(llrs: Floats, is_fake: Mask, spoof_posterior: float, bona_fide_posterior: float) -> Abstention:
    """Share answered when the posterior at even prior must reach one of the thresholds, and share of those wrong.

    ``wrong_if_forced``: share wrong when every item is answered at posterior one half.
    """
    high, low = (math.log10(p / (1 - p)) for p in (spoof_posterior, bona_fide_posterior))
    mass = np.where(is_fake, 0.5 / is_fake.sum(), 0.5 / (~is_fake).sum())
    called, cleared = llrs >= high, llrs <= low
    answered = float(mass[called | cleared].sum())
    wrong = float(mass[(called & ~is_fake) | (cleared & is_fake)].sum())
    forced = float(mass[(llrs >= 0) != is_fake].sum())
    return Abstention(answered, wrong / answered if answered else math.nan, forced)
