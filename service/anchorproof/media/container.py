"""Opens containers from strangers and says which streams are analysed (runs in the child)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import av
import av.logging
import av.subtitles.codeccontext
import av.subtitles.stream  # PyAV would load it late, when no file can be opened any more
from av.container import InputContainer
from av.error import FFmpegError
from av.stream import Disposition, Stream

from anchorproof.errors import ClipTooComplex, ClipUnreadable, NothingToAnalyse, PictureTooLarge
from anchorproof.media.protocol import DecodeJob

#: Demuxers by libavformat's names. None of them opens a second file unless its io_open is allowed to, which it is not.
STILL_FORMATS = ("png_pipe", "jpeg_pipe", "webp_pipe")
FORMATS = ("mov", "matroska", "mpegts", "mpeg", "avi", "flv", "mp3", "wav", "flac", "ogg", "aac", *STILL_FORMATS)
_BORDER_PX = 64
_READ_BYTES = 256 * 1024
_UNKNOWN = (
    "the bytes are not a media format we read (MP4, MOV, MKV, WebM, MPEG-TS, MPEG-PS, AVI, FLV, MP3, WAV, FLAC, Ogg, "
    "AAC, JPEG, PNG or WebP)"
)
_CUT_OFF = "the MP4 file was cut off before its index (moov box); send the complete file"
_HIDDEN = Disposition.attached_pic | Disposition.timed_thumbnails


class OpenFile:
    """A file object without a name, so that no demuxer can guess neighbours from it."""

    name = ""

    def __init__(self, media: BinaryIO) -> None:
        self._media = media

    def read(self, count: int) -> bytes:
        return self._media.read(count)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._media.seek(offset, whence)

    def tell(self) -> int:
        return self._media.tell()


def open_container(media: BinaryIO, job: DecodeJob) -> InputContainer:
    """The container, with formats and protocols white-listed and pictures over ``limit_pixels`` never decoded.

    Raises:
        ClipUnreadable: not one of ``FORMATS``, or damaged beyond opening.
        ClipTooComplex: more streams than allowed.
    """
    try:
        container = av.open(
            OpenFile(media),
            options=decoder_options(job),
            container_options={"format_whitelist": ",".join(FORMATS), "protocol_whitelist": "none"},
            buffer_size=_READ_BYTES,
            io_open=_refuse,
            metadata_errors="replace",
        )
    except av.error.MemoryError:
        raise
    except (FFmpegError, ValueError) as error:
        raise ClipUnreadable(_CUT_OFF if _lacks_index(media) else _UNKNOWN) from error
    assert isinstance(container, InputContainer)
    if len(container.streams) > job.limit_streams:
        raise ClipTooComplex(f"the clip has {len(container.streams)} streams; the limit is {job.limit_streams}")
    return container


def decoder_options(job: DecodeJob) -> dict[str, str]:
    """libavcodec options for every decoder: it refuses larger pictures before it allocates them.

    Decoders allocate whole blocks and a border, so they are given some more; the picture itself is checked exactly.
    """
    return {"max_pixels": str(job.limit_pixels + round(3 * _BORDER_PX * math.sqrt(job.limit_pixels)) + _BORDER_PX**2)}


def is_still(container: InputContainer) -> bool:
    """One picture, as against a stream of them."""
    return container.format.name in STILL_FORMATS


def choose_video(container: InputContainer) -> Any | None:
    """The default picture stream, else the one with most pixels; cover art does not count."""
    shown = [s for s in container.streams.video if s.codec_context is not None and not s.disposition & _HIDDEN]
    return max(shown, key=_video_rank, default=None)


def _video_rank(stream: Any) -> tuple[bool, int, int]:
    pixels = stream.codec_context.width * stream.codec_context.height
    return bool(stream.disposition & Disposition.default), pixels, -stream.index


def choose_audio(container: InputContainer) -> Any | None:
    """The default sound stream; among several, most channels, then the longest, then the first."""
    heard = [s for s in container.streams.audio if s.codec_context is not None]
    return max(heard, key=_audio_rank, default=None)


def _audio_rank(stream: Any) -> tuple[bool, int, float, int]:
    length = float((stream.duration or 0) * stream.time_base)
    return bool(stream.disposition & Disposition.default), stream.codec_context.channels, length, -stream.index


def chosen(container: InputContainer) -> tuple[Any | None, Any | None]:
    """Picture and sound stream to analyse; raises NothingToAnalyse when there is neither."""
    video, audio = choose_video(container), choose_audio(container)
    if video is None and audio is None:
        raise NothingToAnalyse
    return video, audio


def packets(container: InputContainer, *streams: Stream) -> Iterator[av.Packet[Any]]:
    """Packets with content of these streams; a damaged tail ends the iteration like the end of the file."""
    try:
        for packet in container.demux(*streams):
            if packet.size:
                yield packet
    except av.error.MemoryError:
        raise
    except FFmpegError:
        return


def rejected_size(stream: Any, packet: av.Packet[Any], job: DecodeJob) -> PictureTooLarge | None:
    """Whether the decoder refuses this packet because of ``limit_pixels``.

    The decoder forgets the size it refused; only its log line has it. Logging and decoder threads do not go together
    in PyAV, therefore a fresh decoder without threads is asked.
    """
    decoder = av.CodecContext.create(stream.codec_context.codec.name, "r")
    decoder.extradata = stream.codec_context.extradata
    decoder.options = decoder_options(job)
    decoder.thread_count = 1
    av.logging.set_level(av.logging.ERROR)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture() as lines:
            _try_decoding(decoder, packet)
    finally:
        av.logging.set_level(None)
    found = re.search(r"Picture size (\d+)x(\d+) exceeds", " ".join(text for _, _, text in lines))
    return PictureTooLarge(int(found[1]), int(found[2]), job.limit_pixels) if found else None


def _try_decoding(decoder: Any, packet: av.Packet[Any]) -> None:
    try:
        decoder.decode(packet)
    except av.error.MemoryError:
        raise
    except FFmpegError:
        return


def _refuse(url: str, flags: int, options: dict[str, str]) -> BinaryIO:  # noqa: ARG001 - PyAV calls it by position
    raise PermissionError("media may not open other files")


def _lacks_index(media: BinaryIO) -> bool:
    """An MP4 or MOV whose top-level boxes do not include moov (ISO/IEC 14496-12, 4.2)."""
    names = list(_boxes(media))
    return bool(names) and names[0] in (b"ftyp", b"mdat", b"wide", b"free") and b"moov" not in names


def _boxes(media: BinaryIO, limit: int = 1000) -> Iterator[bytes]:
    end = media.seek(0, 2)
    position = 0
    while position + 8 <= end and limit:
        media.seek(position)
        head = media.read(16)
        size = int.from_bytes(head[:4], "big")
        size = int.from_bytes(head[8:16], "big") if size == 1 else size
        yield head[4:8]
        if size < 8:  # 0: up to the end of the file
            return
        position, limit = position + size, limit - 1
