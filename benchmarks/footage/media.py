"""Clips in memory: cut out of files, written as MP4 bytes, and read back through the service's own decoders."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ClipUnreadable
from anchorproof.media import pictures as picture_decoder
from anchorproof.media import sound as sound_decoder
from anchorproof.media.process import job_for
from anchorproof.media.protocol import Task
from anchorproof.settings import MediaSettings
from anchorproof.types import Frame, Image, Waveform

RATE_HZ = 32_000
_CLOCK = Fraction(1, 90_000)


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of a clip: pictures with their times from 0, and sound (None: mute)."""

    images: Sequence[Image]
    times_s: NDArray[np.float64]
    sound: NDArray[np.float32] | None

    @property
    def duration_s(self) -> float:
        return float(self.times_s[-1]) + self.frame_s

    @property
    def frame_s(self) -> float:
        return float(np.median(np.diff(self.times_s))) if len(self.times_s) > 1 else 0.04


def read_cut(path: Path, start_s: float, seconds: float, long_side_px: int = 640) -> Cut:
    """The stretch at its own frame rate (at most 30 a second), no larger than ``long_side_px``."""
    images, times = [], []
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for frame in container.decode(stream):
            time_s = float(frame.time or 0.0) - float((stream.start_time or 0) * stream.time_base)
            if time_s >= start_s + seconds:
                break
            if time_s >= start_s and (not times or time_s - start_s - times[-1] > 0.03):
                scale = min(1.0, long_side_px / max(frame.width, frame.height))
                width, height = round(frame.width * scale / 2) * 2, round(frame.height * scale / 2) * 2
                images.append(frame.reformat(width, height, "rgb24", threads=1).to_ndarray())
                times.append(time_s - start_s)
        sound = _read_sound(path, start_s, seconds) if container.streams.audio else None
    return Cut(images, np.array(times), sound)


def _read_sound(path: Path, start_s: float, seconds: float) -> NDArray[np.float32]:
    parts = []
    with av.open(str(path)) as container:
        resampler = av.AudioResampler("flt", "mono", RATE_HZ)
        for frame in container.decode(audio=0):
            if frame.time is not None and frame.time > start_s + seconds + 1:
                break
            parts += [part.to_ndarray().ravel() for part in resampler.resample(frame)]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return np.ascontiguousarray(samples[round(start_s * RATE_HZ) : round((start_s + seconds) * RATE_HZ)], np.float32)


def encode(cut: Cut, crf: int = 23, height: int | None = None) -> bytes:
    """MP4 (H.264, AAC) of the cut; ``height`` scales it down to so many lines."""
    buffer = io.BytesIO()
    scale = min(1.0, height / cut.images[0].shape[0]) if height else 1.0
    width, lines = (round(side * scale / 2) * 2 for side in (cut.images[0].shape[1], cut.images[0].shape[0]))
    with av.open(buffer, "w", format="mp4") as container:
        stream: Any = container.add_stream(
            "libx264", rate=30, options={"preset": "veryfast", "crf": str(crf), "threads": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = width, lines, "yuv420p"
        stream.codec_context.time_base = _CLOCK
        audio: Any = None
        if cut.sound is not None and len(cut.sound):
            audio = container.add_stream("aac", rate=RATE_HZ, options={"b": "64k"})
            audio.layout = "mono"
        for image, time_s in zip(cut.images, cut.times_s, strict=True):
            if scale < 1:
                image = cv2.resize(image, (width, lines), interpolation=cv2.INTER_AREA)
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24").reformat(
                width, lines, "yuv420p", threads=1
            )
            frame.pts, frame.time_base = round(time_s / _CLOCK), _CLOCK
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            _encode_sound(container, audio, cut.sound)
    return buffer.getvalue()


def _encode_sound(container: Any, stream: Any, sound: NDArray[np.float32] | None) -> None:
    assert sound is not None
    for first in range(0, len(sound), 1024):
        part = np.ascontiguousarray(sound[None, first : first + 1024], np.float32)
        frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


# --------------------------------------------------------------------------- reading back, as the service does


def read_frames(content: bytes, frames_per_second: float, long_side_px: int) -> Iterator[Frame]:
    """What the decoding child would send, decoded in this process: the clips are our own."""
    settings = MediaSettings(frames_per_second=frames_per_second, limit_frames=1_000_000, long_side_px=long_side_px)
    job = job_for(Task.PICTURES, settings, 60.0, 1 / frames_per_second)
    for message in picture_decoder.decode(io.BytesIO(content), job):
        fields = message.fields
        image = np.frombuffer(message.payload, np.uint8).reshape(fields["height"], fields["width"], 3)
        yield Frame(fields["time_s"], image.copy(), fields["scale"], fields["is_cut"])


def read_waveform(content: bytes, sample_rate_hz: int = 16_000) -> Waveform | None:
    """The sound, or None for a mute clip."""
    job = job_for(Task.SOUND, MediaSettings(sample_rate_hz=sample_rate_hz), 60.0)
    try:
        parts = [
            (message.fields["start_s"], np.frombuffer(message.payload, np.float32))
            for message in sound_decoder.decode(io.BytesIO(content), job)
        ]
    except ClipUnreadable:
        return None
    samples = np.concatenate([part for _, part in parts]) if parts else np.zeros(0, np.float32)
    return Waveform(np.clip(samples, -1, 1), sample_rate_hz, parts[0][0]) if len(samples) else None
