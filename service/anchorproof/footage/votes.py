"""Hits vote for offsets: where many pictures (or sounds) of a clip point to one place of a programme, look closer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Width of an offset's bin; neighbours are added, so a line may bend by speed within a window.
BIN_S = 1.0


@dataclass(frozen=True, slots=True)
class Votes:
    """Hits as arrays of one length: clip time, programme, programme time, weight > 0, and the kind of query."""

    clip_s: NDArray[np.float64]
    programme: NDArray[np.int64]
    programme_s: NDArray[np.float64]
    weight: NDArray[np.float64]
    kind: NDArray[np.int64]

    def within(self, start_s: float, end_s: float) -> Votes:
        kept = (self.clip_s >= start_s) & (self.clip_s < end_s)
        return self.only(kept)

    def only(self, kept: NDArray[np.bool_]) -> Votes:
        return Votes(
            self.clip_s[kept], self.programme[kept], self.programme_s[kept], self.weight[kept], self.kind[kept]
        )


@dataclass(frozen=True, slots=True)
class Guess:
    """A place worth a closer look; ``kinds`` are the kinds of query that voted for it, the most successful first."""

    programme: int
    offset_s: float
    weight: float
    kinds: tuple[int, ...]


def joined(parts: Sequence[Votes]) -> Votes:
    return Votes(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("clip_s", "programme", "programme_s", "weight", "kind")
        )
    )


def guesses(votes: Votes, count: int, kinds: int = 3) -> list[Guess]:
    """The ``count`` heaviest (programme, offset) bins, heaviest first; each clip time votes once per bin and kind."""
    if not len(votes.clip_s):
        return []
    offsets = votes.programme_s - votes.clip_s
    bins = np.floor(offsets / BIN_S).astype(np.int64)
    low = bins.min()
    width = int(bins.max() - low) + 3
    keys = votes.programme * width + (bins - low + 1)
    # Of one clip time's hits in a bin, under one kind, only the heaviest counts: a still shot hits many times.
    order = np.lexsort((-votes.weight, votes.clip_s, votes.kind, keys))
    same = (np.diff(keys[order]) == 0) & (np.diff(votes.kind[order]) == 0) & (np.diff(votes.clip_s[order]) == 0)
    first = order[np.concatenate([[True], ~same])]
    cells, cell_of = np.unique(keys[first], return_inverse=True)
    weights = np.bincount(cell_of, votes.weight[first])
    total = weights.copy()
    for step in (-1, 1):
        places = np.searchsorted(cells, cells + step)
        near = np.flatnonzero((places < len(cells)) & (cells[np.minimum(places, len(cells) - 1)] == cells + step))
        total[near] += weights[places[near]]
    found: list[Guess] = []
    taken: set[int] = set()
    for cell in np.argsort(-total, kind="stable"):
        key = int(cells[cell])
        if taken & {key - 1, key, key + 1}:
            continue
        taken.add(key)
        members = first[np.abs(keys[first] - key) <= 1]
        found.append(_guess(votes, members, float(total[cell]), kinds))
        if len(found) == count:
            break
    return found


def _guess(votes: Votes, members: NDArray[np.int64], weight: float, kinds: int) -> Guess:
    by_kind = np.bincount(votes.kind[members], votes.weight[members])
    best = [int(kind) for kind in np.argsort(-by_kind, kind="stable")[:kinds] if by_kind[kind] > 0]
    offset = np.average(votes.programme_s[members] - votes.clip_s[members], weights=votes.weight[members])
    return Guess(int(votes.programme[members[0]]), float(offset), weight, tuple(best))
