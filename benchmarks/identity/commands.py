"""``python -m benchmarks identity ...``: each proof writes one JSON file."""

from __future__ import annotations

import json
import os
import platform
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from benchmarks.identity import crowd as crowds
from benchmarks.identity import scale as scales
from benchmarks.identity.faults import faults as make_faults

RESULTS = Path(__file__).resolve().parents[1] / "results" / "identity"
app = typer.Typer(help="Proofs of the registry.", no_args_is_help=True)
OutOption = Annotated[Path, typer.Option(help="Folder of the JSON files.")]
DataOption = Annotated[Path, typer.Option(help="Folder with manifest.csv and protocols/.", exists=True)]


@app.command()
def verification(data: DataOption, out: OutOption = RESULTS, seed: int = 0) -> None:
    """Error rates and calibration of every template model."""
    from benchmarks.identity.verification import verification as measure

    _write(out, "verification", measure(data, seed), f"--data DATA --seed {seed}")


@app.command()
def open_set(data: DataOption, out: OutOption = RESULTS, identities: int = 500, seed: int = 0) -> None:
    """Detection and identification among many enrolled, strangers among the probes."""
    from benchmarks.identity.open_set import open_set as measure

    _write(out, "open_set", measure(data, identities, seed), f"--data DATA --identities {identities} --seed {seed}")


@app.command()
def pooling(data: DataOption, out: OutOption = RESULTS, seed: int = 0) -> None:
    """Ways to make one score of several templates."""
    from benchmarks.identity.open_set import pooling as measure

    _write(out, "pooling", measure(data, seed), f"--data DATA --seed {seed}")


@app.command()
def consistency(data: DataOption, out: OutOption = RESULTS, seed: int = 0) -> None:
    """Whether inner face against outer, and wavering inside a track, tell swapped faces from genuine ones."""
    from benchmarks.identity.consistency import run

    _write(out, "consistency", run(data, seed), f"--data DATA --seed {seed}")


@app.command()
def covers(data: DataOption, out: OutOption = RESULTS, pairs: int = 150, first: int = 0, seed: int = 0) -> None:
    """What covers a face, what that costs, and what of it is noticed at enrolment."""
    from benchmarks.identity.covers import run

    figures = run(data, pairs, first, seed)
    _write(out, "covers", figures, f"--data DATA --pairs {pairs} --first {first} --seed {seed}")


@app.command()
def scale(out: OutOption = RESULTS, templates: int = 100_000, more: int = 1000, seed: int = 0) -> None:
    """Opening and searching a large registry while more is enrolled."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-scale-") as folder:
        figures = scales.run(Path(folder), templates, more, seed)
    _write(out, "scale", figures, f"--templates {templates} --more {more} --seed {seed}")


@app.command()
def crowd(out: OutOption = RESULTS, processes: int = 4, threads: int = 20, rounds: int = 3) -> None:
    """Threads of several processes that create, enrol, update, search and delete at once."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-crowd-") as folder:
        figures = crowds.crowd(Path(folder), processes, threads, rounds)
    _write(out, "crowd", figures, f"--processes {processes} --threads {threads} --rounds {rounds}")


@app.command()
def kills(out: OutOption = RESULTS, times: int = 100, seed: int = 0) -> None:
    """Processes killed with SIGKILL while they enrol."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-kills-") as folder:
        figures = crowds.kills(Path(folder), times, seed)
    _write(out, "kills", figures, f"--times {times} --seed {seed}")


@app.command()
def faults(out: OutOption = RESULTS) -> None:
    """What is said when a key is wrong, a database damaged, a disk full."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-faults-") as folder:
        answers = make_faults(Path(folder))
    _write(out, "faults", answers, "")


def _write(out: Path, name: str, figures: Any, options: str) -> None:
    """With the command and the machine that made it."""
    command = f"python -m benchmarks identity {name.replace('_', '-')} {options}".strip()
    made = {"command": command, "date": datetime.now(UTC).date().isoformat(), **_machine()}
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps({**made, "figures": figures}, indent=2, ensure_ascii=False)
    (out / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    Console().print_json(text)


def _machine() -> dict[str, Any]:
    load = [round(value, 1) for value in os.getloadavg()]
    cores = len(os.sched_getaffinity(0))
    return {"cores": cores, "load_average": load, "python": platform.python_version(), "numpy": np.__version__}
