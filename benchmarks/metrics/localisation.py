"""Where in a clip the spoofed stretches are: AP at an overlap, AR of the first N proposals.

As AV-Deepfake1M's evaluation defines them (Cai et al., ACM Multimedia 2024, and the 1M-Deepfakes challenge): a proposal
is right when its overlap with a true stretch is *more* than the threshold; each true stretch takes the first such
proposal of its clip that none took before it; the precision is the best at that recall or beyond; the step up to the
first proposal's recall is not counted, so a perfect answer to n stretches reaches (n - 1) / n. One difference: true
stretches of a clip without any proposal count as missed, where the challenge's own program leaves them out of AR.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from calibration.metrics import Floats

AP_OVERLAPS = (0.5, 0.75, 0.9, 0.95)
AR_COUNTS = (50, 30, 20, 10, 5)
AR_OVERLAPS = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))

#: Start and end in seconds.
Stretch = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stretch said to be spoofed; ``score`` grows with how sure that is."""

    score: float
    start_s: float
    end_s: float


def average_precision_at(
    proposals: Mapping[str, Sequence[Proposal]], truths: Mapping[str, Sequence[Stretch]], overlap: float
) -> float:
    """AP over all clips of ``truths`` at one overlap (intersection over union).

    Args:
        proposals: by clip, in any order; a clip may have none. ``truths``: by clip; a bona fide clip has no stretch.

    Raises:
        ValueError: no clip has a true stretch.
    """
    wanted = sum(len(stretches) for stretches in truths.values())
    if not wanted:
        raise ValueError("no clip has a spoofed stretch; there is nothing to find")
    scores, hits = [], []
    for clip, stretches in truths.items():
        ranked = _ranked(proposals.get(clip, ()))
        scores += [proposal.score for proposal in ranked]
        hits += list(_hits(_overlaps(ranked, stretches) > overlap))
    if not scores:
        return 0.0
    right = np.array(hits)[np.argsort(-np.array(scores), kind="stable")]
    found = np.cumsum(right)
    recall, precision = found / wanted, found / np.arange(1, len(right) + 1)
    best = np.maximum.accumulate(precision[::-1])[::-1]
    return float(np.sum(np.diff(recall) * best[1:]))


def average_recall_at(
    proposals: Mapping[str, Sequence[Proposal]],
    truths: Mapping[str, Sequence[Stretch]],
    count: int,
    overlaps: Sequence[float] = AR_OVERLAPS,
) -> float:
    """Share of true stretches that one of a clip's ``count`` surest proposals finds, averaged over overlaps."""
    wanted = sum(len(stretches) for stretches in truths.values())
    if not wanted:
        raise ValueError("no clip has a spoofed stretch; there is nothing to find")
    found = np.zeros(len(overlaps))
    for clip, stretches in truths.items():
        ranked = _ranked(proposals.get(clip, ()))[:count]
        if ranked and stretches:
            best = _overlaps(ranked, stretches).max(axis=0)
            found += (best[None, :] > np.array(overlaps)[:, None]).sum(axis=1)
    return float((found / wanted).mean())


def proposals_from(segments: Sequence[Sequence[float]], levels: int = 5) -> list[Proposal]:
    """Proposals from a detector's scores of consecutive segments (score, start, end): runs above falling thresholds.

    A run is proposed once for each of ``levels`` quantiles of the clip's own scores that it stays above, with its mean
    score; equal runs once, with their highest.
    """
    if not segments:
        return []
    table = np.array(segments, np.float64)
    table = table[np.argsort(table[:, 1], kind="stable")]
    found: dict[Stretch, float] = {}
    for level in np.unique(np.quantile(table[:, 0], np.linspace(0, 1, levels))):
        for first, last in _runs(table[:, 0] >= level, table[:, 1], table[:, 2]):
            key = (float(table[first, 1]), float(table[last, 2]))
            found[key] = max(found.get(key, -np.inf), float(table[first : last + 1, 0].mean()))
    return [Proposal(score, start, end) for (start, end), score in found.items()]


def _runs(inside: NDArray[np.bool_], starts: Floats, ends: Floats) -> list[tuple[int, int]]:
    """First and last index of each stretch of True, broken where time has a hole."""
    runs: list[tuple[int, int]] = []
    for place in np.flatnonzero(inside):
        if runs and runs[-1][1] == place - 1 and starts[place] - ends[place - 1] < 0.5:
            runs[-1] = (runs[-1][0], int(place))
        else:
            runs.append((int(place), int(place)))
    return runs


def _ranked(proposals: Sequence[Proposal]) -> list[Proposal]:
    return sorted(proposals, key=lambda proposal: -proposal.score)


def _overlaps(proposals: Sequence[Proposal], stretches: Sequence[Stretch]) -> Floats:
    """Intersection over union, shape ``(proposals, stretches)``; as the challenge, the union spans any gap."""
    said = np.array([(proposal.start_s, proposal.end_s) for proposal in proposals], np.float64).reshape(-1, 1, 2)
    true = np.array(stretches, np.float64).reshape(1, -1, 2)
    inner = np.minimum(said[..., 1], true[..., 1]) - np.maximum(said[..., 0], true[..., 0])
    outer = np.maximum(said[..., 1], true[..., 1]) - np.minimum(said[..., 0], true[..., 0])
    return np.asarray(np.maximum(inner, 0) / np.where(outer > 0, outer, 1.0), np.float64)


def _hits(close: NDArray[np.bool_]) -> NDArray[np.bool_]:
    taken: NDArray[np.bool_] = np.zeros(close.shape[0], bool)
    for column in close.T:
        free = np.flatnonzero(column & ~taken)
        if len(free):
            taken[free[0]] = True
    return taken
