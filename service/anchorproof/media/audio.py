"""The clip's sound as one waveform."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np

from anchorproof.errors import ClipTooLong, ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import Message, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Waveform

_LIMIT_CHUNK_BYTES = 4 * 64 * 1024


def read_audio(clip: Path, info: ClipInfo, settings: MediaSettings) -> Waveform:
    """The analysed track as mono at ``sample_rate_hz``; ``start_s`` is when it begins beside the picture.

    The track is the default one (of several: most channels, then longest). Channels are mixed equally as
    libswresample does, holes are silence, overlaps are dropped.

    Raises:
        ClipUnreadable: no sound could be decoded.
        ClipTooLong, ClipTooComplex: over a budget, as found while decoding.
    """
    job = job_for(Task.SOUND, settings, info.duration_s)
    limit_samples = math.ceil((settings.limit_duration_s + 1) * settings.sample_rate_hz)
    parts: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
    count, start_s = 0, 0.0
    for message in run_child(clip, job, _LIMIT_CHUNK_BYTES):
        part, start_s = _part(message)
        count += len(part)
        if count > limit_samples:
            raise ClipTooLong(count / settings.sample_rate_hz, settings.limit_duration_s)
        parts.append(part)
    if not count:
        raise ClipUnreadable("no sound of the clip could be decoded")
    return Waveform(np.concatenate(parts), settings.sample_rate_hz, start_s)


def _part(message: Message) -> tuple[np.ndarray[tuple[int], np.dtype[np.float32]], float]:
    try:
        samples = np.frombuffer(message.payload, np.float32)
        start_s = float(message.fields["start_s"])
    except (KeyError, TypeError, ValueError) as error:
        raise ClipUnreadable("the clip's sound could not be read; re-encode the clip") from error
    if not 0 <= start_s < math.inf:
        raise ClipUnreadable("the clip's sound has no valid start; re-encode the clip")
    # Codecs with float output go over full scale, and damaged ones may give no number at all.
    return np.clip(np.nan_to_num(samples, posinf=1.0, neginf=-1.0), -1.0, 1.0), start_s
