"""What a search is given, a clip's prints; and what it finds, stretches of the clip beside stretches of programmes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.footage.alignment import Line, PictureTrace, SoundTrace
from anchorproof.footage.pictures import ClipPictures
from anchorproof.footage.prints import NO_SOUNDS, SoundPrint
from anchorproof.types import Span

#: A line may be left for so long within one stretch.
_LONGEST_GAP_S = 1.0


@dataclass(frozen=True, slots=True)
class ClipPrints:
    """A clip to be found; ``stretch`` gives its sound's print as if it had been played at another speed."""

    pictures: ClipPictures | None
    sounds: SoundPrint = NO_SOUNDS
    stretch: Callable[[float], SoundPrint] | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the clip beside its stretch of a programme, with what was measured along it.

    ``copies`` are stretches of other programmes that hold the same recording, as surely: the clip may come from any.
    """

    line: Line
    clip: Span
    programme: Span
    picture: PictureTrace | None
    sound: SoundTrace | None
    copies: tuple[Stretch, ...] = ()


def programme_span(line: Line, span: Span) -> Span:
    """Where this stretch of the clip lies in the programme."""
    start, end = line.programme_s(np.array([span.start_s, span.end_s]))
    return Span(max(0.0, float(start)), max(0.0, float(end)))


def consecutive(times: NDArray[np.float64], places: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The places in runs without a gap in time."""
    breaks = np.flatnonzero(np.diff(times[places]) > _LONGEST_GAP_S) + 1
    return [run for run in np.split(places, breaks) if len(run)]
