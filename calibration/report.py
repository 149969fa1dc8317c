"""The maps in a folder, for people to read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table


def maps_in(folder: Path) -> list[dict[str, Any]]:
    """The content of each calibration file, by file name."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]


def table(maps: Sequence[dict[str, Any]]) -> Table:
    """One line per map. Figures are cross-validated; n is trials (effective trials) per side, H1 first."""
    shown = Table(title="Calibration maps (figures on people or sources left out)")
    for heading in (
        "model",
        "question",
        "Cllr",
        "Cllr_min",
        "EER",
        "AUC",
        "ECE",
        "LLR bounds",
        "n H1",
        "n H2",
        "fitted",
    ):
        shown.add_column(heading, justify="left" if heading in ("model", "question", "fitted") else "right")
    for content in maps:
        shown.add_row(*_cells(content))
    return shown


def _cells(content: dict[str, Any]) -> list[str]:
    source, (low, high) = content["fitted_on"], content["llr_bounds"]
    return [
        content["model_id"],
        content["question"],
        f"{content['cllr']:.3f}",
        f"{content['cllr_min']:.3f}",
        f"{content['eer']:.2%}",
        f"{content['auc']:.3f}",
        f"{content['ece']:.3f}",
        f"{low:+.2f} .. {high:+.2f}",
        *(f"{source['trials'][side]} ({source['effective_trials'][side]:.0f})" for side in ("h1", "h2")),
        source["date"],
    ]
