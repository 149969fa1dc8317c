"""What is drawn, laid over and looked for in pictures of built clips."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from anchorproof.faces.finder import FaceFinder
from anchorproof.types import Image


def write_on(image: Image, text: str, place: tuple[float, float], height_share: float) -> Image:
    """White letters on a dark plate; ``place`` is the plate's upper left corner in shares of width and height."""
    height, width, _ = image.shape
    font = ImageFont.load_default(round(height_share * min(width, height)))
    canvas = Pillow.fromarray(image)
    draw = ImageDraw.Draw(canvas)
    left, top = round(place[0] * width), round(place[1] * height)
    box = draw.textbbox((left + 6, top + 4), text, font=font)
    draw.rectangle((left, top, box[2] + 6, box[3] + 6), fill=(12, 24, 88))
    draw.text((left + 6, top + 4), text, font=font, fill=(255, 255, 255))
    return np.asarray(canvas)


def with_studio(image: Image, outlet: str, line: str) -> Image:
    """A channel mark in the upper left corner and a lower third."""
    return write_on(write_on(image, outlet, (0.03, 0.04), 0.055), line, (0.05, 0.83), 0.065)


def side_by_side(left: Image, right: Image) -> Image:
    """Two pictures of one height beside each other."""
    height = left.shape[0] // 2 * 2
    width = round(right.shape[1] * height / right.shape[0] / 2) * 2
    left = left[:height, : left.shape[1] // 2 * 2]
    return np.concatenate([left, cv2.resize(right, (width, height), interpolation=cv2.INTER_AREA)], axis=1)


def faceless_window(images: Sequence[Image], finder: FaceFinder) -> tuple[slice, slice] | None:
    """The largest upper or lower corner of the picture in which no face is ever seen; None where faces are everywhere.

    Real pixels without a face: what a reporter's voice is laid over.
    """
    height, width, _ = images[0].shape
    boxes = [face.box for faces in finder.find(list(images[::6])) for face in faces]
    best: tuple[int, tuple[slice, slice]] | None = None
    half, third = height // 2, height // 3
    for rows in (slice(0, half), slice(half, height), slice(0, third), slice(height - third, height)):
        for columns in (slice(0, width), slice(0, width // 2), slice(width // 2, width)):
            area = (rows.stop - rows.start) * (columns.stop - columns.start)
            free = all(
                box.x2 < columns.start or box.x1 > columns.stop or box.y2 < rows.start or box.y1 > rows.stop
                for box in boxes
            )
            if free and (best is None or area > best[0]):
                best = area, (rows, columns)
    return best[1] if best else None


def enlarged(image: Image, window: tuple[slice, slice], size: tuple[int, int]) -> Image:
    """The window of the picture, scaled to ``(width, height)``."""
    return np.asarray(cv2.resize(np.ascontiguousarray(image[window]), size, interpolation=cv2.INTER_CUBIC), np.uint8)
