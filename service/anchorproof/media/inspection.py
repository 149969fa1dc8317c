"""What a container holds: all packets are read, the first few pictures decoded (runs in the child)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, BinaryIO

import av
from av.container import InputContainer
from av.error import FFmpegError

from anchorproof.errors import ClipTooComplex, ClipTooLong, ClipUnreadable, PictureTooLarge
from anchorproof.media.container import chosen, decoder_options, is_still, open_container, packets, rejected_size
from anchorproof.media.geometry import orientation_of, shown_shape
from anchorproof.media.protocol import DecodeJob, Message
from anchorproof.media.timeline import Timeline, presentation_start

#: Pictures looked at for rotation and interlacing, and packets tried before a stream counts as undecodable.
_LOOKED_AT = 4
_TRIED_PACKETS = 300
#: Formats whose header states the duration exactly; elsewhere libavformat estimates it.
_EXACT_DURATION = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm", "wav", "flac")
#: A file shorter than its header says by more than this has lost its end.
_LOST_TAIL_S = 1.0
_LOST_TAIL_SHARE = 0.05
_FASTEST_FPS = 1000


def inspect(media: BinaryIO, job: DecodeJob) -> Iterator[Message]:
    """One ``info`` message.

    Raises:
        ClipUnreadable, ClipTooComplex, ClipTooLong, PictureTooLarge, NothingToAnalyse: it may not be analysed.
    """
    container = open_container(media, job)
    video, audio = chosen(container)
    header_s = _header_duration(container, video, audio)
    if header_s > job.limit_duration_s:
        raise ClipTooLong(header_s, job.limit_duration_s)
    start_s = presentation_start(container, video, audio)
    looks = [_Look(stream, Timeline(container, start_s), job) for stream in (video, audio) if stream is not None]
    by_index = {look.stream.index: look for look in looks}
    for packet in packets(container, *(look.stream for look in looks)):
        by_index[packet.stream_index].take(packet)
    for look in looks:
        look.finish()
    yield Message("info", _info(container, video and by_index[video.index], audio and by_index[audio.index], header_s))


class _Look:
    """One stream while its packets go by: its end, its number of packets, its first decoded frames."""

    def __init__(self, stream: Any, timeline: Timeline, job: DecodeJob) -> None:
        self.stream = stream
        self.frames: list[Any] = []
        self.packets = 0
        self.begin_s = float("inf")
        self.end_s = 0.0
        self._timeline = timeline
        self._job = job
        if stream.type == "video":
            self._refuse_large(stream.codec_context.width, stream.codec_context.height)
        stream.codec_context.options = decoder_options(job)
        stream.codec_context.thread_count = 1

    def take(self, packet: av.Packet[Any]) -> None:
        self.packets += 1
        if self.packets > self._job.limit_decoded_frames:
            raise ClipTooComplex(f"a stream has more than {self._job.limit_decoded_frames:,} packets")
        length_s = float((packet.duration or 0) * packet.time_base)
        time_s = self._timeline.place(packet.pts if packet.pts is not None else packet.dts, packet.time_base, length_s)
        self.begin_s, self.end_s = min(self.begin_s, time_s), max(self.end_s, time_s + length_s)
        if self.end_s > self._job.limit_duration_s:
            raise ClipTooLong(self.end_s, self._job.limit_duration_s)
        if len(self.frames) < self._wanted and self.packets <= _TRIED_PACKETS:
            self._decode(packet)

    def finish(self) -> None:
        """Frames still inside the decoder."""
        if len(self.frames) < self._wanted:
            self._decode(None)

    @property
    def _wanted(self) -> int:
        return _LOOKED_AT if self.stream.type == "video" else 1

    def _decode(self, packet: av.Packet[Any] | None) -> None:
        try:
            self.frames += self.stream.codec_context.decode(packet)
        except av.error.MemoryError:
            raise
        except (FFmpegError, EOFError):
            # A damaged packet. A picture that the decoder finds too large looks the same.
            large = rejected_size(self.stream, packet, self._job) if packet and self.stream.type == "video" else None
            if large:
                raise large from None
        for frame in self.frames if self.stream.type == "video" else ():
            self._refuse_large(frame.width, frame.height)

    def _refuse_large(self, width: int, height: int) -> None:
        if width * height > self._job.limit_pixels:
            raise PictureTooLarge(width, height, self._job.limit_pixels)


def _header_duration(container: InputContainer, video: Any | None, audio: Any | None) -> float:
    """The longest of what the header says of the file and of the analysed streams; 0 when it says nothing."""
    streams = [float(s.duration * s.time_base) for s in (video, audio) if s is not None and s.duration]
    return max([(container.duration or 0) / 1_000_000, *streams]) if not is_still(container) else 0.0


def _info(container: InputContainer, video: _Look | None, audio: _Look | None, header_s: float) -> dict[str, Any]:
    warnings = [_undecodable(look) for look in (video, audio) if look is not None and not look.frames]
    looks = [look for look in (video, audio) if look is not None and look.frames]
    if not looks:
        raise ClipUnreadable(f"nothing in the {container.format.name} file could be decoded: {'; '.join(warnings)}")
    duration_s = 0.0 if is_still(container) else max(look.end_s for look in looks)
    if _has_lost_tail(container, header_s, duration_s):
        warnings.append(
            f"the file ends after {duration_s:.1f} s; its header says {header_s:.1f} s: the rest is missing"
        )
    return {
        "container": container.format.name,
        "duration_s": duration_s,
        "video": _video_info(video, is_still(container)) if video in looks else None,
        "audio": _audio_info(audio, len(container.streams.audio)) if audio in looks else None,
        "warnings": warnings,
    }


def _undecodable(look: _Look) -> str:
    kind = "picture" if look.stream.type == "video" else "sound"
    return f"the {kind} ({look.stream.codec_context.name}) could not be decoded"


def _has_lost_tail(container: InputContainer, header_s: float, measured_s: float) -> bool:
    lost_s = header_s - measured_s
    return container.format.name in _EXACT_DURATION and lost_s > max(_LOST_TAIL_S, header_s * _LOST_TAIL_SHARE)


def _video_info(look: _Look | None, still: bool) -> dict[str, Any]:
    assert look is not None
    frame = look.frames[0]
    orientation = orientation_of(frame)
    shape = shown_shape(frame.width, frame.height, look.stream.sample_aspect_ratio).turned(orientation)
    return {
        "codec": look.stream.codec_context.name,
        "width": shape.width,
        "height": shape.height,
        "frames_per_second": None if still else _frame_rate(look),
        "rotation_deg": orientation.rotation_deg,
        "is_interlaced": any(seen.interlaced_frame for seen in look.frames),
        "bit_depth": max(component.bits for component in frame.format.components),
    }


def _frame_rate(look: _Look) -> float | None:
    """Mean rate as measured, or the header's for a clip too short to measure."""
    length_s = look.end_s - look.begin_s
    if look.packets > 1 and length_s > 1.0:
        return look.packets / length_s
    rate = look.stream.average_rate
    return float(rate) if rate and 0 < rate < _FASTEST_FPS else None


def _audio_info(look: _Look | None, tracks: int) -> dict[str, Any]:
    assert look is not None
    frame = look.frames[0]
    return {
        "codec": look.stream.codec_context.name,
        "sample_rate_hz": frame.sample_rate,
        "channels": frame.layout.nb_channels,
        "tracks": tracks,
    }
