"""Scores with truths -> the figures of ``results.json``: metrics with intervals, breakdowns, the trivial baseline."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from anchorproof.settings import VerdictSettings
from benchmarks.manifests import Row
from calibration.metrics import (
    Floats,
    Metric,
    OperatingPoint,
    Resampler,
    act_dcf,
    auc,
    bootstrap,
    cllr,
    cllr_min,
    ece,
    eer,
    min_dcf,
    tpr_at_fpr,
)

#: Fewer trials than this on either side, and a figure would be noise: it is left out.
FEWEST = 5
ROUNDS = 500
DIGITS = 5


@dataclass(frozen=True, slots=True)
class Scored:
    """Scored trials whose truth is known; arrays of shape ``(n,)``. ``llrs``: NaN where there is no calibration."""

    scores: Floats
    llrs: Floats
    is_h1: NDArray[np.bool_]

    def __post_init__(self) -> None:
        if not len(self.scores) == len(self.llrs) == len(self.is_h1):
            raise ValueError("scores, llrs and truths must be equally many")

    def where(self, chosen: NDArray[np.bool_]) -> Scored:
        return Scored(self.scores[chosen], self.llrs[chosen], self.is_h1[chosen])

    @property
    def is_measurable(self) -> bool:
        return bool(min(self.is_h1.sum(), (~self.is_h1).sum()) >= FEWEST)


def service_point(settings: VerdictSettings) -> OperatingPoint:
    """The costs that the threshold for spoof implies: at posterior p a false alarm costs p / (1 - p) misses."""
    threshold = settings.spoof_posterior
    return OperatingPoint(settings.prior, 1.0, threshold / (1 - threshold))


# --------------------------------------------------------------------------- metrics


def metrics(
    trials: Scored, resample: Resampler, point: OperatingPoint, seed: int, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Every figure with its 95 % interval; ``{}`` when a side has fewer than :data:`FEWEST` trials.

    ``act_dcf_service`` and ``min_dcf_service`` are at ``point``, the other costs at even prior and equal costs.
    """
    if not trials.is_measurable:
        return {}
    on_scores: dict[str, Metric] = {
        "auc": auc,
        "eer": eer,
        "tpr_at_fpr_0.01": partial(_tpr, fpr=0.01),
        "tpr_at_fpr_0.1": partial(_tpr, fpr=0.1),
        "min_dcf": partial(_dcf, cost=min_dcf, point=OperatingPoint()),
        "min_dcf_service": partial(_dcf, cost=min_dcf, point=point),
    }
    on_llrs: dict[str, Metric] = {
        "cllr": cllr,
        "ece": ece,
        "act_dcf": partial(_dcf, cost=act_dcf, point=OperatingPoint()),
        "act_dcf_service": partial(_dcf, cost=act_dcf, point=point),
    }
    found = {
        name: figure_of(metric, trials.scores, trials.is_h1, resample, seed, rounds)
        for name, metric in on_scores.items()
    }
    if np.isfinite(trials.llrs).all():
        found |= {
            name: figure_of(metric, trials.llrs, trials.is_h1, resample, seed, rounds)
            for name, metric in on_llrs.items()
        }
        found["cllr_min"] = {"value": tidy(cllr_min(trials.llrs[trials.is_h1], trials.llrs[~trials.is_h1]))}
    return found


def figure_of(
    metric: Metric,
    values: Floats,
    is_h1: NDArray[np.bool_],
    resample: Resampler,
    seed: int,
    rounds: int = ROUNDS,
) -> dict[str, Any]:
    """One figure with its 95 % interval."""
    interval = bootstrap(metric, values, is_h1, resample, rng=np.random.default_rng(seed), rounds=rounds)
    value = {"value": tidy(metric(values[is_h1], values[~is_h1]))}
    return value | ({"low": tidy(interval.low), "high": tidy(interval.high)} if interval else {})


def _tpr(h1: Floats, h2: Floats, fpr: float) -> float:
    return tpr_at_fpr(h1, h2, fpr)


def _dcf(
    h1: Floats, h2: Floats, cost: Callable[[Floats, Floats, OperatingPoint], float], point: OperatingPoint
) -> float:
    return cost(h1, h2, point)


# --------------------------------------------------------------------------- breakdowns


def breakdown(rows: Sequence[Row], trials: Scored, decisions: Sequence[str]) -> dict[str, Any]:
    """Each generator against all bona fide clips, and each bona fide source against all spoofs.

    ``called_*`` are shares of that group's clips; ``called_bona_fide`` of a generator is its APCER-style error,
    ``called_spoof`` of a source its BPCER-style error.
    """
    said = np.array(decisions)
    parts = {"generators": (True, [row.generator for row in rows]), "sources": (False, [row.source for row in rows])}
    return {
        name: {
            group: _group(trials, said, (np.array(names) == group) & (trials.is_h1 == side), side)
            for group in sorted({one for one, is_h1 in zip(names, trials.is_h1, strict=True) if is_h1 == side})
        }
        for name, (side, names) in parts.items()
    }


def _group(trials: Scored, said: NDArray[np.str_], members: NDArray[np.bool_], side: bool) -> dict[str, Any]:
    others = trials.is_h1 != side
    found: dict[str, Any] = {"n": int(members.sum())}
    found["mean_llr"] = tidy(float(trials.llrs[members].mean()))
    for decision in ("spoof", "bona_fide", "inconclusive"):
        found[f"called_{decision}"] = tidy(float((said[members] == decision).mean()))
    if others.any():
        h1, h2 = (members, others) if side else (others, members)
        found["auc"] = tidy(auc(trials.scores[h1], trials.scores[h2]))
    return found


# --------------------------------------------------------------------------- what trivial features reach


def trivial_baseline(rows: Sequence[Row], is_h1: NDArray[np.bool_], resample: Resampler, seed: int) -> dict[str, Any]:
    """What container facts alone reach on the same trials, to be read beside every result.

    ``single``: AUC of each fact by itself, as spoof score (far from .5 either way is a shortcut). ``combined``: AUC of
    a logistic regression on all of them, each source and generator scored by a fit that did not see it.
    ``combined_seen``: the same fitted on all rows, as a detector would be that learnt this corpus by its shortcuts.
    """
    table = np.array([list(facts(row).values()) for row in rows], np.float64)
    names = list(facts(rows[0]))
    single = {}
    for name, column in zip(names, table.T, strict=True):
        known = np.isfinite(column)
        if known.any() and len(np.unique(column[known])) > 1 and len(set(is_h1[known])) == 2:
            single[name] = tidy(auc(column[known & is_h1], column[known & ~is_h1]))
    features = _filled(table)
    if features.shape[1] == 0:
        return {"single": single}
    groups = np.array([row.group for row in rows])
    left_out = _left_out_scores(features, is_h1, groups, seed)
    seen = _fit(features, is_h1).decision_function(features)
    found: dict[str, Any] = {"features": names, "single": single}
    if left_out is not None:
        found["combined"] = figure_of(auc, left_out, is_h1, resample, seed)
    return found | {"combined_seen": {"value": tidy(auc(seen[is_h1], seen[~is_h1]))}}


def facts(row: Row) -> dict[str, float]:
    """Facts that have nothing to do with whether a clip is genuine; NaN where the manifest does not say."""
    width, height, fps, seconds = (_number(row.columns.get(key)) for key in ("width", "height", "fps", "duration_s"))
    stated = _number(row.columns.get("bytes"))
    size = float(row.path.stat().st_size) if math.isnan(stated) and row.path.is_file() else stated
    return {
        "has_audio": _number(row.columns.get("has_audio")),
        "width": width,
        "height": height,
        "fps": fps,
        "duration_s": seconds,
        "bytes_per_s": _ratio(size, seconds),
        "bits_per_pixel": _ratio(8 * size, width * height * _ratio(fps * seconds, 1.0, otherwise=1.0)),
    }


def _number(text: str | None) -> float:
    try:
        return float(text or "nan")
    except ValueError:
        return math.nan


def _ratio(above: float, below: float, otherwise: float = math.nan) -> float:
    value = above / below if below else math.nan
    return value if math.isfinite(value) else otherwise


def _filled(table: Floats) -> Floats:
    """Standardised columns, unknown facts at 0 with a column of their own that says so; constant columns left out."""
    columns = []
    for column in table.T:
        known = np.isfinite(column)
        if known.any() and column[known].std() > 0:
            logs = np.log1p(np.maximum(column, 0))
            columns.append(np.where(known, (logs - logs[known].mean()) / (logs[known].std() or 1.0), 0.0))
        if known.any() and not known.all():
            columns.append(known.astype(np.float64))
    return np.stack(columns, axis=1) if columns else np.empty((len(table), 0))


def _fit(features: Floats, is_h1: NDArray[np.bool_]) -> LogisticRegression:
    return LogisticRegression(class_weight="balanced", max_iter=2000).fit(features, is_h1)


def _left_out_scores(
    features: Floats, is_h1: NDArray[np.bool_], groups: NDArray[np.str_], seed: int, folds: int = 5
) -> Floats | None:
    places = np.unique(groups, return_inverse=True)[1]
    fold_of = np.random.default_rng(seed).permutation(places.max() + 1) % folds
    scores = np.full(len(is_h1), np.nan)
    for fold in range(folds):
        out = fold_of[places] == fold
        if out.any():
            if len(set(is_h1[~out])) < 2:
                return None
            scores[out] = _fit(features[~out], is_h1[~out]).decision_function(features[out])
    return scores


# --------------------------------------------------------------------------- pieces


def counted(values: Sequence[str]) -> Mapping[str, int]:
    """How often each value occurs, most frequent first."""
    return dict(sorted(((value, values.count(value)) for value in set(values)), key=lambda item: (-item[1], item[0])))


def tidy(value: float) -> float | None:
    """Rounded; None where JSON has no number for it."""
    return round(float(value), DIGITS) if math.isfinite(value) else None
