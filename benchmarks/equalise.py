"""Brings every clip to the same codec, rate, size and length, with settings drawn without its label.

A window of the clip is decoded, scaled so that the main face has a drawn width, encoded with H.264 at a drawn
quality, and decoded again: what the detector learns from has no size, bit rate, duration or container of its own.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import IO

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]

#: Pictures per second that are encoded, and the part of them the service would sample (every third).
ENCODED_FPS = 12
SAMPLED_EVERY = 3
DECODED_LONG_SIDE_PX = 960
ENCODED_LONG_SIDE_PX = 720
LARGEST_ENLARGEMENT = 1.25
#: The draw that is a poor copy; and by draw encoders with their range of quality (without its end).
POOR_DRAW = 1
CODECS = {0: ("libx264", 20, 36), 2: ("libx265", 22, 38), 3: ("libvpx-vp9", 28, 48)}
#: Composites hold four panels of this width with a border; the left one is the source and is never used.
PANELS, PANEL_PX, BORDER_PX = 4, 224, 3.333


@dataclass(frozen=True)
class Medium:
    """What is equalised. ``is_composite``: four panels in one picture, of which one false panel is cut out."""

    clip_id: str
    path: Path
    duration_s: float
    is_composite: bool = False


@dataclass(frozen=True)
class Draw:
    """Settings of one re-encoding: the same distribution for both classes.

    ``poor_px`` and ``poor_crf`` make a poor copy first: the face this wide, at this quality. Only the second draw has
    one. ``codec`` is H.264's but in the third draw (H.265) and the fourth (VP9).
    """

    number: int
    duration_s: float
    start: float
    face_px: float
    crf: int
    preset: str
    poor_px: float | None = None
    poor_crf: int = 0
    codec: str = "libx264"


def make_draw(clip_id: str, number: int, seed: int) -> Draw:
    """Window (duration and relative start) is one per clip; size and quality are new in every draw."""
    window = np.random.default_rng([seed, zlib.crc32(clip_id.encode())])
    codec = np.random.default_rng([seed, zlib.crc32(clip_id.encode()), 1 + number])
    encoder, lowest, highest = CODECS.get(number, CODECS[0])
    return Draw(
        number,
        duration_s=float(window.uniform(4, 8)),
        start=float(window.uniform()),
        face_px=float(codec.uniform(60, 120)),
        crf=int(codec.integers(lowest, highest)),
        preset=str(codec.choice(["veryfast", "fast"])),
        poor_px=float(codec.uniform(30, 60)) if number == POOR_DRAW else None,
        poor_crf=int(codec.integers(24, 38)),
        codec=encoder,
    )


def decode(clip: Medium, draw: Draw) -> list[Image]:
    """The drawn window at ``ENCODED_FPS``, RGB, no side above ``DECODED_LONG_SIDE_PX``."""
    start_s = draw.start * max(0.0, clip.duration_s - draw.duration_s)
    pictures: list[Image] = []
    for time_s, frame in _frames(clip.path, start_s):
        if time_s >= start_s + draw.duration_s:
            break
        wanted = min(int((time_s - start_s) * ENCODED_FPS + 1.01), int(draw.duration_s * ENCODED_FPS)) - len(pictures)
        if wanted > 0:
            pictures += [_limited(frame)] * wanted
    if clip.is_composite:
        pictures = [_panel(image, 1 + draw.number % (PANELS - 1)) for image in pictures]
    return pictures


def resize(pictures: list[Image], scale: float) -> list[Image]:
    """All pictures by one factor, to even sides."""
    height, width = pictures[0].shape[:2]
    size = (max(2, round(width * scale / 2) * 2), max(2, round(height * scale / 2) * 2))
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return [np.asarray(cv2.resize(image, size, interpolation=way), np.uint8) for image in pictures]


def scale_for(draw: Draw, face_px: float, shape: tuple[int, ...]) -> float:
    """What makes a face of ``face_px`` as wide as drawn, within reason."""
    return min(draw.face_px / face_px, LARGEST_ENLARGEMENT, ENCODED_LONG_SIDE_PX / max(shape[:2]))


def encode(pictures: list[Image], draw: Draw) -> list[Image]:
    """Every ``SAMPLED_EVERY``-th of the pictures (already of the drawn size) as the draw's encoding leaves them."""
    if draw.poor_px is not None:
        height, width = pictures[0].shape[:2]
        small = recode(resize(pictures, draw.poor_px / draw.face_px), draw.poor_crf, draw.preset)
        pictures = [
            np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8) for image in small
        ]
    return recode(pictures, draw.crf, draw.preset, draw.codec)[::SAMPLED_EVERY]


def recode(pictures: list[Image], crf: int, preset: str, codec: str = "libx264") -> list[Image]:
    """The pictures after a codec at constant quality, in memory."""
    buffer = io.BytesIO()
    write_video(buffer, pictures, crf, preset, codec)
    buffer.seek(0)
    with av.open(buffer) as container:
        container.streams.video[0].codec_context.thread_count = 1
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def write_h264(file: IO[bytes], pictures: list[Image], crf: int, preset: str) -> None:
    """An MP4 of the pictures at ``ENCODED_FPS``, constant quality, without sound."""
    write_video(file, pictures, crf, preset, "libx264")


def write_video(file: IO[bytes], pictures: list[Image], crf: int, preset: str, codec: str) -> None:
    """As ``write_h264``, by any encoder of ``CODECS``; ``preset`` is for H.264 and H.265."""
    height, width = pictures[0].shape[:2]
    own = {"preset": preset} if codec != "libvpx-vp9" else {"b": "0", "deadline": "realtime", "cpu-used": "6"}
    if codec == "libx265":
        own["x265-params"] = "log-level=error:pools=none:frame-threads=1"
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream(codec, rate=ENCODED_FPS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = Fraction(1, ENCODED_FPS)
        stream.options = {"crf": str(crf), **own}
        stream.codec_context.thread_count = 1
        for image in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))


def _frames(path: Path, start_s: float) -> Iterator[tuple[float, av.VideoFrame]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        base = stream.time_base or Fraction(1, 1000)
        first = (stream.start_time or 0) * base
        if start_s > 2:
            container.seek(int((first + Fraction(start_s)) / base), stream=stream, backward=True)
        for frame in container.decode(stream):
            time_s = float((frame.pts or 0) * base - first)
            if time_s + 1 / ENCODED_FPS >= start_s:
                yield time_s, frame


def _limited(frame: av.VideoFrame) -> Image:
    scale = min(1.0, DECODED_LONG_SIDE_PX / max(frame.width, frame.height))
    size = (max(2, round(frame.width * scale)), max(2, round(frame.height * scale)))
    return np.asarray(frame.to_ndarray(format="rgb24", width=size[0], height=size[1], interpolation="AREA"), np.uint8)


def _panel(image: Image, index: int) -> Image:
    left = round(index * (PANEL_PX + BORDER_PX))
    return image[:, left : left + PANEL_PX]
