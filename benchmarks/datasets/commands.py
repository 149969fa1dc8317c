"""``python -m benchmarks datasets``: which are known, is one complete, write it as a manifest."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from benchmarks.datasets.layout import Found, look_at
from benchmarks.datasets.registry import DATASETS, dataset_at
from benchmarks.manifests import Row, Trial

app = typer.Typer(help="Data sets on this disk.", no_args_is_help=True)
Root = Annotated[Path, typer.Argument(help="The data set's folder, or a CSV manifest.")]
Name = Annotated[str, typer.Option("--dataset", help="Which it is, where its folder does not tell.")]
#: So many files that are not there are named.
SHOWN = 5


@app.command("list")
def list_datasets() -> None:
    """The data sets that are known, their splits and protocols."""
    table = Table()
    for heading in ("name", "data set", "splits", "protocols"):
        table.add_column(heading)
    for dataset in DATASETS:
        table.add_row(dataset.name, dataset.title, ", ".join(dataset.splits), ", ".join(dataset.protocols))
    Console().print(table)


@app.command()
def check(
    root: Root,
    dataset: Name = "",
    split: Annotated[str, typer.Option(help="Only this split; otherwise every one whose lists are there.")] = "",
) -> None:
    """Say what of a data set is there; ends with 1 when a list or a file is missing."""
    chosen = dataset_at(root, dataset)
    console = Console(width=140)
    console.print(f"{chosen.title} at {root}", highlight=False)
    found, problems = [], []
    for one in (split,) if split else chosen.splits:
        for protocol in _distinct(chosen.protocols):
            try:
                found.append(look_at(chosen, root, one, protocol))
            except ValueError as error:
                problems.append(f"{one}, {protocol}: {error}")
    console.print(_found_table(found))
    for look in found:
        for path in look.missing[:SHOWN]:
            console.print(f"missing: {path}", highlight=False)
    if not found or split:
        for problem in dict.fromkeys(problems):
            console.print(problem, highlight=False)
    else:
        for problem in dict.fromkeys(problem.split("\n")[0] for problem in problems):
            console.print(f"not there: {problem}", highlight=False)
    if not found or any(look.missing for look in found) or (split and problems):
        raise typer.Exit(1)


@app.command()
def manifest(
    root: Root,
    out: Annotated[Path, typer.Option(help="The CSV to write; trials go to a file beside it.")],
    dataset: Name = "",
    split: Annotated[str, typer.Option(help="Which split; the official test split unless said.")] = "",
) -> None:
    """Write a split as a manifest (and trials), for the other benches and for your own programs."""
    chosen = dataset_at(root, dataset)
    split = split or chosen.splits[0]
    out.parent.mkdir(parents=True, exist_ok=True)
    if chosen.protocols[0].endswith("verification"):
        trials = chosen.trials(root, split)
        write_trials(trials, out.with_name(f"{out.stem}-trials.csv"))
        rows = _rows_of(trials)
    else:
        rows = chosen.rows(root, split)
    write_manifest(rows, out)
    typer.echo(f"{len(rows)} rows of {chosen.title}, {split}, in {out}")


def write_manifest(rows: list[Row], out: Path) -> None:
    """A CSV whose paths are absolute, so that it can lie anywhere."""
    columns = list(dict.fromkeys(name for row in rows for name in row.columns if name not in ("id", "path")))
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id", "path", *columns])
        for row in rows:
            writer.writerow([row.row_id, row.path.resolve(), *(row.columns.get(name, "") for name in columns)])


def write_trials(trials: list[Trial], out: Path) -> None:
    """The trials as ``python -m benchmarks scores`` takes them."""
    with out.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["id1", "id2", "path1", "path2", "same"])
        for trial in trials:
            same = "" if trial.is_same is None else str(int(trial.is_same))
            paths = trial.first.resolve(), trial.second.resolve()
            writer.writerow([trial.first_id, trial.second_id, *paths, same])


def _rows_of(trials: list[Trial]) -> list[Row]:
    sides = [side for trial in trials for side in ((trial.first_id, trial.first), (trial.second_id, trial.second))]
    return [Row(name, path, {"identity": name.split("/")[0]}) for name, path in dict(sides).items()]


def _distinct(protocols: tuple[str, ...]) -> list[str]:
    """One protocol for each kind of list that a data set has."""
    kinds = {"sasv": "sasv", "face-verification": "face-verification", "speaker-verification": "speaker-verification"}
    return list({kinds.get(protocol, "clips"): protocol for protocol in reversed(protocols)}.values())


def _found_table(found: list[Found]) -> Table:
    table = Table()
    for heading in ("split", "protocol", "items", "labels", "files missing"):
        table.add_column(heading, justify="right" if heading in ("items", "files missing") else "left")
    for look in found:
        labels = ", ".join(f"{name} {count}" for name, count in look.labels.items())
        table.add_row(look.split, look.protocol, str(look.items), labels, str(len(look.missing)))
    return table
