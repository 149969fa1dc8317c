"""Scores made comparable: each side's cosine to an imagined crowd of strangers is taken as its zero and its unit.

Symmetric score normalisation (S-norm): ``z = ((s - m(a)) / d(a) + (s - m(b)) / d(b)) / 2``, where ``m`` and ``d`` are
mean and deviation of a template's cosines to a cohort. Here the cohort is only its mean vector and its covariance, from
which both follow exactly; no stranger's template is kept. Source: Kenny, Odyssey 2010 (S-norm); Auckenthaler et al.,
Digital Signal Processing 10, 2000 (cohort normalisation).
"""

from __future__ import annotations

import threading
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Vector

#: Rows whose deviations are computed at once.
CHUNK_ROWS = 8192
#: Deviation below which a template would lie outside of everything the cohort knows.
LEAST_SPREAD = 1e-3


class Cohort:
    """Mean ``(d,)`` and a factor ``(d, k)`` of the covariance: the deviation of ``v`` is ``|factor.T @ v|``."""

    def __init__(self, mean: NDArray[Any], factor: NDArray[Any]) -> None:
        self._mean = np.asarray(mean, np.float32)
        self._factor = np.asarray(factor, np.float32)
        if self._mean.ndim != 1 or self._factor.shape[:1] != self._mean.shape:
            raise ValueError(f"a cohort has a mean (d,) and a factor (d, k); got {mean.shape} and {factor.shape}")
        self._lock = threading.Lock()
        self._known: tuple[weakref.ref[Any], Vector, int] | None = None

    def score(self, one: Vector, other: Vector) -> float:
        """Of two templates."""
        spreads = self._spreads(np.stack([one, other]))
        means = np.stack([one, other]) @ self._mean
        return float(((float(one @ other) - means) / spreads).mean())

    def scores(self, matrix: Vector, probe: Vector) -> Vector:
        """Of the probe with each row of ``matrix`` ``(n, d)``: two products per row, whatever the cohort's size."""
        spread = float(self._spreads(probe[None])[0])
        inner = matrix @ np.column_stack([probe - self._mean, probe / spread])
        zero = float(probe @ self._mean) / spread
        return np.asarray((inner[:, 0] / self._row_spreads(matrix) + inner[:, 1] - zero) / 2, np.float32)

    def _row_spreads(self, matrix: Vector) -> Vector:
        """Remembered for the array that ``matrix`` is the beginning of: references only ever grow behind their end."""
        whole = matrix.base if isinstance(matrix.base, np.ndarray) else matrix
        with self._lock:
            spreads, count = np.zeros(0, np.float32), 0
            if self._known is not None and self._known[0]() is whole:
                _, spreads, count = self._known
            if count < len(matrix):
                if len(spreads) < len(matrix):
                    spreads = np.concatenate([spreads[:count], np.empty(max(len(whole) - count, 0), np.float32)])
                spreads[count : len(matrix)] = self._spreads(matrix[count:])
                self._known = (weakref.ref(whole), spreads, len(matrix))
            return spreads[: len(matrix)]

    def _spreads(self, vectors: Vector) -> Vector:
        parts = [
            np.linalg.norm(vectors[start : start + CHUNK_ROWS] @ self._factor, axis=1)
            for start in range(0, len(vectors), CHUNK_ROWS)
        ]
        return np.asarray(np.maximum(np.concatenate([np.zeros(0, np.float32), *parts]), LEAST_SPREAD), np.float32)
