"""The clip's pictures against the archive's: which lines its pictures lie on, and from when to when.

Hits of single pictures vote for offsets; each likely line is refined; then one path is chosen through the clip, at
every picture on one line or on none, that changes lines only where that pays (Viterbi). So excerpts, cuts, inserts and
several programmes in one clip are one case.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.alignment import (
    SAME_PICTURE_BITS,
    SPEEDS,
    Line,
    PictureTrace,
    best_picture_line,
    picture_trace,
)
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import AS_IT_IS, REFRAMINGS, ClipPictures, Reframing
from anchorproof.footage.prints import PictureSeries
from anchorproof.footage.stretches import Stretch, consecutive, programme_span
from anchorproof.footage.votes import Guess, Votes, guesses, joined
from anchorproof.types import Span

#: Neighbours asked for per picture.
NEIGHBOURS = 32
#: A hit further away than this does not vote; chance is 128.
VOTING_BITS = 100
#: Pictures a second that are looked up as they are; under every other reframing, one in so many seconds.
_LOOKED_UP_PER_S = 1.0
_REFRAMED_EVERY_S = 5.0
#: So many are looked up of the shortest clip.
_LEAST_LOOKED_UP = 8
#: Multiples of it spread over the parts of a second as evenly as can be, however many there are.
_GOLDEN = 0.618034
_WINDOW_S, _HOP_S = 4.0, 2.0
#: Bits that a change of line costs on the path: about a second of a talking head at the wrong moment.
_CHANGE_BITS = 120.0
#: Pictures a second that count for the path, however many there are.
_COSTED_PER_S = 4.0
#: Bits of a picture that is on no line.
_NOWHERE_BITS = 84.0
#: Bits that a line on which everything changes alike is given in advance: two studios' pictures may be as near.
_AGREEING_BITS = 30.0
#: Agreement from which nothing better is looked for.
CONVINCING = 0.4
_SHORTEST_S = 0.9


@dataclass
class HashedClip:
    """The clip's dense prints under each reframing, made when first asked for."""

    clip: ClipPictures
    prints: dict[Reframing, PictureSeries] = field(default_factory=dict)

    def under(self, reframing: Reframing) -> PictureSeries:
        if reframing not in self.prints:
            self.prints[reframing] = self.clip.hashes(reframing)
        return self.prints[reframing]


@dataclass(frozen=True, slots=True)
class Seen:
    """What the pictures gave: stretches in the order of the clip's time, and all lines that were in question."""

    stretches: Sequence[Stretch]
    lines: Sequence[Line]
    hashed: HashedClip

    def along(self, line: Line, span: Span, index: ArchiveIndex) -> Stretch | None:
        """The stretch on this line over this part of the clip; None where its pictures are not the same."""
        return _stretch(line, span, self.hashed, index)

    def traced(self, line: Line, span: Span, index: ArchiveIndex) -> PictureTrace:
        """The clip's pictures in the span beside the programme's on the line, the same or not."""
        return _traced(line, span, self.hashed, index)


def find_pictures(clip: ClipPictures, index: ArchiveIndex, hints: Sequence[Line]) -> Seen:
    """Stretches with our picture; ``hints`` are lines that the clip's sound was found on."""
    hashed = HashedClip(clip)
    votes = _plain_votes(hashed, index)
    lines = _lines(votes, hashed, index, hints)
    found = _runs(lines, _path(lines, hashed, index), hashed, index)
    doubtful = _doubtful(found, hashed)
    if len(doubtful) > 0.2 * len(hashed.clip):
        votes = joined([votes, _reframed_votes(hashed, index, doubtful)])
        lines = _lines(votes, hashed, index, [*hints, *lines])
        found = _runs(lines, _path(lines, hashed, index), hashed, index)
    return Seen(found, lines, hashed)


def _doubtful(found: Sequence[Stretch], hashed: HashedClip) -> NDArray[np.int64]:
    """Pictures that lie on no line that convinces: another bulletin from the same studio may lie near ours as well."""
    open_ = np.ones(len(hashed.clip), np.bool_)
    for stretch in found:
        if stretch.picture is not None and stretch.picture.agreement >= CONVINCING:
            times = hashed.clip.times_s
            open_ &= (times < stretch.clip.start_s) | (times >= stretch.clip.end_s)
    return np.flatnonzero(open_)


def _plain_votes(hashed: HashedClip, index: ArchiveIndex) -> Votes:
    chosen = _spread(hashed.clip.times_s, np.arange(len(hashed.clip)), 1 / _LOOKED_UP_PER_S)
    return _votes(hashed.under(AS_IT_IS).hashes[chosen], chosen, np.zeros(len(chosen), np.int64), hashed, index)


def _reframed_votes(hashed: HashedClip, index: ArchiveIndex, frames: NDArray[np.int64]) -> Votes:
    chosen = _spread(hashed.clip.times_s, frames, _REFRAMED_EVERY_S)
    hashes = [hashed.clip.hashes(reframing, chosen).hashes for reframing in REFRAMINGS[1:]]
    kinds = np.repeat(np.arange(1, len(REFRAMINGS)), len(chosen))
    return _votes(np.concatenate(hashes), np.tile(chosen, len(hashes)), kinds, hashed, index)


def _votes(
    hashes: NDArray[np.uint8],
    frames: NDArray[np.int64],
    kinds: NDArray[np.int64],
    hashed: HashedClip,
    index: ArchiveIndex,
) -> Votes:
    is_inner = np.array([reframing.is_inner for reframing in REFRAMINGS])[kinds]
    hits = index.near_pictures(hashes, is_inner, VOTING_BITS, NEIGHBOURS)
    weight = np.asarray((VOTING_BITS + 10.0 - hits.bits) ** 2, np.float64)
    clip_s = hashed.clip.times_s[frames[hits.query]].astype(np.float64)
    return Votes(clip_s, hits.programme, hits.time_s, weight, kinds[hits.query])


def _spread(times: NDArray[np.float32], frames: NDArray[np.int64], step_s: float) -> NDArray[np.int64]:
    """Of these frames, one every ``step_s``, but at least ``_LEAST_LOOKED_UP`` where there are as many.

    The archive is looked up once a second, at moments that the clip's seconds do not know: so the chosen frames lie at
    all parts of a second, and some of them close to such moments. Half a second of a lively speaker is another picture.
    """
    if not len(frames):
        return frames
    here = times[frames].astype(np.float64)
    count = min(len(frames), max(_LEAST_LOOKED_UP, round((here[-1] - here[0]) / step_s)))
    wanted = np.linspace(here[0], here[-1], count)
    if count > 1 and wanted[1] - wanted[0] > 0.85:
        parts = np.arange(count) * _GOLDEN % 1.0
        wanted = np.clip(np.round(wanted - parts) + parts, here[0], here[-1])
    right = np.clip(np.searchsorted(here, wanted), 1, max(1, len(here) - 1))
    right = np.minimum(right, len(here) - 1)
    left = np.maximum(right - 1, 0)
    nearest = np.where(wanted - here[left] < here[right] - wanted, left, right)
    return np.asarray(frames[np.unique(nearest)], np.int64)


def _lines(votes: Votes, hashed: HashedClip, index: ArchiveIndex, hints: Iterable[Line]) -> list[Line]:
    """Refined lines: of the whole clip at any speed, then of its windows at the speeds found."""
    found: dict[tuple[int, float, float, Reframing], tuple[Line, float]] = {}

    def keep(line: Line, score: float) -> None:
        key = (line.programme, round(line.offset_s * 2) / 2, line.speed, line.reframing)
        if score > found.get(key, (line, 0.0))[1]:
            found[key] = (line, score)

    reach_s = 1.5 + 0.06 * float(hashed.clip.times_s[-1])
    for guess in guesses(votes, 8):
        for reframing in _reframings(guess):
            start = Line(guess.programme, 1.0, guess.offset_s, reframing)
            keep(*_refined(start, hashed.under(reframing), index, reach_s))
    for hint in hints:
        print_ = hashed.under(hint.reframing)
        keep(*_refined(hint, print_, index, 0.25, np.array([hint.speed])))
    best = sorted(found.values(), key=lambda item: -item[1])[:3]
    speeds = np.unique([1.0, *(line.speed for line, _ in best)])
    for start_s in np.arange(0.0, max(float(hashed.clip.times_s[-1]) - _HOP_S, 0.1), _HOP_S):
        for guess in guesses(votes.within(start_s, start_s + _WINDOW_S), 3, kinds=2):
            for reframing in _reframings(guess):
                part = _cut(hashed.under(reframing), start_s, start_s + _WINDOW_S)
                start = Line(guess.programme, 1.0, guess.offset_s, reframing)
                keep(*_refined(start, part, index, 1.5, speeds))
    ranked = sorted(found.values(), key=lambda item: -item[1])
    return [line for line, score in ranked if score > 0][:64]


def _reframings(guess: Guess) -> list[Reframing]:
    return [REFRAMINGS[kind] for kind in guess.kinds]


def _refined(
    start: Line, clip: PictureSeries, index: ArchiveIndex, reach_s: float, speeds: NDArray[np.float64] = SPEEDS
) -> tuple[Line, float]:
    return best_picture_line(clip, _theirs(index, start), start, reach_s, speeds)


def _theirs(index: ArchiveIndex, line: Line) -> PictureSeries:
    """The programme's hashes of the kind that the line compares."""
    return index.fingerprint(line.programme).pictures.series(line.reframing.is_inner)


def _cut(print_: PictureSeries, start_s: float, end_s: float) -> PictureSeries:
    low, high = np.searchsorted(print_.times_s, [start_s, end_s])
    part = slice(int(low), int(high))
    return PictureSeries(print_.times_s[part], print_.hashes[part])


# --------------------------------------------------------------------------- the path


def _path(lines: Sequence[Line], hashed: HashedClip, index: ArchiveIndex) -> NDArray[np.int64]:
    """For each of the clip's pictures, the number of its line, or -1."""
    costs = np.full((len(lines) + 1, len(hashed.clip)), _NOWHERE_BITS, np.float64)
    for row, line in enumerate(lines):
        clip, archive = hashed.under(line.reframing), _theirs(index, line)
        costs[row] = _costs(clip, archive, line) - _AGREEING_BITS * _agreement(clip, archive, line)
    costs *= _step_s(hashed.clip) * _COSTED_PER_S
    total = costs[:, 0].copy()
    came_from = np.zeros(costs.shape, np.int64)
    for column in range(1, costs.shape[1]):
        cheapest = int(total.argmin())
        changed = total[cheapest] + _CHANGE_BITS
        came_from[:, column] = np.where(total <= changed, np.arange(len(total)), cheapest)
        total = np.minimum(total, changed) + costs[:, column]
    path = np.empty(costs.shape[1], np.int64)
    path[-1] = int(total.argmin())
    for column in range(costs.shape[1] - 1, 0, -1):
        path[column - 1] = came_from[path[column], column]
    return np.where(path == len(lines), -1, path)


def _costs(clip: PictureSeries, archive: PictureSeries, line: Line) -> NDArray[np.float64]:
    """Bits between each of the clip's pictures and the nearer of the programme's two pictures around its time."""
    costs = np.full(len(clip), 256.0)
    if not len(archive):
        return costs
    wanted = np.asarray(line.programme_s(clip.times_s.astype(np.float64)), np.float64)
    right = np.searchsorted(archive.times_s, wanted)
    words, theirs = clip.words(), archive.words()
    for places in (right - 1, right):
        inside = np.flatnonzero((places >= 0) & (places < len(archive)))
        inside = inside[np.abs(archive.times_s[places[inside]] - wanted[inside]) <= 0.6]
        apart = np.bitwise_count(words[inside] ^ theirs[places[inside]]).sum(axis=1)
        costs[inside] = np.minimum(costs[inside], apart)
    return costs


def _agreement(clip: PictureSeries, archive: PictureSeries, line: Line) -> float:
    """Agreement of what changes, in [0, 1], over the pictures that may be the same."""
    trace = picture_trace(clip, archive, line)
    return max(0.0, trace.agreement_of(trace.bits <= SAME_PICTURE_BITS))


def _runs(lines: Sequence[Line], path: NDArray[np.int64], hashed: HashedClip, index: ArchiveIndex) -> list[Stretch]:
    times = hashed.clip.times_s.astype(np.float64)
    step_s = _step_s(hashed.clip)
    stretches = []
    for row in sorted(set(path.tolist()) - {-1}):
        for run in consecutive(times, np.flatnonzero(path == row)):
            span = Span(float(times[run[0]]), float(times[run[-1]]) + step_s)
            if span.duration_s < _SHORTEST_S and len(times) > 1:
                continue
            stretches.append(_stretch(lines[row], span, hashed, index))
    return sorted((item for item in stretches if item is not None), key=lambda item: item.clip.start_s)


def _step_s(clip: ClipPictures) -> float:
    return float(np.median(np.diff(clip.times_s))) if len(clip) > 1 else 0.25


def _stretch(line: Line, span: Span, hashed: HashedClip, index: ArchiveIndex) -> Stretch | None:
    trace = _traced(line, span, hashed, index)
    if not len(trace.bits) or np.median(trace.bits) > SAME_PICTURE_BITS:
        return None
    return Stretch(line, span, programme_span(line, span), trace, None)


def _traced(line: Line, span: Span, hashed: HashedClip, index: ArchiveIndex) -> PictureTrace:
    part = _cut(hashed.under(line.reframing), span.start_s, span.end_s)
    return picture_trace(part, _theirs(index, line), line)
