"""``python -m benchmarks.load``: every measurement, bounded in time; results as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.load import measures


def main(
    clients: int = 32,
    seconds: Annotated[float, typer.Option(help="Of questions; an overload lasts --overload-s.")] = 10.0,
    overload_s: Annotated[float, typer.Option(help="300 for the full five minutes.")] = 60.0,
    size_mib: Annotated[int, typer.Option(help="Of each client's upload.")] = 64,
    analysis_s: Annotated[float, typer.Option(help="How long a worker holds a clip, in the overload.")] = 1.0,
    only: Annotated[str, typer.Option(help="Those that begin so: questions, uploads, overload, cancels, drains.")] = "",
    out: Annotated[Path | None, typer.Option(help="Folder for the results.")] = None,
) -> None:
    """Load on loopback, one server, its workers without networks."""
    runs: dict[str, Callable[[], Any]] = {
        "questions": lambda: measures.questions(clients, seconds, 0.0),
        "questions_from_two": lambda: measures.questions(clients, seconds, 0.0, processes=2),
        "questions_paced": lambda: measures.questions(clients, seconds, 0.1),
        "uploads": lambda: measures.uploads(clients, size_mib),
        "cancels": lambda: measures.cancels(10),
        "drains": lambda: measures.drains(3, clients),
        "overload": lambda: measures.overload(clients, overload_s, analysis_s),
    }
    results: dict[str, Any] = {}
    for name, run in runs.items():
        if only == "" or name.startswith(only):
            load_before = os.getloadavg()[0]
            results[name] = run() | {"load_average_before": round(load_before, 1)}
            print(name, json.dumps(results[name]), flush=True)
    results |= {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0))}
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / "load.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    typer.run(main)
