"""One HTML page with everything in it: no script, no font, no picture from anywhere else."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from benchmarks.reports.plots import colour_of
from benchmarks.reports.tables import NAMES, Table, figures_table, number, paired_table

STYLE = """
:root { color-scheme: light; --ink: #1d2430; --soft: #5b6573; --line: #d9dee5; --back: #f6f7f9; }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--back); margin: 0; }
main { max-width: 1180px; margin: 0 auto; padding: 24px 24px 64px; }
h1 { font-size: 26px; margin: 8px 0 2px; } h2 { font-size: 19px; margin: 36px 0 8px; }
h3 { font-size: 15px; margin: 18px 0 6px; }
p.note, .soft { color: var(--soft); font-size: 13px; }
section { background: #fff; border: 1px solid var(--line); border-radius: 8px; padding: 4px 20px 18px; margin: 16px 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 4px 12px 4px 0; text-align: right; border-bottom: 1px solid var(--line); vertical-align: top; }
th { color: var(--soft); font-weight: 600; } th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; } .ci { color: var(--soft); font-size: 11.5px; }
th.words { text-align: left; }
td.words { text-align: left; max-width: 420px; white-space: normal; }
td.id { overflow-wrap: anywhere; max-width: 260px; white-space: normal; }
.dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; margin-right: 6px; }
.plots { display: flex; flex-wrap: wrap; gap: 20px; } .plots figure { margin: 0; }
.plots svg { max-width: 100%; height: auto; }
summary { cursor: pointer; color: var(--soft); } pre { font-size: 12px; overflow-x: auto; }
"""
_SIDES = {"spoofs_missed": "Spoofs that score lowest", "bona_fide_suspected": "Bona fide that scores highest"}
#: Groups with fewer cases are shown all the same, but pale.
FEW = 5


def page(results: Mapping[str, Any], plots: Mapping[str, Path], timings: Mapping[str, Any]) -> str:
    """The whole page as text."""
    dataset = results["dataset"]
    title = f"{dataset['title']}, {dataset['split']}: {results['protocol']}"
    body = "\n".join(_sections(results, plots, timings, title))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><main>\n{body}\n</main></body></html>\n"
    )


def _sections(
    results: Mapping[str, Any], plots: Mapping[str, Path], timings: Mapping[str, Any], title: str
) -> Iterator[str]:
    systems = results["results"]
    truths = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in results["truths"].items())
    yield f"<h1>{escape(title)}</h1>"
    shard = f"; shard {escape(str(results['shard']))} only" if "shard" in results else ""
    yield f'<p class="soft">{results["n"]} cases: {escape(truths)}{shard}. Seed {results["seed"]}.</p>'
    few = [f"{name}: {found['too_few']}" for name, found in systems.items() if "too_few" in found]
    told = f'<p class="note">{escape("; ".join(few))}</p>' if few else ""
    yield _section("Figures", _table(figures_table(results), systems) + told)
    if paired := paired_table(results):
        yield _section("Is the difference real?", _table(paired, ()))
    if baseline := results.get("trivial_baseline"):
        yield _section("What file facts alone reach on these cases", _baseline(baseline))
    if plots:
        drawn = "".join(f"<figure>{_inline(path)}</figure>" for name, path in plots.items() if name != "groups")
        yield _section("Curves", f'<div class="plots">{drawn}</div>')
    if any("recalibrated" in found for found in systems.values()):
        yield _section("Calibration", _recalibrated(systems))
    if any("decisions" in found for found in systems.values()):
        yield _section("Decisions", _decisions(systems))
    if any("scenario_confusion" in found for found in systems.values()):
        yield _section("Scenarios", "".join(_scenarios(name, found) for name, found in systems.items()))
    if "groups" in plots:
        groups = f'<div class="plots"><figure>{_inline(plots["groups"])}</figure></div>'
        yield _section("Where it breaks", groups + _groups(systems))
    if any("worst" in found for found in systems.values()):
        yield _section(
            "Worst clips", "".join(_worst(name, found["worst"]) for name, found in systems.items() if "worst" in found)
        )
    yield _section("Not scored, or not decided", _unscored(systems))
    yield _section("Cost", _cost(timings))
    made = escape(json.dumps({key: results[key] for key in results if key not in ("results", "paired")}, indent=2))
    yield _section(
        "What made these figures", f"<details><summary>models, settings, hashes</summary><pre>{made}</pre></details>"
    )


def _section(title: str, content: str) -> str:
    return f"<section><h2>{escape(title)}</h2>\n{content}</section>"


def _table(table: Table, systems: Sequence[str] | Mapping[str, Any]) -> str:
    headings = [_heading(heading, systems) for heading in table.headings]
    note = f'<p class="note">{escape(table.note)}</p>' if table.note else ""
    return _rows(headings, [[_two_lines(cell) for cell in row] for row in table.rows]) + note


def _two_lines(cell: str) -> str:
    """A figure with its interval small below it."""
    value, bracket, interval = cell.partition(" [")
    return escape(value) + (f'<br><span class="ci">[{escape(interval)}</span>' if bracket else "")


def _heading(text: str, systems: Sequence[str] | Mapping[str, Any]) -> str:
    if text not in systems:
        return escape(text)
    return f'<span class="dot" style="background:{colour_of(list(systems), text)}"></span>{escape(text)}'


def _rows(headings: Sequence[str], rows: Sequence[Sequence[str]], words: Sequence[int] = ()) -> str:
    """A table of cells that are HTML already; columns in ``words`` are running text."""
    wordy = dict.fromkeys(words, ' class="words"')
    head = "".join(f"<th{wordy.get(place, '')}>{heading}</th>" for place, heading in enumerate(headings))
    classes = {0: ' class="id"'} | wordy
    body = "".join(
        "<tr>" + "".join(f"<td{classes.get(place, '')}>{cell}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _baseline(baseline: Mapping[str, Any]) -> str:
    rows = [[escape(name), number(value)] for name, value in baseline["single"].items()]
    for key, name in (("combined", "all of them, groups left out"), ("combined_seen", "all of them, seen")):
        if key in baseline:
            rows.append([name, number(baseline[key]["value"])])
    note = "A detector that is not clearly better than these may have learnt the corpus, not the fakes."
    return _rows(["fact", "AUC"], rows) + f'<p class="note">{note}</p>'


def _recalibrated(systems: Mapping[str, Any]) -> str:
    names = ("cllr", "cllr_min", "ece", "ece_adaptive", "brier", "act_dcf", "min_dcf", "aurc")
    rows = []
    for system, found in systems.items():
        own = found["metrics"]
        if "cllr" in own:
            rows.append([escape(f"{system}, as it is"), *(number(own.get(n, {}).get("value")) for n in names)])
        again = found.get("recalibrated", {})
        if "refused" in again:
            rows.append([escape(f"{system}, recalibrated"), f"not possible: {escape(again['refused'])}"])
        elif again:
            rows.append([escape(f"{system}, recalibrated"), *(number(again.get(name)) for name in names)])
    note = (
        "Recalibrated: an affine map from score to LLR, fitted on the other generators and sources. "
        "Where it helps, the scores carry more than their probabilities say."
    )
    return _rows(["system", *(NAMES[name] for name in names)], rows) + f'<p class="note">{note}</p>'


def _decisions(systems: Mapping[str, Any]) -> str:
    kinds = sorted(
        {said for found in systems.values() for side in found.get("decisions", {}).values() for said in side}
    )
    rows = [
        [
            escape(f"{system}: {side.replace('truth_', 'truly ').replace('_', ' ')}"),
            *(str(said.get(k, 0)) for k in kinds),
        ]
        for system, found in systems.items()
        for side, said in found.get("decisions", {}).items()
    ]
    return _rows(["", *(escape(f"called {kind.replace('_', ' ')}") for kind in kinds)], rows)


def _scenarios(system: str, found: Mapping[str, Any]) -> str:
    """Decision and named scenario of each true scenario."""
    parts = []
    for key, heading in (("scenario_decisions", "decided"), ("scenario_confusion", "named")):
        table = found.get(key, {})
        said = sorted({name for row in table.values() for name in row})
        f1 = found.get("scenario_f1", {}) if key == "scenario_confusion" else {}
        rows = [
            [escape(true), *(str(row.get(name, "")) for name in said), *([number(f1[true])] if f1 else [])]
            for true, row in table.items()
        ]
        headings = ["truth", *(escape(name.replace("_", " ")) for name in said), *(["F1"] if f1 else [])]
        parts.append(f"<h3>{escape(system)}: what was {heading}</h3>{_rows(headings, rows)}")
    return "".join(parts)


def _groups(systems: Mapping[str, Any]) -> str:
    parts = []
    for kind, others in (("generators", "bona fide"), ("sources", "spoofs")):
        names = sorted({name for found in systems.values() for name in found.get(kind, {})})
        rows = []
        for name in names:
            cells = [found.get(kind, {}).get(name) for found in systems.values()]
            most = max(cell["n"] for cell in cells if cell)
            rows.append([escape(name), str(most), *(_shade(cell) for cell in cells)])
        if rows:
            table = _rows([kind[:-1], "cases", *(escape(system) for system in systems)], rows)
            parts.append(f"<details><summary>AUC of {kind} against all {others}</summary>{table}</details>")
    return "".join(parts)


def _shade(cell: Mapping[str, Any] | None) -> str:
    if not cell or cell.get("auc") is None:
        return "-"
    weakness = max(0.0, min(1.0, (0.9 - cell["auc"]) / 0.5))
    pale = "opacity:.55;" if cell["n"] < FEW else ""
    style = f"{pale}background:rgba(213,94,0,{weakness * 0.5:.2f});padding:0 4px"
    return f'<span style="{style}">{cell["auc"]:.3f}</span>'


def _worst(system: str, worst: Mapping[str, Any]) -> str:
    parts = []
    for side, heading in _SIDES.items():
        rows = [
            [
                escape(clip["id"]),
                escape(clip["generator"] if side == "spoofs_missed" else clip["source"]),
                f"{clip['score']:.3g}",
                "-" if clip["llr"] is None else f"{clip['llr']:+.2f}",
                escape(clip["decision"].replace("_", " ") or "-"),
                "<br>".join(escape(reason) for reason in clip["why"]) or escape(clip["reason"]),
            ]
            for clip in worst[side]
        ]
        headings = ["clip", "generator" if side == "spoofs_missed" else "source", "score", "LLR", "decision", "reasons"]
        parts.append(f"<h3>{escape(system)}: {heading}</h3>{_rows(headings, rows, words=(5,))}")
    return "".join(parts)


def _unscored(systems: Mapping[str, Any]) -> str:
    rows = [
        [escape(system), escape(reason), str(count)]
        for system, found in systems.items()
        for reason, count in found["reasons"].items()
    ]
    return _rows(["system", "reason", "cases"], rows) if rows else "<p>Every case has a score and a decision.</p>"


def _cost(timings: Mapping[str, Any]) -> str:
    rows = [
        [escape(name), f"{one['wall_s']:.1f}", f"{one['media_s']:.0f}", number(one.get("real_time_factor"))]
        for name, one in timings.items()
        if one["wall_s"]
    ]
    if not rows:
        return "<p>No system computed anything: scores were read from files.</p>"
    note = "Seconds in workers of one thread each; media without a stated duration count as none."
    headings = ["system", "worker seconds", "seconds of media", "seconds per second of media"]
    return _rows(headings, rows) + f'<p class="note">{note}</p>'


def _inline(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text[text.index("<svg") :]
