"""Pictures made smaller and enlarged again by the means of upsampling networks: what resampling leaves behind."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.equalise import Image

Floats = NDArray[np.float32]
ENLARGED_BY = ("cubic", "lanczos", "nearest", "zeros")
_FLAGS = {"cubic": cv2.INTER_CUBIC, "lanczos": cv2.INTER_LANCZOS4, "nearest": cv2.INTER_NEAREST}


@dataclass(frozen=True)
class Resampler:
    """``share``: of the side that is kept. ``kernel`` ``(4, 4)``: of a transposed convolution by two (``zeros``)."""

    share: float
    by: str
    kernel: Floats

    def apply(self, picture: Image, strength: float) -> Floats:
        """``picture`` ``(h, w, 3)`` resampled, mixed in at ``strength`` 0..1; float32, 0..255 but for overshoot."""
        own = picture.astype(np.float32)
        height, width = own.shape[:2]
        share = 0.5 if self.by == "zeros" else self.share
        size = max(2, round(width * share)), max(2, round(height * share))
        small = cv2.resize(own, size, interpolation=cv2.INTER_AREA)
        large = self._transposed(small) if self.by == "zeros" else small
        flags = _FLAGS.get(self.by, cv2.INTER_LINEAR)
        back = cv2.resize(large, (width, height), interpolation=flags)
        if self.by == "nearest":
            back = cv2.GaussianBlur(back, (3, 3), 0)
        return np.asarray(own + strength * (back - own), np.float32)

    def _transposed(self, small: Floats) -> Floats:
        """Zeros between the pixels, then a kernel whose four phases do not quite agree."""
        spread = np.zeros((small.shape[0] * 2, small.shape[1] * 2, small.shape[2]), np.float32)
        spread[::2, ::2] = small
        return np.asarray(cv2.filter2D(spread, -1, self.kernel, borderType=cv2.BORDER_REFLECT_101), np.float32)


def draw_resampler(rng: np.random.Generator) -> Resampler:
    """Share, way and kernel at random."""
    way = str(rng.choice(ENLARGED_BY))
    base = np.outer([1, 3, 3, 1], [1, 3, 3, 1]).astype(np.float32) / 16
    kernel = base * rng.normal(1, 0.08, (4, 4)).astype(np.float32)
    return Resampler(float(rng.uniform(0.5, 0.9)), way, np.asarray(kernel * (4 / kernel.sum()), np.float32))
