"""PDQ hashes of many grey pictures at once, under any reframing, without making the reframed pictures.

Up to its last step PDQ is linear, in rows and in columns apart: what a crop took repeated from the edge, scaled down,
64 x 64 points picked, 16 x 16 cosines. So each side of all that is one matrix of 16 rows, and a picture costs two small
products where it took a resize. Programmes are hashed by ``pdqhash``; these differ from its hashes by rounding only.

Source: Facebook, "The TMK+PDQF video-hashing algorithm and the PDQ image-hashing algorithm", 2019.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: PDQ works on 64 x 64 pixels; twice that is enough to come from, and needs none of its blur.
HASH_SIDE_PX = 128
_POINTS, _COSINES = 64, 16
#: Pictures that are turned into floating point at a time.
_CHUNK = 64

#: Rows (or columns) of a picture in the order in which they are looked at; one may come several times.
Places = NDArray[np.int64]


def hash_pictures(pictures: NDArray[np.uint8], rows: Places, columns: Places) -> NDArray[np.uint8]:
    """PDQ hashes, shape ``(n, 32)``, of grey pictures ``(n, height, width)`` seen by these rows and columns."""
    count, height, width = pictures.shape
    scale = min(1.0, HASH_SIDE_PX / max(len(rows), len(columns)))
    down, across = _side(rows, height, scale), _side(columns, width, scale)
    hashes = np.empty((count, _COSINES * _COSINES // 8), np.uint8)
    for first in range(0, count, _CHUNK):
        part = pictures[first : first + _CHUNK].astype(np.float32)
        cosines = down @ (part.reshape(-1, width) @ across.T).reshape(len(part), height, _COSINES)
        hashes[first : first + _CHUNK] = _bits(cosines.reshape(len(part), -1))
    return hashes


def _bits(cosines: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Which of 256 values are above their median (the lower of the middle two, as PDQ has it), in PDQ's order."""
    middle = cosines.shape[1] // 2 - 1
    median = np.partition(cosines, middle, axis=1)[:, middle, None]
    return np.packbits((cosines > median)[:, ::-1], axis=1)


def _side(places: Places, size: int, scale: float) -> NDArray[np.float32]:
    """One side's cosines of a picture of ``size`` rows (or columns), as a matrix ``(16, size)``."""
    scaled = len(places) if scale == 1.0 else max(8, round(len(places) * scale))
    picked = ((np.arange(_POINTS) + 0.5) * scaled / _POINTS).astype(np.int64)
    seen = np.zeros((_POINTS, size))
    np.add.at(seen.T, places, _averages(len(places), scaled)[picked].T)
    return np.asarray(_dct() @ seen, np.float32)


def _averages(count: int, scaled: int) -> NDArray[np.float64]:
    """What each of ``scaled`` pixels takes of ``count``: its share of the area (OpenCV's INTER_AREA)."""
    step = count / scaled
    edges = np.arange(scaled)[:, None] * step
    begins = np.arange(count)[None]
    shared = np.minimum(edges + step, begins + 1) - np.maximum(edges, begins)
    return np.asarray(np.maximum(shared, 0.0) / step, np.float64)


def _dct() -> NDArray[np.float64]:
    """The first cosines but the constant, shape ``(16, 64)``."""
    waves = np.arange(1, _COSINES + 1)[:, None] * (2 * np.arange(_POINTS)[None] + 1)
    return np.asarray(np.sqrt(2 / _POINTS) * np.cos(np.pi / (2 * _POINTS) * waves), np.float64)
