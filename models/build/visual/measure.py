"""What a set of clip scores is worth: AUC with its interval over clips, EER, tables, and the trivial baseline."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.build.visual.corpus import FOLDS, Clip

RESAMPLES = 2000


def auc(scores: ArrayLike, is_spoof: ArrayLike) -> float:
    """Chance that a spoof scores above a bona fide clip, ties half."""
    side = np.asarray(is_spoof, bool)
    ranks = rankdata(scores)
    spoofs, others = int(side.sum()), int((~side).sum())
    return float((ranks[side].sum() - spoofs * (spoofs + 1) / 2) / (spoofs * others))


def auc_interval(scores: ArrayLike, is_spoof: ArrayLike, seed: int = 1) -> tuple[float, float]:
    """95 % percentile bootstrap over clips, each class resampled by itself."""
    values, side = np.asarray(scores, float), np.asarray(is_spoof, bool)
    generator = np.random.default_rng(seed)
    spoofs, others = values[side], values[~side]
    found = [
        auc(
            np.concatenate([generator.choice(spoofs, len(spoofs)), generator.choice(others, len(others))]),
            np.repeat([True, False], [len(spoofs), len(others)]),
        )
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(found, [2.5, 97.5])
    return float(low), float(high)


def eer(scores: ArrayLike, is_spoof: ArrayLike) -> float:
    """Where as many spoofs fall below the threshold as bona fide clips lie above it."""
    values, side = np.asarray(scores, float), np.asarray(is_spoof, bool)
    thresholds = np.unique(values)
    misses = np.array([np.mean(values[side] < threshold) for threshold in thresholds])
    alarms = np.array([np.mean(values[~side] >= threshold) for threshold in thresholds])
    nearest = int(np.argmin(np.abs(misses - alarms)))
    return float((misses[nearest] + alarms[nearest]) / 2)


def by_generator(scores: dict[str, float], clips: list[Clip]) -> list[tuple[str, int, float, float]]:
    """Generator, clips, mean score, AUC against all bona fide clips."""
    bona_fide = [scores[clip.clip_id] for clip in clips if not clip.is_spoof]
    groups: dict[str, list[float]] = defaultdict(list)
    for clip in clips:
        if clip.is_spoof:
            groups[clip.generator].append(scores[clip.clip_id])
    return [
        (
            name,
            len(found),
            float(np.mean(found)),
            auc(found + bona_fide, [True] * len(found) + [False] * len(bona_fide)),
        )
        for name, found in sorted(groups.items())
    ]


def by_source(scores: dict[str, float], clips: list[Clip]) -> list[tuple[str, int, float]]:
    """Bona fide source, clips, mean score; highest first."""
    groups: dict[str, list[float]] = defaultdict(list)
    for clip in clips:
        if not clip.is_spoof:
            groups[clip.source].append(scores[clip.clip_id])
    rows = [(name, len(found), float(np.mean(found))) for name, found in groups.items()]
    return sorted(rows, key=lambda row: -row[2])


def trivial_features(clip: Clip) -> list[float]:
    """What a file gives away without looking at a picture: size, rates, duration, sound."""
    row, size = clip.row, clip.path.stat().st_size
    width, height = float(row["width"] or 0), float(row["height"] or 0)
    fps, duration_s = float(row["fps"] or 25), max(0.1, clip.duration_s)
    bits = 8 * size / duration_s
    return [
        np.log(size),
        np.log(bits),
        bits / max(1.0, width * height * fps),
        duration_s,
        float(row["has_audio"] or 0),
        fps,
        width,
        height,
    ]


def trivial_baseline(clips: list[Clip]) -> dict[str, NDArray[np.float64]]:
    """Scores of two models on ``trivial_features`` over the same folds."""
    rows = np.array([trivial_features(clip) for clip in clips])
    side = np.array([clip.is_spoof for clip in clips])
    fold = np.array([clip.fold for clip in clips])
    models = {
        "logistic": lambda: make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", C=0.1)),
        "trees": lambda: HistGradientBoostingClassifier(max_depth=3, max_iter=60, random_state=0),
    }
    scores = {name: np.zeros(len(clips)) for name in models}
    for name, make in models.items():
        for held_out in range(FOLDS):
            inside = fold != held_out
            scores[name][~inside] = make().fit(rows[inside], side[inside]).predict_proba(rows[~inside])[:, 1]
    return scores
