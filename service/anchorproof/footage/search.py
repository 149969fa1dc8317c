"""A clip against the archive: which stretches of it run along which programme, in picture and in sound.

Hits of single pictures and sounds vote for offsets; each likely line is refined; then one path is chosen through the
clip, at every picture on one line or on none, that changes lines only where that pays (Viterbi). So excerpts, cuts,
inserts and several programmes in one clip are one case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.alignment import (
    SAME_PICTURE_BITS,
    SAME_SOUND_SHARE,
    SPEEDS,
    Line,
    PictureTrace,
    SoundTrace,
    best_picture_line,
    best_sound_line,
    picture_trace,
    smoothed,
    sound_trace,
)
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import AS_IT_IS, REFRAMINGS, ClipPictures, Reframing
from anchorproof.footage.prints import NO_SOUNDS, PictureSeries, SoundPrint
from anchorproof.footage.votes import Guess, Votes, guesses, joined
from anchorproof.types import Span

#: Neighbours asked for per picture.
_NEIGHBOURS = 32
#: A hit further away than this does not vote; chance is 128.
_VOTING_BITS = 100
#: Pictures a second that are looked up as they are; under every other reframing, one in so many seconds.
_LOOKED_UP_PER_S = 1.0
_REFRAMED_EVERY_S = 5.0
_WINDOW_S, _HOP_S = 4.0, 2.0
#: Bits that a change of line costs on the path: about a second of a talking head at the wrong moment.
_CHANGE_BITS = 120.0
#: Bits of a picture that is on no line.
_NOWHERE_BITS = 84.0
#: Bits that a line on which everything changes alike is given in advance: two studios' pictures may be as near.
_AGREEING_BITS = 30.0
#: Agreement from which nothing better is looked for.
_CONVINCING = 0.4
_SHORTEST_S = 0.9
_LONGEST_GAP_S = 1.0
#: Speeds at which a clip's sound is tried when nothing of it is found: Chromaprint bears about 1 % of pitch.
STRETCHES = (0.94, 0.96, 0.98, 1.02, 1.04, 1.06)


@dataclass(frozen=True, slots=True)
class ClipPrints:
    """A clip to be found; ``stretch`` gives its sound's print as if it had been played at another speed."""

    pictures: ClipPictures | None
    sounds: SoundPrint = NO_SOUNDS
    stretch: Callable[[float], SoundPrint] | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the clip beside its stretch of a programme, with what was measured along it."""

    line: Line
    clip: Span
    programme: Span
    picture: PictureTrace | None
    sound: SoundTrace | None


@dataclass
class _Hashed:
    """The clip's dense prints under each reframing, made when first asked for."""

    clip: ClipPictures
    prints: dict[Reframing, PictureSeries] = field(default_factory=dict)

    def under(self, reframing: Reframing) -> PictureSeries:
        if reframing not in self.prints:
            self.prints[reframing] = self.clip.hashes(reframing)
        return self.prints[reframing]


def search(clip: ClipPrints, index: ArchiveIndex) -> list[Stretch]:
    """Stretches in the order of the clip's time: those with our picture, then those where only the sound is ours."""
    sound_lines = _sound_lines(clip.sounds, index)
    stretches = _picture_stretches(clip, index, [line for line, _ in sound_lines])
    speeds = {round(stretch.line.speed, 2) for stretch in stretches} - {1.0}
    if not sound_lines and clip.stretch is not None and len(clip.sounds):
        sound_lines = _stretched_lines(clip.stretch, index, sorted(speeds) or STRETCHES)
    own = [stretch for line, sounds in sound_lines for stretch in _sound_stretches(line, sounds, index)]
    played = cache(clip.stretch) if clip.stretch is not None else None
    with_sound = [_with_sound(stretch, replace(clip, stretch=played), own, index) for stretch in stretches]
    return with_sound + [stretch for stretch in own if not _is_covered(stretch, with_sound)]


# --------------------------------------------------------------------------- pictures


def _picture_stretches(clip: ClipPrints, index: ArchiveIndex, hints: Sequence[Line]) -> list[Stretch]:
    if clip.pictures is None or not len(clip.pictures):
        return []
    hashed = _Hashed(clip.pictures)
    votes = _plain_votes(hashed, index)
    lines = _lines(votes, hashed, index, hints)
    found = _runs(lines, _path(lines, hashed, index), hashed, index)
    doubtful = _doubtful(found, hashed)
    if len(doubtful) > 0.2 * len(hashed.clip):
        votes = joined([votes, _reframed_votes(hashed, index, doubtful)])
        lines = _lines(votes, hashed, index, [*hints, *lines])
        found = _runs(lines, _path(lines, hashed, index), hashed, index)
    return found


def _doubtful(found: Sequence[Stretch], hashed: _Hashed) -> NDArray[np.int64]:
    """Pictures that lie on no line that convinces: another bulletin from the same studio may lie near ours as well."""
    open_ = np.ones(len(hashed.clip), np.bool_)
    for stretch in found:
        if stretch.picture is not None and stretch.picture.agreement >= _CONVINCING:
            times = hashed.clip.times_s
            open_ &= (times < stretch.clip.start_s) | (times >= stretch.clip.end_s)
    return np.flatnonzero(open_)


def _plain_votes(hashed: _Hashed, index: ArchiveIndex) -> Votes:
    chosen = _spread(hashed.clip.times_s, np.arange(len(hashed.clip)), 1 / _LOOKED_UP_PER_S, 8)
    return _votes(hashed.under(AS_IT_IS).hashes[chosen], chosen, np.zeros(len(chosen), np.int64), hashed, index)


def _reframed_votes(hashed: _Hashed, index: ArchiveIndex, frames: NDArray[np.int64]) -> Votes:
    chosen = _spread(hashed.clip.times_s, frames, _REFRAMED_EVERY_S, 5)
    hashes = [hashed.clip.hashes(reframing, chosen).hashes for reframing in REFRAMINGS[1:]]
    kinds = np.repeat(np.arange(1, len(REFRAMINGS)), len(chosen))
    return _votes(np.concatenate(hashes), np.tile(chosen, len(hashes)), kinds, hashed, index)


def _votes(
    hashes: NDArray[np.uint8],
    frames: NDArray[np.int64],
    kinds: NDArray[np.int64],
    hashed: _Hashed,
    index: ArchiveIndex,
) -> Votes:
    is_inner = np.array([reframing.is_inner for reframing in REFRAMINGS])[kinds]
    hits = index.nearest_pictures(hashes, is_inner, _NEIGHBOURS)
    kept = np.flatnonzero(hits.bits <= _VOTING_BITS)
    times = np.array(
        [
            index.fingerprint(programme).pictures.times_s[place]
            for programme, place in zip(hits.programme[kept], hits.place[kept], strict=True)
        ],
        np.float64,
    )
    query = hits.query[kept]
    weight = np.asarray((_VOTING_BITS + 10.0 - hits.bits[kept]) ** 2, np.float64)
    return Votes(
        hashed.clip.times_s[frames[query]].astype(np.float64), hits.programme[kept], times, weight, kinds[query]
    )


def _spread(times: NDArray[np.float32], frames: NDArray[np.int64], step_s: float, least: int) -> NDArray[np.int64]:
    """Of these frames, one every ``step_s``, but at least so many where there are as many."""
    span_s = float(times[frames[-1]] - times[frames[0]]) if len(frames) else 0.0
    count = min(len(frames), max(least, round(span_s / step_s)))
    return np.unique(frames[np.linspace(0, len(frames) - 1, count).round().astype(np.int64)]) if count else frames[:0]


def _lines(votes: Votes, hashed: _Hashed, index: ArchiveIndex, hints: Iterable[Line]) -> list[Line]:
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


def _path(lines: Sequence[Line], hashed: _Hashed, index: ArchiveIndex) -> NDArray[np.int64]:
    """For each of the clip's pictures, the number of its line, or -1."""
    costs = np.full((len(lines) + 1, len(hashed.clip)), _NOWHERE_BITS, np.float64)
    for row, line in enumerate(lines):
        clip, archive = hashed.under(line.reframing), _theirs(index, line)
        costs[row] = _costs(clip, archive, line) - _AGREEING_BITS * _agreement(clip, archive, line)
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


def _runs(lines: Sequence[Line], path: NDArray[np.int64], hashed: _Hashed, index: ArchiveIndex) -> list[Stretch]:
    times = hashed.clip.times_s.astype(np.float64)
    step_s = float(np.median(np.diff(times))) if len(times) > 1 else 0.25
    stretches = []
    for row in sorted(set(path.tolist()) - {-1}):
        for run in _consecutive(times, np.flatnonzero(path == row)):
            span = Span(float(times[run[0]]), float(times[run[-1]]) + step_s)
            if span.duration_s < _SHORTEST_S and len(times) > 1:
                continue
            stretches.append(_stretch(lines[row], span, hashed, index))
    return sorted((item for item in stretches if item is not None), key=lambda item: item.clip.start_s)


def _consecutive(times: NDArray[np.float64], places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    breaks = np.flatnonzero(np.diff(times[places]) > _LONGEST_GAP_S) + 1
    return [run for run in np.split(places, breaks) if len(run)]


def _stretch(line: Line, span: Span, hashed: _Hashed, index: ArchiveIndex) -> Stretch | None:
    part = _cut(hashed.under(line.reframing), span.start_s, span.end_s)
    trace = picture_trace(part, _theirs(index, line), line)
    if not len(trace.bits) or np.median(trace.bits) > SAME_PICTURE_BITS:
        return None
    return Stretch(line, span, _programme_span(line, span), trace, None)


def _programme_span(line: Line, span: Span) -> Span:
    start, end = line.programme_s(np.array([span.start_s, span.end_s]))
    return Span(max(0.0, float(start)), max(0.0, float(end)))


# --------------------------------------------------------------------------- sound


def _sound_lines(sounds: SoundPrint, index: ArchiveIndex) -> list[tuple[Line, SoundPrint]]:
    """Lines on which sound was found, with the print that it was found with."""
    if not len(sounds):
        return []
    telling = np.flatnonzero(sounds.telling())
    hits = index.equal_sounds(sounds.items[telling])
    clip_s = np.asarray(sounds.start_s + telling[hits.query] * sounds.step_s, np.float64)
    ones = np.ones(len(clip_s))
    votes = Votes(clip_s, hits.programme, index.sound_times(hits), ones, np.zeros(len(clip_s), np.int64))
    ends_s = sounds.start_s + len(sounds) * sounds.step_s
    windows = [votes, *(votes.within(start, start + 6.0) for start in np.arange(0.0, ends_s, 4.0))]
    tried: set[tuple[int, int]] = set()
    found = []
    for number, window in enumerate(windows):
        for guess in guesses(window, 6 if number == 0 else 2):
            key = (guess.programme, round(guess.offset_s))
            if guess.weight < 3 or tried & {(key[0], key[1] + step) for step in (-1, 0, 1)}:
                continue
            tried.add(key)
            start = Line(guess.programme, 1.0, guess.offset_s)
            line, gain = best_sound_line(sounds, index.fingerprint(guess.programme).sounds, start)
            if gain > 0:
                found.append((line, sounds))
    return found


def _stretched_lines(
    stretch: Callable[[float], SoundPrint], index: ArchiveIndex, speeds: Iterable[float]
) -> list[tuple[Line, SoundPrint]]:
    return [found for speed in speeds for found in _sound_lines(stretch(speed), index)]


def _sound_stretches(line: Line, sounds: SoundPrint, index: ArchiveIndex) -> list[Stretch]:
    trace = sound_trace(sounds, index.fingerprint(line.programme).sounds, line, reach_s=0.0)
    if trace is None:
        return []
    good = np.flatnonzero(smoothed(trace.share) <= SAME_SOUND_SHARE)
    stretches = []
    for run in _consecutive(trace.clip_s, good):
        if len(run) < 4:
            continue
        part = SoundTrace(trace.clip_s[run], trace.share[run], trace.lag_s)
        # The first and last items' sound reaches half a window beyond their middles.
        half_s = 1.0 * sounds.step_s / NO_SOUNDS.step_s
        span = Span(max(0.0, float(part.clip_s[0]) - half_s), float(part.clip_s[-1]) + half_s)
        stretches.append(Stretch(line, span, _programme_span(line, span), None, part))
    return stretches


def _with_sound(stretch: Stretch, clip: ClipPrints, own: Sequence[Stretch], index: ArchiveIndex) -> Stretch:
    """The picture's stretch with the sound along its line; with sound found at another speed where that fits it."""
    for other in own:
        shared = other.clip.overlap(stretch.clip)
        if (
            shared
            and other.sound
            and _is_same_line(stretch, other)
            and shared.duration_s >= 0.5 * stretch.clip.duration_s
        ):
            return Stretch(
                stretch.line, stretch.clip, stretch.programme, stretch.picture, _inside(other.sound, stretch.clip)
            )
    return replace(stretch, sound=_sound_along(stretch, clip, index.fingerprint(stretch.line.programme).sounds))


def _sound_along(stretch: Stretch, clip: ClipPrints, archive: SoundPrint) -> SoundTrace | None:
    """The clip's sound along the picture's line; where that is another one, as if played at other speeds too.

    A change of speed shifts the pitch, and pictures do not tell the speed to the percent that sound bears.
    """
    plain = _traced(clip.sounds, archive, stretch.line, stretch.clip)
    if plain is None or clip.stretch is None or plain.share.mean() <= SAME_SOUND_SHARE:
        return plain
    middle = (stretch.clip.start_s + stretch.clip.end_s) / 2
    there = float(stretch.line.programme_s(np.array([middle]))[0])
    lines = [replace(stretch.line, speed=speed, offset_s=there - speed * middle) for speed in STRETCHES]
    traces = [_traced(clip.stretch(line.speed), archive, line, stretch.clip) for line in lines]
    known = [trace for trace in (plain, *traces) if trace is not None and len(trace.share) >= len(plain.share) / 2]
    return min(known, key=lambda trace: float(trace.share.mean()))


def _traced(sounds: SoundPrint, archive: SoundPrint, line: Line, span: Span) -> SoundTrace | None:
    trace = sound_trace(sounds, archive, line)
    return _inside(trace, span) if trace else None


def _inside(trace: SoundTrace, span: Span) -> SoundTrace | None:
    kept = (trace.clip_s >= span.start_s) & (trace.clip_s <= span.end_s)
    return SoundTrace(trace.clip_s[kept], trace.share[kept], trace.lag_s) if kept.any() else None


def _is_same_line(one: Stretch, other: Stretch) -> bool:
    middle = (one.clip.start_s + one.clip.end_s) / 2
    if one.line.programme != other.line.programme:
        return False
    places = [float(item.line.programme_s(np.array([middle]))[0]) for item in (one, other)]
    return abs(places[0] - places[1]) <= 0.7


def _is_covered(stretch: Stretch, pictures: Sequence[Stretch]) -> bool:
    """Whether a sound's stretch says no more than the pictures' do."""
    return any(_is_same_line(item, stretch) and item.clip.overlap(stretch.clip) for item in pictures)
