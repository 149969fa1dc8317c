"""Lips and sound as the sync network takes them: both on one clock of 25 steps a second.

Training data are made by this too.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from anchorproof.types import MouthMotion, Waveform

STEPS_PER_S = 25
MEL_PER_STEP = 4
MEL_BANDS = 32
SAMPLE_RATE_HZ = 16_000
#: Points of a mouth's motion that do not speak, in front; the rest are lips and jaw.
STILL_POINTS = 12
_HOP = SAMPLE_RATE_HZ // (STEPS_PER_S * MEL_PER_STEP)  # 160
_WINDOW = 400
_FFT = 512
_LOWEST_HZ, _HIGHEST_HZ = 60.0, 7_000.0
_FLOOR = 1e-7

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lips:
    """``shape (steps, points * 3)``: lips and jaw in a head that holds still, in distances between the outer corners of
    the eyes; step k is at ``start_s + k / 25``."""

    start_s: float
    shape: Floats


def lips_of(motion: MouthMotion, still: Floats) -> Lips:
    """The motion with the head's own movement, turn and size taken away.

    Args:
        motion: its first :data:`STILL_POINTS` points are the still ones.
        still: where those lie in a head that looks straight ahead, ``(still, 3)``.
    """
    held = _held(motion.points.astype(np.float64), still.astype(np.float64))
    shape = held[:, STILL_POINTS:].reshape(len(held), -1)
    first = int(np.ceil(motion.times_s[0] * STEPS_PER_S - 1e-6))
    last = int(np.floor(motion.times_s[-1] * STEPS_PER_S + 1e-6))
    times_s = np.arange(first, last + 1) / STEPS_PER_S
    columns = [np.interp(times_s, motion.times_s, column) for column in shape.T]
    return Lips(first / STEPS_PER_S, np.stack(columns, axis=1).astype(np.float32))


def _held(points: NDArray[np.float64], still: NDArray[np.float64]) -> NDArray[np.float64]:
    """Each frame turned, scaled and moved so that its still points fit ``still`` best.

    Source: Umeyama, IEEE PAMI 13(4), 1991.
    """
    own = points[:, :STILL_POINTS]
    own_middle, middle = own.mean(axis=1, keepdims=True), still.mean(axis=0)
    centred, target = own - own_middle, still - middle
    left, singular, right = np.linalg.svd(np.einsum("npi,pj->nij", centred, target))
    mirrored = np.sign(np.linalg.det(left @ right))
    sign = np.stack([np.ones_like(mirrored), np.ones_like(mirrored), mirrored], axis=1)
    turn = np.einsum("nij,nj,njk->nik", left, sign, right)
    scale = (singular * sign).sum(axis=1) / np.maximum((centred**2).sum(axis=(1, 2)), 1e-9)
    turned: NDArray[np.float64] = (points - own_middle) @ turn * scale[:, None, None] + middle
    return turned


def mel_of(waveform: Waveform, start_s: float, steps: int) -> Floats:
    """Log mel power ``(steps * 4, 32)`` from ``start_s`` on; silence where there is no sound.

    Raises:
        ValueError: another sample rate.
    """
    if waveform.sample_rate_hz != SAMPLE_RATE_HZ:
        raise ValueError(f"the sync detector needs {SAMPLE_RATE_HZ} Hz; got {waveform.sample_rate_hz}")
    first = round((start_s - waveform.start_s) * SAMPLE_RATE_HZ) - _WINDOW // 2
    count = steps * MEL_PER_STEP
    padded = np.zeros((count - 1) * _HOP + _WINDOW, np.float32)
    begin, end = max(0, first), min(len(waveform.samples), first + len(padded))
    if end > begin:
        padded[begin - first : end - first] = waveform.samples[begin:end]
    frames = np.lib.stride_tricks.sliding_window_view(padded, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(_WINDOW).astype(np.float32), _FFT)) ** 2
    return np.log(power @ _filters() + _FLOOR).astype(np.float32)


@cache
def _filters() -> NDArray[np.float64]:
    """Triangles on the mel scale (O'Shaughnessy, Speech Communication, 1987), ``(bins, bands)``."""
    lowest, highest = (2595 * np.log10(1 + hz / 700) for hz in (_LOWEST_HZ, _HIGHEST_HZ))
    edges = 700 * (10 ** (np.linspace(lowest, highest, MEL_BANDS + 2) / 2595) - 1)
    bins = np.arange(_FFT // 2 + 1) * SAMPLE_RATE_HZ / _FFT
    rising = (bins[:, None] - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins[:, None]) / (edges[2:] - edges[1:-1])
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) / _FFT, np.float64)
