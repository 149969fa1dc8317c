"""Plots of left-out scores, as PNG."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from benchmarks.held_out import Trials
from calibration.metrics import error_rates

DPI = 110


def write_figures(folder: Path, trials: Trials, results: Mapping[str, Any]) -> list[Path]:
    """``roc.png`` and ``groups.png``."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_roc(folder / "roc.png", trials, results), _groups(folder / "groups.png", trials, results)]


def _save(figure: Figure, path: Path) -> Path:
    FigureCanvasAgg(figure)
    figure.tight_layout()
    figure.savefig(path, dpi=DPI, metadata={"Software": None})
    return path


def _roc(path: Path, trials: Trials, results: Mapping[str, Any]) -> Path:
    rates = error_rates(trials.scores[trials.is_spoof], trials.scores[~trials.is_spoof])
    figure = Figure(figsize=(5, 5))
    axes = figure.add_subplot()
    found = results["metrics"]["auc"]
    low, high = found["over_clips"]
    axes.step(
        rates.false_alarms, 1 - rates.misses, where="post", label=f"AUC {found['value']:.3f} [{low:.3f}, {high:.3f}]"
    )
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.8, linestyle=":")
    for name, part in results["trivial"].items():
        best = max(part[model]["auc"]["value"] for model in ("logistic", "trees"))
        axes.plot([], [], " ", label=f"file facts, {name}: AUC {best:.3f}")
    axes.set(xlabel="bona fide clips called spoof", ylabel="spoofs found", title="Left-out sources and generators")
    axes.legend(loc="lower right")
    return _save(figure, path)


def _groups(path: Path, trials: Trials, results: Mapping[str, Any]) -> Path:
    sides = (("generators", True), ("sources", False))
    counts = [len(results[name]) for name, _ in sides]
    figure = Figure(figsize=(8, 1.6 + 0.22 * sum(counts)))
    plots = figure.subplots(2, 1, sharex=True, height_ratios=counts)
    for axes, (name, side) in zip(plots, sides, strict=True):
        _strip(axes, trials, results, name, side)
    plots[1].set_xlabel("raw score (larger: more spoof); the line: threshold that finds 60 % of the spoofs")
    return _save(figure, path)


def _strip(axes: Axes, trials: Trials, results: Mapping[str, Any], name: str, side: bool) -> None:
    ranked = sorted(results[name], key=lambda group: results[name][group]["mean"])
    for place, group in enumerate(ranked):
        own = trials.scores[(trials.groups == group) & (trials.is_spoof == side)]
        axes.plot(own, np.full(len(own), place), ".", color="tab:red" if side else "tab:blue", alpha=0.5, markersize=4)
        axes.plot([own.mean()], [place], "|", color="black", markersize=9)
    axes.axvline(results["threshold_at_recall_0.6"], color="grey", linewidth=0.8)
    axes.set_yticks(range(len(ranked)), [f"{group} ({results[name][group]['n']})" for group in ranked], fontsize=7)
    axes.set_title(name, fontsize=9)
