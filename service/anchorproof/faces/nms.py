"""Non-maximum suppression over boxes that belong to several pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]
Indices = NDArray[np.intp]


def suppress(boxes: Boxes, scores: Boxes, owners: Indices, limit: float, of_smaller: bool = False) -> Indices:
    """Indices of the boxes that stay, best score first within each owner.

    Args:
        boxes: ``(n, 4)`` as x1, y1, x2, y2.
        scores: ``(n,)``.
        owners: ``(n,)``, the picture (and scale) a box belongs to; boxes of different owners never meet.
        limit: a box goes when its overlap with a better one exceeds this.
        of_smaller: measure the overlap as a share of the smaller box (in inclusive pixels), not of the union.
    """
    kept = [
        _suppress_one(boxes, scores, np.flatnonzero(owners == owner), limit, of_smaller) for owner in np.unique(owners)
    ]
    return np.concatenate(kept) if kept else np.zeros(0, np.intp)


def _suppress_one(boxes: Boxes, scores: Boxes, mine: Indices, limit: float, of_smaller: bool) -> Indices:
    order = mine[np.argsort(-scores[mine], kind="stable")]
    too_close = _overlap(boxes[order], of_smaller) > limit
    alive = np.ones(len(order), bool)
    for i in range(len(order)):
        if alive[i]:
            alive[i + 1 :] &= ~too_close[i, i + 1 :]
    return order[alive]


def _overlap(boxes: Boxes, of_smaller: bool) -> NDArray[np.float32]:
    """Overlap of every box with every other, ``(n, n)``."""
    inclusive = 1.0 if of_smaller else 0.0
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.prod(np.maximum(high - low + inclusive, 0.0), axis=2)
    area = np.prod(np.maximum(boxes[:, 2:] - boxes[:, :2] + inclusive, 0.0), axis=1)
    rows, columns = area[:, None], area[None, :]
    whole = np.minimum(rows, columns) if of_smaller else rows + columns - shared
    return np.asarray(shared / np.maximum(whole, 1e-9), np.float32)
