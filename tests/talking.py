"""A portrait that seems to speak, and the voice it speaks with: both follow the same syllables."""

from __future__ import annotations

import cv2
import numpy as np
import skimage.data
from numpy.typing import NDArray

from anchorproof.types import Image

RATE = 16_000
#: The astronaut's mouth in skimage's portrait: middle of the lips' line, half width.
MOUTH_X, MOUTH_Y, HALF_WIDTH = 221, 143, 22


def syllables(seconds: float, seed: int, per_s: float = 4.5) -> NDArray[np.float64]:
    """How far a mouth opens, 0 to 1, at 100 a second: bumps of uneven height and distance, and pauses."""
    rng = np.random.default_rng(seed)
    opening = np.zeros(round(seconds * 100))
    at_s = 0.1
    while at_s < seconds:
        width_s = rng.uniform(0.05, 0.1)
        times_s = np.arange(len(opening)) / 100
        opening = np.maximum(opening, rng.uniform(0.3, 1) * np.exp(-(((times_s - at_s) / width_s) ** 2)))
        at_s += rng.uniform(0.6, 1.4) / per_s + (rng.uniform(0.2, 0.5) if rng.random() < 0.15 else 0)
    return opening


def voice(opening: NDArray[np.float64], seed: int = 0) -> NDArray[np.float32]:
    """Harmonics that are louder and brighter the wider the mouth is, with breath between; float32 at 16 kHz."""
    rng = np.random.default_rng(seed)
    count = round(len(opening) / 100 * RATE)
    wide = np.interp(np.arange(count) / RATE, np.arange(len(opening)) / 100, opening)
    phase = 2 * np.pi * np.cumsum(140 + 30 * wide) / RATE
    tone = sum(np.sin(number * phase) * wide ** (1 + number / 8) / number for number in range(1, 24))
    return (0.12 * tone + 0.002 * rng.standard_normal(count)).astype(np.float32)


def portrait_frame(opening: float) -> Image:
    """The portrait, 384 x 384, its lower lip and chin moved down by ``opening`` (0 to 1) and the gap dark."""
    picture = np.ascontiguousarray(skimage.data.astronaut()[:384, 40:424, :3])
    if opening <= 0.02:
        return picture
    x, y = MOUTH_X - 40, MOUTH_Y
    drop = 14 * opening
    rows, columns = np.mgrid[0:384, 0:384].astype(np.float32)
    across = np.exp(-(((columns - x) / (1.3 * HALF_WIDTH)) ** 2))
    below = (rows > y) * np.clip((y + 60 - rows) / 50, 0, 1)
    source = rows - drop * across * below
    moved = cv2.remap(picture, columns, source.astype(np.float32), cv2.INTER_LINEAR)
    reach = HALF_WIDTH * np.sqrt(np.clip(1 - ((rows - y) / drop) ** 2, 0, 1))
    gap = (rows > y) & (source < y + 0.5) & (np.abs(columns - x) < reach)
    moved[gap] = (45, 15, 15)
    return np.asarray(moved, np.uint8)
