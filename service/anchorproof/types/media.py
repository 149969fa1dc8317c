"""Time, containers, pictures and sound."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.types.questions import Image


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Seconds on the presentation timeline, ``0 <= start_s <= end_s``."""

    start_s: float
    end_s: float

    def __post_init__(self) -> None:
        if not 0 <= self.start_s <= self.end_s < math.inf:
            raise ValueError(f"span must satisfy 0 <= start <= end; got [{self.start_s}, {self.end_s})")

    @property
    def duration_s(self) -> float:
        return self.end_s - self.start_s

    def overlap(self, other: Span) -> Span | None:
        """The shared part, or None when the spans only touch or are apart."""
        start, end = max(self.start_s, other.start_s), min(self.end_s, other.end_s)
        return Span(start, end) if end > start else None


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """The picture stream, as displayed: rotation and pixel aspect ratio applied."""

    codec: str
    width: int
    height: int
    frames_per_second: float | None
    rotation_deg: int = 0
    is_interlaced: bool = False
    bit_depth: int = 8


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """The sound stream that is analysed; ``tracks`` counts all sound streams in the container."""

    codec: str
    sample_rate_hz: int
    channels: int
    tracks: int = 1


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What the container holds. ``duration_s`` is measured from timestamps where the header does not say."""

    sha256: str
    size_bytes: int
    container: str
    duration_s: float
    video: VideoInfo | None
    audio: AudioInfo | None
    #: For a person: a lost tail, a stream that could not be decoded.
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """One decoded picture.

    ``image`` may be smaller than the source: ``scale`` is source pixels per image pixel (>= 1), so
    a box in ``image`` times ``scale`` is the box in the source frame. ``is_cut`` is True when the picture
    before this one belongs to another shot.
    """

    time_s: float
    image: Image
    scale: float = 1.0
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Waveform:
    """Mono float32 samples in [-1, 1], shape ``(n,)``; ``start_s`` is where they begin on the timeline."""

    samples: NDArray[np.float32]
    sample_rate_hz: int
    start_s: float = 0.0

    def __post_init__(self) -> None:
        if self.samples.ndim != 1:
            raise ValueError(f"samples must be mono, shape (n,); got {self.samples.shape}")

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.sample_rate_hz

    def cut(self, span: Span) -> Waveform:
        """The samples inside ``span`` (presentation time), clipped to what exists."""
        first = max(0, round((span.start_s - self.start_s) * self.sample_rate_hz))
        last = max(first, round((span.end_s - self.start_s) * self.sample_rate_hz))
        return Waveform(self.samples[first:last], self.sample_rate_hz, self.start_s + first / self.sample_rate_hz)
