"""The archive's fingerprints in memory: near pictures and equal sounds are looked up in tables.

Programmes that come in are put into segments of their own, which are joined when there are many.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.lookup import HashTable
from anchorproof.footage.prints import SOUND_BITS, SOUND_STEP_S, Fingerprint, Hashes

#: Of a programme's pictures (two a second) every second one is looked up; all are compared along a line.
_EVERY = 2
#: A sound item that the archive holds more often than this says nothing (silence, tones).
_LIMIT_HITS = 2_000
#: Segments that are looked through one by one; more are joined.
_LIMIT_SEGMENTS = 12
_FLIPS = np.concatenate([[0], 1 << np.arange(SOUND_BITS)]).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class PictureHits:
    """Near pictures of the archive, arrays of one length: query row, programme, time in it, bits apart."""

    query: NDArray[np.int64]
    programme: NDArray[np.int64]
    time_s: NDArray[np.float64]
    bits: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class SoundHits:
    """Equal or nearly equal sound items, arrays of one length: query item, programme, when its sound begins in it."""

    query: NDArray[np.int64]
    programme: NDArray[np.int64]
    time_s: NDArray[np.float64]


class ArchiveIndex:
    """Fingerprints of all programmes, to be searched; programmes are numbered in the order of ``programme_ids``."""

    def __init__(self, prints: Mapping[str, Fingerprint] | None = None) -> None:
        self._prints: dict[str, Fingerprint] = {}
        self._ids: list[str] = []
        self._segments: list[_Segment] = []
        if prints:
            self.update(prints)

    @property
    def programme_ids(self) -> Sequence[str]:
        return self._ids

    def fingerprint(self, programme: int) -> Fingerprint:
        return self._prints[self._ids[programme]]

    def update(self, prints: Mapping[str, Fingerprint]) -> None:
        """Hold exactly these programmes: new ones are added to what is there, a missing one means building anew."""
        if not self._prints.keys() <= prints.keys():
            self._prints, self._ids, self._segments = {}, [], []
        new = {key: found for key, found in prints.items() if key not in self._prints}
        if not new:
            return
        first = len(self._ids)
        self._ids += new
        self._prints |= new
        if len(self._segments) >= _LIMIT_SEGMENTS:
            first = self._joined_from()
        self._segments.append(_Segment(list(islice(self._prints.values(), first, None)), first))

    def _joined_from(self) -> int:
        """Where a segment begins that takes in the small ones, or all; drops those."""
        small = sum(len(segment) for segment in self._segments[1:])
        kept = 1 if small < len(self._segments[0]) / 2 else 0
        first = self._segments[kept].first_programme
        del self._segments[kept:]
        return first

    def near_pictures(self, hashes: Hashes, is_inner: NDArray[np.bool_], limit_bits: int, count: int) -> PictureHits:
        """Pictures of the archive near each hash, among inner or whole hashes: those that are nearest in each segment.

        Nothing within ``lookup.EXACT_BITS`` is missed unless there are more than ``count`` of it; see there for more.
        """
        chosen = [(np.flatnonzero(is_inner == inner), inner) for inner in (False, True)]
        parts = [
            (rows[query], *hits)
            for rows, inner in chosen
            if len(rows)
            for segment in self._segments
            for query, *hits in [segment.near_pictures(hashes[rows], inner, limit_bits, count)]
        ]
        if not parts:
            empty = np.empty(0, np.int64)
            return PictureHits(empty, empty, np.empty(0), np.empty(0, np.int16))
        return PictureHits(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def equal_sounds(self, items: NDArray[np.uint32]) -> SoundHits:
        """All items of the archive that equal one of these, or differ from it in one bit."""
        wanted = (items[:, None] ^ _FLIPS[None]).ravel()
        asked = np.repeat(np.arange(len(items)), len(_FLIPS))
        found = [segment.equal_sounds(wanted, asked) for segment in self._segments]
        if not found:
            empty = np.empty(0, np.int64)
            return SoundHits(empty, empty, np.empty(0))
        return SoundHits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))


class _Segment:
    """Programmes whose pictures and sounds are looked up together."""

    def __init__(self, prints: Sequence[Fingerprint], first_programme: int) -> None:
        self.first_programme = first_programme
        pictures = [found.pictures for found in prints]
        self._tables = [
            HashTable(np.concatenate([getattr(print_, name)[::_EVERY] for print_ in pictures]))
            for name in ("hashes", "inner")
        ]
        self._times = np.concatenate([print_.times_s[::_EVERY] for print_ in pictures]).astype(np.float64)
        self._first_picture = _starts([-(-len(print_) // _EVERY) for print_ in pictures])
        items = np.concatenate([found.sounds.items for found in prints])
        self._sound_order = np.argsort(items, kind="stable").astype(np.uint32)
        self._sounds = items[self._sound_order]
        self._first_sound = _starts([len(found.sounds) for found in prints])
        self._sound_begins = np.array([found.sounds.start_s for found in prints])

    def __len__(self) -> int:
        return len(self._times) + len(self._sounds)

    def near_pictures(
        self, hashes: Hashes, is_inner: bool, limit_bits: int, count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64], NDArray[np.int16]]:
        query, row, bits = self._tables[is_inner].near(hashes, limit_bits, count)
        programme = np.searchsorted(self._first_picture, row, side="right") - 1
        return query, programme + self.first_programme, self._times[row], bits

    def equal_sounds(
        self, wanted: NDArray[np.uint32], asked: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        low = np.searchsorted(self._sounds, wanted, side="left")
        counts = np.searchsorted(self._sounds, wanted, side="right") - low
        kept = np.flatnonzero((counts > 0) & (counts <= _LIMIT_HITS))
        low, counts = low[kept], counts[kept]
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = self._sound_order[np.repeat(low, counts) + steps].astype(np.int64)
        programme = np.searchsorted(self._first_sound, rows, side="right") - 1
        begins = self._sound_begins[programme] + (rows - self._first_sound[programme]) * SOUND_STEP_S
        return np.repeat(asked[kept], counts), programme + self.first_programme, begins


def _starts(counts: Sequence[int]) -> NDArray[np.int64]:
    """Where each of these begins when they are put one after the other."""
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
