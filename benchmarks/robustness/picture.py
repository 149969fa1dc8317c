"""Picture rungs: what encoders, editors and platforms do to frames."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
#: One frame, ``(height, width, 3)`` RGB, to another.
Edit = Callable[[Image], Image]
#: ``(time_s, image)`` in order.
Timed = Iterator[tuple[float, Image]]
TIME_BASE = Fraction(1, 90_000)
#: Where the rung is not the encoder, it should not be seen.
FINE_CRF = 18
PRESET = "veryfast"


@dataclass(frozen=True, slots=True)
class Shot:
    """How a picture rung re-makes a clip; ``rates`` are frame rates it goes through one after the other."""

    crf: int = FINE_CRF
    edit: Edit | None = None
    speed: float = 1.0
    rates: tuple[int, ...] = ()


def remake(clip: Path, out: Path, shot: Shot, seconds: float) -> None:
    """The first ``seconds`` (0: all) of the picture as H.264 in ``out``; the sound is left out.

    Raises:
        ValueError: the clip has no picture.
    """
    frames = _read(clip, seconds)
    for rate in shot.rates:
        frames = _at_rate(frames, rate)
    _write(out, ((time_s / shot.speed, shot.edit(image) if shot.edit else image) for time_s, image in frames), shot.crf)


def scaled_to(short_side: int) -> Edit:
    """Downsized so that the shorter side has this many pixels; smaller pictures stay."""

    def edit(image: Image) -> Image:
        height, width = image.shape[:2]
        factor = short_side / min(height, width)
        if factor >= 1:
            return image
        size = (max(2, round(width * factor)), max(2, round(height * factor)))
        return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)

    return edit


def cropped(share: float) -> Edit:
    """``share`` of the width and of the height cut away, half of it on each side."""

    def edit(image: Image) -> Image:
        top, left = (round(side * share / 2) for side in image.shape[:2])
        return image[top : image.shape[0] - top, left : image.shape[1] - left]

    return edit


def with_logo(image: Image) -> Image:
    """A broadcaster's bug at the top right and a strip along the foot, a tenth of the height each."""
    out = image.copy()
    height, width = out.shape[:2]
    unit = max(4, height // 10)
    out[height - unit :, :] = (20, 40, 110)
    left = max(0, width - 3 * unit)
    out[unit // 2 : unit // 2 + unit, left : left + 2 * unit] = (200, 20, 30)
    out[unit // 2 + unit // 4 : unit // 2 + 3 * unit // 4, left + unit // 4 : left + 7 * unit // 4] = 255
    return out


def _read(clip: Path, seconds: float) -> Timed:
    with av.open(str(clip)) as container:
        if not container.streams.video:
            raise ValueError("the clip has no picture")
        first: float | None = None
        for frame in container.decode(container.streams.video[0]):
            if frame.time is None:
                continue
            first = frame.time if first is None else first
            if seconds and frame.time - first >= seconds:
                return
            yield frame.time - first, frame.to_ndarray(format="rgb24")


def _at_rate(frames: Timed, rate: int) -> Timed:
    """Constant frame rate: at every tick the newest frame, repeated or dropped as players and editors do."""
    tick, held = 0, None
    for time_s, image in frames:
        while held is not None and tick / rate < time_s - 1e-6:
            yield tick / rate, held
            tick += 1
        held = image
    if held is not None:
        yield tick / rate, held


def _write(out: Path, frames: Timed, crf: int) -> None:
    with av.open(str(out), "w") as container:
        stream = None
        for time_s, image in frames:
            image = image[: image.shape[0] // 2 * 2, : image.shape[1] // 2 * 2]  # yuv420p has even sides
            if stream is None:
                stream = container.add_stream("libx264", rate=30, options={"crf": str(crf), "preset": PRESET})
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt, stream.codec_context.time_base = "yuv420p", TIME_BASE
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
            frame.pts, frame.time_base = round(time_s / TIME_BASE), TIME_BASE
            container.mux(stream.encode(frame))
        if stream is None:
            raise ValueError("the clip has no frames")
        container.mux(stream.encode(None))
