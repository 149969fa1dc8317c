"""Whether what stands on the screen reads like print: a raw score from what the recogniser made of it.

Generators of pictures draw signs that look like letters and are none; a recogniser doubts them. So it does with
scripts that it does not know: what the score is worth, calibration says, on print of such scripts too. Which letters
it took them for adds nothing (benchmarks/results/garble).
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from anchorproof.captions.reader import TextLine

#: The source of what is said by it.
WRITING = "writing"

#: Lines whose letters count: tall enough to be read, and surely text.
READABLE_PX = 18.0
READABLE_AREA = 0.6
#: Fewer letters than these say nothing.
LEAST_LETTERS = 8
#: Print is doubted this little at best; below, differences mean nothing.
_LEAST_DOUBT = 0.005


@dataclass(frozen=True, slots=True)
class Legibility:
    """``doubt`` is 1 less the recogniser's mean confidence in the ``letters`` of all readable lines, in [0, 1]."""

    doubt: float
    letters: int

    @property
    def garble_score(self) -> float:
        """Log10 odds of doubt: larger means less like print."""
        doubt = min(1 - _LEAST_DOUBT, max(_LEAST_DOUBT, self.doubt))
        return math.log10(doubt / (1 - doubt))


def legibility(lines: Iterable[TextLine]) -> Legibility | None:
    """None: too few letters that stand large and clear."""
    readable = [line for line in lines if line.height_px >= READABLE_PX and line.area_score >= READABLE_AREA]
    doubts = [1 - confidence for line in readable for confidence in line.confidences]
    if len(doubts) < LEAST_LETTERS or not any(mark.isalnum() for line in readable for mark in line.text):
        return None
    return Legibility(sum(doubts) / len(doubts), len(doubts))
