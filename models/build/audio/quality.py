"""How a network that was taught to rate speech hears a window: the middle of Distill-MOS, its weights as published.

Distill-MOS (Stahl and Gamper, "Distillation and Pruning for Scalable Self-Supervised Representation-Based Speech
Quality Assessment", arXiv 2502.05356, 2025; MIT licence, weights in the package ``distillmos``) was distilled from a
self-supervised speech model and rates speech from 1 to 5. Its rating is of no use here; what its layers hold on the way
is.
"""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

FRAME, HOP = 320, 160  # 20 ms, 10 ms at 16 kHz
CHANNELS = (64, 64, 128, 256, 256, 256)
WIDTH, HEADS = 200, 8
ROWS_LEFT = 4
#: Layers of the transformer that are used, of seven; later ones turn towards the rating.
LAYERS = 6
LEAK = 0.1
COMPRESSION = 0.3


class Spectrum(nn.Module):
    """Compressed complex spectrum ``(batch, 2, 161, frames)`` of samples scaled to a peak of 1."""

    def __init__(self) -> None:
        super().__init__()
        angles = 2 * math.pi * np.arange(FRAME // 2 + 1)[:, None] * np.arange(FRAME)[None] / FRAME
        window = 0.5 - 0.5 * np.cos(2 * math.pi * np.arange(FRAME) / FRAME)
        kernel = np.concatenate([np.cos(angles) * window, -np.sin(angles) * window])[:, None]
        self.register_buffer("kernel", torch.tensor(kernel, dtype=torch.float32), persistent=False)

    def forward(self, samples: Tensor) -> Tensor:
        peak = samples.abs().amax(dim=1, keepdim=True) + 1e-8
        pad = (FRAME - HOP) // 2
        padded = functional.pad((samples / peak).unsqueeze(1), (pad, pad), mode="reflect")
        both = functional.conv1d(padded, self.kernel, stride=HOP)
        parts = torch.stack(both.chunk(2, dim=1), dim=1)
        magnitude = torch.sqrt(parts.square().sum(dim=1, keepdim=True)).clamp(min=1e-12)
        return parts * magnitude ** (COMPRESSION - 1)


class Layer(nn.Module):
    """One encoder layer, normalised after each half, written out so that it exports as plain products."""

    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.Linear(WIDTH, 3 * WIDTH)
        self.joined = nn.Linear(WIDTH, WIDTH)
        self.up, self.down = nn.Linear(WIDTH, 2 * WIDTH), nn.Linear(2 * WIDTH, WIDTH)
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH), nn.LayerNorm(WIDTH)

    def forward(self, hidden: Tensor) -> Tensor:
        frames = hidden.shape[1]
        query, key, value = (
            part.reshape(-1, frames, HEADS, WIDTH // HEADS).transpose(1, 2)
            for part in self.attention(hidden).chunk(3, dim=2)
        )
        weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(WIDTH // HEADS), dim=3)
        heard = (weights @ value).transpose(1, 2).reshape(-1, frames, WIDTH)
        hidden = self.norm1(hidden + self.joined(heard))
        return self.norm2(hidden + self.down(functional.relu(self.up(hidden))))


class SpeechQuality(nn.Module):
    """``(batch, samples)`` to the mean over time of the last used layer's output: ``(batch, 200)``."""

    def __init__(self) -> None:
        super().__init__()
        self.spectrum = Spectrum()
        widths = (2, *CHANNELS)
        self.convolutions = nn.ModuleList(
            nn.Conv2d(widths[i], widths[i + 1], 3, stride=(1 if i == 0 else 2, 2 if i == 5 else 1), padding=(0, 1))
            for i in range(len(CHANNELS))
        )
        self.projection = nn.Linear(CHANNELS[-1] * ROWS_LEFT, WIDTH)
        self.register_buffer("positions", torch.zeros(384, WIDTH))
        self.layers = nn.ModuleList(Layer() for _ in range(LAYERS))

    def forward(self, samples: Tensor) -> Tensor:
        hidden = self.spectrum(samples)
        for convolution in self.convolutions:
            hidden = functional.leaky_relu(convolution(hidden), LEAK)
        hidden = self.projection(hidden.flatten(1, 2).transpose(1, 2))
        hidden = hidden + self.positions[: hidden.shape[1]]
        for layer in self.layers:
            hidden = layer(hidden)
        return hidden.mean(dim=1)


def published(weights: Path | None = None) -> SpeechQuality:
    """The network with the package's weights; the two normalisations before the projection are folded into it."""
    if weights is None:
        from importlib.util import find_spec

        found = find_spec("distillmos")  # not imported: that would need torchaudio
        if found is None or found.origin is None:
            raise SystemExit("the package distillmos is not installed (models/build/audio.md)")
        weights = Path(found.origin).parent / "weights" / "distill_mos_v7.pt"
    state = torch.load(weights, map_location="cpu", weights_only=True)["model"]
    head = {key.removeprefix("transformer_pool_attn."): value for key, value in state.items()}
    net = SpeechQuality()
    with torch.no_grad():
        for index, convolution in enumerate(net.convolutions):
            convolution.weight.copy_(state[f"cnn.cnn.{2 * index}.weight"])
            convolution.bias.copy_(state[f"cnn.cnn.{2 * index}.bias"])
        weight, bias = head["transformer.linear_proj.weight"], head["transformer.linear_proj.bias"]
        for name in ("transformer.norm", "norm_input"):
            scale = head[f"{name}.weight"] / torch.sqrt(head[f"{name}.running_var"] + 1e-5)
            shift = head[f"{name}.bias"] - scale * head[f"{name}.running_mean"]
            weight, bias = weight * scale, bias + weight @ shift
        net.projection.weight.copy_(weight)
        net.projection.bias.copy_(bias)
        net.positions.copy_(head["transformer.position_encoding.pe"][0])
        for index, layer in enumerate(net.layers):
            there = f"transformer.transformer_encoder.layers.{index}."
            for mine, theirs in (
                (layer.attention, "self_attn.in_proj_"),
                (layer.joined, "self_attn.out_proj."),
                (layer.up, "linear1."),
                (layer.down, "linear2."),
                (layer.norm1, "norm1."),
                (layer.norm2, "norm2."),
            ):
                mine.weight.copy_(head[f"{there}{theirs}weight"])
                mine.bias.copy_(head[f"{there}{theirs}bias"])
    return net.eval()
