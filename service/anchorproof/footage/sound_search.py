"""The clip's sound against the archive's: where it is found by itself, and what it is along a picture's line."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from anchorproof.footage.alignment import (
    SAME_SOUND_SHARE,
    Line,
    SoundTrace,
    best_sound_line,
    smoothed,
    sound_trace,
)
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.prints import NO_SOUNDS, SoundPrint
from anchorproof.footage.stretches import ClipPrints, Stretch, consecutive, programme_span
from anchorproof.footage.votes import Votes, guesses
from anchorproof.types import Span

#: Another bulletin from the same studio agrees by about 0; a still picture of ours by 0 too, but is near.
_LIKELY_AGREEMENT, _LIKELY_BITS = 0.2, 30
#: Speeds at which a clip's sound is tried when nothing of it is found: Chromaprint bears about 1 % of pitch.
STRETCHES = (0.94, 0.96, 0.98, 1.02, 1.04, 1.06)


def sound_lines(sounds: SoundPrint, index: ArchiveIndex) -> list[tuple[Line, SoundPrint]]:
    """Lines on which sound was found, with the print that it was found with."""
    if not len(sounds):
        return []
    telling = np.flatnonzero(sounds.telling())
    hits = index.equal_sounds(sounds.items[telling])
    clip_s = np.asarray(sounds.start_s + telling[hits.query] * sounds.step_s, np.float64)
    ones = np.ones(len(clip_s))
    votes = Votes(clip_s, hits.programme, hits.time_s, ones, np.zeros(len(clip_s), np.int64))
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


def stretched_lines(
    stretch: Callable[[float], SoundPrint], index: ArchiveIndex, speeds: Iterable[float]
) -> list[tuple[Line, SoundPrint]]:
    return [found for speed in speeds for found in sound_lines(stretch(speed), index)]


def sound_stretches(line: Line, sounds: SoundPrint, index: ArchiveIndex) -> list[Stretch]:
    trace = sound_trace(sounds, index.fingerprint(line.programme).sounds, line, reach_s=0.0)
    if trace is None:
        return []
    good = np.flatnonzero(smoothed(trace.share) <= SAME_SOUND_SHARE)
    stretches = []
    for run in consecutive(trace.clip_s, good):
        if len(run) < 4:
            continue
        part = SoundTrace(trace.clip_s[run], trace.share[run], trace.lag_s)
        # The first and last items' sound reaches half a window beyond their middles.
        half_s = 1.0 * sounds.step_s / NO_SOUNDS.step_s
        span = Span(max(0.0, float(part.clip_s[0]) - half_s), float(part.clip_s[-1]) + half_s)
        stretches.append(Stretch(line, span, programme_span(line, span), None, part))
    return stretches


def with_sound(stretch: Stretch, clip: ClipPrints, own: Sequence[Stretch], index: ArchiveIndex) -> Stretch:
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
    if plain is None or clip.stretch is None or plain.share.mean() <= SAME_SOUND_SHARE or not is_likely(stretch):
        return plain
    middle = (stretch.clip.start_s + stretch.clip.end_s) / 2
    there = float(stretch.line.programme_s(np.array([middle]))[0])
    lines = [replace(stretch.line, speed=speed, offset_s=there - speed * middle) for speed in STRETCHES]
    traces = [_traced(clip.stretch(line.speed), archive, line, stretch.clip) for line in lines]
    known = [trace for trace in (plain, *traces) if trace is not None and len(trace.share) >= len(plain.share) / 2]
    return min(known, key=lambda trace: float(trace.share.mean()))


def is_likely(stretch: Stretch) -> bool:
    """Whether the picture's stretch may be one at all, so that its speed and its sound are worth a closer look."""
    picture = stretch.picture
    return picture is not None and (
        picture.agreement >= _LIKELY_AGREEMENT or float(np.median(picture.bits)) <= _LIKELY_BITS
    )


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


def is_covered(stretch: Stretch, pictures: Sequence[Stretch]) -> bool:
    """Whether a sound's stretch says no more than the pictures' do, or copies of theirs."""
    known = [part for item in pictures for part in (item, *item.copies)]
    return any(_is_same_line(item, stretch) and item.clip.overlap(stretch.clip) for item in known)
