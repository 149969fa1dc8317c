"""Reliability and DET plots of LLRs whose truth is known; needs the ``bench`` extra (matplotlib)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from scipy.stats import norm

from calibration.metrics import Floats, error_rates, reliability

mpl.use("Agg")

from matplotlib import pyplot as plt

#: Error rates at which a DET axis is marked.
_TICKS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.4)


def draw(spoof: Floats, bona_fide: Floats, folder: Path, name: str = "") -> list[Path]:
    """``reliability.png`` and ``det.png`` in the folder, ``name`` before them."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _reliability(spoof, bona_fide, folder / f"{name}reliability.png"),
        _det(spoof, bona_fide, folder / f"{name}det.png"),
    ]


def _reliability(spoof: Floats, bona_fide: Floats, path: Path) -> Path:
    figure, axes = plt.subplots(figsize=(4.2, 4.2))
    bins = reliability(spoof, bona_fide)
    axes.plot([0, 1], [0, 1], color="0.7", linewidth=1)
    axes.plot([part.said for part in bins], [part.true for part in bins], marker="o")
    for part in bins:
        axes.annotate(str(part.trials), (part.said, part.true), fontsize=7, xytext=(4, -8), textcoords="offset points")
    axes.set(xlabel="P(spoof) said, at even prior", ylabel="share of spoofs", xlim=(0, 1), ylim=(0, 1))
    return _saved(figure, path)


def _det(spoof: Floats, bona_fide: Floats, path: Path) -> Path:
    """Source of the axes: Martin et al., Eurospeech 1997."""
    rates = error_rates(spoof, bona_fide)
    inside = (rates.misses > 0) & (rates.misses < 1) & (rates.false_alarms > 0) & (rates.false_alarms < 1)
    figure, axes = plt.subplots(figsize=(4.2, 4.2))
    axes.plot(norm.ppf(rates.false_alarms[inside]), norm.ppf(rates.misses[inside]))
    ticks = norm.ppf(np.array(_TICKS))
    labels = [f"{100 * tick:g} %" for tick in _TICKS]
    axes.set_xticks(ticks, labels)
    axes.set_yticks(ticks, labels)
    axes.set(xlabel="bona fide called spoof", ylabel="spoofs missed")
    axes.grid(color="0.9")
    return _saved(figure, path)


def _saved(figure: Any, path: Path) -> Path:
    figure.tight_layout()
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)
    return path
