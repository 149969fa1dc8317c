"""Where a detector looked: a look names its moment, and says in which part most was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anchorproof.types import Box, Look, Span, TimedBox, cell_strength

PATH = (TimedBox(1.0, Box(0, 0, 60, 60)), TimedBox(2.0, Box(10, 0, 70, 60)))
LOOK = Look("face-1", Span(1.0, 2.0), 2.0, 0.4, ((0.0,) * 6,) * 6, PATH)


def test_area_is_the_square_at_the_moment_shown() -> None:
    assert LOOK.area == Box(10, 0, 70, 60)


@pytest.mark.parametrize(
    "wrong", [{"cells": ()}, {"cells": ((1.0, 2.0), (1.0,))}, {"time_s": 1.5}, {"path": PATH[::-1]}]
)
def test_look_that_cannot_be_drawn_is_no_look(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"cells are rows|path is in time order"):
        replace(LOOK, **wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("row", "column", "value", "region"), [(0, 0, 0.2, (0, 0)), (5, 2, -0.2, (2, 1)), (3, 5, 0.1, (1, 2))]
)
def test_strongest_region_counts_what_is_missing_too(
    row: int, column: int, value: float, region: tuple[int, int]
) -> None:
    cells = [[0.01] * 6 for _ in range(6)]
    cells[row][column] = value
    assert replace(LOOK, cells=tuple(map(tuple, cells))).strongest_region == region


def test_cells_are_drawn_on_one_scale() -> None:
    assert [cell_strength(llr) for llr in (0.0, 0.025, -0.025, 0.05, -3.0)] == pytest.approx([0.0, 0.5, 0.5, 1.0, 1.0])
