"""The results page's picture: likeness over lags, and how the scores lie."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def draw(path: Path, curves: Mapping[str, Floats], scores: Mapping[str, Floats], offsets: Floats) -> None:
    """Three panels side by side.

    Args:
        curves: by kind of sound, likeness ``(windows, lags)``, the middle one without lag; 25 steps a second.
        scores: by kind of sound, raw scores.
        offsets: of the genuine windows, in seconds.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, (lagged, spread, found) = pyplot.subplots(1, 3, figsize=(13, 3.8), constrained_layout=True)
    for name, likeness in curves.items():
        middle = likeness.shape[1] // 2
        seconds = (np.arange(likeness.shape[1]) - middle) / 25
        lagged.plot(seconds, np.nanmean(likeness, axis=0), label=name)
    lagged.set(xlabel="sound taken later by (s)", ylabel="mean likeness", title="lips and sound over lags")
    lagged.legend(frameon=False)
    edges = np.linspace(*np.quantile(np.concatenate(list(scores.values())), [0, 1]), 30)
    for name, values in scores.items():
        spread.hist(values, edges, histtype="step", density=True, label=name)
    spread.set(xlabel="raw score (larger: genuine)", ylabel="density", title="5 s windows, sources left out")
    spread.legend(frameon=False)
    found.hist(offsets, np.arange(-1.02, 1.03, 0.04), color="tab:blue")
    found.set(xlabel="offset found (s)", ylabel="windows", title="genuine windows: offset found")
    figure.savefig(path, dpi=110)
    pyplot.close(figure)
