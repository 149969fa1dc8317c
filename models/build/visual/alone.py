"""What one more measure of a clip is worth on what was left out: by itself, and as one more bounded voice."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.align import CROP_MARGIN
from models.build.visual.corpus import FOLDS, Clip
from models.build.visual.dynamics import dynamics, inner_mouth
from models.build.visual.heads import MEASURE_RANGE
from models.build.visual.measure import auc, auc_interval
from models.build.visual.meshes import load_meshes
from models.build.visual.observe import load_tracks

Floats = NDArray[np.float64]
Measures = Mapping[str, Mapping[str, float]]
"""By clip, by name of the measure."""

ROUNDS = 2000
#: Generators that change lips only, by a part of their name.
LIPS_ONLY = ("AV2AV", "Wav2Lip")


def measured(clips: Sequence[Clip], meshes_in: Path, draws_in: Path) -> dict[str, dict[str, float]]:
    """All measures of ``dynamics.py`` of every clip that has meshes."""
    found = {}
    for clip in clips:
        meshes = load_meshes(clip.clip_id, meshes_in)
        own = None if meshes is None else dynamics(meshes.points)
        path = draws_in / f"{clip.clip_id}-0.npz"
        if meshes is not None and own is not None and path.exists():
            seen = list(load_tracks(path)[0].observations)
            found[clip.clip_id] = own | (inner_mouth(meshes.points, seen, CROP_MARGIN) or {})
    return found


def write_alone(path: Path, measures: Measures, clips: Sequence[Clip], scores: Mapping[str, float]) -> None:
    """``scores``: left-out ones of the detector, which every measure is added to as one more voice."""
    names = sorted({name for own in measures.values() for name in own})
    table = {name: _figures(name, measures, clips, scores) for name in names}
    path.write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    for name, row in sorted(table.items(), key=lambda item: -float(str(item[1]["auc"]))):
        print(f"{name:36s}", json.dumps(row))


def voice(values: Floats, clips: Sequence[Clip]) -> Floats:
    """Left-out voice of one measure: its direction, centre, unit and limits are from the other folds; 0: as usual."""
    side, fold = np.array([clip.is_spoof for clip in clips]), np.array([clip.fold for clip in clips])
    share = _votes(clips)
    out = np.zeros(len(values))
    for held_out in range(FOLDS):
        inside = fold != held_out
        low, high = np.percentile(values[inside], MEASURE_RANGE)
        clamped = values.clip(low, high)
        means = [np.average(clamped[inside & own], weights=share[inside & own]) for own in (side, ~side)]
        sign = np.sign(means[0] - means[1]) or 1.0
        out[~inside] = sign * (clamped[~inside] - sum(means) / 2) / max(float(clamped[inside].std()), 1e-9)
    return out


def _figures(name: str, measures: Measures, clips: Sequence[Clip], scores: Mapping[str, float]) -> dict[str, object]:
    own = [clip for clip in clips if name in measures.get(clip.clip_id, {}) and clip.clip_id in scores]
    side = np.array([clip.is_spoof for clip in own])
    said = voice(np.array([measures[clip.clip_id][name] for clip in own]), own)
    base = np.array([scores[clip.clip_id] for clip in own])
    lips = np.array([clip.is_spoof and any(part in clip.generator for part in LIPS_ONLY) for clip in own])
    return {
        "clips": [int((~side).sum()), int(side.sum())],
        "auc": _tidy(auc(said, side)),
        "interval": [_tidy(value) for value in auc_interval(said, side)],
        "lips only": _tidy(auc(said[lips | ~side], side[lips | ~side])),
        "talking heads": _tidy(auc(said[~lips], side[~lips])),
        "detector with it": _tidy(auc(base + said, side)),
        "without it": _tidy(auc(base, side)),
        "gain": paired_gain(base + said, base, side),
    }


def paired_gain(scores: Floats, base: Floats, is_spoof: NDArray[np.bool_]) -> list[float]:
    """95 % of the difference in AUC over clips."""
    rng, rows = np.random.default_rng(0), (np.flatnonzero(is_spoof), np.flatnonzero(~is_spoof))
    found = []
    for _ in range(ROUNDS):
        own = np.concatenate([rng.choice(side, len(side)) for side in rows])
        found.append(auc(scores[own], is_spoof[own]) - auc(base[own], is_spoof[own]))
    return [_tidy(value) for value in np.percentile(found, [2.5, 97.5])]


def _votes(clips: Sequence[Clip]) -> Floats:
    """Every source and every generator counts the same."""
    names = [f"{clip.is_spoof} {clip.generator if clip.is_spoof else clip.source}" for clip in clips]
    return np.array([1 / names.count(name) for name in names])


def _tidy(value: float) -> float:
    return round(float(value), 3)
