"""Where in a face a detector saw something: cells over the picture it was shown, and where that picture lies."""

from __future__ import annotations

from dataclasses import dataclass

from anchorproof.types.media import Span
from anchorproof.types.people import Box

#: A cell that adds or takes away so much LLR is drawn as strongly as any: twenty such make odds of 10 : 1. One scale
#: for all clips, so that a clip in which nothing was seen looks as if nothing was seen.
FULL_CELL_LLR = 0.05


def cell_strength(llr: float) -> float:
    """How strongly a cell of that LLR is drawn, in [0, 1], whichever way it points."""
    return min(1.0, abs(llr) / FULL_CELL_LLR)


@dataclass(frozen=True, slots=True)
class TimedBox:
    """Where something is in the source picture at a time."""

    time_s: float
    box: Box


@dataclass(frozen=True, slots=True)
class Look:
    """One stretch of one face as a detector saw it.

    ``cells`` are rows from top to bottom, each from left to right, over the square that the detector was shown: how
    much more or less than in a usual picture that part adds to ``value``. Both are in the unit of what holds the look:
    raw scores in a :class:`RawScore`, LLRs in :class:`Evidence` (the cells before any bound). ``path`` says where the
    square was, in time order; ``time_s`` is the moment of the path at which the face is seen best. It says where the
    detector looked, and proves nothing.
    """

    subject: str
    span: Span
    time_s: float
    value: float
    cells: tuple[tuple[float, ...], ...]
    path: tuple[TimedBox, ...]

    def __post_init__(self) -> None:
        if not self.cells or len({len(row) for row in self.cells}) != 1 or not self.cells[0]:
            raise ValueError("cells are rows of one length, at least one of each")
        times = [item.time_s for item in self.path]
        if self.time_s not in times or times != sorted(times):
            raise ValueError("a look's path is in time order and holds the moment that is shown")

    @property
    def area(self) -> Box:
        """The square at ``time_s``."""
        return next(item.box for item in self.path if item.time_s == self.time_s)

    @property
    def strongest_region(self) -> tuple[int, int]:
        """Row and column, of three each, of the part whose cells add most or take most away; (0, 0): upper left."""
        rows, columns = len(self.cells), len(self.cells[0])
        sums: dict[tuple[int, int], float] = {}
        for row, values in enumerate(self.cells):
            for column, value in enumerate(values):
                part = (3 * row // rows, 3 * column // columns)
                sums[part] = sums.get(part, 0.0) + value
        return max(sums, key=lambda part: abs(sums[part]))
