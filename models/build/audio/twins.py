"""Copies of bona fide speech that went through a vocoder: words, voice, room and level stay, the artefact is added.

Every method takes and gives mono float32 at 16 kHz and draws its settings from the generator it is given.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import librosa
import numpy as np
import pyworld
import soxr
import torch
from scipy.signal import lfilter

from models.build.audio.corpus import SAMPLE_RATE_HZ, Samples
from models.build.audio.neural import HOP, Copier, SpectralCopier

Method = Callable[[Samples, np.random.Generator], Samples]


def griffin_lim(samples: Samples, rng: np.random.Generator) -> Samples:
    """Magnitudes kept or squeezed through mel bands, phase rebuilt by a few iterations."""
    size = int(rng.choice([512, 800, 1024]))
    magnitude = np.abs(librosa.stft(samples, n_fft=size, hop_length=size // 4))
    if rng.random() < 0.7:
        magnitude = np.maximum(_through_bands(size, int(rng.choice([64, 80, 128]))) @ magnitude, 1e-6)
    rounds = int(rng.choice([2, 8, 24]))
    return _fit(
        librosa.griffinlim(
            magnitude, n_iter=rounds, hop_length=size // 4, n_fft=size, length=len(samples), random_state=0
        ),
        samples,
    )


def world(samples: Samples, rng: np.random.Generator) -> Samples:
    """WORLD analysis and synthesis, sometimes with a changed pitch or a coded envelope."""
    x = samples.astype(np.float64)
    pitch, times = pyworld.dio(x, SAMPLE_RATE_HZ)
    pitch = pyworld.stonemask(x, pitch, times, SAMPLE_RATE_HZ)
    envelope = pyworld.cheaptrick(x, pitch, times, SAMPLE_RATE_HZ)
    aperiodicity = pyworld.d4c(x, pitch, times, SAMPLE_RATE_HZ)
    if rng.random() < 0.5:
        coded = pyworld.code_spectral_envelope(envelope, SAMPLE_RATE_HZ, int(rng.choice([24, 40, 60])))
        envelope = pyworld.decode_spectral_envelope(coded, SAMPLE_RATE_HZ, 2 * (envelope.shape[1] - 1))
    if rng.random() < 0.5:
        pitch = pitch * rng.uniform(0.8, 1.25)
    return _fit(pyworld.synthesize(pitch, envelope, aperiodicity, SAMPLE_RATE_HZ), samples)


def lpc(samples: Samples, rng: np.random.Generator) -> Samples:
    """Linear prediction per frame; the residual is replaced by noise-mixed, coarsely quantised excitation."""
    order, size = int(rng.choice([12, 18, 24])), 320
    bits, mix = int(rng.choice([1, 2, 3])), rng.uniform(0.1, 0.5)
    out = np.zeros_like(samples)
    state = np.zeros(order)
    for first in range(0, len(samples) - size + 1, size):
        frame = samples[first : first + size].astype(np.float64)
        frame = frame + 1e-5 * rng.standard_normal(size)
        coefficients = librosa.lpc(frame, order=order)
        residual = lfilter(coefficients, [1.0], frame)
        level = residual.std()
        steps = 2**bits
        coarse = np.round(np.clip(residual / (3 * level), -1, 1) * steps) / steps * 3 * level
        excitation = (1 - mix) * coarse + mix * level * rng.standard_normal(size)
        out[first : first + size], state = lfilter([1.0], coefficients, excitation, zi=state)
    return _fit(out, samples)


def phase_vocoder(samples: Samples, rng: np.random.Generator) -> Samples:
    """Stretched in time and back: magnitudes interpolated, phases accumulated."""
    rate = float(rng.choice([0.75, 0.85, 1.2, 1.35]))
    there = librosa.effects.time_stretch(samples, rate=rate, n_fft=1024)
    return _fit(librosa.effects.time_stretch(there, rate=1 / rate, n_fft=1024), samples)


class NeuralCopies:
    """The trained neural copiers as methods."""

    def __init__(self, work: Path) -> None:
        self._copier, self._spectral = Copier(), SpectralCopier()
        self._copier.load_state_dict(torch.load(work / "neural.pt", weights_only=True))
        self._spectral.load_state_dict(torch.load(work / "spectral.pt", weights_only=True))
        self._copier.eval()
        self._spectral.eval()

    def decoder(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Through the HiFi-GAN decoder at one of several rates, with smoothed frames or a noisy, coarse latent."""
        rate = int(rng.choice([16_000, 22_050, 24_000]))
        at_rate = _to_hops(soxr.resample(samples, SAMPLE_RATE_HZ, rate), HOP)
        scale = np.float32(0.5 / (np.abs(at_rate).max() + 1e-3))
        with torch.inference_mode():
            mel = _disturbed(self._copier.mel(torch.from_numpy(at_rate * scale)[None]), rng)
            latent = self._copier.encoder(mel / 3 + 1)
            if rng.random() < 0.5:
                latent = latent + rng.uniform(0.05, 0.4) * latent.std() * torch.from_numpy(_normal(rng, latent.shape))
            if rng.random() < 0.3:
                step = float(rng.choice([0.5, 1.0])) * latent.std()
                latent = torch.round(latent / step) * step
            copy = self._copier.decoder(latent)[0].numpy()
        return _fit(soxr.resample(copy, rate, SAMPLE_RATE_HZ), samples)

    def spectral(self, samples: Samples, rng: np.random.Generator) -> Samples:
        """Through the net that predicts magnitude and phase frames."""
        rate = int(rng.choice([16_000, 22_050, 24_000]))
        at_rate = _to_hops(soxr.resample(samples, SAMPLE_RATE_HZ, rate), HOP)
        scale = np.float32(0.5 / (np.abs(at_rate).max() + 1e-3))
        with torch.inference_mode():
            mel = _disturbed(self._spectral.mel(torch.from_numpy(at_rate * scale)[None]), rng)
            copy = self._spectral.synthesise(mel)[0].numpy()
        return _fit(soxr.resample(copy, rate, SAMPLE_RATE_HZ), samples)


def methods(work: Path) -> dict[str, tuple[Method, float]]:
    """All methods by name, with how often each is drawn."""
    neural = NeuralCopies(work)
    return {
        "griffin_lim": (griffin_lim, 0.12),
        "world": (world, 0.15),
        "lpc": (lpc, 0.05),
        "phase_vocoder": (phase_vocoder, 0.05),
        "neural_decoder": (neural.decoder, 0.40),
        "neural_spectral": (neural.spectral, 0.23),
    }


@lru_cache
def _through_bands(size: int, bands: int) -> Samples:
    """To mel bands and back, as one matrix."""
    filters = librosa.filters.mel(sr=SAMPLE_RATE_HZ, n_fft=size, n_mels=bands)
    return np.linalg.pinv(filters) @ filters


def _disturbed(mel: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Frames as an acoustic model would predict them: often a little smooth in time or frequency."""
    draw = rng.random()
    if draw < 0.25:
        return torch.nn.functional.avg_pool1d(mel, 3, 1, 1, count_include_pad=False)
    if draw < 0.4:
        return torch.nn.functional.avg_pool1d(mel.transpose(1, 2), 3, 1, 1, count_include_pad=False).transpose(1, 2)
    return mel


def _normal(rng: np.random.Generator, shape: tuple[int, ...]) -> Samples:
    return rng.standard_normal(shape).astype(np.float32)


def _to_hops(samples: Samples, hop: int) -> Samples:
    return np.pad(samples, (0, -len(samples) % hop)).astype(np.float32)


def _fit(copy: Samples, like: Samples) -> Samples:
    """Cut or padded to the original's length, brought to its level."""
    out = np.zeros(len(like), np.float32)
    length = min(len(copy), len(like))
    out[:length] = np.nan_to_num(copy[:length])
    gain = np.sqrt(np.mean(np.square(like)) / (np.mean(np.square(out)) + 1e-10))
    return np.clip(out * gain, -1, 1).astype(np.float32)
