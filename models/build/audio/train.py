"""Fit the audio classifier on the pool: once per fold without what the fold tests, and once on everything.

Run as ``python -m models.build.audio.train --work DIR``: writes ``DIR/net_FOLD.pt`` and ``DIR/net_all.pt``.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression, Ridge

from models.build.audio import folds, ladder, pool
from models.build.audio.network import BACKGROUND, FARTHEST, MOVEMENT, AudioNet, Standard, View
from models.build.audio.pool import Window
from models.build.audio.quality import published

#: Inverse strength of the L2 penalty on standardised features.
INVERSE_PENALTY = 1e-3
#: L2 penalty of what the background explains of the hearing.
EXPLAINED_PENALTY = 10.0
#: What the hearing's answer weighs beside the movement's, both in deviations of their own.
HEARING_SHARE = 0.3
#: What windows of each kind weigh together.
SHARES = {"clip": 0.35, "way": 0.3, "rung": 0.25, "spoken": 0.1}


Features = NDArray[np.float32]
Weights = NDArray[np.float64]


def fit(windows: Sequence[Window], values: Features, net: AudioNet) -> AudioNet:
    """Two penalised logistic regressions, put into ``net``; the second on what the background leaves of the hearing."""
    spoof = np.array([window.is_spoof for window in windows])
    weights = weights_of(windows)
    movement, background, hearing = np.split(values, [MOVEMENT, MOVEMENT + BACKGROUND], axis=1)
    standard = _standardise(net.background, background)
    explained = Ridge(alpha=EXPLAINED_PENALTY).fit(standard[~spoof], hearing[~spoof])
    left = hearing - explained.predict(standard)
    with torch.no_grad():
        net.explained.weight.copy_(torch.from_numpy(explained.coef_))
        net.explained.bias.copy_(torch.from_numpy(explained.intercept_))
    _fit_view(net.movement, movement, spoof, weights, 1.0)
    _fit_view(net.hearing, left, spoof, weights, HEARING_SHARE)
    return net.eval()


def kind_of(window: Window) -> str:
    """Windows on a rung of the ladder are of one kind."""
    return window.kind if window.kind in SHARES else "rung"


def weights_of(windows: Sequence[Window]) -> Weights:
    """Both classes alike; within a class each kind its share, sources and generators by the root of their size."""
    kinds = [kind_of(window) for window in windows]
    groups = [
        (window.is_spoof, kind, window.source_repo, window.made_by) for window, kind in zip(windows, kinds, strict=True)
    ]
    per_clip = Counter((window.clip_id, kind) for window, kind in zip(windows, kinds, strict=True))
    counts = np.array([1 / per_clip[window.clip_id, kind] for window, kind in zip(windows, kinds, strict=True)])
    sizes: Counter[tuple[bool, str, str, str]] = Counter()
    for group, count in zip(groups, counts, strict=True):
        sizes[group] += count
    weights = np.array([count * sizes[group] ** -0.5 for group, count in zip(groups, counts, strict=True)])
    clips = len({window.clip_id for window in windows})
    for side in (True, False):
        for kind, share in SHARES.items():
            chosen = np.array([group[:2] == (side, kind) for group in groups])
            if chosen.any():
                weights[chosen] *= share / weights[chosen].sum()
        members = np.array([group[0] == side for group in groups])
        weights[members] *= clips / 2 / weights[members].sum()
    return weights


def _fit_view(view: View, values: Features, spoof: NDArray[np.bool_], weights: Weights, share: float) -> None:
    standard = _standardise(view.standard, values)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=500).fit(standard, spoof, sample_weight=weights)
    answers = model.decision_function(standard)
    scale = share / np.sqrt(np.cov(answers, aweights=weights))
    with torch.no_grad():
        view.head.weight.copy_(torch.from_numpy(model.coef_ * scale))
        view.head.bias.copy_(torch.from_numpy(model.intercept_ * scale))


def _standardise(standard: Standard, values: Features) -> Features:
    standard.mean.copy_(torch.from_numpy(values.mean(axis=0)))
    standard.deviation.copy_(torch.from_numpy(values.std(axis=0) + 1e-6))
    scaled = (values - standard.mean.numpy()) / standard.deviation.numpy()
    return np.clip(scaled, -FARTHEST, FARTHEST)


def material(work: Path) -> tuple[list[Window], Features]:
    """The pool and the ladder."""
    pooled, on_rungs = pool.load(work), ladder.load(work)
    return [*pooled[0], *on_rungs[0]], np.concatenate([pooled[1], on_rungs[1]])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    windows, values = material(arguments.work)
    for fold in (*folds.FOLDS, "all"):
        excluded = folds.Excluded(window for window in windows if _is_tested(window, fold))
        allowed = np.array([window not in excluded for window in windows])
        chosen = [window for window, is_in in zip(windows, allowed, strict=True) if is_in]
        torch.save(fit(chosen, values[allowed], AudioNet(published())).state_dict(), arguments.work / f"net_{fold}.pt")
        print(f"{fold}: {len(chosen)} windows: {json.dumps(Counter(map(kind_of, chosen)))}", flush=True)


def _is_tested(window: Window, fold: str) -> bool:
    return window.kind == "clip" and folds.fold_of(window) == fold


if __name__ == "__main__":
    main()
