"""Do posteriors mean what they say: Brier score, calibration error in bins that follow the data."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from calibration.metrics import Floats, ReliabilityBin, posterior


def brier(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float = 0.5) -> float:
    """Mean squared distance of posterior and truth, the sides weighing ``prior`` to ``1 - prior``: .25 says nothing.

    Source: Brier, Monthly Weather Review 78(1), 1950.
    """
    said, truth, mass = _weighed(h1_llrs, h2_llrs, prior)
    return float(np.sum(mass * (said - truth) ** 2))


def adaptive_bins(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float = 0.5, bins: int = 10) -> list[ReliabilityBin]:
    """Posterior said against frequency seen in at most ``bins`` bins that hold about equally much of the mass.

    Equal posteriors are never split, so a bin may hold more; the frequency is at ``prior``.

    Source: Nixon, Dusenberry, Jerfel, Nguyen, Liu, Zhang and Tran, CVPR Workshops 2019 (adaptive calibration error).
    """
    said, truth, mass = _weighed(h1_llrs, h2_llrs, prior)
    levels, places = np.unique(said, return_inverse=True)
    level_mass = np.bincount(places, mass, len(levels))
    middle = np.cumsum(level_mass) - level_mass / 2
    number = np.minimum((middle * bins).astype(int), bins - 1)[places]
    return [_bin(said, truth, mass, number == one) for one in np.unique(number)]


def ece_adaptive(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float = 0.5, bins: int = 10) -> float:
    """Expected calibration error over :func:`adaptive_bins`."""
    return sum(part.share * abs(part.said - part.true) for part in adaptive_bins(h1_llrs, h2_llrs, prior, bins))


def _bin(said: Floats, truth: Floats, mass: Floats, here: NDArray[np.bool_]) -> ReliabilityBin:
    said_here, true_here = (float(np.average(values[here], weights=mass[here])) for values in (said, truth))
    return ReliabilityBin(said_here, true_here, float(mass[here].sum()), int(here.sum()))


def _weighed(h1_llrs: ArrayLike, h2_llrs: ArrayLike, prior: float) -> tuple[Floats, Floats, Floats]:
    h1, h2 = np.asarray(h1_llrs, np.float64).ravel(), np.asarray(h2_llrs, np.float64).ravel()
    if not len(h1) or not len(h2) or np.isnan(np.concatenate([h1, h2])).any():
        raise ValueError("trials of both hypotheses are needed, each with an LLR")
    mass = np.concatenate([np.full(len(h1), prior / len(h1)), np.full(len(h2), (1 - prior) / len(h2))])
    return posterior(np.concatenate([h1, h2]), prior), np.repeat([1.0, 0.0], [len(h1), len(h2)]), mass
