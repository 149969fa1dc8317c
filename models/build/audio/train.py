"""Fit the audio classifier on the pool: once per fold without what the fold tests, and once on everything.

Run as ``python -m models.build.audio.train --work DIR``: writes ``DIR/net_FOLD.pt`` and ``DIR/net_all.pt``.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from models.build.audio import corpus, folds, pool
from models.build.audio.network import FARTHEST, AudioNet, CepstralMovement
from models.build.audio.pool import Stretch

#: What each kind weighs in the fit, so that no source of material drowns another.
SHARES = {"bonafide": 0.5, "corpus": 0.25, "twin": 0.18, "tts": 0.07}
#: Inverse strength of the L2 penalty on standardised features.
INVERSE_PENALTY = 3e-3
BATCH = 32

Features = NDArray[np.float32]


def features(rows: NDArray[np.int16]) -> Features:
    """Cepstral movement of every stretch."""
    front = CepstralMovement().eval()
    with torch.inference_mode():
        parts = [
            front.by_fft(torch.from_numpy(corpus.from_pcm(rows[first : first + BATCH]))).numpy()
            for first in range(0, len(rows), BATCH)
        ]
    return np.concatenate(parts)


def fit(stretches: list[Stretch], values: Features) -> AudioNet:
    """A penalised logistic regression, put into the network."""
    scaler = StandardScaler().fit(values)
    standard = np.clip(scaler.transform(values), -FARTHEST, FARTHEST)
    model = LogisticRegression(C=INVERSE_PENALTY, max_iter=500)
    model.fit(standard, [stretch.is_spoof for stretch in stretches], sample_weight=_weights(stretches))
    net = AudioNet()
    net.mean.copy_(torch.from_numpy(scaler.mean_))
    net.deviation.copy_(torch.from_numpy(scaler.scale_))
    with torch.no_grad():
        net.head.weight.copy_(torch.from_numpy(model.coef_))
        net.head.bias.copy_(torch.from_numpy(model.intercept_))
    return net.eval()


def _weights(stretches: list[Stretch]) -> NDArray[np.float64]:
    """Per stretch: its kind's share, spread over sources and generators by the root of their size; mean near 1."""
    groups = [(stretch.kind, stretch.source_repo, stretch.made_by) for stretch in stretches]
    sizes = Counter(groups)
    weights = np.array([sizes[group] ** -0.5 for group in groups])
    kinds = np.array([stretch.kind for stretch in stretches])
    for kind, share in SHARES.items():
        weights[kinds == kind] *= share * len(stretches) / weights[kinds == kind].sum()
    return weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    start = time.monotonic()
    clips, _ = corpus.load(arguments.work)
    stretches, rows = pool.load(arguments.work)
    values = features(rows)
    for fold in (*folds.FOLDS, "all"):
        excluded = folds.Excluded(clip for clip in clips if folds.fold_of(clip) == fold)
        allowed = [i for i, stretch in enumerate(stretches) if stretch not in excluded]
        chosen = [stretches[i] for i in allowed]
        kinds = json.dumps(Counter(stretch.kind for stretch in chosen))
        torch.save(fit(chosen, values[allowed]).state_dict(), arguments.work / f"net_{fold}.pt")
        print(
            f"{time.monotonic() - start:.0f} s, {fold}: {len(chosen)} of {len(stretches)} stretches: {kinds}",
            flush=True,
        )


if __name__ == "__main__":
    main()
