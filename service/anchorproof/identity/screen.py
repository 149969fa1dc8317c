"""A first look at many references through copies of a quarter of their size; nothing is missed.

A search of 100,000 templates takes the time that it takes to read them. Here each number is a byte, and each block of
rows knows by how much the copies are off at most: whatever the first look sets aside is certainly no better than
``Shortlist.edge``, by the inequality of Cauchy and Schwarz. Who is close is then measured on the templates themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import faiss
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Vector

#: Rows of a block: small enough to be copied anew when one of them is erased (some 10 ms).
BLOCK_ROWS = 8192
#: Rows that each block puts on the list.
LISTED = 128
#: Room for what float32 sums of some hundred products are off by.
ROUNDING = 1e-5
_LARGEST = 127


class Shortlist(NamedTuple):
    """Rows with the most that their cosine can be, each ``(n,)``; any other row's is at most ``edge``."""

    rows: NDArray[np.intp]
    limits: Vector
    edge: float


@dataclass(frozen=True, slots=True)
class _Block:
    """``BLOCK_ROWS`` rows in bytes; a byte is ``scale`` times the number; ``slack``: how far a row's copy lies off."""

    index: Any
    scale: float
    slack: float

    @classmethod
    def of(cls, vectors: Vector) -> _Block:
        coarse, scale, slack = _coarse(vectors)
        quantizer = faiss.ScalarQuantizer.QT_8bit_direct_signed
        index = faiss.IndexScalarQuantizer(vectors.shape[1], quantizer, faiss.METRIC_INNER_PRODUCT)
        index.add(coarse)
        return cls(index, scale, slack)

    def best(self, coarse: Vector, scale: float, slack: float) -> tuple[NDArray[np.intp], Vector]:
        """The rows that look best to a probe's copy, and the most that their cosines can be; falling."""
        products, rows = self.index.search(coarse, LISTED)  # of whole numbers: exact
        # |vq - v'q'| <= |v - v'| |q| + |v'| |q - q'|, with v and q of length 1
        off = self.slack + (1 + self.slack) * slack
        return rows[0].astype(np.intp), np.asarray(products[0] / (self.scale * scale) + off, np.float32)


def _coarse(vectors: Vector) -> tuple[Vector, float, float]:
    """Whole numbers that bytes can hold, by what they are enlarged, and how far the farthest row's copy lies off."""
    scale = _LARGEST / max(float(np.abs(vectors).max()), 1e-6)
    coarse = np.rint(vectors * np.float32(scale))
    off = np.linalg.norm(vectors - coarse / np.float32(scale), axis=1)
    return coarse, scale, float(off.max()) + ROUNDING


class Screen:
    """Copies of the full blocks at the beginning of a matrix; never changed, for others may hold it.

    Sent to another process it arrives empty, which finds the same in more time.
    """

    def __init__(self, blocks: Sequence[_Block] = ()) -> None:
        self._blocks = tuple(blocks)

    def __reduce__(self) -> tuple[type[Screen], tuple[()]]:
        return Screen, ()

    @property
    def rows(self) -> int:
        """How many rows of the matrix it has copies of; those behind are to be looked at themselves."""
        return len(self._blocks) * BLOCK_ROWS

    def extended(self, vectors: Vector) -> Screen:
        """With copies of whatever full blocks ``vectors`` ``(n, d)`` have by now."""
        missing = range(len(self._blocks), len(vectors) // BLOCK_ROWS)
        return Screen((*self._blocks, *(_block(vectors, number) for number in missing))) if missing else self

    def renewed(self, vectors: Vector, places: Iterable[int]) -> Screen:
        """With the blocks copied anew that hold one of these rows: of what was erased no copy may stay."""
        touched = {place // BLOCK_ROWS for place in places}
        return Screen(
            [_block(vectors, number) if number in touched else kept for number, kept in enumerate(self._blocks)]
        )

    def shortlist(self, probe: Vector) -> Shortlist:
        """Of the rows that it has copies of; ``probe`` is a unit vector ``(d,)``."""
        if not self._blocks:
            return Shortlist(np.zeros(0, np.intp), np.zeros(0, np.float32), -1.0)
        coarse = _coarse(np.ascontiguousarray(probe[None], np.float32))
        with _one_thread():
            found = [block.best(*coarse) for block in self._blocks]
        rows = np.concatenate([rows + number * BLOCK_ROWS for number, (rows, _) in enumerate(found)])
        return Shortlist(rows, np.concatenate([limits for _, limits in found]), max(float(lim[-1]) for _, lim in found))


@contextmanager
def _one_thread() -> Iterator[None]:
    """One block takes a fraction of a millisecond; to wait for a second thread on a busy machine takes longer."""
    before = faiss.omp_get_max_threads()  # of the calling thread, as what is set
    faiss.omp_set_num_threads(1)
    try:
        yield
    finally:
        faiss.omp_set_num_threads(before)


def _block(vectors: Vector, number: int) -> _Block:
    return _Block.of(vectors[number * BLOCK_ROWS : (number + 1) * BLOCK_ROWS])
