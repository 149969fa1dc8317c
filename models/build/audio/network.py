"""The audio classifier: waveform to one raw score per window, all of it inside one graph.

Two views of a window of speech. *Movement*: how much each cepstral coefficient moves in the course of the window, over
all frames, over the least voiced ones, and above 4 kHz. *Hearing*: what a network that rates speech holds of it on the
way (``quality.py``), less what the recording's noise and reverberation explain of that. Each view has a linear answer;
the score is their weighted sum. What is fixed in a window (level, microphone, any filter) drops out of the first view
and, as far as it goes with the background, out of the second.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor, nn
from torch.nn import functional

from models.build.audio.quality import WIDTH, SpeechQuality

SAMPLE_RATE_HZ = 16_000
WINDOW_S = 4.0
WINDOW_SAMPLES = int(WINDOW_S * SAMPLE_RATE_HZ)  # 64,000
FRAME = 1_024
HOP = 256
FRAMES = 1 + (WINDOW_SAMPLES - FRAME) // HOP  # 247
FIRST_BIN, LAST_BIN = 4, 460  # 62.5 Hz to 7,187.5 Hz
#: Up to a quefrency of 40 / (2 * 7,125 Hz) = 2.8 ms, below the period of all but the highest voices.
COEFFICIENTS = 40
UPPER_BIN, UPPER_COEFFICIENTS = 264, 30  # 4,125 Hz
#: A frame is the less voiced, the less of its power lies below this bin (1,578 Hz); so many count as unvoiced.
VOICE_BIN, UNVOICED_FRAMES = 101, 75
LOUD_FRAMES = 123
RIPPLE_BANDS = 19
#: Power below the window's mean by this factor counts as silence.
FLOOR = 1e-5
#: A feature further from its mean than this many deviations is taken as that far.
FARTHEST = 4.0

MOVEMENT = 2 * COEFFICIENTS + UPPER_COEFFICIENTS
BACKGROUND = COEFFICIENTS + 2 * RIPPLE_BANDS
FEATURES = MOVEMENT + BACKGROUND + WIDTH


class Cepstra(nn.Module):
    """``(batch, samples)`` to movement ``(batch, 110)`` and background ``(batch, 78)``."""

    def __init__(self) -> None:
        super().__init__()
        bins = np.arange(FIRST_BIN, LAST_BIN)
        angles = 2 * math.pi * bins[:, None] * np.arange(FRAME)[None] / FRAME
        window = np.hanning(FRAME)
        kernel = np.concatenate([np.cos(angles) * window, -np.sin(angles) * window])[:, None]
        cosines = dct(np.eye(len(bins)), axis=0, norm="ortho")[:COEFFICIENTS]
        upper = dct(np.eye(LAST_BIN - UPPER_BIN), axis=0, norm="ortho")[:UPPER_COEFFICIENTS]
        for name, values in (("kernel", kernel), ("cosines", cosines), ("upper", upper)):
            self.register_buffer(name, torch.tensor(values, dtype=torch.float32), persistent=False)

    def forward(self, samples: Tensor) -> tuple[Tensor, Tensor]:
        real, imaginary = functional.conv1d(samples.unsqueeze(1), self.kernel, stride=HOP).chunk(2, dim=1)
        power = (real * real + imaginary * imaginary).transpose(1, 2)  # (batch, frames, bins)
        log_power = torch.log(power + power.mean(dim=(1, 2), keepdim=True) * FLOOR + 1e-9)
        cepstra = log_power @ self.cosines.T
        upper = log_power[:, :, UPPER_BIN - FIRST_BIN :] @ self.upper.T
        movement = [_deviation(cepstra), _deviation(cepstra, _least_voiced(power)), _deviation(upper)]
        background = [_loud_less_soft(cepstra, power), *self._ripple(log_power, cepstra)]
        return torch.cat(movement, dim=1), torch.cat(background, dim=1)

    def _ripple(self, log_power: Tensor, cepstra: Tensor) -> tuple[Tensor, Tensor]:
        """What the cepstra leave of the spectrum, in 19 bands: log of its mean size, and of how much that changes."""
        left = (log_power - cepstra @ self.cosines).reshape(-1, FRAMES, RIPPLE_BANDS, 24)
        size = left.square().mean(dim=3).sqrt()
        return torch.log(size.mean(dim=1) + 1e-3), torch.log(_root_mean_square(size - size.mean(dim=1, keepdim=True)))


class AudioNet(nn.Module):
    """``(batch, samples)`` to ``(batch,)`` raw scores, larger for spoof."""

    def __init__(self, quality: SpeechQuality | None = None) -> None:
        super().__init__()
        self.cepstra, self.quality = Cepstra(), quality or SpeechQuality()
        self.movement, self.hearing = View(MOVEMENT), View(WIDTH)
        self.background = Standard(BACKGROUND)
        self.explained = nn.Linear(BACKGROUND, WIDTH)

    def forward(self, samples: Tensor) -> Tensor:
        return self.answer(self.features(samples))

    def features(self, samples: Tensor) -> Tensor:
        """All that the answer is made of, ``(batch, FEATURES)``: movement, background, hearing."""
        return torch.cat([*self.cepstra(samples), self.quality(samples)], dim=1)

    def answer(self, features: Tensor) -> Tensor:
        movement, background, hearing = features.split([MOVEMENT, BACKGROUND, WIDTH], dim=1)
        return self.movement(movement) + self.hearing(hearing - self.explained(self.background(background)))


class Standard(nn.Module):
    """Features less their mean, in deviations, held within :data:`FARTHEST`."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("deviation", torch.ones(width))

    def forward(self, features: Tensor) -> Tensor:
        return ((features - self.mean) / self.deviation).clamp(-FARTHEST, FARTHEST)


class View(nn.Module):
    """A linear answer to standardised features: ``(batch, width)`` to ``(batch,)``."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.standard, self.head = Standard(width), nn.Linear(width, 1)

    def forward(self, features: Tensor) -> Tensor:
        return self.head(self.standard(features)).squeeze(1)


def _root_mean_square(centred: Tensor) -> Tensor:
    return centred.square().mean(dim=1).sqrt() + 1e-3


def _deviation(cepstra: Tensor, chosen: Tensor | None = None) -> Tensor:
    """Log deviation over the frames, or over the ``chosen`` ones (mask ``(batch, frames, 1)``)."""
    if chosen is None:
        return torch.log(_root_mean_square(cepstra - cepstra.mean(dim=1, keepdim=True)))
    share = chosen / chosen.sum(dim=1, keepdim=True)
    mean = (cepstra * share).sum(dim=1, keepdim=True)
    return torch.log(((cepstra - mean).square() * share).sum(dim=1).sqrt() + 1e-3)


def _least_voiced(power: Tensor) -> Tensor:
    """Mask of the frames with the smallest share of their power in the voice's low band, ``(batch, frames, 1)``."""
    split = VOICE_BIN - FIRST_BIN
    ratio = torch.log(power[:, :, :split].sum(dim=2) + 1e-9) - torch.log(power[:, :, split:].sum(dim=2) + 1e-9)
    limit = ratio.topk(UNVOICED_FRAMES, dim=1, largest=False).values[:, -1:]
    return (ratio <= limit).to(power.dtype).unsqueeze(2)


def _loud_less_soft(cepstra: Tensor, power: Tensor) -> Tensor:
    """Mean cepstra of the louder half of the frames less those of the softer half: how far speech is above the room."""
    level = power.sum(dim=2)
    limit = level.topk(LOUD_FRAMES, dim=1).values[:, -1:]
    loud = (level >= limit).to(power.dtype).unsqueeze(2)
    halves = ((cepstra * part).sum(dim=1) / part.sum(dim=1).clamp(min=1) for part in (loud, 1 - loud))
    first, second = halves
    return first - second
