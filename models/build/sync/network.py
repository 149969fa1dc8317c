"""Two small towers: what lips do and what sound does, as vectors that are alike when both belong together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from anchorproof.detectors.lips import MEL_BANDS, MEL_PER_STEP

POINTS = 48
SHAPES = 24
WIDTH = 48
CODE = 32
GATE = 9


class SyncNet(nn.Module):
    """``lips (windows, steps, 144)`` and ``mel (windows, steps' * 4, 32)`` to a vector a step, ``(.., 32)`` each.

    What is fixed over the window (face, voice, level, microphone) is taken away first. Each code sees about half a
    second. A code's direction says what is done, its length (0 to 2) how much that tells: a still mouth and a pause
    have little to say. The idea is SyncNet's (Chung and Zisserman, Out of time, ACCV 2016 workshops), on landmarks
    and 66 thousand weights.
    """

    def __init__(self, dropout: float = 0.15) -> None:
        super().__init__()
        self.shapes = nn.Linear(POINTS * 3, SHAPES, bias=False)
        self.lips = _tower(SHAPES, dropout)
        self.patches = nn.Conv1d(MEL_BANDS, WIDTH, 2 * MEL_PER_STEP, stride=MEL_PER_STEP, padding=MEL_PER_STEP // 2)
        self.sound = nn.Sequential(nn.ReLU(), _tower(WIDTH, dropout))
        self.lips_gate = nn.Conv1d(SHAPES, 1, GATE, padding=GATE // 2)
        self.sound_gate = nn.Conv1d(WIDTH, 1, GATE, padding=GATE // 2)

    def forward(self, lips: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        return self.see(lips), self.hear(mel)

    def see(self, lips: Tensor) -> Tensor:
        moved = (lips - lips.mean(dim=1, keepdim=True)) * 20
        shapes = self.shapes(moved).transpose(1, 2)
        return _weighted(self.lips(shapes), self.lips_gate(shapes))

    def hear(self, mel: Tensor) -> Tensor:
        moved = (mel - mel.mean(dim=1, keepdim=True)) / 3
        patches = self.patches(moved.transpose(1, 2))
        return _weighted(self.sound(patches), self.sound_gate(functional.relu(patches)))


class Several(nn.Module):
    """Networks of one recipe that differ by their seed, as one: the products of its codes are the mean of theirs."""

    def __init__(self, nets: Sequence[SyncNet]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)

    def forward(self, lips: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        """As :class:`SyncNet`, the codes end to end."""
        pairs = [net(lips, mel) for net in self.nets]
        share = len(pairs) ** -0.5
        seen, heard = (torch.cat(codes, dim=2) * share for codes in zip(*pairs, strict=True))
        return seen, heard


def _weighted(codes: Tensor, gate: Tensor) -> Tensor:
    """Unit vectors times twice the gate, ``(windows, steps, code)``."""
    return (functional.normalize(codes, dim=1) * torch.sigmoid(gate) * 2).transpose(1, 2)


def _tower(channels: int, dropout: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv1d(channels, WIDTH, 5, padding=2),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Conv1d(WIDTH, WIDTH, 5, padding=2),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Conv1d(WIDTH, CODE, 3, padding=1),
    )


def curve(lips: Tensor, sound: Tensor, lags: int) -> Tensor:
    """Mean likeness for the sound taken ``lag`` steps later than the lips, ``(windows, 2 * lags + 1)``.

    ``lips (windows, steps, code)``; ``sound (windows, steps + 2 * lags, code)`` begins ``lags`` steps earlier.
    """
    windows, steps, _ = lips.shape
    alike = (lips @ sound.transpose(1, 2)).contiguous()
    wide = alike.shape[2]
    # Of row t the columns t to t + 2 * lags.
    band = alike.as_strided((windows, steps, 2 * lags + 1), (steps * wide, wide + 1, 1))
    return band.mean(dim=1)
