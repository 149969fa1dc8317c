"""The clip's pictures, sampled over its whole length."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.errors import ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import DecodeJob, Message, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Frame, Span


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
    yield from _pictures(clip, job_for(Task.PICTURES, settings, info.duration_s, step_s))


def sample_bursts(
    clip: Path, info: ClipInfo, settings: MediaSettings, spans: Sequence[Span], long_side_px: int
) -> Iterator[Frame]:
    """Every picture inside ``spans`` (ascending, apart), up to ``burst_frames_per_second``, each with its own time.

    One sequential pass that ends with the last span; pictures between the spans are decoded and dropped. They are at
    most ``long_side_px`` long; otherwise as :func:`sample_frames`.

    Raises:
        ValueError: no spans, or a picture size over the settings'.
        ClipUnreadable: also when no picture lies in the spans.
        PictureTooLarge, ClipTooLong, ClipTooComplex: over a budget, as found while decoding.
    """
    if not spans or not 0 < long_side_px <= settings.long_side_px:
        raise ValueError(f"spans and a size up to {settings.long_side_px} are needed; got {spans}, {long_side_px}")
    job = job_for(Task.PICTURES, settings, info.duration_s, 1 / settings.burst_frames_per_second)
    wanted = tuple((span.start_s, span.end_s) for span in spans)
    count = sum(math.ceil(span.duration_s * settings.burst_frames_per_second) + 1 for span in spans)
    yield from _pictures(clip, replace(job, spans=wanted, limit_frames=count, long_side_px=long_side_px))


def _pictures(clip: Path, job: DecodeJob) -> Iterator[Frame]:
    last_s = -1.0
    for message in run_child(clip, job, limit_payload_bytes=job.long_side_px**2 * 3):
        frame = _frame(message, job.long_side_px)
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
