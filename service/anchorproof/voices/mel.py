"""Mel energies as the GE2E encoder was trained on: linear power, not its logarithm.

The numbers equal ``librosa.feature.melspectrogram(n_fft=400, hop_length=160, n_mels=40)``; the transform is done here
because importing ``librosa.feature`` takes seconds and this takes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.fft import rfft
from scipy.signal import get_window

from anchorproof.runtime import ModelEntry
from anchorproof.types import Vector

#: Frames transformed at once: 41 s, about 13 MB of spectrum.
BLOCK_FRAMES = 4096


@dataclass(frozen=True, slots=True)
class MelSettings:
    """How the network's inputs are made: window and hop in samples, partial in frames, level in dB below full scale."""

    sample_rate_hz: int
    window_samples: int
    hop_samples: int
    mels: int
    partial_frames: int
    level_dbfs: float

    @classmethod
    def of(cls, entry: ModelEntry) -> MelSettings:
        """Read from the manifest entry of the network."""
        return cls(**{name: entry.parameters[name] for name in cls.__dataclass_fields__})

    @property
    def partial_s(self) -> float:
        return self.partial_frames * self.hop_samples / self.sample_rate_hz


def mel_energies(samples: Vector, settings: MelSettings) -> Vector:
    """Energies ``(1 + n // hop, mels)`` of samples ``(n,)``; frame i is centred on sample ``i * hop``."""
    window, hop = settings.window_samples, settings.hop_samples
    padded = np.pad(samples.astype(np.float32, copy=False), window // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, window)[::hop]
    taper = get_window("hann", window).astype(np.float32)
    filters = _filters(settings.sample_rate_hz, window, settings.mels)
    energies = np.empty((len(frames), settings.mels), np.float32)
    for first in range(0, len(frames), BLOCK_FRAMES):
        spectrum = rfft(frames[first : first + BLOCK_FRAMES] * taper, axis=1)
        energies[first : first + BLOCK_FRAMES] = (spectrum.real**2 + spectrum.imag**2) @ filters
    return energies


def level_gain(samples: Vector, level_dbfs: float) -> np.float32:
    """Factor that lifts the samples' RMS to ``level_dbfs``; 1 when they are louder, or digital silence."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    return np.float32(max(1.0, 10 ** (level_dbfs / 20) / rms) if rms > 0 else 1.0)


@lru_cache(maxsize=4)
def _filters(sample_rate_hz: int, window: int, mels: int) -> NDArray[np.float32]:
    """Slaney's mel filters, transposed: ``(window // 2 + 1, mels)``."""
    from librosa import filters  # costs half a second, so only who needs it pays

    return np.ascontiguousarray(filters.mel(sr=sample_rate_hz, n_fft=window, n_mels=mels).T, dtype=np.float32)
