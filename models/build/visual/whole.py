"""The whole picture as one more view: frozen features of it, left out, by itself and beside the detector."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from models.build.visual.alone import paired_gain
from models.build.visual.backbone import MEAN, SCALE, load_lite0
from models.build.visual.corpus import FOLDS, Clip
from models.build.visual.heads import VIEW_LIMIT, fit_values
from models.build.visual.measure import auc, auc_interval, by_generator
from models.build.visual.meshes import load_whole

Floats = NDArray[np.float64]


def describe_whole(clips: Sequence[Clip], meshes_in: Path) -> dict[str, Floats]:
    """Mean and deviation of Lite0's last features over a clip's whole pictures, ``(2560,)`` by clip."""
    network, found = load_lite0(), {}
    for clip in clips:
        pictures = load_whole(clip.clip_id, meshes_in)
        if pictures is not None and len(pictures) > 1:
            given = torch.from_numpy(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))).float()
            with torch.no_grad():
                features = network((given - MEAN) / SCALE).mean((2, 3)).numpy().astype(np.float64)
            found[clip.clip_id] = np.concatenate([features.mean(0), features.std(0, ddof=1)])
    return found


def write_whole(path: Path, rows: Mapping[str, Floats], clips: Sequence[Clip], scores: Mapping[str, float]) -> None:
    """The view as the others are fitted, without each fold; ``scores``: left-out ones of the detector."""
    own = [clip for clip in clips if clip.clip_id in rows and clip.clip_id in scores]
    values = np.stack([rows[clip.clip_id] for clip in own])
    fold, side = np.array([clip.fold for clip in own]), np.array([clip.is_spoof for clip in own])
    said = np.zeros(len(own))
    for held_out in range(FOLDS):
        inside = fold != held_out
        slope, offset = fit_values(values[inside], [clip for clip in own if clip.fold != held_out])
        said[~inside] = (values[~inside] @ slope + offset).clip(-VIEW_LIMIT, VIEW_LIMIT)
    base = np.array([scores[clip.clip_id] for clip in own])
    by_clip = {clip.clip_id: float(score) for clip, score in zip(own, said, strict=True)}
    found = {
        "clips": [int((~side).sum()), int(side.sum())],
        "auc": round(auc(said, side), 3),
        "interval": [round(value, 3) for value in auc_interval(said, side)],
        "detector with it": round(auc(base + said, side), 3),
        "without it": round(auc(base, side), 3),
        "gain": paired_gain(base + said, base, side),
        "generators (clips, mean, AUC)": {name: rest for name, *rest in by_generator(by_clip, own)},
    }
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(found))
