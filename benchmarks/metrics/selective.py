"""What abstaining buys: the error that is left when only the surest answers are given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from calibration.metrics import Floats


@dataclass(frozen=True, slots=True)
class RiskCoverage:
    """Share of trials answered, rising to 1, and the share of those answers that are wrong."""

    coverage: Floats
    risk: Floats

    @property
    def area(self) -> float:
        """Mean risk over all coverages; 0 is perfect, the plain error rate is what random abstaining gives."""
        return float(np.sum(np.diff(self.coverage, prepend=0.0) * self.risk))

    def risk_at(self, coverage: float) -> float:
        """The risk when at least this share is answered."""
        return float(self.risk[int(np.searchsorted(self.coverage, coverage - 1e-12))])

    def points(self, most: int = 200) -> list[tuple[float, float]]:
        """At most ``most`` points of the curve, its ends kept."""
        places = np.unique(np.linspace(0, len(self.risk) - 1, min(most, len(self.risk))).round().astype(int))
        return [(float(self.coverage[k]), float(self.risk[k])) for k in places]


def risk_coverage(h1_llrs: ArrayLike, h2_llrs: ArrayLike, threshold_llr: float = 0.0) -> RiskCoverage:
    """Answers given from the surest on (LLR farthest from the threshold); both sides weigh the same in all.

    Equally sure answers are given together. Source: El-Yaniv and Wiener, JMLR 11, 2010; Geifman and El-Yaniv, NIPS
    2017.
    """
    h1, h2 = np.asarray(h1_llrs, np.float64).ravel(), np.asarray(h2_llrs, np.float64).ravel()
    if not len(h1) or not len(h2) or np.isnan(np.concatenate([h1, h2])).any():
        raise ValueError("trials of both hypotheses are needed, each with an LLR")
    wrong = np.concatenate([h1 < threshold_llr, h2 >= threshold_llr])
    mass = np.concatenate([np.full(len(h1), 0.5 / len(h1)), np.full(len(h2), 0.5 / len(h2))])
    levels, places = np.unique(-np.abs(np.concatenate([h1, h2]) - threshold_llr), return_inverse=True)
    answered = np.cumsum(np.bincount(places, mass, len(levels)))
    errors = np.cumsum(np.bincount(places, mass * wrong, len(levels)))
    answered[-1] = 1.0
    return RiskCoverage(np.asarray(answered, np.float64), np.asarray(errors / answered, np.float64))
