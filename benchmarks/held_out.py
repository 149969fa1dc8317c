"""``python -m benchmarks held-out``: what left-out scores are worth, beside what trivial features reach.

The scores come from models that saw nothing of a clip's source, generator or people; column ``fold`` names the model.
The trivial baseline is fitted and scored along the same folds.
"""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from benchmarks.manifests import Row, read_manifest
from benchmarks.summary import facts, tidy
from calibration.metrics import Floats, Metric, Resampler, auc, bootstrap, eer, resample_groups, tpr_at_fpr

ROUNDS = 1000
#: The operating point detectors are compared at: this share of spoofs found.
RECALL = 0.6
ALLOWED_FALSE_ALARMS = 0.05
#: Share of a clip's segments that the pooling ``top`` averages.
TOP_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Trials:
    """Left-out clip scores; arrays of shape ``(n,)``, larger scores for spoofs."""

    ids: tuple[str, ...]
    scores: Floats
    is_spoof: NDArray[np.bool_]
    groups: NDArray[np.str_]
    """Generator of a spoof, source of a bona fide clip."""
    folds: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.ids)


def read_left_out(path: Path, pooling: str = "mean") -> Trials:
    """Scores of clips, or of segments (several rows of one id), pooled to clips.

    Args:
        pooling: ``mean`` of a clip's segments, or ``top``: of its highest quarter, for short splices.

    Raises:
        ValueError: a column is missing, one class is, or a clip's rows contradict each other.
    """
    with path.open(newline="", encoding="utf-8") as stream:
        reader = csv.DictReader(stream)
        needed = {"id", "label", "generator", "source_repo", "fold", "score"}
        if missing := needed - set(reader.fieldnames or ()):
            raise ValueError(f"{path.name} lacks the columns {sorted(missing)}")
        clips: dict[str, list[dict[str, str]]] = defaultdict(list)
        for row in reader:
            clips[row["id"]].append(row)
    for clip_id, rows in clips.items():
        if len({(row["label"], row["fold"]) for row in rows}) > 1:
            raise ValueError(f"{path.name}: the segments of {clip_id} differ in label or fold")
    firsts = [rows[0] for rows in clips.values()]
    is_spoof = np.array([row["label"] == "fake" for row in firsts])
    if is_spoof.all() or not is_spoof.any():
        raise ValueError(f"{path.name} holds only one class")
    return Trials(
        tuple(clips),
        np.array([pool([float(row["score"]) for row in rows], pooling) for rows in clips.values()]),
        is_spoof,
        np.array([row["generator"] if row["label"] == "fake" else row["source_repo"] for row in firsts]),
        np.array([row["fold"] for row in firsts]),
    )


def pool(scores: Sequence[float], pooling: str) -> float:
    """One clip's score from those of its segments."""
    if pooling == "mean":
        return float(np.mean(scores))
    if pooling == "top":
        return float(np.mean(sorted(scores)[-max(1, round(TOP_SHARE * len(scores))) :]))
    raise ValueError(f"pooling is mean or top; got {pooling!r}")


def measure(trials: Trials, manifests: Mapping[str, Path], seed: int) -> dict[str, Any]:
    """Every figure of a set of left-out scores.

    Args:
        manifests: name -> manifest whose file facts the trivial baseline is made from (the media as they came; the
            equalised copies). Each gives a baseline of its own.
    """
    found: dict[str, Any] = {
        "n_spoof": int(trials.is_spoof.sum()),
        "n_bona_fide": int((~trials.is_spoof).sum()),
        "n_generators": len(np.unique(trials.groups[trials.is_spoof])),
        "n_sources": len(np.unique(trials.groups[~trials.is_spoof])),
        "folds": len(np.unique(trials.folds)),
        "metrics": metrics(trials.scores, trials, seed),
        "auc_by_fold": _by_fold(trials),
    }
    found["trivial"] = {
        name: baseline(trials, {row.row_id: row for row in read_manifest(path)}, seed)
        for name, path in manifests.items()
    }
    return found | _breakdown(trials)


def metrics(scores: Floats, trials: Trials, seed: int) -> dict[str, Any]:
    """AUC, EER and the operating point, each with two 95 % bootstrap intervals: over clips, and over whole groups."""
    wanted: dict[str, Metric] = {
        "auc": auc,
        "eer": eer,
        "false_alarms_at_recall_0.6": partial(false_alarms_at_recall, recall=RECALL),
        "recall_at_false_alarms_0.05": partial(tpr_at_fpr, fpr=ALLOWED_FALSE_ALARMS),
    }
    over = {"clips": _resample_clips(trials.is_spoof), "groups": resample_groups(trials.groups)}
    return {name: _figure(metric, scores, trials.is_spoof, over, seed) for name, metric in wanted.items()}


def false_alarms_at_recall(h1: Floats, h2: Floats, recall: float) -> float:
    """Share of H2 trials at or above the highest threshold that finds ``recall`` of the H1 trials."""
    return float(np.mean(h2 >= threshold_at_recall(h1, recall)))


def threshold_at_recall(h1: Floats, recall: float) -> float:
    """The highest score that at least ``recall`` of the H1 trials reach."""
    return float(np.sort(h1)[::-1][max(0, int(np.ceil(recall * len(h1))) - 1)])


def baseline(trials: Trials, rows: Mapping[str, Row], seed: int) -> dict[str, Any]:
    """What file facts alone reach on the same clips and folds: a logistic regression and boosted trees."""
    table = np.array([list(facts(rows[clip_id]).values()) for clip_id in trials.ids], np.float64)
    table = np.log1p(np.maximum(np.nan_to_num(table, nan=0.0), 0.0))
    models = {
        "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", C=0.1)),
        "trees": lambda: HistGradientBoostingClassifier(max_depth=3, max_iter=60, random_state=0),
    }
    found: dict[str, Any] = {"features": list(facts(rows[trials.ids[0]]))}
    for name, make in models.items():
        scores = np.zeros(len(trials))
        for fold in np.unique(trials.folds):
            out = trials.folds == fold
            scores[out] = make().fit(table[~out], trials.is_spoof[~out]).predict_proba(table[out])[:, 1]
        found[name] = metrics(scores, trials, seed)
    return found


def _figure(
    metric: Metric, scores: Floats, is_spoof: NDArray[np.bool_], over: Mapping[str, Resampler], seed: int
) -> dict[str, Any]:
    found: dict[str, Any] = {"value": tidy(metric(scores[is_spoof], scores[~is_spoof]))}
    for name, resample in over.items():
        generator = np.random.default_rng(seed)
        interval = bootstrap(metric, scores, is_spoof, resample, rng=generator, rounds=ROUNDS)
        found[f"over_{name}"] = [tidy(interval.low), tidy(interval.high)] if interval else None
    return found


def _resample_clips(is_spoof: NDArray[np.bool_]) -> Resampler:
    """Each class by itself, so that no draw lacks one."""
    sides = [np.flatnonzero(is_spoof), np.flatnonzero(~is_spoof)]
    return lambda rng: np.concatenate([rng.choice(side, len(side)) for side in sides])


def _by_fold(trials: Trials) -> dict[str, float | None]:
    found = {}
    for fold in np.unique(trials.folds):
        inside = trials.folds == fold
        h1, h2 = trials.scores[inside & trials.is_spoof], trials.scores[inside & ~trials.is_spoof]
        found[str(fold)] = tidy(auc(h1, h2)) if len(h1) and len(h2) else None
    return found


def _breakdown(trials: Trials) -> dict[str, Any]:
    """Every generator against all bona fide clips, every source against the threshold."""
    spoofs, genuine = trials.scores[trials.is_spoof], trials.scores[~trials.is_spoof]
    threshold = threshold_at_recall(spoofs, RECALL)
    generators, sources = {}, {}
    for name in np.unique(trials.groups[trials.is_spoof]):
        own = trials.scores[trials.is_spoof & (trials.groups == name)]
        generators[str(name)] = {"n": len(own), "mean": tidy(own.mean()), "auc": tidy(auc(own, genuine))}
    for name in np.unique(trials.groups[~trials.is_spoof]):
        own = trials.scores[~trials.is_spoof & (trials.groups == name)]
        above = tidy(float(np.mean(own >= threshold)))
        sources[str(name)] = {"n": len(own), "mean": tidy(own.mean()), "share_above": above}
    return {
        "threshold_at_recall_0.6": tidy(threshold),
        "sources_with_mean_above": sorted(name for name, part in sources.items() if part["mean"] > threshold),
        "generators": generators,
        "sources": sources,
    }


def digest(path: Path) -> str:
    """Names the exact file a result was made from."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
