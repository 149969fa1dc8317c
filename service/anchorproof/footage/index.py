"""The archive's fingerprints in memory: exact Hamming search of pictures, look-up of sounds.

Pictures are compared with every picture of the archive (faiss' flat binary index): nothing is missed, and the time does
not depend on how alike the archive's pictures are, as they are in a studio. Sounds are looked up by equal items, or
items one bit apart, in a sorted list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import faiss
import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.prints import PICTURE_BITS, SOUND_BITS, SOUND_STEP_S, Fingerprint, Hashes

#: Of a programme's pictures (two a second) every second one is looked up; all are compared along a line.
_EVERY = 2
#: A sound item that the archive holds more often than this says nothing (silence, tones).
_LIMIT_HITS = 2_000
#: Sorted lists of sound items that are looked through one by one; more are merged into one.
_LIMIT_SEGMENTS = 12
_FLIPS = np.concatenate([[0], 1 << np.arange(SOUND_BITS)]).astype(np.uint32)


@dataclass(frozen=True, slots=True)
class PictureHits:
    """Nearest pictures of the archive, arrays of one length: query row, programme, place in its print, bits apart."""

    query: NDArray[np.int64]
    programme: NDArray[np.int64]
    place: NDArray[np.int64]
    bits: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class SoundHits:
    """Equal or nearly equal sound items, arrays of one length: query item, programme, item of its print."""

    query: NDArray[np.int64]
    programme: NDArray[np.int64]
    place: NDArray[np.int64]


class ArchiveIndex:
    """Fingerprints of all programmes, to be searched; programmes are numbered in the order of ``programme_ids``."""

    def __init__(self, prints: Mapping[str, Fingerprint] | None = None) -> None:
        self._build({})
        if prints:
            self.update(prints)

    @property
    def programme_ids(self) -> Sequence[str]:
        return self._ids

    def fingerprint(self, programme: int) -> Fingerprint:
        return self._prints[self._ids[programme]]

    def update(self, prints: Mapping[str, Fingerprint]) -> None:
        """Hold exactly these programmes: new ones are added to what is there, a missing one means building anew."""
        if not self._prints.keys() <= prints.keys() or len(self._segments) >= _LIMIT_SEGMENTS:
            self._build(prints)
            return
        self._add({key: found for key, found in prints.items() if key not in self._prints})

    def nearest_pictures(self, hashes: Hashes, is_inner: NDArray[np.bool_], count: int) -> PictureHits:
        """The ``count`` nearest pictures of the archive for each hash, exactly, among inner or whole hashes."""
        parts = [
            self._nearest(index, hashes, np.flatnonzero(is_inner == inner), count)
            for inner, index in ((False, self._whole), (True, self._inner))
        ]
        return PictureHits(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))

    def _nearest(
        self, index: faiss.IndexBinaryFlat, hashes: Hashes, chosen: NDArray[np.int64], count: int
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
        available = min(count, index.ntotal)
        if not available or not len(chosen):
            empty = np.empty(0, np.int64)
            return empty, empty, empty, np.empty(0, np.int32)
        bits, rows = index.search(np.ascontiguousarray(hashes[chosen]), available)
        rows = rows.ravel()
        programme = np.searchsorted(self._first_picture, rows, side="right") - 1
        places = (rows - self._first_picture[programme]) * _EVERY
        return np.repeat(chosen, available), programme, places, bits.ravel()

    def equal_sounds(self, items: NDArray[np.uint32]) -> SoundHits:
        """All items of the archive that equal one of these, or differ from it in one bit."""
        wanted = (items[:, None] ^ _FLIPS[None]).ravel()
        asked = np.repeat(np.arange(len(items)), len(_FLIPS))
        found = [segment.look_up(wanted, asked) for segment in self._segments]
        if not found:
            empty = np.empty(0, np.int64)
            return SoundHits(empty, empty, empty)
        return SoundHits(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def sound_times(self, hits: SoundHits) -> NDArray[np.float64]:
        """When the sound of each hit begins in its programme."""
        return np.asarray(self._sound_starts[hits.programme] + hits.place * SOUND_STEP_S, np.float64)

    def _build(self, prints: Mapping[str, Fingerprint]) -> None:
        self._ids: list[str] = []
        self._prints: dict[str, Fingerprint] = {}
        self._whole = faiss.IndexBinaryFlat(PICTURE_BITS)
        self._inner = faiss.IndexBinaryFlat(PICTURE_BITS)
        self._first_picture = np.empty(0, np.int64)
        self._sound_starts = np.empty(0, np.float64)
        self._segments: list[_SoundSegment] = []
        self._add(prints)

    def _add(self, prints: Mapping[str, Fingerprint]) -> None:
        if not prints:
            return
        first = len(self._ids)
        counts = np.array([-(-len(found.pictures) // _EVERY) for found in prints.values()], np.int64)
        starts = self._whole.ntotal + np.concatenate([[0], np.cumsum(counts)[:-1]])
        self._first_picture = np.concatenate([self._first_picture, starts])
        sound_starts = [found.sounds.start_s for found in prints.values()]
        self._sound_starts = np.concatenate([self._sound_starts, sound_starts])
        if counts.sum():
            self._whole.add(np.concatenate([found.pictures.hashes[::_EVERY] for found in prints.values()]))
            self._inner.add(np.concatenate([found.pictures.inner[::_EVERY] for found in prints.values()]))
        self._segments.append(_SoundSegment([found.sounds.items for found in prints.values()], first))
        self._ids += prints.keys()
        self._prints |= prints


class _SoundSegment:
    """Some programmes' sound items, sorted."""

    def __init__(self, items: Sequence[NDArray[np.uint32]], first_programme: int) -> None:
        joined = np.concatenate(items)
        order = np.argsort(joined, kind="stable")
        self._order = order.astype(np.uint32)
        self._sorted = joined[order]
        self._starts = np.concatenate([[0], np.cumsum([len(part) for part in items])[:-1]])
        self._first_programme = first_programme

    def look_up(
        self, wanted: NDArray[np.uint32], asked: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        low = np.searchsorted(self._sorted, wanted, side="left")
        counts = np.searchsorted(self._sorted, wanted, side="right") - low
        kept = np.flatnonzero((counts > 0) & (counts <= _LIMIT_HITS))
        low, counts = low[kept], counts[kept]
        steps = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        rows = self._order[np.repeat(low, counts) + steps].astype(np.int64)
        programme = np.searchsorted(self._starts, rows, side="right") - 1
        return np.repeat(asked[kept], counts), programme + self._first_programme, rows - self._starts[programme]
