"""Our own footage as people read it in a terminal."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from anchorproof.types import FootageFindings, FootageMatch, FootageOutcome, Programme

_SHOWN = 12


def plain(words: str) -> str:
    """Without characters that steer a terminal, or that no terminal can show."""
    return "".join("\ufffd" if unicodedata.category(mark) in ("Cc", "Cs") else mark for mark in words)


def programmes_table(programmes: Sequence[Programme]) -> Table:
    table = Table(box=None)
    for heading in ("programme", "title", "outlet", "length", "prints", "references"):
        table.add_column(heading, no_wrap=heading == "programme")
    for programme in programmes:
        table.add_row(
            programme.programme_id,
            Text(plain(programme.title)),
            Text(plain(programme.outlet)),
            "photograph" if programme.is_photograph else f"{programme.duration_s:.0f} s",
            "1 picture"
            if programme.is_photograph
            else f"{programme.pictures} pictures, {programme.sound_items} sound items",
            f"{programme.references_bytes / 1e6:.1f} MB" if programme.references_bytes else "none kept",
        )
    return table


def findings_group(findings: FootageFindings) -> RenderableType:
    """What was found, match by match."""
    photographs = f" and {findings.photographs} photographs" if findings.photographs else ""
    searched = f"{findings.programmes} programmes, {findings.hours:.1f} h{photographs}, were searched"
    if not findings.matches:
        return Text(f"nothing of this clip was found in your footage ({searched})")
    return Group(*(match_lines(match) for match in findings.matches), Text(searched, style="dim"))


def match_lines(match: FootageMatch) -> RenderableType:
    """One match with its times and differences."""
    table = Table.grid(padding=(0, 2, 0, 0))
    shown = match.stretches[:_SHOWN]
    if match.outcome is FootageOutcome.PHOTOGRAPH_ANIMATED:
        for part in shown:
            span = f"  clip {part.clip.start_s:.1f}-{part.clip.end_s:.1f} s"
            table.add_row(span, f"{part.bits:.0f} of 256 bits about the face differ")
        shown = ()
    for part in shown:
        sound = "no sound to compare" if part.sound_share is None else f"{part.sound_share:.0%} of sound bits differ"
        picture = "picture not ours" if part.bits is None else f"{part.bits:.0f} of 256 picture bits differ"
        table.add_row(
            f"  clip {part.clip.start_s:.1f}-{part.clip.end_s:.1f} s",
            f"programme {part.programme.start_s:.1f}-{part.programme.end_s:.1f} s",
            f"speed {part.speed:.2f}; {picture}; {sound}",
        )
        for copy in part.copies:
            span = f"{copy.programme.start_s:.1f}-{copy.programme.end_s:.1f} s"
            table.add_row("", "the same recording", Text(f"{plain(copy.title)} ({copy.programme_id}) {span}"))
    for row in match.differences[:_SHOWN]:
        values = [("mouth", row.mouth), ("face", row.face), ("rest", row.outside)]
        words = ", ".join(f"{name} {value:.2f}" for name, value in values if value is not None)
        table.add_row(f"  second {row.clip.start_s:.0f}", "differs by", words)
    return Group(
        Text(plain(match.message), style="bold"), Text(f"  LLR {match.llr:+.1f} for a match", style="dim"), table
    )
