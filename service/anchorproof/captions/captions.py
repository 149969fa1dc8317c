"""The captions of a clip: lines read in the chosen pictures, followed over time, with the part they play."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from itertools import groupby

from anchorproof.captions.garble import Legibility, legibility
from anchorproof.captions.keyframes import FrameChooser, SmallCopy
from anchorproof.captions.reader import TextLine, TextReader
from anchorproof.captions.standing import standing_span
from anchorproof.settings import CaptionSettings
from anchorproof.types import Box, Caption, CaptionRole, Frame, Span

LIMIT_CAPTIONS = 120
_LIMIT_TEXT = 200
#: Two readings of one place are one caption from this similarity of their texts on.
_SAME_TEXT = 0.7
_SAME_PLACE = 0.5
#: A lower third stands in the lower part of the picture for longer than a ticker's word at one place.
_LOWER_PART = 0.6
_LOWER_THIRD_S = 0.75
#: A channel mark stands in a corner, nearly all the time, and is short.
_CORNER_HEIGHT, _CORNER_WIDTH = 0.2, 0.4
_MARK_SHARE = 0.6
_MARK_LETTERS = 20


@dataclass(frozen=True, slots=True)
class Screen:
    """Everything read in a clip; ``legibility`` None: too few letters; ``size``: width, height in source pixels.

    ``readings`` are the same of each picture with enough letters, with how long its tallest line stands.
    """

    captions: tuple[Caption, ...]
    frames_read: int
    legibility: Legibility | None
    size: tuple[float, float]
    readings: tuple[tuple[Span, Legibility], ...] = ()


def read_captions(chooser: FrameChooser, reader: TextReader, duration_s: float, settings: CaptionSettings) -> Screen:
    """The captions of the pictures that the chooser kept, in the order of time and reading."""
    frames = chooser.chosen()
    if not frames:
        return Screen((), 0, None, (0.0, 0.0))
    read = read_lines(chooser, reader)
    sure = [(frame, line) for frame, line in read if line.confidence >= settings.least_confidence]
    height, width = (side * frames[0].scale for side in frames[0].image.shape[:2])
    found = [_caption(frame, line, chooser.copies) for frame, line in sure]
    captions = [replace(item, role=_role(item, (width, height), duration_s)) for item in _merged(found)]
    captions.sort(key=lambda item: (item.span.start_s, item.box.y1, item.box.x1))
    return Screen(
        tuple(captions[:LIMIT_CAPTIONS]),
        len(frames),
        legibility(line for _, line in read),
        (width, height),
        tuple(_readings(read, chooser.copies)),
    )


def read_lines(chooser: FrameChooser, reader: TextReader) -> list[tuple[Frame, TextLine]]:
    """Every line of the pictures that the chooser kept, also those read badly."""
    return [(frame, line) for frame in chooser.chosen() for line in reader.read(frame.image)]


def _readings(read: Sequence[tuple[Frame, TextLine]], copies: Sequence[SmallCopy]) -> Iterator[tuple[Span, Legibility]]:
    for _, part in groupby(read, key=lambda item: item[0].time_s):
        frame_lines = list(part)
        found = legibility(line for _, line in frame_lines)
        if found is not None:
            frame, tallest = max(frame_lines, key=lambda item: item[1].height_px)
            yield standing_span(_source_box(frame, tallest), frame.time_s, copies), found


def _source_box(frame: Frame, line: TextLine) -> Box:
    return Box(*(side * frame.scale for side in (line.box.x1, line.box.y1, line.box.x2, line.box.y2)))


def _caption(frame: Frame, line: TextLine, copies: Sequence[SmallCopy]) -> Caption:
    box = _source_box(frame, line)
    span = standing_span(box, frame.time_s, copies)
    text = " ".join(line.text.split())[:_LIMIT_TEXT]
    return Caption(text, span, box, line.height_px * frame.scale, CaptionRole.OTHER, line.confidence)


def _merged(found: Sequence[Caption]) -> list[Caption]:
    """One caption for what was read several times at one place while it stood there; the surest reading is kept."""
    kept: list[Caption] = []
    for caption in sorted(found, key=lambda item: -item.confidence):
        twin = next((place for place, other in enumerate(kept) if _is_same(caption, other)), None)
        if twin is None:
            kept.append(caption)
        else:
            span = Span(
                min(kept[twin].span.start_s, caption.span.start_s), max(kept[twin].span.end_s, caption.span.end_s)
            )
            kept[twin] = replace(kept[twin], span=span)
    return kept


def _is_same(one: Caption, other: Caption) -> bool:
    is_apart = one.span.end_s < other.span.start_s or other.span.end_s < one.span.start_s
    if is_apart or _shared(one.box, other.box) < _SAME_PLACE:
        return False
    # What stands at a place all the while cannot be something else in between: one of the two was misread.
    if _holds(one.span, other.span) or _holds(other.span, one.span):
        return True
    return SequenceMatcher(None, one.text.casefold(), other.text.casefold()).ratio() >= _SAME_TEXT


def _holds(whole: Span, part: Span) -> bool:
    return whole.start_s <= part.start_s and part.end_s <= whole.end_s


def _shared(one: Box, other: Box) -> float:
    """Intersection over union."""
    width = min(one.x2, other.x2) - max(one.x1, other.x1)
    height = min(one.y2, other.y2) - max(one.y1, other.y1)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / (one.width * one.height + other.width * other.height - width * height)


def _role(caption: Caption, size: tuple[float, float], duration_s: float) -> CaptionRole:
    width, height = size
    middle_x, middle_y = (caption.box.x1 + caption.box.x2) / 2, (caption.box.y1 + caption.box.y2) / 2
    is_in_corner = (
        min(middle_y, height - middle_y) <= _CORNER_HEIGHT * height
        and min(middle_x, width - middle_x) <= _CORNER_WIDTH * width
    )
    stands_long = caption.span.duration_s >= _MARK_SHARE * duration_s
    if middle_y < _LOWER_PART * height and is_in_corner and stands_long and len(caption.text) <= _MARK_LETTERS:
        return CaptionRole.CHANNEL_MARK
    if middle_y >= _LOWER_PART * height and caption.span.duration_s >= min(_LOWER_THIRD_S, duration_s):
        return CaptionRole.LOWER_THIRD
    return CaptionRole.OTHER
