"""How well the lag is told: against two truths, and with how much confidence.

A genuine recording may have a delay of its own (the encoder's, the studio's), so "no lag" is no truth. What is known:
all windows of a clip share its delay (*own*: the median over the clip's windows; *others*: over its other windows
alone), and sound that is moved by a known step must move the answer by as much.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from anchorproof.detectors.sync import LagCurve
from models.build.sync.trials import bootstrap_over

#: Offsets within 80 ms, in seconds.
CLOSE_S = 0.08
ROUNDS, SEED = 1000, 7
#: Limits that are tabulated; the shipped one is the entry's.
LIMITS = (0.0, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def share_of(hits: Flags, clips: Sequence[str]) -> dict[str, Any]:
    """Share of windows, with its 95 % interval over clips."""
    values = [float(hits[chosen].mean()) for chosen in bootstrap_over(clips, ROUNDS, SEED)]
    low, high = np.quantile(values, [0.025, 0.975])
    rounded = {name: round(float(value), 4) for name, value in (("share", hits.mean()), ("low", low), ("high", high))}
    return rounded | {"n": len(hits), "clips": len(set(clips))}


def offsets_of(curves: Sequence[LagCurve]) -> Floats:
    return np.array([curve.offset_s for curve in curves])


def own_offsets(offsets: Floats, clips: Sequence[str], *, others: bool = False) -> Floats:
    """The median of each window's clip, or of the clip's other windows; NaN for a clip's only window."""
    names = np.array(clips)
    found = np.full(len(offsets), np.nan)
    for place, name in enumerate(names):
        alike = names == name
        if alike.sum() > 1:
            alike[place] = not others
            found[place] = np.median(offsets[alike])
    return found


def features(curves: Sequence[LagCurve]) -> Floats:
    """What the confidence is made of, ``(n, 2)``."""
    rows = [(curve.stands_out, curve.leads) for curve in curves]
    return np.sqrt([curve.span.duration_s for curve in curves])[:, None] * np.array(rows)


def fit_weights(genuine: Floats, right: Flags, revoiced: Floats) -> tuple[float, float, float]:
    """Constant and weights by logistic regression; re-voiced windows, in which no offset is right, weigh as much."""
    table, truth = np.concatenate([genuine, revoiced]), np.concatenate([right, np.zeros(len(revoiced), bool)])
    weights = np.concatenate([np.full(len(genuine), 0.5 / len(genuine)), np.full(len(revoiced), 0.5 / len(revoiced))])
    model = LogisticRegression(C=10.0, max_iter=1000).fit(table, truth, sample_weight=weights * len(table))
    return float(model.intercept_[0]), *map(float, model.coef_[0])


def confidences(weights: tuple[float, float, float], table: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-(weights[0] + table @ np.array(weights[1:])))))


def measure(
    genuine: Sequence[LagCurve],
    revoiced: Sequence[LagCurve],
    shifted: Mapping[int, Sequence[LagCurve]],
    clips: Sequence[str],
    folds: NDArray[np.intp],
    limit: float,
) -> dict[str, Any]:
    """All figures.

    Args:
        genuine: windows with their own sound; ``clips`` says of which clip.
        revoiced: the same pictures with another's speech.
        shifted: with their own sound moved by steps of 1/25 s.
        folds: the fold whose network, and whose weights of the confidence, left the window out.
        limit: of the confidence, from which on an offset is told.
    """
    offsets = offsets_of(genuine)
    own, names = own_offsets(offsets, clips), np.array(clips)
    known = np.isfinite(own)
    right = np.abs(offsets - own) <= CLOSE_S
    sure, sure_revoiced, weights = _left_out(genuine, revoiced, right, known, folds)
    told = known & (sure >= limit)
    rest = own_offsets(offsets, clips, others=True)
    return {
        "of_the_clips_own": share_of(right[known], names[known].tolist()),
        "of_the_clips_other_windows": share_of((np.abs(offsets - rest) <= CLOSE_S)[known], names[known].tolist()),
        "of_none": share_of(np.abs(offsets) <= CLOSE_S, clips),
        "moves_with_the_sound": {
            f"{steps / 25:+.1f} s": share_of(np.abs(offsets_of(curves) - offsets - steps / 25) <= CLOSE_S, clips)
            for steps, curves in shifted.items()
        },
        "told": {
            "limit": limit,
            "of_the_clips_own": share_of(right[told], names[told].tolist()),
            "genuine_windows_told": share_of(sure >= limit, clips),
            "revoiced_windows_told": share_of(sure_revoiced >= limit, clips),
            "moves_with_the_sound": {
                f"{steps / 25:+.1f} s": share_of(
                    (np.abs(offsets_of(curves) - offsets - steps / 25) <= CLOSE_S)[sure >= limit],
                    names[sure >= limit].tolist(),
                )
                for steps, curves in shifted.items()
            },
        },
        "by_confidence": [
            {
                "from": least,
                "genuine_told": round(float((sure >= least).mean()), 3),
                "revoiced_told": round(float((sure_revoiced >= least).mean()), 3),
                "of_the_clips_own": round(float(right[known & (sure >= least)].mean()), 3),
            }
            for least in LIMITS
            if (known & (sure >= least)).any()
        ],
        "weights_fitted_on_all": [round(weight, 3) for weight in weights],
    }


def _left_out(
    genuine: Sequence[LagCurve], revoiced: Sequence[LagCurve], right: Flags, known: Flags, folds: NDArray[np.intp]
) -> tuple[Floats, Floats, tuple[float, float, float]]:
    """Confidences by weights that were fitted on the other folds, and the weights of all."""
    table, other = features(genuine), features(revoiced)
    sure, sure_revoiced = np.zeros(len(table)), np.zeros(len(other))
    for fold in np.unique(folds):
        out = folds == fold
        weights = fit_weights(table[known & ~out], right[known & ~out], other[~out])
        sure[out], sure_revoiced[out] = confidences(weights, table[out]), confidences(weights, other[out])
    return sure, sure_revoiced, fit_weights(table[known], right[known], other)
