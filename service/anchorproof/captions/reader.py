"""What stands in a picture: lines found and read, with the confidence of every character."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.captions.finder import TextArea, find_text
from anchorproof.errors import ModelUnavailable
from anchorproof.runtime import ModelStore
from anchorproof.settings import CaptionSettings
from anchorproof.types import Box, Image

_HEIGHT_PX = 48
_LIMIT_WIDTH_PX = 48 * 32
_NARROWEST_PX = 96
_AT_ONCE = 6
#: A line this much taller than wide stands on its side.
_UPRIGHT = 1.5
_ALPHABET_KEY = "character"


@dataclass(frozen=True, slots=True)
class TextLine:
    """One line as read: ``box`` in pixels of the picture, ``confidences`` per character, ``height_px`` across it."""

    text: str
    box: Box
    height_px: float
    area_score: float
    confidences: tuple[float, ...]

    @property
    def confidence(self) -> float:
        """Mean over the characters, 0 for an empty line."""
        return sum(self.confidences) / len(self.confidences) if self.confidences else 0.0


class TextReader:
    """PP-OCR's detector and recogniser: Chinese and Latin text in full pictures."""

    def __init__(self, models: ModelStore, settings: CaptionSettings) -> None:
        self._finder = models.load_default("text_detection")
        self._recogniser = models.load_default("text_recognition")
        self._settings = settings
        alphabet = self._recogniser.metadata.get(_ALPHABET_KEY, "")
        if not alphabet:
            raise ModelUnavailable(f"model {self._recogniser.model_id!r} names no alphabet")
        #: Class 0 is CTC's blank, the last one the space.
        self._alphabet = ["", *alphabet.split("\n"), " "]

    def read(self, image: Image) -> list[TextLine]:
        """All lines in reading order, also those read badly: their confidences say so."""
        areas = find_text(image, self._finder, self._settings.long_side_px)
        tallest = sorted(areas, key=lambda area: -area.size[1])[: self._settings.limit_lines]
        kept = set(map(id, tallest))
        areas = [area for area in areas if id(area) in kept]
        crops = [_crop(image, area) for area in areas]
        lines: list[TextLine | None] = [None] * len(areas)
        for batch in _batches(crops):
            for place, (text, confidences) in zip(batch, self._recognise([crops[p] for p in batch]), strict=True):
                area = areas[place]
                lines[place] = TextLine(text, area.box, min(area.size), area.score, confidences)
        return [line for line in lines if line is not None and line.text.strip()]

    def _recognise(self, crops: Sequence[Image]) -> Iterator[tuple[str, tuple[float, ...]]]:
        width = max(map(_width_at_height, crops))
        tensor = np.zeros((len(crops), 3, _HEIGHT_PX, max(_NARROWEST_PX, width)), np.float32)
        for row, crop in zip(tensor, crops, strict=True):
            wide = _width_at_height(crop)
            small = cv2.resize(crop, (wide, _HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
            row[:, :, :wide] = ((small[:, :, ::-1].astype(np.float32) / 255.0 - 0.5) / 0.5).transpose(2, 0, 1)
        for probabilities in self._recogniser.run_one(tensor):
            yield self._decode(probabilities)

    def _decode(self, probabilities: NDArray[np.float32]) -> tuple[str, tuple[float, ...]]:
        """The best path of CTC: repetitions and blanks fall out.

        Source: Graves et al., Connectionist temporal classification, ICML 2006.
        """
        best = probabilities.argmax(axis=1)
        is_new = np.concatenate(([True], best[1:] != best[:-1])) & (best != 0)
        confidences = probabilities.max(axis=1)[is_new]
        text = "".join(self._alphabet[index] if index < len(self._alphabet) else "" for index in best[is_new])
        return text, tuple(float(confidence) for confidence in confidences)


def _width_at_height(crop: Image) -> int:
    height, width = crop.shape[:2]
    wide: int = math.ceil(_HEIGHT_PX * width / height)
    return min(_LIMIT_WIDTH_PX, max(1, wide))


def _batches(crops: Sequence[Image]) -> Iterator[list[int]]:
    """Places of crops of similar width together: a batch is as wide as its widest."""
    order = sorted(range(len(crops)), key=lambda place: _width_at_height(crops[place]))
    yield from (order[first : first + _AT_ONCE] for first in range(0, len(order), _AT_ONCE))


def _crop(image: Image, area: TextArea) -> Image:
    """The line, turned upright."""
    width, height = (max(1, round(side)) for side in area.size)
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(area.corners, target)
    crop = cv2.warpPerspective(image, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(np.rot90(crop) if height >= _UPRIGHT * width else crop, np.uint8)
