"""The audio classifier: waveform to one raw score per window, all of it inside one graph.

How much each cepstral coefficient moves in the course of a window, and a linear answer to that. Log power spectrum of
64 ms frames every 16 ms from 62 Hz to 7.2 kHz; the first 40 coefficients of its cosine transform, which hold the shape
of the spectrum but not the ripple of a voice's harmonics; the logarithm of every coefficient's standard deviation over
the window. What is fixed in a window drops out: level, microphone, any filter. What vocoders and acoustic models get
wrong stays: fine structure that moves too little or too much from one sound to the next.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from scipy.fft import dct
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE_HZ = 16_000
WINDOW_S = 4.0
WINDOW_SAMPLES = int(WINDOW_S * SAMPLE_RATE_HZ)  # 64,000
FRAME = 1_024
HOP = 256
FIRST_BIN, LAST_BIN = 4, 460  # 62.5 Hz to 7,187.5 Hz
#: Up to a quefrency of 40 / (2 * 7,125 Hz) = 2.8 ms, below the period of all but the highest voices.
COEFFICIENTS = 40
#: Power below the window's mean by this factor counts as silence.
FLOOR = 1e-5
#: A feature further from its mean than this many deviations is taken as that far.
FARTHEST = 4.0


class CepstralMovement(nn.Module):
    """Log deviation over time of each cepstral coefficient: ``(batch, samples)`` to ``(batch, 40)``."""

    def __init__(self) -> None:
        super().__init__()
        bins = np.arange(FIRST_BIN, LAST_BIN)
        angles = 2 * math.pi * bins[:, None] * np.arange(FRAME)[None] / FRAME
        window = np.hanning(FRAME)
        kernel = np.concatenate([np.cos(angles) * window, -np.sin(angles) * window])[:, None]
        cosines = dct(np.eye(len(bins)), axis=0, norm="ortho")[:COEFFICIENTS]
        self.register_buffer("window", torch.tensor(window, dtype=torch.float32), persistent=False)
        self.register_buffer("kernel", torch.tensor(kernel, dtype=torch.float32), persistent=False)
        self.register_buffer("cosines", torch.tensor(cosines, dtype=torch.float32), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        real, imaginary = functional.conv1d(samples.unsqueeze(1), self.kernel, stride=HOP).chunk(2, dim=1)
        return self._movement(real * real + imaginary * imaginary)

    def by_fft(self, samples: Tensor) -> Tensor:
        """The same, faster in training; the graph that is exported holds convolutions only."""
        frames = torch.fft.rfft(samples.unfold(1, FRAME, HOP) * self.window)
        return self._movement(frames[:, :, FIRST_BIN:LAST_BIN].abs().square().transpose(1, 2))

    def _movement(self, power: Tensor) -> Tensor:
        floor = power.mean(dim=(1, 2), keepdim=True) * FLOOR + 1e-9
        cepstrum = torch.matmul(self.cosines, torch.log(power + floor))
        centred = cepstrum - cepstrum.mean(dim=2, keepdim=True)
        return torch.log(torch.sqrt(centred.square().mean(dim=2)) + 1e-3)


class AudioNet(nn.Module):
    """``(batch, samples)`` to ``(batch,)`` raw scores, larger for spoof."""

    def __init__(self) -> None:
        super().__init__()
        self.movement = CepstralMovement()
        self.register_buffer("mean", torch.zeros(COEFFICIENTS))
        self.register_buffer("deviation", torch.ones(COEFFICIENTS))
        self.head = nn.Linear(COEFFICIENTS, 1)

    def forward(self, samples: Tensor) -> Tensor:
        standard = (self.movement(samples) - self.mean) / self.deviation
        return self.head(standard.clamp(-FARTHEST, FARTHEST)).squeeze(1)
