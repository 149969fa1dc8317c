"""How well scores order trials: partial AUC, average precision, the points of a DET curve."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from calibration.metrics import Floats, error_rates


def pauc(h1_scores: ArrayLike, h2_scores: ArrayLike, max_fpr: float = 0.1) -> float:
    """Area under the ROC up to ``max_fpr``, standardised: .5 says nothing, 1 is perfect.

    Source: McClish, Medical Decision Making 9(3), 1989. The ROC is joined by straight lines, so ties count half.

    Raises:
        ValueError: ``max_fpr`` is not in (0, 1], or a side is empty.
    """
    if not 0 < max_fpr <= 1:
        raise ValueError(f"max_fpr must be in (0, 1]; got {max_fpr}")
    rates = error_rates(h1_scores, h2_scores)
    fprs, tprs = rates.false_alarms[::-1], 1 - rates.misses[::-1]
    inside = fprs <= max_fpr
    x = np.append(fprs[inside], max_fpr)
    y = np.append(tprs[inside], _joined(max_fpr, fprs, tprs))
    area = float(np.sum(np.diff(x) * (y[1:] + y[:-1]) / 2))
    worst, best = max_fpr**2 / 2, max_fpr
    return 0.5 * (1 + (area - worst) / (best - worst))


def _joined(at: float, fprs: Floats, tprs: Floats) -> float:
    """The ROC's height at ``at``, on the line between its neighbours."""
    after = int(np.searchsorted(fprs, at, "right"))
    if after == len(fprs):
        return float(tprs[-1])
    before = after - 1
    share = (at - fprs[before]) / (fprs[after] - fprs[before])
    return float(tprs[before] + share * (tprs[after] - tprs[before]))


def average_precision(h1_scores: ArrayLike, h2_scores: ArrayLike) -> float:
    """Precision averaged over the H1 trials found, thresholds falling; depends on how common H1 is among the trials.

    Source: Manning, Raghavan and Schuetze, Introduction to Information Retrieval, 2008, section 8.4; not interpolated.
    """
    h1, h2 = np.asarray(h1_scores, np.float64).ravel(), np.asarray(h2_scores, np.float64).ravel()
    rates = error_rates(h1, h2)
    found = (1 - rates.misses[-2::-1]) * len(h1)
    wrong = rates.false_alarms[-2::-1] * len(h2)
    return float(np.sum(np.diff(found, prepend=0.0) * found / (found + wrong)) / len(h1))


def det_points(h1_scores: ArrayLike, h2_scores: ArrayLike, most: int = 200) -> list[tuple[float, float]]:
    """(false-alarm rate, miss rate) along the DET curve, at most about ``most`` points, its corners kept.

    Source: Martin, Doddington, Kamm, Ordowski and Przybocki, Eurospeech 1997. The axes are scaled when it is drawn.
    """
    rates = error_rates(h1_scores, h2_scores)
    points = np.stack([rates.false_alarms, rates.misses], axis=1)
    step = np.diff(points, axis=0)
    is_corner = np.ones(len(points), bool)
    is_corner[1:-1] = ~((step[1:] == 0) & (step[:-1] == 0)).any(axis=1)
    corners = points[is_corner]
    if len(corners) > most:
        corners = corners[np.unique(np.linspace(0, len(corners) - 1, most).round().astype(int))]
    return [(float(x), float(y)) for x, y in corners]
