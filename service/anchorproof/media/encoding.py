"""A copy of a clip that every browser plays: H.264 and AAC in MP4 (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any, BinaryIO

import av
import numpy as np
from av.container import InputContainer
from av.error import FFmpegError
from av.filter import Graph

from anchorproof.errors import ClipTooComplex, ClipTooLong, ClipUnreadable
from anchorproof.media.container import chosen, decoder_options, open_container, packets
from anchorproof.media.geometry import orientation_of, shown_shape
from anchorproof.media.protocol import PIECE_BYTES, DecodeJob, Message
from anchorproof.media.timeline import Timeline, presentation_start

_TIME_BASE = Fraction(1, 90_000)
_SOUND_RATE_HZ = 48_000
_QUALITY = {"preset": "veryfast", "crf": "23"}
_KEY_EVERY_PICTURES = 50  # so that seeking is quick
_THREADS = 2
_TELL_EVERY_S = 1.0
#: Timestamps wobble by less than this without anything missing.
_TOLERANCE_S = 0.05


def encode(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
    """``piece`` messages, whose bytes belong at ``offset`` of the copy, and ``progress`` messages with ``time_s``.

    Times are those of the report: seconds since the presentation start.

    Raises:
        ClipUnreadable: nothing could be decoded.
        ClipTooLong, ClipTooComplex: over budget.
    """
    container = open_container(media, job)
    video, audio = chosen(container)
    start_s = presentation_start(container, video, audio)
    pieces = _Pieces()
    with av.open(pieces, "w", format="mp4") as copy:
        tracks: dict[int, _Picture | _Sound] = {}
        if video is not None:
            tracks[video.index] = _Picture(copy, video, Timeline(container, start_s), job)
        if audio is not None:
            tracks[audio.index] = _Sound(copy, audio, Timeline(container, start_s), job)
        yield from _through(container, tracks, copy, pieces)
    if not any(track.count for track in tracks.values()):
        raise ClipUnreadable("nothing of the clip could be decoded")
    yield from pieces.taken()


def _through(
    container: InputContainer, tracks: dict[int, _Picture | _Sound], copy: Any, pieces: _Pieces
) -> Iterator[Message]:
    told_s = 0.0
    held: list[Any] = []  # until the size of the picture is known, which the file begins with
    for packet in packets(container, *(track.stream for track in tracks.values())):
        track = tracks[packet.stream_index]
        held += track.feed(packet)
        if all(other.is_ready for other in tracks.values()):
            for encoded in held:
                copy.mux(encoded)
            held = []
        yield from pieces.taken()
        if track.time_s - told_s >= _TELL_EVERY_S:
            told_s = track.time_s
            yield Message("progress", {"time_s": told_s})
    for encoded in (*held, *(late for track in tracks.values() for late in track.feed(None))):
        copy.mux(encoded)


class _Pieces:
    """A file for the muxer whose bytes are taken out as they come."""

    name = ""

    def __init__(self) -> None:
        self._position = 0
        self._end = 0
        self._pieces: list[tuple[int, bytes]] = []

    def write(self, content: bytes) -> int:
        self._pieces.append((self._position, bytes(content)))
        self._position += len(content)
        self._end = max(self._end, self._position)
        return len(content)

    def seek(self, offset: int, whence: int = 0) -> int:
        self._position = offset + (0, self._position, self._end)[whence]
        return self._position

    def tell(self) -> int:
        return self._position

    def taken(self) -> Iterator[Message]:
        pieces, self._pieces = self._pieces, []
        for offset, content in pieces:
            for first in range(0, len(content), PIECE_BYTES):
                part = content[first : first + PIECE_BYTES]
                yield Message("piece", {"offset": offset + first}, part)


def _decoded(stream: Any, packet: Any | None) -> list[Any]:
    try:
        return list(stream.codec_context.decode(packet))
    except av.error.MemoryError:
        raise
    except (FFmpegError, EOFError):
        return []  # a damaged packet


class _Picture:
    """Upright pictures with square pixels, at most ``long_side_px`` long, with their own times."""

    def __init__(self, copy: Any, stream: Any, timeline: Timeline, job: DecodeJob) -> None:
        self.stream, self.count, self.time_s = stream, 0, 0.0
        self._timeline, self._job = timeline, job
        stream.codec_context.options = decoder_options(job)
        stream.codec_context.thread_type, stream.codec_context.thread_count = "AUTO", _THREADS
        self._to = copy.add_stream("libx264", rate=_rate(stream), options=_QUALITY)
        self._to.pix_fmt = "yuv420p"
        self._to.codec_context.time_base = _TIME_BASE
        self._to.codec_context.gop_size = _KEY_EVERY_PICTURES
        self._to.codec_context.thread_count = _THREADS
        self._graph: Any = None
        self._graph_of: tuple[Any, ...] = ()
        self._size: tuple[int, int] | None = None
        self._last_pts = -1

    @property
    def is_ready(self) -> bool:
        return self._size is not None

    def feed(self, packet: Any | None) -> Iterator[Any]:
        for frame in _decoded(self.stream, packet):
            yield from self._one(frame)
        if packet is None and self.count:
            yield from self._to.encode(None)

    def _one(self, frame: Any) -> Iterator[Any]:
        base = frame.time_base or self.stream.time_base
        length_s = float(frame.duration * base) if frame.duration else 1 / float(_rate(self.stream))
        self.time_s = max(0.0, self._timeline.place(frame.pts, base, length_s))
        if self.time_s > self._job.limit_duration_s:
            raise ClipTooLong(self.time_s, self._job.limit_duration_s)
        self.count += 1
        if self.count > self._job.limit_decoded_frames:
            raise ClipTooComplex(f"the clip has more than {self._job.limit_decoded_frames:,} pictures")
        pts = round(self.time_s / _TIME_BASE)
        if pts <= self._last_pts or frame.width * frame.height > self._job.limit_pixels:
            return
        self._last_pts = pts
        shown = self._shown(frame)
        shown.pts, shown.time_base = pts, _TIME_BASE
        shown.pict_type = 0
        yield from self._to.encode(shown)

    def _shown(self, frame: Any) -> Any:
        kind = (frame.width, frame.height, frame.format.name, frame.interlaced_frame, orientation_of(frame))
        if kind != self._graph_of:
            self._graph, self._graph_of = self._make_graph(frame), kind
        frame.pts, frame.time_base = self.count, _TIME_BASE
        self._graph.vpush(frame)
        return self._graph.vpull()

    def _make_graph(self, frame: Any) -> Any:
        """Deinterlace where needed, scale, turn upright. A size that changes in mid-stream is fitted to the first."""
        orientation = orientation_of(frame)
        shown = shown_shape(frame.width, frame.height, self.stream.sample_aspect_ratio)
        target, _ = shown.fitted(self._job.long_side_px)
        upright = target.turned(orientation)
        if self._size is None:
            self._size = (_even(upright.width), _even(upright.height))
            self._to.width, self._to.height = self._size
        width, height = self._size[::-1] if orientation.swaps_axes else self._size
        steps = [("yadif", "mode=send_frame:deint=interlaced")] if frame.interlaced_frame else []
        steps += [("scale", f"{width}:{height}:flags=bilinear"), ("setsar", "1"), ("format", "yuv420p")]
        steps += [("transpose", "cclock_flip")] if orientation.swaps_axes else []
        steps += [("hflip", "")] if orientation.flips_x else []
        steps += [("vflip", "")] if orientation.flips_y else []
        graph = Graph()
        last = graph.add_buffer(
            width=frame.width, height=frame.height, format=frame.format, time_base=_TIME_BASE, name="in"
        )
        for name, options in (*steps, ("buffersink", "")):
            step = graph.add(name, options) if options else graph.add(name)
            last.link_to(step)
            last = step
        graph.configure()
        return graph


class _Sound:
    """Stereo AAC without holes: what is missing between packets is silence."""

    is_ready = True

    def __init__(self, copy: Any, stream: Any, timeline: Timeline, job: DecodeJob) -> None:
        self.stream, self.count, self.time_s = stream, 0, 0.0
        self._timeline, self._job = timeline, job
        self._to = copy.add_stream("aac", rate=_SOUND_RATE_HZ, layout="stereo")
        self._to.bit_rate = 128_000
        self._resampler = av.AudioResampler("fltp", "stereo", _SOUND_RATE_HZ)
        self._fifo = av.AudioFifo()
        self._written: int | None = None

    def feed(self, packet: Any | None) -> Iterator[Any]:
        for frame in _decoded(self.stream, packet):
            if frame.samples and frame.sample_rate:
                base = frame.time_base or self.stream.time_base
                length_s = frame.samples / frame.sample_rate
                self.time_s = max(0.0, self._timeline.place(frame.pts, base, length_s))
                if self.time_s > self._job.limit_duration_s:
                    raise ClipTooLong(self.time_s, self._job.limit_duration_s)
                self.count += 1
                yield from self._one(frame)
        if packet is None and self.count:
            yield from self._encoded(self._resampled(None), is_last=True)
            yield from self._to.encode(None)

    def _one(self, frame: Any) -> Iterator[Any]:
        if self._written is None:
            self._written = round(self.time_s * _SOUND_RATE_HZ)
        hole = round(self.time_s * _SOUND_RATE_HZ) - self._written - self._fifo.samples
        while hole > _TOLERANCE_S * _SOUND_RATE_HZ:
            silent = min(hole, _SOUND_RATE_HZ)
            hole -= silent
            yield from self._encoded([_silence(silent)], is_last=False)
        yield from self._encoded(self._resampled(frame), is_last=False)

    def _resampled(self, frame: Any | None) -> list[Any]:
        if frame is not None:
            frame.pts = None
        try:
            return list(self._resampler.resample(frame))
        except (FFmpegError, ValueError):  # the layout changed in mid-stream
            self._resampler = av.AudioResampler("fltp", "stereo", _SOUND_RATE_HZ)
            return [] if frame is None else list(self._resampler.resample(frame))

    def _encoded(self, frames: list[Any], is_last: bool) -> Iterator[Any]:
        for frame in frames:
            frame.pts = None
            self._fifo.write(frame)
        size = self._to.codec_context.frame_size or 1024
        while self._fifo.samples >= size or (is_last and self._fifo.samples):
            part: Any = self._fifo.read(size, partial=is_last)
            if part is None:
                return
            assert self._written is not None
            part.pts, part.time_base = self._written, Fraction(1, _SOUND_RATE_HZ)
            self._written += part.samples
            yield from self._to.encode(part)


def _silence(samples: int) -> Any:
    frame = av.AudioFrame.from_ndarray(np.zeros((2, samples), np.float32), format="fltp", layout="stereo")
    frame.sample_rate = _SOUND_RATE_HZ
    return frame


def _rate(stream: Any) -> Fraction:
    rate = stream.average_rate or stream.guessed_rate
    return Fraction(rate).limit_denominator(1001) if rate and 1 <= float(rate) <= 240 else Fraction(25)


def _even(pixels: int) -> int:
    return max(2, pixels // 2 * 2)
