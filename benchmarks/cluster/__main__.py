"""``python -m benchmarks.cluster throughput | harm``: a cluster on loopback, each machine a process; JSON results."""

from __future__ import annotations

import json
import os
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.cluster import engines, sizes
from benchmarks.cluster.harm import Plan, run_harm
from benchmarks.cluster.throughput import WORKS, measure

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
OutOption = Annotated[Path | None, typer.Option(help="Folder for the results.")]


@app.command()
def throughput(
    work: Annotated[str, typer.Option(help="decode, hold, or both.")] = "both",
    jobs: Annotated[int, typer.Option(help="For each number of machines.")] = 60,
    out: OutOption = None,
) -> None:
    """Jobs a second with one, two and four machines of one worker each."""
    names = list(WORKS) if work == "both" else [work]
    load = round(os.getloadavg()[0], 1)
    _write({name: measure(name, [1, 2, 4], jobs) for name in names} | {"load_average_before": load}, "cluster", out)


@app.command()
def harm(
    machine_kills: int = 12,
    front_end_kills: int = 6,
    restarts: Annotated[int, typer.Option(help="Of the database, every second one as in a crash.")] = 4,
    machines: int = 4,
    clients: int = 6,
    seed: int = 1,
    out: OutOption = None,
) -> None:
    """Machines and front ends killed, the database restarted, clients that go on with the other front end."""
    results = run_harm(Plan(machine_kills, front_end_kills, restarts, machines, clients, seed=seed))
    _write(results, "cluster-harm", out)
    if not results["is_clean"]:
        raise typer.Exit(1)


@app.command("engines")
def compare_engines(
    jobs: Annotated[int, typer.Option(help="Accepted one by one, then worked off, in each round.")] = 1000,
    queued: Annotated[int, typer.Option(help="Jobs that wait beside them in the later rounds.")] = 100_000,
    workers: int = 4,
    rounds: Annotated[int, typer.Option(help="Of each engine, by turns.")] = 3,
    with_theirs: Annotated[bool, typer.Option(help="Also procrastinate: see engines.py.")] = True,
    out: OutOption = None,
) -> None:
    """Our queue on PostgreSQL and on SQLite beside procrastinate's, by turns."""
    load = round(os.getloadavg()[0], 1)
    results = engines.measure(jobs, queued, workers, rounds, with_theirs)
    about = {"jobs": jobs, "workers": workers, "load_average_before": load}
    _write(results | about, f"engines-{queued}", out)


@app.command("sizes")
def measure_sizes(
    report: Annotated[Path, typer.Argument(help="A report as the report store keeps it: its JSON.")],
    reports: int = 2000,
    jobs: int = 1000,
    out: OutOption = None,
) -> None:
    """Bytes that reports and jobs take in SQLite and in PostgreSQL."""
    from pydantic import TypeAdapter

    from anchorproof.types import Report

    found = TypeAdapter(Report).validate_json(report.read_bytes())
    results = {"document_bytes": report.stat().st_size} | sizes.measure(found, reports, jobs)
    _write(results, "sizes", out)


def _write(results: dict[str, Any], name: str, out: Path | None) -> None:
    about = {"python": platform.python_version(), "cores": len(os.sched_getaffinity(0))}
    text = json.dumps(results | about, indent=2)
    print(text)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    app()
