"""What room and line did to a voice: the two measures that move comparison scores as much as the person does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft, rfftfreq

from anchorproof.types import Acoustics, Vector

FRAME_S = 0.02
#: The share of steps from one frame to the next that counts as falls, and the least level, below the loudest frame's,
#: that a frame is taken to have: digital silence would fall without end.
FALL_SHARE, FLOOR_DB = 0.1, -80.0
#: What a telephone passes and what it does not, in Hz.
SPEECH_HZ, TREBLE_HZ = (1000.0, 3400.0), (5000.0, 7800.0)
LARGEST_BAND_DB = 60.0


def measure(samples: Vector, sample_rate_hz: int) -> Acoustics | None:
    """Of speech ``(n,)``; None for silence and for fewer than ten frames."""
    length = round(FRAME_S * sample_rate_hz)
    count = len(samples) // length
    if count < 10:
        return None
    frames = samples[: count * length].reshape(count, length).astype(np.float32, copy=False)
    energies = np.square(frames, dtype=np.float64).mean(axis=1)
    loudest = float(energies.max())
    if loudest <= 0:
        return None
    levels = 10 * np.log10(np.maximum(energies / loudest, 10 ** (FLOOR_DB / 10)))
    return Acoustics(_fall_db(levels), _band_db(frames, sample_rate_hz))


def _fall_db(levels: NDArray[np.float64]) -> float:
    """Mean of the steepest falls."""
    steps = np.sort(np.diff(levels))
    return float(steps[: max(1, round(FALL_SHARE * len(steps)))].mean())


def _band_db(frames: Vector, sample_rate_hz: int) -> float:
    """Level of the one band less that of the other, per Hz."""
    taper = np.hanning(frames.shape[1]).astype(np.float32)
    power = np.square(np.abs(rfft(frames * taper, axis=1)), dtype=np.float64).mean(axis=0)
    at = rfftfreq(frames.shape[1], 1 / sample_rate_hz)
    speech, treble = (float(power[(at >= low) & (at <= high)].mean()) for low, high in (SPEECH_HZ, TREBLE_HZ))
    least = speech * 10 ** (-LARGEST_BAND_DB / 10)
    return float(10 * np.log10(speech / max(treble, least))) if speech > 0 else -LARGEST_BAND_DB
