"""``python -m benchmarks.chaos kills``: bounded in number and time; results as JSON."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from anchorproof.jobs import tasks
from benchmarks.chaos import workshop
from benchmarks.chaos.clock import stepped
from benchmarks.chaos.kills import Plan, run_kills
from benchmarks.chaos.restarts import restarted
from benchmarks.chaos.trouble import bucket, frozen, full_disk

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)
OutOption = Annotated[Path | None, typer.Option(help="Folder for the results.")]


@app.callback()
def _common() -> None:
    """Harm on loopback, and what was lost: nothing, if all is well."""


@app.command()
def kills(
    count: Annotated[int, typer.Option(help="Kills in all.")] = 100,
    limit_s: Annotated[float, typer.Option(help="Stop killing after this long.")] = 600.0,
    clients: Annotated[int, typer.Option(help="Clients that upload and submit.")] = 4,
    workers: int = 2,
    server_share: Annotated[float, typer.Option(help="Share of kills that meet the server.")] = 0.2,
    pause_s: Annotated[float, typer.Option(help="Longest time between two kills.")] = 1.0,
    seed: int = 1,
    real: Annotated[bool, typer.Option("--real", help="Workers with all networks, instead of a light load.")] = False,
    clip: Annotated[
        Path | None, typer.Option(help="An MP4 that clients send copies of; by default noise, with --real a newscast.")
    ] = None,
    folder: Annotated[
        Path | None, typer.Option(help="Where data and journal stay; a run that was ended there goes on.")
    ] = None,
    out: OutOption = None,
) -> None:
    """Random kill -9 of server and workers during uploads and jobs."""
    load = tasks.LOAD if real else workshop.LOAD
    plan = Plan(count, limit_s, clients, workers, server_share, seed, load, pause_s, clip)
    _write(run_kills(plan, folder), "kills-real" if real else "kills", out)


@app.command()
def disk(seconds: float = 45.0, clients: int = 4, seed: int = 1, out: OutOption = None) -> None:
    """A disk that fills up and has room again (as root: it mounts a file system of memory)."""
    _write(full_disk(seconds, clients, seed), "disk", out)


@app.command()
def freeze(stops: int = 20, clients: int = 4, seed: int = 1, out: OutOption = None) -> None:
    """SIGSTOP of workers, and of the server for longer than its leases last."""
    _write(frozen(stops, clients, seed), "freeze", out)


@app.command()
def s3(
    program: Annotated[str, typer.Option(help="An S3-compatible server, such as moto_server.")],
    outages: int = 4,
    clients: int = 4,
    seed: int = 1,
    out: OutOption = None,
) -> None:
    """A bucket that does not answer, again and again."""
    _write(bucket(program, outages, clients, seed), "bucket", out)


@app.command()
def clock(rounds: int = 1, clients: int = 4, seed: int = 1, out: OutOption = None) -> None:
    """The service's wall clock set by up to 400 days either way (needs Debian's faketime)."""
    _write(stepped(rounds, clients, seed), "clock", out)


@app.command()
def database(restarts: int = 6, clients: int = 4, seed: int = 1, out: OutOption = None) -> None:
    """A PostgreSQL server that is restarted, and that crashes and recovers (needs Debian's postgresql)."""
    _write(restarted(restarts, clients, seed), "database", out)


def _write(results: dict[str, Any], name: str, out: Path | None) -> None:
    text = json.dumps(results | {"python": platform.python_version(), "system": platform.release()}, indent=2)
    print(text)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if not results["is_clean"]:
        raise typer.Exit(1)


if __name__ == "__main__":
    app()
