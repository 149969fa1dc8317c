"""Answers on the rungs -> AUC, its drop, and the false alarms at one threshold, each with a 95 % interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.robustness.rungs import REFERENCE
from benchmarks.steps import Answer
from benchmarks.summary import FEWEST, ROUNDS, counted, tidy
from calibration.metrics import Floats, Metric, auc, bootstrap, resample_groups

#: Above the threshold lies at most this share of the untreated bona fide clips.
FALSE_ALARMS = 0.05


@dataclass(frozen=True, slots=True)
class Trial:
    """One clip on one rung; ``group`` is its generator or source, which is resampled as a whole."""

    group: str
    is_spoof: bool
    answer: Answer

    @property
    def score(self) -> float:
        value = self.answer["score"]
        return float("nan") if value is None else float(value)


def ladder_figures(rungs: Mapping[str, Sequence[Trial]], threshold: float | None, seed: int) -> dict[str, Any]:
    """Threshold and, by rung, counts and figures; a rung with too few clips of a side has counts only."""
    reference = np.array([trial.score for trial in rungs[REFERENCE]])
    is_spoof = np.array([trial.is_spoof for trial in rungs[REFERENCE]])
    bona_fide = reference[~is_spoof & np.isfinite(reference)]
    if threshold is None and len(bona_fide):
        threshold = float(np.quantile(bona_fide, 1 - FALSE_ALARMS, method="higher"))
    found = {name: _rung(trials, reference, threshold, seed) for name, trials in rungs.items()}
    return {"threshold": threshold, "rungs": found}


def _rung(trials: Sequence[Trial], reference: Floats, threshold: float | None, seed: int) -> dict[str, Any]:
    scores = np.array([trial.score for trial in trials])
    is_spoof = np.array([trial.is_spoof for trial in trials])
    groups = np.array([trial.group for trial in trials])
    kept = np.isfinite(scores)
    sides = int((kept & is_spoof).sum()), int((kept & ~is_spoof).sum())
    found: dict[str, Any] = {
        "n_spoof": sides[0],
        "n_bona_fide": sides[1],
        "not_scored": counted([trial.answer["reason"] for trial in trials if trial.answer["score"] is None]),
    }
    if min(sides) < FEWEST or threshold is None:
        return found
    limit = threshold

    def figure(metric: Metric, values: Floats, which: np.ndarray[Any, np.dtype[np.bool_]]) -> dict[str, Any]:
        values, truth = values[which], is_spoof[which]
        interval = bootstrap(
            metric, values, truth, resample_groups(groups[which]), rng=np.random.default_rng(seed), rounds=ROUNDS
        )
        value = {"value": tidy(metric(values[truth], values[~truth]))}
        return value | ({"low": tidy(interval.low), "high": tidy(interval.high)} if interval else {})

    both = np.stack([reference, scores], axis=1)
    return found | {
        "auc": figure(auc, scores, kept),
        "auc_drop": figure(_drop, both, kept & np.isfinite(reference)),
        "false_alarms": figure(lambda _, h2: float((h2 > limit).mean()), scores, kept),
        "recall": figure(lambda h1, _: float((h1 > limit).mean()), scores, kept),
    }


def _drop(h1: Floats, h2: Floats) -> float:
    """AUC of the untreated clips (first column) less that of the same clips treated."""
    return auc(h1[:, 0], h2[:, 0]) - auc(h1[:, 1], h2[:, 1])
