"""``python -m benchmarks.chaos kills``: bounded in number and time; results as JSON."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.chaos.kills import run_kills

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
    seed: int = 1,
    out: OutOption = None,
) -> None:
    """Random kill -9 of server and workers during uploads and jobs."""
    _write(run_kills(count, limit_s, clients, seed, server_share, workers), "kills", out)


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
