"""``python -m benchmarks report`` and ``compare``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from benchmarks.reports.report import write_report
from benchmarks.reports.tables import Table, console, latex, markdown, paired_table
from benchmarks.runs.cases import KINDS, SCENARIO, Kind
from benchmarks.runs.folder import Run, read_run, write_json
from benchmarks.runs.results import compared_pair
from benchmarks.summary import ROUNDS


def register(app: typer.Typer) -> None:
    """Hang the commands into the benches' command line."""
    app.command("report")(report)
    app.command("compare")(compare)


def report(out: Annotated[Path, typer.Argument(help="A run's folder, with its results.json.", exists=True)]) -> None:
    """Draw the plots and write the page and tables of a run again."""
    write_report(json.loads((out / "results.json").read_text(encoding="utf-8")), out)
    typer.echo(out / "report.html")


def compare(
    first: Annotated[Path, typer.Argument(help="A run's folder.", exists=True)],
    second: Annotated[Path, typer.Argument(help="Another's, over (some of) the same cases.", exists=True)],
    system: Annotated[list[str] | None, typer.Option(help="Only these systems; all of either run unless said.")] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for compare.json, compare.md and compare.tex.")] = None,
    seed: Annotated[int, typer.Option(help="Of the resampling.")] = 0,
    rounds: Annotated[int, typer.Option(help="Of the resampling.", min=10)] = ROUNDS,
) -> None:
    """Differences between the systems of two runs on the cases of both, with intervals and significance."""
    names = (first.name, second.name) if first.name != second.name else ("first", "second")
    found = compared_runs(read_run(first), read_run(second), *names, system or [], seed, rounds)
    table = paired_table({"paired": found["paired"]})
    assert table is not None
    if out:
        out.mkdir(parents=True, exist_ok=True)
        write_json(out / "compare.json", found)
        (out / "compare.md").write_text(markdown(table), encoding="utf-8")
        (out / "compare.tex").write_text(latex(table), encoding="utf-8")
    Console(width=150).print(console(Table(table.title, table.headings, table.rows, table.note)))


def compared_runs(
    first: Run, second: Run, first_name: str, second_name: str, only: list[str], seed: int, rounds: int = ROUNDS
) -> dict[str, Any]:
    """Each system of one run against each of the other.

    Raises:
        ValueError: the runs cannot be compared: another protocol, no cases in common, or contradicting truths.
    """
    kind = KINDS[str(first.about["protocol"])]
    if first.about["protocol"] != second.about["protocol"] or kind is Kind.SASV or first.about["protocol"] == SCENARIO:
        protocols = f"{first.about['protocol']} and {second.about['protocol']}"
        raise ValueError(f"runs of one protocol with two sides can be compared; these are {protocols}")
    places = {case.case_id: place for place, case in enumerate(second.cases)}
    shared = [(k, places[case.case_id]) for k, case in enumerate(first.cases) if case.case_id in places]
    cases = [first.cases[k] for k, _ in shared]
    if differing := [first.cases[k].case_id for k, j in shared if first.cases[k].truth != second.cases[j].truth]:
        raise ValueError(f"the runs disagree about the truth of {len(differing)} cases, such as {differing[0]!r}")
    pairs = []
    for one, answers in first.answers.items():
        for other, others in second.answers.items():
            if only and not {one, other} <= set(only):
                continue
            both = {
                f"{first_name}/{one}": [answers[k] for k, _ in shared],
                f"{second_name}/{other}": [others[j] for _, j in shared],
            }
            if len(both) == 2 and (found := compared_pair(cases, kind, both, seed, rounds)):
                pairs.append(found)
    if not pairs:
        raise ValueError("the runs have too few scored cases in common to be compared, or no such systems")
    return {"schema": "anchorproof.benchmarks.comparison/1", "n_shared": len(shared), "seed": seed, "paired": pairs}
