"""Small neural decoders, trained here: what every generator ends in, without a generator.

Each is an autoencoder of face pictures. A bona fide picture that went through one differs from its twin by the
decoder's artefact and nothing else, so that neither codec nor source can be what a classifier learns from the pair.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss, softplus

from benchmarks.equalise import Image

SIDE_PX = 128
SEED = 11
STEPS = 900
BATCH = 8
RATE = 2e-3
GRADIENT_WEIGHT, ADVERSARIAL_WEIGHT = 1.0, 0.02
REPORT_EVERY = 100


@dataclass(frozen=True)
class Kind:
    """One decoder: how it enlarges, how deep it is, whether a critic trained it."""

    name: str
    enlarges_by: str
    """``transposed``, ``nearest`` or ``shuffle``."""
    depth: int
    is_adversarial: bool
    channels: int
    """Of the code, at ``SIDE_PX / 2 ** depth``."""


KINDS = (
    Kind("transposed-3", "transposed", 3, False, 12),
    Kind("nearest-3", "nearest", 3, False, 12),
    Kind("transposed-4", "transposed", 4, True, 32),
    Kind("shuffle-4", "shuffle", 4, False, 32),
)
#: Of these so many are trained and make twins; version 3 had all four, and no other twins.
USED = KINDS[:1]


class Autoencoder(nn.Module):
    """Pictures ``(n, 3, h, w)`` in -1..1 to pictures; sides are multiples of ``2 ** depth``."""

    def __init__(self, kind: Kind) -> None:
        super().__init__()
        widths = [24, 48, 72, 96][: kind.depth]
        down: list[nn.Module] = []
        for inputs, outputs in zip([3, *widths], widths, strict=False):
            down += [nn.Conv2d(inputs, outputs, 4, 2, 1), nn.LeakyReLU(0.2)]
        self.encoder = nn.Sequential(*down, nn.Conv2d(widths[-1], kind.channels, 1))
        up: list[nn.Module] = [nn.Conv2d(kind.channels, widths[-1], 3, 1, 1), nn.LeakyReLU(0.2)]
        for inputs, outputs in zip(widths[::-1], [*widths[-2::-1], 24], strict=True):
            up += [*_enlarging(kind.enlarges_by, inputs, outputs), nn.LeakyReLU(0.2)]
        self.decoder = nn.Sequential(*up, nn.Conv2d(24, 3, 3, 1, 1))

    def forward(self, pictures: Tensor, jitter: float = 0.0, noise: torch.Generator | None = None) -> Tensor:
        """``jitter``: deviation of the noise on the code, in the code's own deviations."""
        code = self.encoder(pictures)
        if jitter:
            code = code + jitter * code.std() * torch.randn(code.shape, generator=noise)
        return torch.tanh(self.decoder(code))


def _enlarging(way: str, inputs: int, outputs: int) -> list[nn.Module]:
    if way == "transposed":
        return [nn.ConvTranspose2d(inputs, outputs, 4, 2, 1)]
    if way == "nearest":
        return [nn.Upsample(scale_factor=2), nn.Conv2d(inputs, outputs, 3, 1, 1)]
    return [nn.Conv2d(inputs, outputs * 4, 3, 1, 1), nn.PixelShuffle(2)]


def train_decoder(kind: Kind, pictures: Tensor, path: Path) -> Iterator[str]:
    """Train one decoder on ``pictures`` ``(n, 3, SIDE_PX, SIDE_PX)``, uint8, and keep its weights; yields progress."""
    torch.manual_seed(SEED)
    rng = np.random.default_rng(SEED)
    # Pixel by pixel in memory: a third faster on a processor.
    network, critic = (part.to(memory_format=torch.channels_last) for part in (Autoencoder(kind), _critic()))
    steps, critic_steps = (torch.optim.Adam(part.parameters(), RATE, (0.5, 0.99)) for part in (network, critic))
    for step in range(1, STEPS + 1):
        real = pictures[rng.integers(len(pictures), size=BATCH)].float() / 127.5 - 1
        real = real.contiguous(memory_format=torch.channels_last)
        if rng.random() < 0.5:
            real = real.flip(3)
        made = network(real)
        loss = l1_loss(made, real) + GRADIENT_WEIGHT * _gradient_loss(made, real)
        if kind.is_adversarial:
            judged = softplus(-critic(real)).mean() + softplus(critic(made.detach())).mean()
            critic_steps.zero_grad()
            judged.backward()
            critic_steps.step()
            loss = loss + ADVERSARIAL_WEIGHT * softplus(-critic(made)).mean()
        steps.zero_grad()
        loss.backward()
        steps.step()
        if step % REPORT_EVERY == 0:
            yield f"{kind.name} step {step}: L1 {l1_loss(made, real).item():.4f}"
    torch.save(network.state_dict(), path)


def load_decoder(kind: Kind, path: Path) -> Autoencoder:
    """The decoder that ``train_decoder`` kept."""
    network = Autoencoder(kind)
    network.load_state_dict(torch.load(path, weights_only=True))
    return network.eval().to(memory_format=torch.channels_last)


def read_faces(paths: list[Path]) -> Tensor:
    """Face pictures at ``SIDE_PX``, their middle four fifths: ``(n, 3, SIDE_PX, SIDE_PX)`` uint8, RGB."""
    found = []
    for path in paths:
        image = cv2.imread(str(path))
        if image is not None:
            edge = min(image.shape[:2]) // 10
            inner = image[edge : image.shape[0] - edge, edge : image.shape[1] - edge]
            found.append(cv2.resize(inner, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA)[..., ::-1])
    return torch.from_numpy(np.ascontiguousarray(np.stack(found).transpose(0, 3, 1, 2)))


def pass_through(network: Autoencoder, images: list[Image], jitter: float, seed: int) -> list[Image]:
    """Pictures ``(SIDE_PX, SIDE_PX, 3)`` as the decoder makes them anew; ``seed``: of the jitter."""
    made = []
    noise = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for start in range(0, len(images), BATCH):
            given = torch.from_numpy(np.stack(images[start : start + BATCH]).transpose(0, 3, 1, 2).copy())
            given = (given.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)
            out = (network(given, jitter, noise) + 1) * 127.5
            made += list(out.clamp(0, 255).round().byte().numpy().transpose(0, 2, 3, 1))
    return made


def _critic() -> nn.Module:
    """Judges patches."""
    return nn.Sequential(
        nn.Conv2d(3, 24, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(24, 48, 4, 2, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(48, 48, 3, 1, 1),
        nn.LeakyReLU(0.2),
        nn.Conv2d(48, 1, 3, 1, 1),
    )


def _gradient_loss(made: Tensor, real: Tensor) -> Tensor:
    """L1 between neighbouring differences: edges weigh more than flat skin."""
    return l1_loss(made.diff(dim=3), real.diff(dim=3)) + l1_loss(made.diff(dim=2), real.diff(dim=2))
