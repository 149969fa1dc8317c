"""DET, reliability, risk over coverage and AUC by group, as PNG and SVG that are the same every time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import norm

#: Colours that people with any colour vision tell apart (Okabe and Ito, 2008), with a marker each.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
MARKERS = "osD^vPX"
TICKS = (0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
CLIP = 0.0005
#: With more systems than this, curves after recalibration would hide the others.
CROWD = 3
_SVG: dict[Any, Any] = {
    "svg.hashsalt": "anchorproof",
    "svg.fonttype": "path",
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(results: Mapping[str, Any], folder: Path) -> dict[str, Path]:
    """Whatever of the plots the results have figures for; by name, the SVG files.

    Raises:
        ValueError: matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise ValueError("plots need matplotlib: pip install 'anchorproof[bench]', or say --no-page") from error
    folder.mkdir(parents=True, exist_ok=True)
    curves = {name: found["curves"] for name, found in results["results"].items() if found.get("curves")}
    found: dict[str, Path] = {}
    with matplotlib.rc_context({**_SVG, "font.size": 9}):
        if curves:
            found["det"] = _det(curves, folder)
        calibrated = {name: one for name, one in curves.items() if "reliability" in one}
        if calibrated:
            found["reliability"] = _reliability(results, calibrated, folder)
            found["risk_coverage"] = _risk(calibrated, folder)
        if any(one.get("generators") for one in results["results"].values()):
            found["groups"] = _groups(results["results"], folder)
    return found


def _det(curves: Mapping[str, Any], folder: Path) -> Path:
    figure, axes = _figure((4.6, 4.4))
    for place, (name, one) in enumerate(curves.items()):
        points = norm.ppf(np.clip(np.array(one["det"], np.float64), CLIP, 1 - CLIP))
        axes.plot(points[:, 0], points[:, 1], color=COLOURS[place % len(COLOURS)], label=name, linewidth=1.4)
    ends = norm.ppf([CLIP, 1 - CLIP])
    axes.plot(ends, ends, color="grey", linewidth=0.6, linestyle=":")
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(norm.ppf(TICKS), [f"{100 * tick:g}" for tick in TICKS])
    axes.set(xlim=ends, ylim=ends, xlabel="false alarms, %", ylabel="misses, %", title="Detection error tradeoff")
    axes.grid(linewidth=0.3)
    axes.legend(loc="upper right", frameon=False)
    return _save(figure, folder / "det")


def _reliability(results: Mapping[str, Any], curves: Mapping[str, Any], folder: Path) -> Path:
    figure, axes = _figure((4.6, 4.4))
    axes.plot([0, 1], [0, 1], color="grey", linewidth=0.6, linestyle=":")
    for place, (name, one) in enumerate(curves.items()):
        colour, marker = COLOURS[place % len(COLOURS)], MARKERS[place % len(MARKERS)]
        table = np.array(one["reliability"], np.float64)
        axes.plot(table[:, 0], table[:, 1], color=colour, marker=marker, markersize=4, label=name, linewidth=1.2)
        again = results["results"][name].get("recalibrated", {}).get("reliability")
        if again and len(curves) <= CROWD:
            table = np.array(again, np.float64)
            axes.plot(
                table[:, 0], table[:, 1], color=colour, marker=marker, markersize=3, linewidth=0.8, linestyle="--",
                fillstyle="none", label=f"{name}, recalibrated on other groups",
            )  # fmt: skip
    axes.set(
        xlim=(0, 1), ylim=(0, 1), xlabel="probability said (even prior)", ylabel="frequency seen", title="Reliability"
    )
    axes.legend(loc="upper left", frameon=False, fontsize=7)
    return _save(figure, folder / "reliability")


def _risk(curves: Mapping[str, Any], folder: Path) -> Path:
    figure, axes = _figure((4.6, 3.4))
    for place, (name, one) in enumerate(curves.items()):
        table = np.array(one["risk_coverage"], np.float64)
        axes.step(
            table[:, 0], table[:, 1], where="post", color=COLOURS[place % len(COLOURS)], label=name, linewidth=1.4
        )
    axes.set(xlim=(0, 1), ylim=(0, None), xlabel="share answered, surest first", ylabel="share of answers wrong")
    axes.set_title("Risk over coverage")
    axes.legend(loc="upper left", frameon=False)
    return _save(figure, folder / "risk_coverage")


def _groups(systems: Mapping[str, Any], folder: Path) -> Path:
    """AUC of each generator against all bona fide, and of each source against all spoofs, weakest first."""
    parts = [(kind, _ranked(systems, kind)) for kind in ("generators", "sources")]
    parts = [(kind, names) for kind, names in parts if names]
    counts = [len(names) for _, names in parts]
    figure, _ = _figure((7.2, 1.4 + 0.17 * sum(counts) + 0.5 * len(parts)), axes=False)
    plots = np.atleast_1d(figure.subplots(len(parts), 1, sharex=True, height_ratios=counts))
    for axes, (kind, names) in zip(plots, parts, strict=True):
        for place, (name, found) in enumerate(systems.items()):
            known = [
                (row, found[kind][group]["auc"])
                for row, group in enumerate(names)
                if "auc" in found.get(kind, {}).get(group, {})
            ]
            axes.plot(
                [value for _, value in known], [row for row, _ in known], MARKERS[place % len(MARKERS)],
                color=COLOURS[place % len(COLOURS)], markersize=4, alpha=0.8, label=name,
            )  # fmt: skip
        axes.axvline(0.5, color="grey", linewidth=0.6, linestyle=":")
        axes.set_yticks(range(len(names)), [name[:44] for name in names], fontsize=6.5)
        axes.set(xlim=(-0.02, 1.02), ylim=(-0.7, len(names) - 0.3), title=f"AUC by {kind}")
        axes.grid(axis="y", linewidth=0.2)
    plots[0].legend(loc="lower left", frameon=False)
    return _save(figure, folder / "groups")


def _ranked(systems: Mapping[str, Any], kind: str) -> list[str]:
    """Groups by the best AUC any system has on them, lowest on top; at most sixty."""
    best: dict[str, float] = {}
    for found in systems.values():
        for name, group in found.get(kind, {}).items():
            if group.get("auc") is not None:
                best[name] = max(best.get(name, 0.0), group["auc"])
    return sorted(best, key=lambda name: (best[name], name))[:60][::-1]


def _figure(size: tuple[float, float], axes: bool = True) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.add_subplot() if axes else None


def _save(figure: Any, path: Path) -> Path:
    figure.savefig(path.with_suffix(".png"), dpi=150, metadata={"Software": None})
    figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
    return path.with_suffix(".svg")


def colour_of(names: Sequence[str], name: str) -> str:
    """The colour a system has in every plot."""
    return COLOURS[list(names).index(name) % len(COLOURS)]
