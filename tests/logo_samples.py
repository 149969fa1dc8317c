"""Logos that tests draw, and pictures with one laid over."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw

from tests.media_samples import Image

Rgba = NDArray[np.uint8]


def kite() -> Rgba:
    """A red disc with a white arrow beside two bars, on nothing."""
    canvas = Pillow.new("RGBA", (400, 200))
    pen = ImageDraw.Draw(canvas)
    pen.ellipse((10, 10, 190, 190), fill=(220, 30, 40, 255))
    pen.polygon([(70, 50), (150, 100), (70, 150)], fill=(255, 255, 255, 255))
    pen.rectangle((215, 50, 390, 85), fill=(255, 255, 255, 255))
    pen.rectangle((215, 115, 320, 150), fill=(255, 255, 255, 255))
    return np.asarray(canvas)


def waves() -> Rgba:
    canvas = Pillow.new("RGBA", (240, 240))
    pen = ImageDraw.Draw(canvas)
    for ring in range(4):
        pen.arc(
            (20 + 25 * ring,) * 2 + (220 - 25 * ring,) * 2, 200 - 40 * ring, 480 - 60 * ring, (255, 190, 0, 255), 12
        )
    return np.asarray(canvas)


def laid(picture: Image, logo: Rgba, height: int, at: tuple[int, int], opacity: float = 1.0) -> Image:
    width = round(logo.shape[1] * height / logo.shape[0])
    small = cv2.resize(logo, (width, height), interpolation=cv2.INTER_AREA).astype(np.float32)
    share = opacity * small[:, :, 3:] / 255
    out = picture.astype(np.float32)
    x, y = at
    room = out[y : y + height, x : x + width]
    room += share * (small[:, :, :3] - room)
    return out.clip(0, 255).astype(np.uint8)
