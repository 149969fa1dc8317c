"""Inner products of one template with many, on the calling thread alone.

BLAS would divide them among threads that go on waiting, busily, for the next product: on a machine whose other core is
at work this takes longer, not less. Each row's product is summed in the same way wherever the row lies, so that equal
templates score equal, to the last bit, however they were found.
"""

from __future__ import annotations

import faiss
import numpy as np

from anchorproof.types import Vector


def products(matrix: Vector, probe: Vector) -> Vector:
    """Of each row of ``matrix`` ``(n, d)`` with ``probe`` ``(d,)``, shape ``(n,)``; float32.

    Raises:
        ValueError: the two differ in length.
    """
    if matrix.ndim != 2 or probe.shape != matrix.shape[1:]:
        raise ValueError(f"a matrix (n, d) and a probe (d,) are needed; got {matrix.shape} and {probe.shape}")
    rows, one = np.ascontiguousarray(matrix, np.float32), np.ascontiguousarray(probe, np.float32)
    found = np.empty(len(rows), np.float32)
    if rows.size:
        # The package's stubs do not name it.
        inner_products = faiss.fvec_inner_products_ny  # type: ignore[attr-defined]
        inner_products(*map(faiss.swig_ptr, (found, one, rows)), rows.shape[1], len(rows))
    return found
