"""Picture hashes near a picture hash, without comparing it with all (multi-index hashing).

A hash of 256 bits is cut into 16 keys of 16 bits, each with a table of where it occurs. Whatever is at most 31 bits
away has at least one key that differs in one bit or none (two in each of them would make 32), so it is found by
looking up each key and its 16 neighbours: exactly, for less than half a percent of the comparisons. Of hashes further
away as many are found as chance leaves a key alone: 97 % at 45 bits, 75 % at 60, 28 % at 80 where the bits differ
independently. A clip asks with many pictures, and does not need each of them.

Source: Norouzi, Punjani and Fleet, "Fast search in Hamming space with multi-index hashing", CVPR 2012.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.prints import PICTURE_BITS, Hashes, bits_apart

_KEY_BITS = 16
_KEYS = PICTURE_BITS // _KEY_BITS
#: Bits up to which nothing is missed: one more would be two in every key.
EXACT_BITS = 2 * _KEYS - 1
#: A key and all that differ from it in one bit.
_FLIPS = np.concatenate([[0], 1 << np.arange(_KEY_BITS)]).astype(np.uint16)
#: Fewer hashes are all compared: it costs no more.
_ALL_COMPARED = 1 << 15
#: Hashes that one hash is compared with at most, those with the rarest keys first: pictures of one studio share keys.
_LIMIT_COMPARED = 1 << 17
#: Comparisons that are made at a time.
_AT_A_TIME = 1 << 16

Rows = NDArray[np.int64]


class HashTable:
    """Hashes ``(n, 32)`` that are looked up together."""

    def __init__(self, hashes: Hashes) -> None:
        self._words = np.ascontiguousarray(hashes).view(np.uint64)
        #: The tables one after the other: rows in the order of their key, and where each key begins.
        self._order: NDArray[np.uint32] = np.empty(0, np.uint32)
        self._starts: NDArray[np.int64] = np.empty((0, 0), np.int64)
        if len(hashes) > _ALL_COMPARED:
            keys = np.ascontiguousarray(hashes).view(np.uint16).T
            self._order = np.concatenate([np.argsort(part, kind="stable").astype(np.uint32) for part in keys])
            counts = [np.bincount(part, minlength=1 << _KEY_BITS) for part in keys]
            ends = np.cumsum(counts, axis=1) + np.arange(_KEYS)[:, None] * len(hashes)
            self._starts = np.concatenate([ends[:, :1] - np.array(counts)[:, :1], ends], axis=1)

    def __len__(self) -> int:
        return len(self._words)

    def near(self, hashes: Hashes, limit_bits: int, count: int) -> tuple[Rows, Rows, NDArray[np.int16]]:
        """For each hash the ``count`` nearest within ``limit_bits``: arrays of query row, row here and bits apart."""
        found = list(self._compared(hashes, limit_bits) if len(self._order) else self._all_compared(hashes, limit_bits))
        if not found:
            empty = np.empty(0, np.int64)
            return empty, empty, np.empty(0, np.int16)
        query, row, bits = (np.concatenate(parts) for parts in zip(*found, strict=True))
        return _nearest(query, row, bits, count)

    def _all_compared(self, hashes: Hashes, limit_bits: int) -> Iterator[tuple[Rows, Rows, NDArray[np.int16]]]:
        words = np.ascontiguousarray(hashes).view(np.uint64)
        at_a_time = max(1, _AT_A_TIME // max(1, len(self)))
        for first in range(0, len(words), at_a_time):
            apart = bits_apart(words[first : first + at_a_time], self._words)
            query, row = np.nonzero(apart <= limit_bits)
            yield query + first, row, apart[query, row]

    def _compared(self, hashes: Hashes, limit_bits: int) -> Iterator[tuple[Rows, Rows, NDArray[np.int16]]]:
        words = np.ascontiguousarray(hashes).view(np.uint64)
        begins, counts = self._looked_up(hashes)
        per_query = counts.sum(axis=1)
        groups = np.cumsum(per_query) // _AT_A_TIME
        for group in np.unique(groups):
            asked = np.flatnonzero(groups == group)
            rows = self._order[_joined(begins[asked].ravel(), counts[asked].ravel())]
            apart = _bits(np.repeat(words[asked], per_query[asked], axis=0) ^ self._words[rows])
            near = np.flatnonzero(apart <= limit_bits)
            query = np.searchsorted(np.cumsum(per_query[asked]), near, side="right")
            yield asked[query], rows[near].astype(np.int64), apart[near]

    def _looked_up(self, hashes: Hashes) -> tuple[Rows, Rows]:
        """Which parts of the tables each hash is compared with: their begins and lengths, ``(n, 272)``."""
        keys = np.ascontiguousarray(hashes).view(np.uint16)
        asked = (keys[:, :, None] ^ _FLIPS).astype(np.int64)
        table = np.arange(_KEYS)[:, None]
        begins = self._starts[table, asked].reshape(len(keys), -1)
        counts = self._starts[table, asked + 1].reshape(len(keys), -1) - begins
        if (counts.sum(axis=1) > _LIMIT_COMPARED).any():
            rarest = np.argsort(counts, axis=1, kind="stable")
            begins, counts = (np.take_along_axis(part, rarest, axis=1) for part in (begins, counts))
            counts[np.cumsum(counts, axis=1) > _LIMIT_COMPARED] = 0
        return begins, counts


def _joined(begins: Rows, counts: Rows) -> Rows:
    """``begin``, ``begin + 1`` ... of each part, one part after the other."""
    steps = np.arange(int(counts.sum()))
    steps += np.repeat(begins - (np.cumsum(counts) - counts), counts)
    return steps


def _bits(words: NDArray[np.uint64]) -> NDArray[np.int16]:
    """How many bits are set in each row of four words; sums of four small counts at once, as numpy's are slow."""
    counts = np.bitwise_count(words).view(np.uint32)[:, 0]
    pairs = (counts & 0x00FF00FF) + ((counts >> 8) & 0x00FF00FF)
    return ((pairs & 0xFFFF) + (pairs >> 16)).astype(np.int16)


def _nearest(query: Rows, row: Rows, bits: NDArray[np.int16], count: int) -> tuple[Rows, Rows, NDArray[np.int16]]:
    """Of each query's hits the nearest, each row once."""
    order = np.lexsort((row, bits, query))
    query, row, bits = query[order], row[order], bits[order]
    # One row found by several keys has the same bits each time, so its hits are neighbours.
    new = np.ones(len(query), np.bool_)
    new[1:] = (np.diff(query) != 0) | (np.diff(row) != 0)
    query, row, bits = query[new], row[new], bits[new]
    place = np.arange(len(query)) - np.searchsorted(query, query, side="left")
    kept = place < count
    return query[kept], row[kept], bits[kept]
