"""Single pictures out of clips, and faces out of pictures; decoded in the child."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from anchorproof.errors import ClipUnreadable
from anchorproof.media.frames import sample_bursts
from anchorproof.settings import Settings
from anchorproof.types import Box, ClipInfo, Frame, Image, Span

FACE_PX = 360
#: A face is shown with this much around it, as a share of its size.
_MARGIN = 0.45
_JPEG_QUALITY = 88
#: A picture so near to a time shows that time.
_NEAR_S = 0.1


def frame_at(file: Path, clip: ClipInfo, time_s: float, settings: Settings) -> tuple[Image, float]:
    """The first picture at or after the time, and the scale from its pixels to the source's."""
    start_s = max(0.0, min(time_s, clip.duration_s - 0.2))
    span = Span(start_s, max(clip.duration_s, start_s) + 1.0)
    frames = sample_bursts(file, clip, settings.media, [span], settings.media.long_side_px)
    frame = next(frames, None)
    frames.close()  # type: ignore[attr-defined]  # it is a generator: ends the child
    if frame is None:
        raise ClipUnreadable("no picture could be decoded")
    return frame.image, frame.scale


def frames_near(
    file: Path, clip: ClipInfo, times_s: Sequence[float], settings: Settings
) -> Iterator[tuple[Frame, int]]:
    """For each time, by its place in the list, the decoded picture next to it; those without one are left out."""
    spans: list[Span] = []
    for time_s in sorted(times_s):
        start_s, end_s = max(0.0, time_s - _NEAR_S), time_s + _NEAR_S
        if spans and start_s <= spans[-1].end_s:
            spans[-1] = Span(spans[-1].start_s, end_s)
        else:
            spans.append(Span(start_s, end_s))
    nearest: dict[int, Frame] = {}
    for frame in sample_bursts(file, clip, settings.media, spans, settings.media.long_side_px):
        for place, time_s in enumerate(times_s):
            gap = abs(frame.time_s - time_s)
            if gap <= _NEAR_S and (place not in nearest or gap < abs(nearest[place].time_s - time_s)):
                nearest[place] = frame
    for place, frame in nearest.items():
        yield frame, place


def squared(image: Image, area: Box, scale: float) -> Image:
    """The area, whose edges may lie outside of the picture, as a square of ``FACE_PX``."""
    zoom = FACE_PX * scale / max(area.width, 1.0)
    matrix = np.array([[zoom, 0.0, -zoom * area.x1 / scale], [0.0, zoom, -zoom * area.y1 / scale]])
    made = cv2.warpAffine(image, matrix, (FACE_PX, FACE_PX), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(made, np.uint8)


def cut_out(image: Image, box: Box, scale: float) -> Image:
    height, width, _ = image.shape
    x1, y1, x2, y2 = (value / scale for value in (box.x1, box.y1, box.x2, box.y2))
    half = max(x2 - x1, y2 - y1) * (0.5 + _MARGIN)
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    left, top = max(0, round(middle_x - half)), max(0, round(middle_y - half))
    right, bottom = min(width, round(middle_x + half)), min(height, round(middle_y + half))
    if right - left < 2 or bottom - top < 2:
        return image
    return image[top:bottom, left:right]


def fitted(image: Image, long_side_px: int) -> Image:
    height, width, _ = image.shape
    scale = long_side_px / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC), np.uint8)


def jpeg(image: Image) -> bytes:
    _, encoded = cv2.imencode(".jpg", image[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY])
    return encoded.tobytes()
