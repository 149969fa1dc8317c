"""Lines of text drawn as masks, and letter-like shapes as generators of pictures draw them.

Five kinds of garble, none of which uses another's means:

``warped``   each letter bent and stretched on its own until it is none
``mixed``    each sign made of halves of two letters
``strokes``  signs of a few strokes and arcs as thick as the font's, which never were letters
``blended``  two texts at one place, between which the picture could not decide
``melted``   strokes that run into each other and break off where they should not
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

Mask = NDArray[np.float32]
Random = np.random.Generator
_MARGIN = 0.2


def font_at(path: Path, size_px: int, variation: str = "") -> ImageFont.FreeTypeFont:
    """``variation``: the name of a weight, of variable fonts."""
    font = ImageFont.truetype(str(path), size_px)
    if variation:
        font.set_variation_by_name(variation)
    return font


def drawn(text: str, font: ImageFont.FreeTypeFont) -> Mask:
    """How much ink covers each pixel, in [0, 1], ``(height, width)`` with a margin."""
    margin = round(_MARGIN * font.size) + 2
    left, top, right, bottom = font.getbbox(text)
    canvas = Pillow.new("L", (int(right - left) + 2 * margin, int(bottom - top) + 2 * margin))
    ImageDraw.Draw(canvas).text((margin - left, margin - top), text, fill=255, font=font)
    return (np.asarray(canvas, np.float32) / np.float32(255)).astype(np.float32)


def warped(text: str, font: ImageFont.FreeTypeFont, others: Sequence[str], random: Random) -> Mask:
    del others
    return _in_a_row([_bent(drawn(mark, font), font.size, random) for mark in _marks(text)], font, random)


def mixed(text: str, font: ImageFont.FreeTypeFont, others: Sequence[str], random: Random) -> Mask:
    pool = _marks("".join(others)) + _marks(text)
    return _in_a_row([_halves(mark, str(random.choice(pool)), font, random) for mark in _marks(text)], font, random)


def strokes(text: str, font: ImageFont.FreeTypeFont, others: Sequence[str], random: Random) -> Mask:
    del others
    return _in_a_row([_invented(mark, font, random) for mark in _marks(text)], font, random)


def blended(text: str, font: ImageFont.FreeTypeFont, others: Sequence[str], random: Random) -> Mask:
    one = drawn(text, font)
    nearest = sorted(others, key=lambda line: (line == text, abs(font.getlength(line) - font.getlength(text))))
    other = drawn(str(random.choice(nearest[:4])), font)
    shifted = np.roll(
        np.asarray(cv2.resize(other, (one.shape[1], one.shape[0])), np.float32), int(random.integers(-2, 3)), axis=0
    )
    share = random.uniform(0.43, 0.57)
    between = np.asarray(cv2.GaussianBlur(share * one + (1 - share) * shifted, (0, 0), 0.03 * font.size), np.float32)
    return _sharpened(_bent(between, 0.35 * font.size, random), random.uniform(0.28, 0.4))


def melted(text: str, font: ImageFont.FreeTypeFont, others: Sequence[str], random: Random) -> Mask:
    del others
    mask = drawn(text, font)
    thick = max(1.0, 0.05 * font.size)
    noise = _smooth_noise(mask.shape, 2.2 * thick, random)
    soft = cv2.GaussianBlur(mask, (0, 0), random.uniform(1.0, 1.6) * thick)
    # As strong as the strokes are, whatever the font's weight left of them.
    level = 0.45 * float(np.quantile(soft[mask > 0.5], 0.5))
    uneven = (soft + random.uniform(0.7, 1.1) * level * noise * (soft > 0.2 * level)) * 0.36 / level
    return _sharpened(np.asarray(uneven, np.float32), 0.36)


Garbler = Callable[[str, ImageFont.FreeTypeFont, Sequence[str], Random], Mask]
KINDS: dict[str, Garbler] = {
    "warped": warped, "mixed": mixed, "strokes": strokes, "blended": blended, "melted": melted
}  # fmt: skip


# --------------------------------------------------------------------------- parts


def _marks(text: str) -> list[str]:
    return [mark for mark in text if mark.isalnum()] or ["a"]


def _in_a_row(signs: Sequence[Mask], font: ImageFont.FreeTypeFont, random: Random) -> Mask:
    """Side by side on one line, with a blank now and then."""
    height = max(sign.shape[0] for sign in signs)
    row: list[Mask] = []
    for sign in signs:
        top = height - sign.shape[0]
        cut = max(1, round(0.16 * font.size))
        body = sign[:, cut:-cut] if sign.shape[1] > 3 * cut else sign
        row.append(np.pad(body, ((top, 0), (0, 0))))
        if random.random() < 0.12:
            row.append(np.zeros((height, round(0.3 * font.size)), np.float32))
    edge = np.zeros((height, round(_MARGIN * font.size)), np.float32)
    return np.concatenate([edge, *row, edge], axis=1)


def _bent(sign: Mask, size: float, random: Random) -> Mask:
    height, width = sign.shape
    reach = random.uniform(0.07, 0.16) * size
    shifts = [reach * _smooth_noise(sign.shape, 0.22 * size, random) for _ in "xy"]
    across, down = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    moved = cv2.remap(sign, across + shifts[0], down + shifts[1], cv2.INTER_LINEAR)
    return np.asarray(moved, np.float32)


def _halves(one: str, other: str, font: ImageFont.FreeTypeFont, random: Random) -> Mask:
    first, second = drawn(one, font), drawn(other, font)
    height, width = max(first.shape[0], second.shape[0]), max(first.shape[1], second.shape[1])
    first, second = (np.asarray(cv2.resize(sign, (width, height)), np.float32) for sign in (first, second))
    cut = random.uniform(0.4, 0.6)
    if random.random() < 0.5:
        place = round(cut * height)
        return np.concatenate([first[:place], second[place:]], axis=0)
    place = round(cut * width)
    return np.concatenate([first[:, :place], second[:, place:]], axis=1)


def _invented(mark: str, font: ImageFont.FreeTypeFont, random: Random) -> Mask:
    """Strokes in the room that the letter would take: as many for a Han sign as such a sign has."""
    room = drawn(mark, font)
    height, width = room.shape
    margin = round(_MARGIN * font.size) + 2
    sign = np.zeros((height, width), np.uint8)
    thick = max(1, round(font.size * random.uniform(0.07, 0.12)))
    count = int(random.integers(5, 10)) if not mark.isascii() and font.getlength(mark) > 0.9 * font.size else 3

    def point() -> tuple[int, int]:
        """One of five by five: strokes of letters begin and end at common heights."""
        across, down = (int(random.integers(0, 5)) / 4 for _ in "xy")
        return round(margin + across * (width - 2 * margin)), round(margin + down * (height - 2 * margin))

    for _ in range(max(2, count - int(random.integers(0, 2)))):
        if random.random() < 0.6:
            start = point()
            end = next((other for other in (point() for _ in range(20)) if other != start), start)
            straight = random.random()
            end = (end[0], start[1]) if straight < 0.35 else (start[0], end[1]) if straight < 0.7 else end
            cv2.line(sign, start, end, 255, thick, cv2.LINE_AA)
        else:
            axes = (int(random.integers(2, max(3, width // 3))), int(random.integers(2, max(3, height // 3))))
            turn = float(random.uniform(0, 360))
            cv2.ellipse(sign, point(), axes, 0, turn, turn + float(random.uniform(90, 280)), 255, thick, cv2.LINE_AA)
    return (sign / 255).astype(np.float32)


def _smooth_noise(shape: tuple[int, ...], scale_px: float, random: Random) -> Mask:
    """Of standard deviation 1."""
    noise = cv2.GaussianBlur(random.standard_normal(shape).astype(np.float32), (0, 0), max(0.6, scale_px))
    return np.asarray(noise / max(float(noise.std()), 1e-6), np.float32)


def _sharpened(soft: Mask, level: float) -> Mask:
    """Ink where it is above the level, with edges a pixel or two wide."""
    return np.asarray(1 / (1 + np.exp(-14 * (soft - level))), np.float32)
