"""One sequential pass over the analysed sound track: mono, resampled, without holes (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from numpy.typing import NDArray

from anchorproof.errors import ClipTooLong, ClipUnreadable
from anchorproof.media.container import chosen, open_container, packets
from anchorproof.media.protocol import DecodeJob, Message
from anchorproof.media.timeline import Timeline, presentation_start

Samples = NDArray[np.float32]

#: Timestamps wobble by less than this without anything missing (MKV and FLV count whole milliseconds).
_TOLERANCE_S = 0.05
#: Without it, mixing to float raises what all channels share (a presenter in the middle) by 3 dB and more.
_KEEP_LEVEL = {"rematrix_maxval": "1.0"}
_CHUNK_SAMPLES = 64 * 1024


def decode(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
    """``sound`` messages of float32 samples without holes; the first one carries ``start_s``.

    Raises:
        ClipUnreadable: there is no sound, or none could be decoded.
        ClipTooLong: more sound than the budget allows.
    """
    container = open_container(media, job)
    video, audio = chosen(container)
    if audio is None:
        raise ClipUnreadable("the clip has no sound")
    timeline = Timeline(container, presentation_start(container, video, audio))
    track = _Track(job)
    for frame in _decoded(container, audio):
        time_s = timeline.place(frame.pts, frame.time_base or audio.time_base, frame.samples / frame.sample_rate)
        yield from _messages(track.add(time_s, frame))
    yield from _messages(track.finish())
    if track.start_s is None:
        raise ClipUnreadable(f"no sound of the clip ({audio.codec_context.name}) could be decoded")


def _messages(chunks: Iterator[tuple[float, Samples]]) -> Iterator[Message]:
    for start_s, samples in chunks:
        for first in range(0, len(samples), _CHUNK_SAMPLES):
            part = np.ascontiguousarray(samples[first : first + _CHUNK_SAMPLES], dtype=np.float32)
            yield Message("sound", {"start_s": start_s}, part.data.cast("B"))


def _decoded(container: InputContainer, audio: Any) -> Iterator[Any]:
    for packet in packets(container, audio):
        yield from _try(audio, packet)
    yield from _try(audio, None)


def _try(audio: Any, packet: av.Packet[Any] | None) -> list[Any]:
    try:
        return [frame for frame in audio.codec_context.decode(packet) if frame.samples and frame.sample_rate]
    except av.error.MemoryError:
        raise
    except (FFmpegError, EOFError):
        # A damaged packet: the hole it leaves is filled with silence.
        return []


class _Track:
    """Lays resampled frames end to end: silence for holes, what overlaps is dropped.

    Each stretch without a hole goes through one resampler, so that no seam is heard inside it.
    """

    def __init__(self, job: DecodeJob) -> None:
        self.start_s: float | None = None
        self._job = job
        self._rate = job.sample_rate_hz
        self._written = 0
        self._drop = 0
        self._fed_until_s = 0.0
        self._resampler: av.AudioResampler | None = None
        self._layout: tuple[str, str, int] | None = None

    def add(self, time_s: float, frame: Any) -> Iterator[tuple[float, Samples]]:
        layout = (frame.format.name, frame.layout.name, frame.sample_rate)
        if self._resampler is None or layout != self._layout or abs(time_s - self._fed_until_s) > _TOLERANCE_S:
            yield from self._flush()
            yield from self._begin(time_s)
            self._layout = layout
            self._fed_until_s = time_s
        self._fed_until_s += frame.samples / frame.sample_rate
        if self._fed_until_s > self._job.limit_duration_s:
            raise ClipTooLong(self._fed_until_s, self._job.limit_duration_s)
        frame.pts = None
        yield from self._resampled(frame)

    def finish(self) -> Iterator[tuple[float, Samples]]:
        yield from self._flush()

    def _begin(self, time_s: float) -> Iterator[tuple[float, Samples]]:
        """Starts a stretch at ``time_s``: after silence, or with its first samples dropped where it overlaps."""
        self._resampler = av.AudioResampler("flt", "mono", self._rate, options=_KEEP_LEVEL)
        if self.start_s is None:
            self.start_s = max(0.0, time_s)
        ahead = round((time_s - self.start_s) * self._rate) - self._written
        self._drop = max(0, -ahead)
        if ahead > 0 and time_s <= self._job.limit_duration_s:
            for first in range(0, ahead, _CHUNK_SAMPLES):
                yield self._count(np.zeros(min(_CHUNK_SAMPLES, ahead - first), np.float32))

    def _flush(self) -> Iterator[tuple[float, Samples]]:
        if self._resampler is not None:
            yield from self._resampled(None)

    def _resampled(self, frame: Any | None) -> Iterator[tuple[float, Samples]]:
        assert self._resampler is not None
        for part in self._resampler.resample(frame):
            samples = part.to_ndarray().ravel().astype(np.float32, copy=False)
            kept = samples[self._drop :]
            self._drop -= len(samples) - len(kept)
            yield self._count(kept)

    def _count(self, samples: Samples) -> tuple[float, Samples]:
        assert self.start_s is not None
        self._written += len(samples)
        return self.start_s, samples
