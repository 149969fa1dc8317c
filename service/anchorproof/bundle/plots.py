"""A report's evidence as pictures: which way each piece points, and when."""

from __future__ import annotations

from collections.abc import Sequence

from anchorproof.bundle import svg
from anchorproof.types import Evidence, Look, Question, Report, TimedLLR, cell_strength

_LEFT, _WIDTH, _ROW = 150.0, 640.0, 26.0
_SPOOF, _GENUINE, _LITTLE = "#b3261e", "#1b6e3c", "#8a8a8a"
#: Odds of 2 : 1.
_WEAK_LLR = 0.301
_MOST_LLR = 2.0
#: Cells of a look: what adds, what takes away, nothing.
_MORE, _LESS, _CLEAR = (0xE0, 0x10, 0x80), (0x00, 0x90, 0xD0), (0xFF, 0xFF, 0xFF)
_CELL = 20.0
_LOOKS_IN_A_ROW = 4


def evidence_plot(report: Report) -> str:
    """One bar per piece of evidence on authenticity, and the fused LLR: right of the middle speaks for a spoof."""
    rows = [(item.source, item.llr) for item in _authenticity(report)] + [("fused", report.verdict.llr)]
    height = 50 + _ROW * len(rows)
    middle = _LEFT + _WIDTH / 2
    parts = [svg.line(middle, 20, middle, height - 25)]
    for place, (name, llr) in enumerate(rows):
        top = 24 + _ROW * place
        reach = min(_MOST_LLR, abs(llr)) / _MOST_LLR * _WIDTH / 2
        start = middle if llr > 0 else middle - reach
        parts.append(svg.text(_LEFT - 8, top + 14, name, "end"))
        parts.append(svg.rect(start, top + 2, reach, _ROW - 8, _colour(llr), f"{name}: LLR {llr:+.2f}"))
        parts.append(svg.text(middle + (reach + 6) * (1 if llr > 0 else -1), top + 15, f"{llr:+.2f}", _side(llr)))
    parts += [
        svg.text(_LEFT, height - 8, "genuine"),
        svg.text(middle, height - 8, "log10 likelihood ratio", "middle"),
        svg.text(_LEFT + _WIDTH, height - 8, "spoof", "end"),
    ]
    return svg.document(_LEFT + _WIDTH + 40, height, parts, "Evidence on authenticity")


def timeline_plot(report: Report) -> str:
    """One lane per piece of evidence with stretches; the redder, the more it speaks for a spoof there."""
    lanes = [(_lane_name(item), item.timeline) for item in _authenticity(report) if item.timeline]
    duration_s = max(report.clip.duration_s, 1e-3)
    height = 50 + _ROW * max(1, len(lanes))
    parts: list[str] = []
    for place, (name, timeline) in enumerate(lanes):
        top = 20 + _ROW * place
        parts.append(svg.text(_LEFT - 8, top + 15, name, "end"))
        parts.append(svg.rect(_LEFT, top + 2, _WIDTH, _ROW - 6, "#eeeeee"))
        parts += _cells(name, timeline, duration_s, top)
    if not lanes:
        parts.append(svg.text(_LEFT, 35, "no evidence with stretches of time"))
    step_s = next((step for step in (1, 2, 5, 10, 30, 60, 300) if duration_s / step <= 12), 600)
    for mark in range(0, int(duration_s) + 1, step_s):
        x = _LEFT + _WIDTH * mark / duration_s
        parts += [svg.line(x, height - 28, x, height - 22), svg.text(x, height - 8, f"{mark} s", "middle")]
    return svg.document(_LEFT + _WIDTH + 40, height, parts, "Evidence over time")


def _cells(name: str, timeline: Sequence[TimedLLR], duration_s: float, top: float) -> list[str]:
    return [
        svg.rect(
            _LEFT + _WIDTH * part.span.start_s / duration_s,
            top + 2,
            max(2.0, _WIDTH * part.span.duration_s / duration_s),
            _ROW - 6,
            _colour(part.llr),
            f"{name} {part.span.start_s:.1f}-{part.span.end_s:.1f} s: LLR {part.llr:+.2f}",
        )
        for part in timeline
    ]


def where_plot(report: Report) -> str | None:
    """The cells of every look, pink for more than usual and blue for less; None: the report holds none."""
    looks = [look for item in _authenticity(report) for look in item.looks]
    if not looks:
        return None
    wide = max(len(look.cells[0]) for look in looks) * _CELL + 40
    high = max(len(look.cells) for look in looks) * _CELL + 50
    parts: list[str] = []
    for number, look in enumerate(looks):
        row, column = divmod(number, _LOOKS_IN_A_ROW)
        parts += _look(look, 20 + column * wide, 20 + row * high)
    rows = -(-len(looks) // _LOOKS_IN_A_ROW)
    words = "pink: more than usual was seen there, blue: less; where the detector looked, no proof"
    parts.append(svg.text(20, rows * high + 34, words))
    return svg.document(
        max(_LOOKS_IN_A_ROW * wide, 620.0), rows * high + 50, parts, "Where the picture detector looked"
    )


def _look(look: Look, left: float, top: float) -> list[str]:
    parts = [
        svg.rect(left + column * _CELL, top + row * _CELL, _CELL - 1, _CELL - 1, _heat(value), f"{value:+.4f}")
        for row, values in enumerate(look.cells)
        for column, value in enumerate(values)
    ]
    foot = top + len(look.cells) * _CELL
    span = f"{look.span.start_s:.1f}-{look.span.end_s:.1f} s"
    return [
        *parts,
        svg.text(left, foot + 14, look.subject),
        svg.text(left, foot + 30, f"{span}  LLR {look.value:+.2f}"),
    ]


def _heat(llr: float) -> str:
    """A cell's colour, from clear to pink (adds) or blue (takes away)."""
    share, full = cell_strength(llr), _MORE if llr > 0 else _LESS
    mixed = (round(clear + share * (most - clear)) for clear, most in zip(_CLEAR, full, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)


def _authenticity(report: Report) -> list[Evidence]:
    return [item for item in report.evidence if item.question is Question.AUTHENTICITY]


def _lane_name(item: Evidence) -> str:
    return f"{item.source} {item.subject[:12]}".strip()


def _colour(llr: float) -> str:
    if abs(llr) < _WEAK_LLR:
        return _LITTLE
    return _SPOOF if llr > 0 else _GENUINE


def _side(llr: float) -> str:
    return "start" if llr > 0 else "end"
