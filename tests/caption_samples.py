"""Broadcast graphics that tests draw: lower thirds, channel marks and labels, on any picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from tests.media_samples import Image


@cache
def font(size_px: int) -> ImageFont.FreeTypeFont:
    """WenQuanYi Micro Hei (Chinese and Latin), which a development dependency carries."""
    pytest.importorskip("paperang_p2_fonts_cjk", reason="carries the Chinese font that captions are drawn with")
    return ImageFont.truetype(str(files("paperang_p2_fonts_cjk") / "fonts" / "wqy-microhei.ttc"), size_px)


@dataclass(frozen=True)
class Drawn:
    """A line of text: its left top corner and the font's size as shares of width, height and height."""

    text: str
    left: float
    top: float
    size: float
    ink: tuple[int, int, int] = (255, 255, 255)
    paper: tuple[int, int, int] | None = None


def lower_third(name: str, role: str) -> tuple[Drawn, ...]:
    """A presenter's name over what they are, on a bar."""
    blue = (12, 40, 110)
    return Drawn(name, 0.08, 0.76, 0.05, paper=blue), Drawn(role, 0.08, 0.84, 0.035, (230, 230, 230), blue)


def channel_mark(text: str) -> Drawn:
    return Drawn(text, 0.04, 0.05, 0.045)


def draw(image: Image, *lines: Drawn) -> Image:
    """The picture with the lines on it."""
    height, width = image.shape[:2]
    canvas = Pillow.fromarray(image)
    pen = ImageDraw.Draw(canvas)
    for line in lines:
        size_px = round(line.size * height)
        at = (round(line.left * width), round(line.top * height))
        if line.paper:
            x1, y1, x2, y2 = pen.textbbox(at, line.text, font=font(size_px))
            pad = size_px // 3
            pen.rectangle((x1 - pad, y1 - pad, x2 + pad, y2 + pad), fill=line.paper)
        pen.text(at, line.text, fill=line.ink, font=font(size_px))
    return np.asarray(canvas)


def studio(size: tuple[int, int], seed: int = 3) -> Image:
    """A busy background without text: soft shapes, gradients and noise."""
    width, height = size
    random = np.random.default_rng(seed)
    coarse = random.uniform(30, 200, (9, 16, 3)).astype(np.uint8)
    smooth = np.asarray(Pillow.fromarray(coarse).resize((width, height), Pillow.Resampling.BICUBIC), np.int16)
    return np.clip(smooth + random.normal(0, 6, smooth.shape), 0, 255).astype(np.uint8)
