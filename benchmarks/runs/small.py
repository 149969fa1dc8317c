"""``python -m benchmarks small``: every protocol on a part of the development media, and how fast it went."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.reports.page import STYLE
from benchmarks.reports.tables import NAMES, console_table, figures_table, shown
from benchmarks.runs.commands import Asked, run_asked


@dataclass(frozen=True, slots=True)
class Part:
    """One protocol of the small benchmark; ``sample`` is about how many cases it takes."""

    protocol: str
    systems: tuple[str, ...]
    sample: int
    only: str = ""
    trials: str = ""


PARTS = (
    Part("verdict", ("pipeline", "visual", "audio"), 60, only="av"),
    Part("visual", ("visual",), 60, only="av,video"),
    Part("audio", ("audio",), 160),
    Part("face-verification", ("face",), 150, trials="protocols/face_pairs_lfw.csv"),
    Part("speaker-verification", ("voice",), 150, trials="protocols/speaker_trials.csv"),
)
HEADLINE = ("auc", "eer", "cllr", "ece_adaptive")


def register(app: typer.Typer) -> None:
    """Hang the command into the benches' command line."""
    app.command("small")(small)


def small(
    data: Annotated[Path, typer.Option(help="The development media, with manifest.csv and protocols/.")],
    out: Annotated[Path, typer.Option(help="Folder; each protocol gets one of its own in it.")],
    jobs: Annotated[int, typer.Option(help="Worker processes; 0: one per core.", min=0)] = 0,
    scale: Annotated[float, typer.Option(help="Share of the usual number of cases.", min=0.05)] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the intervals' resampling.")] = 0,
) -> None:
    """A complete small benchmark. A killed one goes on where it was; without the media it says so and does nothing."""
    if not (data / "manifest.csv").is_file():
        typer.echo(f"skipped: the development media are not at {data} (no manifest.csv there); nothing to measure")
        return
    found: dict[str, Any] = {}
    for part in PARTS:
        trials = data / part.trials if part.trials else None
        asked = Asked(
            data, out / part.protocol, part.systems, part.protocol, trials=trials, only=part.only,
            sample=round(part.sample * scale),
            jobs=jobs or len(os.sched_getaffinity(0)), seed=seed,
        )  # fmt: skip
        found[part.protocol] = run_asked(asked)
        Console(stderr=True, width=120).print(console_table(found[part.protocol]))
    (out / "index.html").write_text(index(found, _speed(out)), encoding="utf-8")
    typer.echo(out / "index.html")


def index(found: Mapping[str, Mapping[str, Any]], speed: Mapping[str, Any]) -> str:
    """A page that leads to the page of each protocol."""
    body = "".join(_lines(found, speed))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>Small benchmark</title>'
        f"<style>{STYLE}</style></head><body><main><h1>Small benchmark</h1>{body}</main></body></html>\n"
    )


def _lines(found: Mapping[str, Mapping[str, Any]], speed: Mapping[str, Any]) -> Iterator[str]:
    yield (
        '<p class="soft">Parts of the development media. The shipped detectors and calibrations were made with these '
        "media, so the figures show that everything works, not how well it does on clips nobody has seen.</p>"
    )
    for protocol, results in found.items():
        figures = [name for name in HEADLINE if any(name in one["metrics"] for one in results["results"].values())]
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{one['n_measured']}</td>"
            + "".join(f"<td>{shown(one['metrics'].get(figure))}</td>" for figure in figures)
            + "</tr>"
            for name, one in results["results"].items()
        )
        names = {row[0] for row in figures_table(results).rows}
        few = {one["too_few"] for one in results["results"].values() if "too_few" in one}
        note = (
            f"{len(names) - 1} figures, plots and the worst cases on its own page"
            if figures
            else "; ".join(sorted(few))
        )
        heads = "".join(
            f"<th>{escape(figure)}</th>" for figure in ("system", "cases", *(NAMES[figure] for figure in figures))
        )
        yield (
            f'<section><h2><a href="{escape(protocol)}/report.html">{escape(protocol)}</a></h2>'
            f"<table><tr>{heads}</tr>{rows}</table>"
            f'<p class="note">{escape(note)}</p></section>'
        )
    if speed:
        steps = "".join(
            f"<tr><td>{escape(name)}</td><td>{step['wall_s']:.2f}</td><td>{step['share']:.0%}</td></tr>"
            for name, step in speed["steps"].items()
        )
        yield (
            f"<section><h2>Speed</h2><p>{speed['duration_s']:.0f} s of 720p analysed in {speed['wall_s']:.1f} s with "
            f"{speed['threads']} threads; peak memory {speed['peak_proportional_bytes'] / 1e6:,.0f} MB</p>"
            f"<table><tr><th>step</th><th>seconds</th><th>share</th></tr>{steps}</table></section>"
        )


def _speed(out: Path) -> dict[str, Any]:
    path = out / "speed.json"
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
