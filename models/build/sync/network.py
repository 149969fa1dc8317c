"""Two small towers: what lips do and what sound does, as unit vectors that are alike when both belong together."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional

from anchorproof.detectors.lips import MEL_BANDS, MEL_PER_STEP

POINTS = 48
SHAPES = 24
WIDTH = 48
CODE = 32


class SyncNet(nn.Module):
    """``lips (windows, steps, 144)`` and ``mel (windows, steps' * 4, 32)`` to unit vectors a step, ``(.., 32)`` each.

    What is fixed over the window (face, voice, level, microphone) is taken away first. Each code sees about half a
    second. The idea is SyncNet's (Chung and Zisserman, Out of time, ACCV 2016 workshops), on landmarks and 65 thousand
    weights.
    """

    def __init__(self, dropout: float = 0.15) -> None:
        super().__init__()
        self.shapes = nn.Linear(POINTS * 3, SHAPES, bias=False)
        self.lips = _tower(SHAPES, dropout)
        self.patches = nn.Conv1d(MEL_BANDS, WIDTH, 2 * MEL_PER_STEP, stride=MEL_PER_STEP, padding=MEL_PER_STEP // 2)
        self.sound = nn.Sequential(nn.ReLU(), _tower(WIDTH, dropout))

    def forward(self, lips: Tensor, mel: Tensor) -> tuple[Tensor, Tensor]:
        return self.see(lips), self.hear(mel)

    def see(self, lips: Tensor) -> Tensor:
        moved = (lips - lips.mean(dim=1, keepdim=True)) * 20
        return functional.normalize(self.lips(self.shapes(moved).transpose(1, 2)), dim=1).transpose(1, 2)

    def hear(self, mel: Tensor) -> Tensor:
        moved = (mel - mel.mean(dim=1, keepdim=True)) / 3
        return functional.normalize(self.sound(self.patches(moved.transpose(1, 2))), dim=1).transpose(1, 2)


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
