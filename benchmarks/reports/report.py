"""Everything of a run's folder that people read: plots, tables, the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks.reports.page import page
from benchmarks.reports.plots import draw
from benchmarks.reports.tables import figures_table, latex, markdown, paired_table


def write_report(results: Mapping[str, Any], out: Path) -> None:
    """``plots/*.png`` and ``.svg``, ``tables.md``, ``tables.tex``, ``report.html``."""
    plots = draw(results, out / "plots")
    tables = [table for table in (figures_table(results), paired_table(results)) if table]
    (out / "tables.md").write_text("\n".join(map(markdown, tables)), encoding="utf-8")
    (out / "tables.tex").write_text("\n".join(map(latex, tables)), encoding="utf-8")
    timings_path = out / "timings.json"
    timings = json.loads(timings_path.read_text(encoding="utf-8")) if timings_path.exists() else {}
    (out / "report.html").write_text(page(results, plots, timings), encoding="utf-8")
