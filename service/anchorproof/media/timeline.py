"""Seconds since the presentation start, from timestamps as containers really hold them (runs in the child)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from av.container import InputContainer

#: Sound may start this much before zero: encoder delay that players skip.
_PRIMING_S = 0.2
#: Going back by more than this is a new timeline spliced in, not reordering.
_BACK_S = 1.0
#: In formats that allow discontinuities, a jump ahead by more than this is one as well.
_AHEAD_S = 10.0
_JUMPING_FORMATS = ("mpegts", "mpeg", "flv")


def presentation_start(container: InputContainer, video: Any | None, audio: Any | None) -> float | None:
    """When the first of the analysed streams starts, in the container's own seconds; None when it does not say."""
    starts = [start for start in (stream_start(video), _audible_start(audio)) if start is not None]
    if starts:
        return min(starts)
    return None if container.start_time is None else container.start_time / 1_000_000


def stream_start(stream: Any | None) -> float | None:
    """The stream's first timestamp in seconds, or None when it has none."""
    if stream is None or stream.start_time is None:
        return None
    return float(stream.start_time * stream.time_base)


def _audible_start(audio: Any | None) -> float | None:
    start = stream_start(audio)
    return 0.0 if start is not None and -_PRIMING_S <= start < 0 else start


class Timeline:
    """Places one stream's timestamps; spliced timelines are laid end to end."""

    def __init__(self, container: InputContainer, start_s: float | None) -> None:
        self._start_s = start_s
        self._may_jump = container.format.name in _JUMPING_FORMATS
        self._latest_s: float | None = None
        self._step_s = 0.0

    def place(self, pts: int | None, time_base: Fraction, length_s: float) -> float:
        """Seconds of something that lasts ``length_s``; without a timestamp it follows the one before."""
        expected_s = 0.0 if self._latest_s is None else self._latest_s + self._step_s
        time_s = expected_s if pts is None else self._since_start(float(pts * time_base))
        if self._is_discontinuity(time_s):
            self._start_s = (self._start_s or 0.0) + time_s - expected_s
            time_s = expected_s
        self._latest_s, self._step_s = time_s, length_s
        return time_s

    def _since_start(self, container_s: float) -> float:
        if self._start_s is None:
            self._start_s = container_s
        return container_s - self._start_s

    def _is_discontinuity(self, time_s: float) -> bool:
        if self._latest_s is None:
            return False
        ahead_s = time_s - self._latest_s
        return ahead_s < -_BACK_S or (self._may_jump and ahead_s > _AHEAD_S)
