"""A few SVG elements, each number rounded and each text escaped: enough for plots without a plotting library."""

from __future__ import annotations

from collections.abc import Iterable
from xml.sax.saxutils import escape, quoteattr

FONT = "font-family='sans-serif' font-size='12'"


def document(width: float, height: float, parts: Iterable[str], title: str) -> str:
    """A whole file; ``title`` is read out by screen readers."""
    head = (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_n(width)} {_n(height)}' width='{_n(width)}' "
        f"height='{_n(height)}' role='img'>"
    )
    ground = rect(0, 0, width, height, "#ffffff")
    return "\n".join([head, f"<title>{_clean(title)}</title>", ground, *parts, "</svg>"]) + "\n"


def rect(x: float, y: float, width: float, height: float, fill: str, tip: str = "") -> str:
    inside = f"<title>{_clean(tip)}</title>" if tip else ""
    place = f"x='{_n(x)}' y='{_n(y)}' width='{_n(max(0, width))}' height='{_n(max(0, height))}'"
    return f"<rect {place} fill={quoteattr(fill)}>{inside}</rect>"


def line(x1: float, y1: float, x2: float, y2: float, stroke: str = "#444444", width: float = 1) -> str:
    ends = f"x1='{_n(x1)}' y1='{_n(y1)}' x2='{_n(x2)}' y2='{_n(y2)}'"
    return f"<line {ends} stroke={quoteattr(stroke)} stroke-width='{_n(width)}'/>"


def text(x: float, y: float, words: str, anchor: str = "start", fill: str = "#222222") -> str:
    return f"<text x='{_n(x)}' y='{_n(y)}' {FONT} text-anchor='{anchor}' fill={quoteattr(fill)}>{_clean(words)}</text>"


def _clean(words: str) -> str:
    """Escaped, without control characters, which XML does not allow."""
    return escape("".join(mark for mark in words if mark.isprintable()))


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")
