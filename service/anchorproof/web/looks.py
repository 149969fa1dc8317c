"""Where the picture's detector looked, as the page shows it: faces under cells of heat, cells over the player."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from anchorproof.types import Look, Question, Report, cell_strength

#: Weaker cells are left clear.
FAINT = 0.08
_DOWN, _ACROSS = ("upper", "middle", "lower"), ("left", "centre", "right")


@dataclass(frozen=True, slots=True)
class Cell:
    """One part of the square: place in it, which way it points, and how strongly it is drawn, in (0, 1]."""

    row: int
    column: int
    kind: str
    strength: float


@dataclass(frozen=True, slots=True)
class ShownLook:
    """One face of the strip. ``region`` is the key of the words for the part that stands out most."""

    number: int
    look: Look
    name: str
    cells: tuple[Cell, ...]
    region: str


def looks_of(report: Report) -> list[Look]:
    """In the order of their numbers, by which their pictures are asked for."""
    return [look for item in report.evidence if item.question is Question.AUTHENTICITY for look in item.looks]


def shown_looks(report: Report, name_of: Callable[[str], str]) -> list[ShownLook]:
    """What the strip shows; ``name_of`` an anchor's id gives their name."""
    anchors = {face.track_id: face.anchor_id for face in report.faces}
    shown = []
    for number, look in enumerate(looks_of(report)):
        anchor_id = anchors.get(look.subject)
        shown.append(ShownLook(number, look, name_of(anchor_id) if anchor_id else "", _cells(look), _region(look)))
    return shown


def looks_data(looks: list[ShownLook]) -> list[dict[str, Any]]:
    """For the script that draws over the player."""
    return [
        {
            "span": [round(one.look.span.start_s, 3), round(one.look.span.end_s, 3)],
            "time": one.look.time_s,
            "rows": len(one.look.cells),
            "columns": len(one.look.cells[0]),
            "cells": [[cell.row, cell.column, cell.kind, cell.strength] for cell in one.cells],
            "path": [[item.time_s, item.box.x1, item.box.y1, item.box.x2, item.box.y2] for item in one.look.path],
        }
        for one in looks
    ]


def _cells(look: Look) -> tuple[Cell, ...]:
    found = []
    for row, values in enumerate(look.cells):
        for column, value in enumerate(values):
            strength = cell_strength(value)
            if strength >= FAINT:
                found.append(Cell(row, column, "more" if value > 0 else "less", round(strength, 2)))
    return tuple(found)


def _region(look: Look) -> str:
    row, column = look.strongest_region
    return f"{_DOWN[row]}_{_ACROSS[column]}"
