"""Results for people to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table


def results_table(results: Mapping[str, Any]) -> Table:
    """The metrics of one run with their intervals."""
    caption = f"{results['n_scored']} of {results['n']} scored, {results['n_measured']} measured"
    table = Table(title=f"{results['protocol']} on {results['manifest']['file']}", caption=caption)
    for heading in ("figure", "value", "95 % interval"):
        table.add_column(heading, justify="left" if heading == "figure" else "right")
    for name, figure in results["metrics"].items():
        table.add_row(name, f"{figure['value']:.3f}", _interval(figure))
    baseline = results.get("trivial_baseline", {}).get("combined")
    if baseline:
        table.add_row("trivial features, AUC", f"{baseline['value']:.3f}", _interval(baseline))
    return table


def _interval(figure: Mapping[str, float]) -> str:
    return f"{figure['low']:.3f} .. {figure['high']:.3f}" if "low" in figure else ""


def held_out_table(results: Mapping[str, Any]) -> Table:
    """Figures of left-out scores, each beside what file facts alone reach on the same clips and folds."""
    caption = (
        f"{results['n_spoof']} spoofs of {results['n_generators']} generators, "
        f"{results['n_bona_fide']} bona fide clips of {results['n_sources']} sources; 95 % over clips | over groups"
    )
    table = Table(title="left-out scores", caption=caption)
    columns = {"detector": results["metrics"]}
    for name, part in results["trivial"].items():
        for model in ("logistic", "trees"):
            columns[f"{model} on file facts, {name}"] = part[model]
    table.add_column("figure")
    for heading in columns:
        table.add_column(heading, justify="right")
    for figure in results["metrics"]:
        table.add_row(figure, *(_with_both_intervals(column[figure]) for column in columns.values()))
    return table


def _with_both_intervals(figure: Mapping[str, Any]) -> str:
    spans = ("{:.2f}..{:.2f}".format(*figure[over]) if figure[over] else "-" for over in ("over_clips", "over_groups"))
    return f"{figure['value']:.3f} ({' | '.join(spans)})"
