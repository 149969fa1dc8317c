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
