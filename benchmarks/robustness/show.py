"""The ladder for people to read: a table and a plot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.table import Table

FIGURES = {"auc": "AUC", "auc_drop": "AUC drop", "false_alarms": "false alarms", "recall": "recall"}


def ladder_table(results: Mapping[str, Any]) -> Table:
    """One line per rung."""
    threshold = results["threshold"]
    at = "no threshold" if threshold is None else f"threshold {threshold:.3f}"
    table = Table(title=f"{results['protocol']} robustness on {results['manifest']['file']}, {at}")
    for heading in ("rung", "spoof / bona fide", *FIGURES.values()):
        table.add_column(heading, justify="left" if heading == "rung" else "right")
    for name, rung in results["rungs"].items():
        cells = [_cell(rung.get(key)) for key in FIGURES]
        table.add_row(name, f"{rung['n_spoof']} / {rung['n_bona_fide']}", *cells)
    return table


def write_plot(results: Mapping[str, Any], path: Path) -> None:
    """AUC and false alarms of every rung with their intervals, as PNG.

    Raises:
        RuntimeError: matplotlib is not installed (it is in the ``bench`` extra).
    """
    try:
        import matplotlib
    except ImportError as error:
        raise RuntimeError("the plot needs matplotlib: pip install 'anchorproof[bench]'") from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    shown = {name: rung for name, rung in results["rungs"].items() if "auc" in rung}
    figure, axes = pyplot.subplots(1, 2, sharey=True, figsize=(9.5, 1.2 + 0.36 * max(1, len(shown))))
    places = range(len(shown))
    for axis, key, colour in zip(axes, ("auc", "false_alarms"), ("#1f5fa8", "#b03a2e"), strict=True):
        for place, rung in zip(places, shown.values(), strict=True):
            value = rung[key]["value"]
            low, high = rung[key].get("low", value), rung[key].get("high", value)
            axis.plot([low, high], [place, place], color=colour, alpha=0.45, linewidth=3, solid_capstyle="butt")
            axis.plot([value], [place], "o", color=colour)
        first = next(iter(shown.values()), None)
        if first:
            axis.axvline(first[key]["value"], color="grey", linewidth=0.8, linestyle=":")
        axis.set_xlabel("AUC" if key == "auc" else "false alarms at the fixed threshold")
        axis.grid(axis="x", alpha=0.3)
    axes[0].set_yticks(list(places), list(shown))
    axes[0].invert_yaxis()
    axes[1].set_xlim(left=0)
    figure.suptitle(f"{results['protocol']} detector, rungs with 95 % intervals", fontsize=11)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _cell(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return "-"
    interval = f" ({figure['low']:.3f} .. {figure['high']:.3f})" if "low" in figure else ""
    return f"{figure['value']:.3f}{interval}"
