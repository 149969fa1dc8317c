"""What is reached without listening: duration, level, silence, sample rate, bandwidth, bit rate; on the same folds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import welch
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from models.build.audio import folds
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples

Scores = NDArray[np.float64]


def features(clip: Clip, speech: Samples) -> list[float]:
    """Properties of the recording that say nothing about the voice."""
    frequencies, power = welch(speech, SAMPLE_RATE_HZ, nperseg=512)
    share = np.cumsum(power) / (power.sum() + 1e-20)
    return [
        np.log(clip.duration_s + 0.1),
        clip.level_db,
        clip.speech_s / max(clip.duration_s, 0.1),
        np.log(clip.sample_rate_hz),
        np.log(clip.bits_per_second),
        float(frequencies[np.searchsorted(share, 0.999)]),
        float(10 * np.log10(power[-32:].mean() / (power.mean() + 1e-20) + 1e-10)),
    ]


def scores(clips: list[Clip], speech: dict[str, Samples]) -> dict[str, Scores]:
    """Cross-fitted scores of a linear model and of boosted trees on the trivial features, in the order of ``clips``."""
    x = np.array([features(clip, speech[clip.clip_id]) for clip in clips])
    y = np.array([clip.is_spoof for clip in clips])
    models = {
        "linear": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, class_weight="balanced")),
        "trees": HistGradientBoostingClassifier(max_iter=100, random_state=0),
    }
    out = {name: np.zeros(len(clips)) for name in models}
    for fold in folds.FOLDS:
        tested = np.array([folds.fold_of(clip) == fold for clip in clips])
        excluded = folds.Excluded(clip for clip, is_in in zip(clips, tested, strict=True) if is_in)
        trained = np.array([clip not in excluded for clip in clips])
        for name, model in models.items():
            model.fit(x[trained], y[trained])
            out[name][tested] = model.predict_proba(x[tested])[:, 1]
    return out
