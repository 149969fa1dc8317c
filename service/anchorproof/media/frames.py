"""The clip's pictures, sampled over its whole length."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.errors import ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import Message, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Frame


def sample_frames(clip: Path, info: ClipInfo, settings: MediaSettings) -> Iterator[Frame]:
    """Pictures in time order, upright, with square pixels, 8-bit RGB, at most ``long_side_px`` long.

    One sequential pass: of every ``1 / frames_per_second`` (longer in clips that would give over ``limit_frames``)
    the first picture that is decoded, with its own timestamp. ``is_cut`` compares *sampled* neighbours by colour
    histograms. A still gives one picture at 0 s. Closing the generator ends the decoding child.

    Raises:
        ClipUnreadable: no picture could be decoded.
        PictureTooLarge, ClipTooLong, ClipTooComplex: over a budget, as found while decoding.
    """
    step_s = max(1 / settings.frames_per_second, info.duration_s / settings.limit_frames)
    job = job_for(Task.PICTURES, settings, info.duration_s, step_s)
    last_s = -1.0
    for message in run_child(clip, job, limit_payload_bytes=settings.long_side_px**2 * 3):
        frame = _frame(message, settings.long_side_px)
        if frame.time_s <= last_s:
            raise ClipUnreadable("the clip's pictures are out of order; re-encode it")
        last_s = frame.time_s
        yield frame


def _frame(message: Message, long_side_px: int) -> Frame:
    try:
        return _checked_frame(message.fields, message.payload, long_side_px)
    except (KeyError, TypeError, ValueError) as error:
        raise ClipUnreadable("a picture of the clip could not be read; re-encode the clip") from error


def _checked_frame(fields: dict[str, Any], payload: bytes | bytearray | memoryview, long_side_px: int) -> Frame:
    width, height = int(fields["width"]), int(fields["height"])
    time_s, scale = float(fields["time_s"]), float(fields["scale"])
    if not (0 < width <= long_side_px and 0 < height <= long_side_px):
        raise ValueError(f"picture of {width} x {height}")
    if not (0 <= time_s < math.inf and 1 <= scale < math.inf):
        raise ValueError(f"time {time_s}, scale {scale}")
    image = np.frombuffer(payload, np.uint8).reshape(height, width, 3)
    return Frame(time_s, image, scale, bool(fields["is_cut"]))
