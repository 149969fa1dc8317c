"""Small media that tests make for themselves: no file is shipped.

Pictures are functions of time giving ``(height, width, 3)`` uint8 RGB; sounds are functions of an array of times giving
samples in [-1, 1].
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.stream import Disposition
from numpy.typing import NDArray

Image = NDArray[np.uint8]
Picture = Callable[[float], Image]
Wave = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_TIME_BASE = Fraction(1, 12_800)
_AUDIO_FRAME = 1024


@dataclass(frozen=True)
class Track:
    """One sound track; ``start_s`` delays it, ``holes_s`` are stretches whose frames are left out."""

    wave: Wave
    start_s: float = 0.0
    channels: int = 1
    sample_rate_hz: int = 48_000
    codec: str = "aac"
    holes_s: Sequence[tuple[float, float]] = ()
    is_default: bool = True


@dataclass(frozen=True)
class VideoFormat:
    """How the picture is coded; ``times_s`` replaces the constant rate, ``rotation_deg`` is counter-clockwise."""

    codec: str = "libx264"
    pixel_format: str = "yuv420p"
    rotation_deg: int = 0
    pixel_aspect: Fraction | None = None
    times_s: Sequence[float] | None = None
    options: Mapping[str, str] = field(default_factory=lambda: {"preset": "ultrafast", "crf": "18"})


def write_clip(
    path: Path,
    seconds: float = 1.0,
    size: tuple[int, int] = (160, 120),
    fps: int = 25,
    picture: Picture | None = None,
    sound: Wave | None = None,
    tracks: Sequence[Track] = (),
    video: VideoFormat | None = None,
    container_format: str | None = None,
    container_options: Mapping[str, str] | None = None,
) -> Path:
    """A clip with a picture (``size`` is width, height) and the given sounds; the name's ending says the container."""
    all_tracks = [Track(sound), *tracks] if sound else list(tracks)
    with av.open(path, "w", format=container_format, options=dict(container_options or {})) as container:
        picture_packets = _encode_picture(
            container, picture or moving_bars(size), seconds, size, fps, video or VideoFormat()
        )
        _mux(container, [picture_packets, *(_encode_sound(container, track, seconds) for track in all_tracks)])
    return path


def write_sound(path: Path, seconds: float = 1.0, tracks: Sequence[Track] = (), container: str | None = None) -> Path:
    """A file with sound only."""
    with av.open(path, "w", format=container) as output:
        _mux(output, [_encode_sound(output, track, seconds) for track in tracks])
    return path


def write_still(path: Path, image: Image, codec: str = "png") -> Path:
    """One picture as PNG (``png``), JPEG (``mjpeg``) or WebP (``libwebp``)."""
    pixel_format = {"png": "rgb24", "mjpeg": "yuvj420p", "libwebp": "yuv420p"}[codec]
    encoder: Any = av.CodecContext.create(codec, "w")
    encoder.width, encoder.height, encoder.pix_fmt = image.shape[1], image.shape[0], pixel_format
    encoder.time_base = Fraction(1, 25)
    frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format=pixel_format)
    frame.pts = 0
    path.write_bytes(b"".join(bytes(packet) for packet in [*encoder.encode(frame), *encoder.encode(None)]))
    return path


# --------------------------------------------------------------------------- pictures and sounds


def moving_bars(size: tuple[int, int]) -> Picture:
    """Grey bars that wander to the right, 40 pixels a second."""
    width, height = size

    def picture(time_s: float) -> Image:
        columns = (np.arange(width) - int(40 * time_s)) // 16 % 2
        return np.broadcast_to((60 + 120 * columns)[None, :, None], (height, width, 3)).astype(np.uint8)

    return picture


def plain(size: tuple[int, int], colour: tuple[int, int, int]) -> Picture:
    """One colour for ever."""
    width, height = size
    return lambda _: np.full((height, width, 3), colour, np.uint8)


def quadrants(size: tuple[int, int]) -> Picture:
    """Top left red, top right green, bottom left blue, bottom right white: shows how a picture was turned."""
    width, height = size
    image = np.full((height, width, 3), 255, np.uint8)
    image[: height // 2, : width // 2] = (255, 0, 0)
    image[: height // 2, width // 2 :] = (0, 255, 0)
    image[height // 2 :, : width // 2] = (0, 0, 255)
    return lambda _: image


def brightness_clock(size: tuple[int, int], levels_per_s: float = 100.0) -> Picture:
    """A grey level that tells the time: level = 20 + ``levels_per_s`` x seconds."""
    width, height = size
    return lambda time_s: np.full((height, width, 3), min(235, round(20 + levels_per_s * time_s)), np.uint8)


def tone(frequency_hz: float, amplitude: float = 0.5) -> Wave:
    """A steady sine."""
    return lambda times: amplitude * np.sin(2 * np.pi * frequency_hz * times)


def click_at(time_s: float, length_s: float = 0.02) -> Wave:
    """Silence with one loud burst, to see where a moment lands."""
    return lambda times: 0.9 * ((times >= time_s) & (times < time_s + length_s)) * np.sin(2 * np.pi * 1000 * times)


# --------------------------------------------------------------------------- encoding


Timed = Iterator[tuple[float, Any]]


def _encode_picture(
    container: Any, picture: Picture, seconds: float, size: tuple[int, int], fps: int, video: VideoFormat
) -> Timed:
    stream = container.add_stream(video.codec, rate=fps, options=dict(video.options))
    stream.width, stream.height = size
    stream.pix_fmt = video.pixel_format
    # MPEG-2 knows constant rates only; variable ones need a finer clock than a frame.
    stream.codec_context.time_base = Fraction(1, fps) if video.times_s is None else _TIME_BASE
    if video.pixel_aspect:
        stream.codec_context.sample_aspect_ratio = video.pixel_aspect
    if video.rotation_deg:
        stream.set_display_rotation(video.rotation_deg)
    times_s = video.times_s if video.times_s is not None else [n / fps for n in range(round(seconds * fps))]
    return _picture_packets(stream, picture, times_s)


def _picture_packets(stream: Any, picture: Picture, times_s: Sequence[float]) -> Timed:
    for time_s in times_s:
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture(time_s)), format="rgb24")
        frame = frame.reformat(format=stream.pix_fmt)
        frame.pts, frame.time_base = round(time_s / _TIME_BASE), _TIME_BASE
        yield from ((time_s, packet) for packet in stream.encode(frame))
    yield from ((times_s[-1], packet) for packet in stream.encode(None))


def _encode_sound(container: Any, track: Track, seconds: float) -> Timed:
    stream = container.add_stream(track.codec, rate=track.sample_rate_hz)
    stream.disposition = Disposition.default if track.is_default else Disposition(0)
    stream.layout = {1: "mono", 2: "stereo", 6: "5.1"}[track.channels]
    return _sound_packets(stream, track, seconds)


def _sound_packets(stream: Any, track: Track, seconds: float) -> Timed:
    rate = track.sample_rate_hz
    sample_format = stream.format.name
    for first in range(0, round(seconds * rate), _AUDIO_FRAME):
        times = np.arange(first, min(first + _AUDIO_FRAME, round(seconds * rate))) / rate
        if any(start <= times[0] < end for start, end in track.holes_s):
            continue
        frame = _audio_frame(track.wave(times), sample_format, stream.layout.name, track.channels)
        frame.sample_rate, frame.time_base = rate, Fraction(1, rate)
        frame.pts = first + round(track.start_s * rate)
        yield from ((times[0] + track.start_s, packet) for packet in stream.encode(frame))
    yield from ((seconds + track.start_s, packet) for packet in stream.encode(None))


def _audio_frame(samples: NDArray[np.float64], sample_format: str, layout: str, channels: int) -> Any:
    spread = np.repeat(samples[None, :], channels, axis=0)
    if sample_format.startswith(("s16", "s32")):
        kind = np.dtype(f"i{int(sample_format[1:3]) // 8}")
        spread = (spread * np.iinfo(kind).max).astype(kind)
    else:
        spread = spread.astype(np.float32)
    if not sample_format.endswith("p"):
        spread = spread.T.reshape(1, -1)
    return av.AudioFrame.from_ndarray(np.ascontiguousarray(spread), format=sample_format, layout=layout)


def _mux(container: Any, sources: Sequence[Timed]) -> None:
    """Interleaves by time; all streams exist before the first packet is written."""
    packets = sorted((timed for source in sources for timed in source), key=lambda timed: timed[0])
    for _, packet in packets:
        container.mux(packet)


# --------------------------------------------------------------------------- metadata


def write_tagged(path: Path, source: Path, tags: Mapping[str, str], container_format: str | None = None) -> Path:
    """The source's packets in a new file with these metadata (MP4 and MOV: in ``moov.udta.meta``, any key)."""
    is_mov = path.suffix in (".mp4", ".mov", ".m4a")
    options = {"movflags": "use_metadata_tags"} if is_mov else {}
    with av.open(source) as given, av.open(path, "w", format=container_format, options=options) as written:
        written.metadata.update(tags)
        streams = {stream.index: written.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.dts is not None:
                packet.stream = streams[packet.stream.index]
                written.mux(packet)
    return path
