"""Lines on which a clip runs along a programme: programme time = speed x clip time + offset."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.pictures import AS_IT_IS, Reframing
from anchorproof.footage.prints import SOUND_BITS, SOUND_WINDOW_S, PictureSeries, SoundPrint, bits_apart

#: Bits (of 256) up to which two pictures may be the same one, reframed and recoded. Of 305 development frames cropped
#: by 15 % of each side 1 % are further away than 106; other clips' nearest frames are at 92 and more (1 % quantile).
SAME_PICTURE_BITS = 90
#: Share of bits from which two stretches of sound are not the same; unrelated speech differs in 0.4 to 0.5.
SAME_SOUND_SHARE = 0.33
#: Speeds that are tried: broadcasts and re-uploads differ by up to 5 % (PAL speed-up is 4.3 %).
SPEEDS = np.round(np.arange(0.94, 1.0601, 0.01), 2)
_OFFSET_STEP_S = 0.125
#: About the best of these, closer still: a lively speaker's picture changes within a tenth of a second.
_FINE_OFFSETS_S = np.arange(-0.08, 0.081, 0.04)
#: A clip's picture counts as that of a programme's moment when it is no further from it than this.
_NEAR_S = 0.2
#: Items over which the share of differing bits is averaged: one second.
_SMOOTHED = 8


@dataclass(frozen=True, slots=True)
class Line:
    """One alignment: times, and how the clip's pictures were reframed."""

    programme: int
    speed: float
    offset_s: float
    reframing: Reframing = AS_IT_IS

    def programme_s(self, clip_s: NDArray[np.floating]) -> NDArray[np.floating]:
        return self.speed * clip_s + self.offset_s

    def clip_s(self, programme_s: NDArray[np.floating]) -> NDArray[np.floating]:
        return (programme_s - self.offset_s) / self.speed


@dataclass(frozen=True, slots=True)
class PictureTrace:
    """Pictures along a line, one per picture of the programme that the clip covers, in time order."""

    clip_s: NDArray[np.float64]
    programme_s: NDArray[np.float64]
    bits: NDArray[np.int16]
    #: Correlation over time of the bits that change: what changes in the clip changes in the programme. Near 1 for the
    #: same recording however it was recoded or captioned, near 0 for another bulletin from the same studio.
    agreement: float = 0.0
    #: The hashes compared, of the programme and of the clip.
    ours: NDArray[np.uint8] | None = None
    theirs: NDArray[np.uint8] | None = None

    def agreement_of(self, kept: NDArray[np.bool_]) -> float:
        """Agreement of some of the pictures; 0 of fewer than four."""
        if self.ours is None or self.theirs is None or kept.sum() < 4:
            return 0.0
        return agreement(self.ours[kept], self.theirs[kept])


@dataclass(frozen=True, slots=True)
class SoundTrace:
    """Sound along a line: the middle of each item's sound in the clip, and the share of bits that differ."""

    clip_s: NDArray[np.float64]
    share: NDArray[np.float64]
    lag_s: float = 0.0


# --------------------------------------------------------------------------- pictures


def best_picture_line(
    clip: PictureSeries, archive: PictureSeries, guess: Line, reach_s: float, speeds: NDArray[np.float64] = SPEEDS
) -> tuple[Line, float]:
    """The line near ``guess`` (offset within ``reach_s``) that the most pictures lie close to, and its score.

    The score adds, over the programme's pictures, how many bits each is nearer than ``SAME_PICTURE_BITS``.
    """
    window = _window(clip, archive, guess, reach_s)
    words, times = archive.words()[window], archive.times_s[window].astype(np.float64)
    if not len(times):
        return guess, 0.0
    gains = np.maximum(0, SAME_PICTURE_BITS - bits_apart(clip.words(), words).astype(np.float32))
    clip_times = clip.times_s.astype(np.float64)
    offsets = guess.offset_s + np.arange(-reach_s, reach_s + 1e-6, _OFFSET_STEP_S)
    columns = np.arange(len(times))

    def tried(best: tuple[Line, float], offsets: NDArray[np.float64], speed: float) -> tuple[Line, float]:
        rows, near = _nearest(clip_times, (times[None] - offsets[:, None]) / speed)
        # Without a preference a still shot would be given any speed.
        scores = (gains[rows, columns[None]] * near).sum(axis=1) * (1 - 0.2 * abs(speed - 1))
        place = int(scores.argmax())
        if scores[place] <= best[1]:
            return best
        return Line(guess.programme, float(speed), float(offsets[place]), guess.reframing), float(scores[place])

    best = (guess, 0.0)
    for speed in speeds:
        best = tried(best, offsets, float(speed))
    return tried(best, best[0].offset_s + _FINE_OFFSETS_S, best[0].speed)


def picture_trace(clip: PictureSeries, archive: PictureSeries, line: Line) -> PictureTrace:
    """Bits apart of each of the programme's pictures and the clip's picture at its time on the line."""
    window = _window(clip, archive, line, 0.0)
    times = archive.times_s[window].astype(np.float64)
    clip_times = clip.times_s.astype(np.float64)
    wanted = np.asarray(line.clip_s(times), np.float64)
    rows, near = _nearest(clip_times, wanted)
    kept = np.flatnonzero(near)
    if not len(kept):
        empty = np.empty(0)
        return PictureTrace(empty, empty, np.empty(0, np.int16))
    ours, theirs = archive.hashes[window][kept], clip.hashes[rows[kept]]
    apart = np.bitwise_count(ours ^ theirs).sum(axis=1).astype(np.int16)
    return PictureTrace(clip_times[rows[kept]], times[kept], apart, agreement(ours, theirs), ours, theirs)


def agreement(ours: NDArray[np.uint8], theirs: NDArray[np.uint8]) -> float:
    """Correlation of two series of hashes ``(n, 32)`` over time, about each bit's mean; 0 where nothing changes."""
    one, other = (np.unpackbits(hashes, axis=1).astype(np.float64) for hashes in (ours, theirs))
    one, other = one - one.mean(axis=0), other - other.mean(axis=0)
    power = float(np.sum(one * one) * np.sum(other * other))
    return float(np.sum(one * other)) / power**0.5 if power > 0 else 0.0


def _window(clip: PictureSeries, archive: PictureSeries, line: Line, reach_s: float) -> slice:
    if not len(clip) or not len(archive):
        return slice(0, 0)
    first, last = line.programme_s(np.array([clip.times_s[0], clip.times_s[-1]], np.float64))
    low, high = np.searchsorted(archive.times_s, [first - reach_s - 2.0, last + reach_s + 2.0])
    return slice(int(low), int(high))


def _nearest(times: NDArray[np.float64], wanted: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Index of the time nearest to each wanted one (any shape), and whether it is near enough."""
    right = np.clip(np.searchsorted(times, wanted), 1, max(1, len(times) - 1))
    left = right - 1
    right = np.minimum(right, len(times) - 1)
    rows = np.where(np.abs(times[left] - wanted) <= np.abs(times[right] - wanted), left, right)
    return rows, np.abs(times[rows] - wanted) <= _NEAR_S


# --------------------------------------------------------------------------- sound


def sound_trace(clip: SoundPrint, archive: SoundPrint, line: Line, reach_s: float = 0.3) -> SoundTrace | None:
    """Share of differing bits along the line, at the best lag within ``reach_s``; None where there is no sound."""
    if not len(clip) or not len(archive):
        return None
    begins = clip.start_s + np.arange(len(clip)) * clip.step_s
    places = (line.programme_s(begins) - archive.start_s) / archive.step_s
    telling = clip.telling()
    best: tuple[float, float, NDArray[np.int64], NDArray[np.float64]] | None = None
    for lag in np.arange(-reach_s, reach_s + 1e-6, archive.step_s / 2) if reach_s else [0.0]:
        rows = np.round(places + lag / archive.step_s).astype(np.int64)
        kept = np.flatnonzero(telling & (rows >= 0) & (rows < len(archive)))
        if len(kept) < 3:
            continue
        share = np.bitwise_count(clip.items[kept] ^ archive.items[rows[kept]]) / SOUND_BITS
        if best is None or share.mean() < best[0]:
            best = (float(share.mean()), float(lag), kept, share)
    if best is None:
        return None
    _, lag, kept, share = best
    middle = begins[kept] + SOUND_WINDOW_S / 2 * clip.step_s / archive.step_s
    return SoundTrace(np.asarray(middle, np.float64), share, lag)


def best_sound_line(clip: SoundPrint, archive: SoundPrint, guess: Line) -> tuple[Line, float]:
    """The line near ``guess`` on which most of the sound agrees, and how many items it gains on."""
    best, best_gain = guess, 0.0
    for speed in SPEEDS:
        for offset in guess.offset_s + np.arange(-0.5, 0.51, archive.step_s / 2):
            line = Line(guess.programme, float(speed), float(offset))
            trace = sound_trace(clip, archive, line, reach_s=0.0)
            if trace is None:
                continue
            gain = float(np.maximum(0, SAME_SOUND_SHARE - smoothed(trace.share)).sum()) * (1 - 0.5 * abs(speed - 1))
            if gain > best_gain:
                best, best_gain = line, gain
    return best, best_gain


def smoothed(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Running mean over about a second."""
    width = min(_SMOOTHED, len(share))
    if width < 2:
        return share
    padded = np.pad(share, (width // 2, width - 1 - width // 2), mode="reflect" if len(share) > width else "edge")
    return np.convolve(padded, np.full(width, 1 / width), mode="valid")
