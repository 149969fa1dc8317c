"""The content of a calibration file: the map, how good it is on people (or sources) left out, what it was made from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.runtime import ModelEntry
from anchorproof.types import HigherMeans, Question
from calibration.fit import (
    Affine,
    FitRefused,
    balanced_weights,
    cross_validated_llrs,
    effective_trials,
    fit_affine,
    supported_bounds,
)
from calibration.knots import DIGITS, KNOTS, acoustic_map, quality_map, rounded_bound, tail
from calibration.metrics import Floats, auc, cllr, cllr_min, ece, eer, reliability
from calibration.trials import Trials


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
        if question is Question.IDENTITY:
            by_quality["h2_tail"] = tail(trials.scores[~trials.is_h1])
    if trials.acoustics is not None and by_quality:
        without = {"cllr": cllr, "cllr_min": cllr_min}
        sides = bounded[trials.is_h1], bounded[~trials.is_h1]
        by_quality["without_acoustics"] = {name: _tidy(figure(*sides)) for name, figure in without.items()}
        by_quality["acoustics"], bounded = acoustic_map(trials, KNOTS[entry.task], seed)
    return {
        "model_id": entry.model_id,
        "model_sha256": entry.sha256,
        "preprocessing": entry.preprocessing,
        "question": question.value,
        "slope": round(affine.slope, DIGITS),
        "offset": round(affine.offset, DIGITS),
        "llr_bounds": [rounded_bound(low), rounded_bound(high)],
        "score_range": [round(float(trials.scores.min()), DIGITS), round(float(trials.scores.max()), DIGITS)],
        **by_quality,
        **_measured(bounded, trials),
        "seed": seed,
    }


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
    fitted = [content[key] for key in kept] + [
        content[key] for key in ("knots", "acoustics", "h2_tail") if key in content
    ]
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


def _tidy(value: float) -> float:
    return value if isinstance(value, int) else round(float(value), DIGITS)
