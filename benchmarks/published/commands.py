"""``python -m benchmarks published``: what calibration, fusion and abstention do on the published matrix."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from rich.console import Console

from anchorproof.settings import VerdictSettings
from benchmarks.published.matrix import PUBLISHED_AUC, Matrix, digest, find_matrix, read_matrix
from benchmarks.published.methods import FOLDS, METHODS, abstention, held_out_llrs
from benchmarks.reports.report import write_report
from benchmarks.reports.tables import NAMES, Table, console, latex, markdown, shown
from benchmarks.runs.cases import BONA_FIDE, SPOOF, Case
from benchmarks.runs.folder import SCHEMA, Run, digest_of_cases, write_json, write_run
from benchmarks.runs.results import evaluate
from benchmarks.steps import decide
from benchmarks.summary import tidy
from benchmarks.systems.system import rounded
from calibration.metrics import Floats, auc

FIGURES = ("auc", "tpr_at_fpr_0.01", "cllr", "cllr_min", "ece_adaptive", "brier", "aurc")


def register(app: typer.Typer) -> None:
    """Hang the command into the benches' command line."""
    app.command("published")(published)


def published(
    out: Annotated[Path, typer.Option(help="Folder; each modality gets one of its own in it.")],
    matrix: Annotated[Path | None, typer.Option(help="The matrix; otherwise that of the installed package.")] = None,
    modality: Annotated[str, typer.Option(help="images, audio or video; all unless said.")] = "",
    seed: Annotated[int, typer.Option(help="Of the folds and of the resampling.")] = 0,
    rounds: Annotated[int, typer.Option(help="Of the resampling that makes the intervals.", min=10)] = 100,
    page: Annotated[bool, typer.Option(help="Also draw plots and write the pages.")] = True,
) -> None:
    """Reproduce the published ensemble's AUC, and measure other ways to one LLR on generators left out."""
    path = matrix or find_matrix()
    parts = read_matrix(path)
    if modality and modality not in parts:
        raise ValueError(f"the matrix has no modality {modality!r}; it has {', '.join(parts)}")
    found: dict[str, Any] = {"schema": "anchorproof.benchmarks.published/1", "matrix_sha256": digest(path)}
    found |= {"seed": seed, "folds": FOLDS, "methods": METHODS, "modalities": {}}
    for name, part in parts.items():
        if not modality or name == modality:
            found["modalities"][name] = measure(part, seed, rounds, out / name if page else None)
    out.mkdir(parents=True, exist_ok=True)
    write_json(out / "results.json", found)
    tables = [table_of(name, part) for name, part in found["modalities"].items()]
    (out / "tables.md").write_text("\n".join(map(markdown, tables)), encoding="utf-8")
    (out / "tables.tex").write_text("\n".join(map(latex, tables)), encoding="utf-8")
    for table in tables:
        Console(width=200).print(console(table))


def measure(matrix: Matrix, seed: int, rounds: int, out: Path | None) -> dict[str, Any]:
    """One modality: the ensemble as published, then every method on the items that all of them can judge."""
    scored = np.isfinite(matrix.ensemble)
    sides = matrix.ensemble[scored & matrix.is_fake], matrix.ensemble[scored & ~matrix.is_fake]
    llrs = held_out_llrs(matrix, seed)
    kept = np.flatnonzero(np.all([np.isfinite(values) for values in llrs.values()], axis=0))
    run = _run(matrix, llrs, kept, seed, rounds)
    results = evaluate(run)
    if out is not None:
        write_run(run, out, out)
        write_json(out / "results.json", results)
        write_report(results, out)
    settings = VerdictSettings()
    thresholds = settings.spoof_posterior, settings.bona_fide_posterior
    methods = {
        name: {
            "metrics": results["results"][name]["metrics"],
            "abstention": {
                key: tidy(value)
                for key, value in asdict(abstention(values[kept], matrix.is_fake[kept], *thresholds)).items()
            },
        }
        for name, values in llrs.items()
    }
    return {
        "n": len(matrix.ids),
        "n_generators": len(set(matrix.generators[matrix.is_fake])),
        "n_sources": len(set(matrix.generators[~matrix.is_fake])),
        "detectors": list(matrix.detectors),
        "ensemble_auc": {
            "found": tidy(auc(*sides)),
            "published": PUBLISHED_AUC.get(matrix.modality),
            "n": int(scored.sum()),
        },
        "n_compared": len(kept),
        "methods": methods,
        "paired": results["paired"],
    }


def _run(matrix: Matrix, llrs: dict[str, Floats], kept: Any, seed: int, rounds: int) -> Run:
    """As a run of the bench, so that figures, plots and pages are the same."""
    cases = [
        Case(
            place, matrix.ids[k], SPOOF if matrix.is_fake[k] else BONA_FIDE, Path(matrix.ids[k]), (),
            {
                "modality": matrix.modality, "label": "fake" if matrix.is_fake[k] else "bonafide",
                "generator" if matrix.is_fake[k] else "source_repo": str(matrix.generators[k]).split(" ", 1)[1],
            },
        )
        for place, k in enumerate(kept)
    ]  # fmt: skip
    settings = VerdictSettings()
    answers = {
        name: [
            rounded({"score": v, "llr": v, "decision": decide(v, settings).value, "reason": ""})
            for v in map(float, values[kept])
        ]
        for name, values in llrs.items()
    }
    about = {
        "schema": SCHEMA,
        "dataset": {"name": "published-matrix", "title": "Published matrix", "split": matrix.modality},
        "protocol": "verdict", "seed": seed, "rounds": rounds, "cases_sha256": digest_of_cases(cases),
        "systems": [{"name": name, "kind": "method", "what": METHODS[name]} for name in llrs],
    }  # fmt: skip
    return Run(about, cases, answers, dict.fromkeys(llrs, 0.0))


def table_of(name: str, part: dict[str, Any]) -> Table:
    """Methods down, figures across."""
    found = part["ensemble_auc"]
    headings = ["method", *(NAMES[figure] for figure in FIGURES), "wrong, all answered", "answered", "wrong of those"]
    rows = [
        [
            method,
            *(shown(one["metrics"].get(figure)) for figure in FIGURES),
            *(_share(one["abstention"][key]) for key in ("wrong_if_forced", "answered", "wrong")),
        ]
        for method, one in part["methods"].items()
    ]
    note = (
        f"{part['n_compared']} of {part['n']} items, {len(part['detectors'])} detectors, {part['n_generators']} "
        f"generators and {part['n_sources']} sources, each judged by fits without it; "
        f"ensemble AUC {found['found']:.4f} on {found['n']} items (published: {found['published']})"
    )
    return Table(f"Published matrix, {name}", headings, rows, note)


def _share(value: float | None) -> str:
    """Per cent; a dash where nothing was answered, of which no share can be wrong."""
    return "-" if value is None else f"{value:.1%}"
