"""One table, written for a terminal, for Markdown and for LaTeX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.table import Table as ConsoleTable

#: What figures are called in tables, in the order of their columns; others follow by name.
NAMES = {
    "auc": "AUC",
    "pauc_0.1": "pAUC (FPR .1)",
    "average_precision": "AP",
    "eer": "EER",
    "tpr_at_fpr_0.01": "TPR at 1 % FPR",
    "tpr_at_fpr_0.1": "TPR at 10 % FPR",
    "tpr_at_fpr_0.001": "TPR at .1 % FPR",
    "min_dcf": "minDCF",
    "min_dcf_0.05": "minDCF (P .05)",
    "act_dcf": "actDCF",
    "min_dcf_service": "minDCF, service",
    "act_dcf_service": "actDCF, service",
    "min_dcf_asvspoof5": "minDCF, ASVspoof 5",
    "act_dcf_asvspoof5": "actDCF, ASVspoof 5",
    "min_tdcf": "min t-DCF",
    "min_adcf": "min a-DCF",
    "act_adcf": "act a-DCF",
    "sv_eer": "SV-EER",
    "spf_eer": "SPF-EER",
    "sasv_eer": "SASV-EER",
    "cllr": "Cllr",
    "cllr_min": "Cllr_min",
    "ece": "ECE",
    "ece_adaptive": "ECE, adaptive",
    "brier": "Brier",
    "aurc": "AURC",
    "macro_f1": "macro-F1",
    "accuracy": "accuracy",
}
SMALLER_IS_BETTER = {
    name for name in NAMES if any(word in name for word in ("eer", "dcf", "cllr", "ece", "brier", "aurc"))
}


@dataclass(frozen=True, slots=True)
class Table:
    """Cells as text; the first column names the row."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""


def figures_table(results: Mapping[str, Any]) -> Table:
    """Figures down, systems across; each with its 95 % interval."""
    systems = results["results"]
    present = {name for found in systems.values() for name in found["metrics"]}
    names = [name for name in NAMES if name in present] + sorted(present - set(NAMES))
    rows = [
        [str(NAMES.get(name, name)), *(shown(found["metrics"].get(name)) for found in systems.values())]
        for name in names
    ]
    measured = [f"{found['n_measured']} of {results['n']}" for found in systems.values()]
    dataset = results["dataset"]
    return Table(
        f"{dataset['title']}, {dataset['split']}, {results['protocol']}",
        ["figure", *systems],
        [["cases measured", *measured], *rows],
        "value [95 % interval; whole generators, sources or people resampled]",
    )


def paired_table(results: Mapping[str, Any]) -> Table | None:
    """Each pair of systems on the trials that both scored."""
    pairs = results.get("paired") or []
    if not pairs:
        return None
    figures = [name for name in ("auc", "eer", "tpr_at_fpr_0.1", "cllr") if any(name in pair for pair in pairs)]
    rows = [
        [
            f"{pair['first']} less {pair['second']}",
            str(pair["n"]),
            *(_difference(pair.get(name)) for name in figures),
            _p(pair["auc_delong_p"]),
            _p(pair.get("decisions_mcnemar_p")),
        ]
        for pair in pairs
    ]
    headings = ["systems", "trials", *(NAMES[name] for name in figures), "AUC, DeLong p", "decisions, McNemar p"]
    note = "difference [95 % interval], p: paired bootstrap of whole groups; DeLong takes trials for independent"
    return Table("Differences", headings, rows, note)


def shown(figure: Mapping[str, Any] | None) -> str:
    """A figure with its interval; a dash where there is none."""
    if not figure or figure.get("value") is None:
        return "-"
    text = number(figure["value"])
    return f"{text} [{number(figure['low'])}, {number(figure['high'])}]" if "low" in figure else text


def number(value: float | None) -> str:
    """Three digits after the point."""
    return "-" if value is None else f"{value:.3f}"


def markdown(table: Table) -> str:
    """GitHub's table."""
    lines = [f"**{table.title}**", "", _bars(table.headings)]
    lines.append(_bars(["---", *("---:" for _ in table.headings[1:])]))
    lines += [_bars([cell.replace("|", "\\|") for cell in row]) for row in table.rows]
    return "\n".join([*lines, "", *([table.note] if table.note else [])]) + "\n"


def latex(table: Table) -> str:
    """A ``table`` for a paper; needs the package booktabs."""
    lines = [r"\begin{table}", r"\centering", rf"\caption{{{_tex(table.title)}. {_tex(table.note)}}}"]
    lines += [rf"\begin{{tabular}}{{l{'r' * (len(table.headings) - 1)}}}", r"\toprule"]
    lines += [" & ".join(map(_tex, table.headings)) + r" \\", r"\midrule"]
    lines += [" & ".join(map(_tex, row)) + r" \\" for row in table.rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}", r"\end{table}"]) + "\n"


def console(table: Table) -> ConsoleTable:
    """For a terminal."""
    found = ConsoleTable(title=table.title, caption=table.note)
    for place, heading in enumerate(table.headings):
        found.add_column(heading, justify="right" if place else "left")
    for row in table.rows:
        found.add_row(*row)
    return found


def console_table(results: Mapping[str, Any]) -> ConsoleTable:
    """The figures of a run for a terminal."""
    return console(figures_table(results))


def _difference(found: Mapping[str, Any] | None) -> str:
    if not found:
        return "-"
    return f"{found['value']:+.3f} [{found['low']:+.3f}, {found['high']:+.3f}], p {_p(found['p'])}"


def _p(value: float | None) -> str:
    return "-" if value is None else "< .001" if value < 0.001 else f"{value:.3f}"


def _bars(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


_TEX = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


def _tex(text: str) -> str:
    return "".join(_TEX.get(letter, letter) for letter in text)
