"""Copies of clips for browsers: which clips need one, and making it."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from anchorproof.errors import ClipTooComplex, ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import PIECE_BYTES, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo

#: By libavformat's and libavcodec's names: what Chromium, Firefox and Safari all play, and as what it is served.
_CONTAINERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "mp4",
    "matroska,webm": "webm",
    "mp3": "mpeg",
    "wav": "wav",
    "flac": "flac",
    "ogg": "ogg",
}
_PICTURES = {"mp4": {"h264", "av1"}, "webm": {"vp8", "vp9", "av1"}}
_SOUNDS = {
    "mp4": {"aac", "mp3"},
    "webm": {"opus", "vorbis"},
    "mpeg": {"mp3"},
    "wav": {"pcm_s16le"},
    "flac": {"flac"},
    "ogg": {"opus", "vorbis"},
}
LONG_SIDE_PX = 1280
COPY_TYPE = "video/mp4"


def played_as(clip: ClipInfo) -> str | None:
    """The media type as which browsers play the clip as it is; None: they need a copy."""
    kind = _CONTAINERS.get(clip.container, "")
    video, audio = clip.video, clip.audio
    if not kind or (video and (video.codec not in _PICTURES.get(kind, set()) or video.bit_depth != 8)):
        return None
    if audio and (audio.codec not in _SOUNDS[kind] or audio.tracks > 1):
        return None  # of several tracks a browser may play another one than was analysed
    if video and video.is_interlaced:
        return None
    return f"{'video' if video else 'audio'}/{kind}"


def write_copy(
    clip: Path, copy: Path, duration_s: float, settings: MediaSettings, on_progress: Callable[[float], None]
) -> None:
    """``copy`` is there, whole, when this returns; ``on_progress`` gets shares in [0, 1].

    Raises:
        ClipRejected: the clip cannot be decoded, or goes over a budget.
        OSError: the copy cannot be written.
    """
    job = replace(job_for(Task.COPY, settings, duration_s), long_side_px=min(LONG_SIDE_PX, settings.long_side_px))
    temporary = copy.with_name(f".{copy.name}.{os.getpid()}")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        try:
            for message in run_child(clip, job, PIECE_BYTES):
                if message.kind == "piece":
                    _put(handle, message.fields.get("offset"), message.payload, settings.limit_bytes)
                elif message.kind == "progress" and duration_s > 0:
                    on_progress(min(1.0, float(message.fields["time_s"]) / duration_s))
        finally:
            os.close(handle)
        temporary.rename(copy)
    finally:
        temporary.unlink(missing_ok=True)


def _put(handle: int, offset: object, content: bytes | bytearray | memoryview, limit_bytes: int) -> None:
    if not isinstance(offset, int) or offset < 0:
        raise ClipUnreadable("the clip could not be converted for playing")
    if offset + len(content) > limit_bytes:
        raise ClipTooComplex("the clip's copy for playing would be over the limit on bytes")
    rest = memoryview(content)
    while rest:
        written = os.pwrite(handle, rest, offset)
        offset, rest = offset + written, rest[written:]
