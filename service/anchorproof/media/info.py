"""What a clip is, before anything of it is analysed."""

from __future__ import annotations

import hashlib
import math
import os
from pathlib import Path
from typing import Any

from anchorproof.errors import ClipEmpty, ClipTooLarge, ClipUnreadable
from anchorproof.media.process import job_for, open_media, run_child
from anchorproof.media.protocol import Task
from anchorproof.settings import MediaSettings
from anchorproof.types import AudioInfo, ClipInfo, VideoInfo

_LIMIT_WORD = 100
_LIMIT_WARNINGS = 8


def read_info(clip: Path, settings: MediaSettings) -> ClipInfo:
    """Container, duration, picture and sound of a clip; all its packets are read, only its first pictures decoded.

    Raises:
        ClipEmpty, ClipTooLarge: by its size.
        ClipUnreadable: not media, damaged, or an MP4 without its index.
        ClipTooLong, PictureTooLarge, ClipTooComplex: over a budget of ``settings``.
        NothingToAnalyse: neither picture nor sound.
    """
    with open_media(clip) as media:
        size_bytes = os.fstat(media.fileno()).st_size
        if size_bytes == 0:
            raise ClipEmpty
        if size_bytes > settings.limit_bytes:
            raise ClipTooLarge(settings.limit_bytes)
        sha256 = hashlib.file_digest(media, "sha256").hexdigest()
    messages = list(run_child(clip, job_for(Task.INSPECT, settings, duration_s=0.0), limit_payload_bytes=0))
    try:
        (message,) = messages
        return _clip_info(message.fields, sha256, size_bytes)
    except (KeyError, TypeError, ValueError) as error:
        raise ClipUnreadable("the clip could not be described; re-encode it") from error


def _clip_info(fields: dict[str, Any], sha256: str, size_bytes: int) -> ClipInfo:
    return ClipInfo(
        sha256=sha256,
        size_bytes=size_bytes,
        container=_word(fields["container"]),
        duration_s=_number(fields["duration_s"]),
        video=_video_info(fields["video"]) if fields["video"] else None,
        audio=_audio_info(fields["audio"]) if fields["audio"] else None,
        warnings=tuple(_word(text) for text in fields["warnings"][:_LIMIT_WARNINGS]),
    )


def _video_info(fields: dict[str, Any]) -> VideoInfo:
    rate = fields["frames_per_second"]
    return VideoInfo(
        codec=_word(fields["codec"]),
        width=_count(fields["width"]),
        height=_count(fields["height"]),
        frames_per_second=None if rate is None else _number(rate),
        rotation_deg=int(fields["rotation_deg"]) % 360,
        is_interlaced=bool(fields["is_interlaced"]),
        bit_depth=_count(fields["bit_depth"]),
    )


def _audio_info(fields: dict[str, Any]) -> AudioInfo:
    return AudioInfo(
        codec=_word(fields["codec"]),
        sample_rate_hz=_count(fields["sample_rate_hz"]),
        channels=_count(fields["channels"]),
        tracks=_count(fields["tracks"]),
    )


def _word(value: object) -> str:
    return "".join(letter for letter in str(value)[: 2 * _LIMIT_WORD] if letter.isprintable())


def _number(value: float) -> float:
    number = float(value)
    if not 0 <= number < math.inf:
        raise ValueError(f"must be finite and not negative; got {number}")
    return number


def _count(value: int) -> int:
    count = int(value)
    if count < 1:
        raise ValueError(f"must be at least 1; got {count}")
    return count
