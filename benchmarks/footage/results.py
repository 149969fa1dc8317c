"""Answers -> tables, plots and a page in words."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from benchmarks.footage.cost import Cost
from calibration import footage as fitting

Answer = Mapping[str, Any]


def interval(hits: int, total: int) -> tuple[float, float]:
    """95 % Clopper-Pearson interval of a share."""
    low = float(beta.ppf(0.025, hits, total - hits + 1)) if hits else 0.0
    high = float(beta.ppf(0.975, hits + 1, total - hits)) if hits < total else 1.0
    return low, high


class Judged:
    """All answers with the matches that the calibration, fitted without the answer's source, calls."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self._llrs: dict[tuple[str, int], float] = {}
        pictures, sounds = _placed(answers, "picture"), _placed(answers, "sound")
        left_out = []
        for trials, places in (pictures, sounds):
            llrs = fitting.left_out_llrs(trials)
            left_out.append((trials, llrs))
            for place, llr in zip(places, llrs, strict=True):
                self._llrs[place] = max(self._llrs.get(place, -math.inf), float(llr))
        self.threshold = fitting.threshold([item[0] for item in left_out], [item[1] for item in left_out], len(answers))

    def matches(self, key: str) -> list[Mapping[str, Any]]:
        """The stretches of one answer that are called matches."""
        parts = self.answers[key]["stretches"]
        return [part for place, part in enumerate(parts) if self._llrs.get((key, place), -9.0) >= self.threshold]

    def is_found(self, key: str) -> bool:
        """A match with the clip's own programme; another that holds the same recording does not count."""
        return any(part["own"] and not part.get("is_copy") for part in self.matches(key))

    def is_found_anywhere(self, key: str) -> bool:
        """A match with the clip's own programme or with another copy of the recording."""
        return any(part["own"] for part in self.matches(key))

    def is_false(self, key: str) -> bool:
        """A match with a programme that is neither the clip's own nor the one the edit took material from."""
        foreign = self.answers[key]["foreign"]
        return any(not part["own"] and part["programme"] != foreign for part in self.matches(key))


def _placed(answers: Mapping[str, Answer], kind: str) -> tuple[list[fitting.Trial], list[tuple[str, int]]]:
    """Every stretch as a trial, with the place it stands at."""
    trials, places = [], []
    for key, answer in answers.items():
        for place, part in enumerate(answer["stretches"]):
            one = {key: {**answer, "stretches": [part], "outcome": None}}
            found = fitting.picture_trials(one) if kind == "picture" else fitting.sound_trials(one)
            trials += found
            places += [(key, place)] * len(found)
    return trials, places


# --------------------------------------------------------------------------- figures


def recall_table(judged: Judged) -> list[dict[str, Any]]:
    """Found, and where, by edit and length."""
    groups: dict[tuple[str, float], list[str]] = {}
    for key, answer in judged.answers.items():
        if not answer["is_absent"]:
            seconds = answer["seconds"] if answer["seconds"] in (3.0, 5.0, 10.0, 30.0) else 5.0
            groups.setdefault((answer["edit"], seconds), []).append(key)
    rows = []
    for (edit, seconds), keys in sorted(groups.items()):
        hits = sum(map(judged.is_found, keys))
        low, high = interval(hits, len(keys))
        apart = [
            abs(part["apart_s"])
            for key in keys
            for part in judged.matches(key)
            if part["own"] and not part.get("is_copy") and edit not in ("hole", "insert")
        ]
        rows.append(
            {
                "edit": edit,
                "seconds": seconds,
                "queries": len(keys),
                "found": hits,
                "found_anywhere": sum(map(judged.is_found_anywhere, keys)),
                "recall": hits / len(keys),
                "low": low,
                "high": high,
                "median_apart_s": float(np.median(apart)) if apart else None,
                "within_half_a_second": float(np.mean(np.array(apart) <= 0.5)) if apart else None,
            }
        )
    return rows


def false_matches(judged: Judged) -> dict[str, Any]:
    """Queries with a match that is none: of clips that are not in the archive, and of all queries."""
    absent = [key for key, answer in judged.answers.items() if answer["is_absent"]]
    counts = {}
    for name, keys in (("absent", absent), ("all", list(judged.answers))):
        wrong = [key for key in keys if judged.is_false(key)]
        low, high = interval(len(wrong), len(keys))
        counts[name] = {"queries": len(keys), "false": len(wrong), "low": low, "high": high, "which": wrong[:20]}
    return counts


def lookup_table(answers: Mapping[str, Answer], step: int = 10) -> list[dict[str, Any]]:
    """How many of the programme's own pictures the look-up gave, by the bits in which the clip's differ from them."""
    pairs = [pair for answer in answers.values() for pair in answer.get("looked_up", ())]
    rows = []
    for low in range(0, 100, step):
        inside = [is_found for bits, is_found in pairs if low <= bits < low + step]
        if inside:
            rows.append({"bits": low, "below": low + step, "pictures": len(inside), "found": sum(inside)})
    return rows


def outcome_figures(answers: Mapping[str, Answer]) -> dict[str, Any]:
    """Confusion and F1 by class with limits fitted on other sources, with and without references."""
    known = {key: answer for key, answer in fitting.compared(answers).items() if _is_tellable(answer)}
    figures = {}
    for name, with_references in (("with_references", True), ("by_fingerprints_alone", False)):
        predicted = fitting.left_out_outcomes(known, with_references)
        truth = [answer["outcome"] for answer in known.values()]
        told = [predicted[key] for key in known]
        figures[name] = {
            "clips": len(known),
            "sources": len({answer["source"] for answer in known.values()}),
            "macro_f1": fitting.macro_f1(truth, told),
            "macro_f1_interval": _resampled(list(known.values()), told),
            "f1": {kind: fitting.f1(truth, told, kind) for kind in fitting.CLASSES},
            "confusion": [
                [one, other, count] for (one, other), count in sorted(Counter(zip(truth, told, strict=True)).items())
            ],
        }
    return figures


def _is_tellable(answer: Answer) -> bool:
    """A re-voiced clip of which there is no sound in the archive cannot be told; nor is a mute clip one."""
    return bool(answer["has_sound"]) or answer["outcome"] not in ("other_sound", "mouth_changed")


def _resampled(answers: Sequence[Answer], told: Sequence[str], seed: int = 0, rounds: int = 500) -> tuple[float, float]:
    """95 % interval of the macro-F1, whole sources resampled."""
    random = np.random.default_rng(seed)
    sources = sorted({answer["source"] for answer in answers})
    rows = {source: [row for row, answer in enumerate(answers) if answer["source"] == source] for source in sources}
    values = []
    for _ in range(rounds):
        picked = [row for source in random.choice(sources, len(sources)) for row in rows[source]]
        values.append(fitting.macro_f1([answers[row]["outcome"] for row in picked], [told[row] for row in picked]))
    low, high = np.percentile(values, [2.5, 97.5])
    return float(low), float(high)


def figures(answers: Mapping[str, Answer], cost: Cost | None) -> dict[str, Any]:
    """All that a run shows, as plain data."""
    judged = Judged(answers)
    return {
        "queries": len(answers),
        "clips": len({answer["clip"] for answer in answers.values()}),
        "sources": len({answer["source"] for answer in answers.values()}),
        "threshold_llr": judged.threshold,
        "recall": recall_table(judged),
        "false_matches": false_matches(judged),
        "outcomes": outcome_figures(answers),
        "looked_up": lookup_table(answers),
        "cost": cost.as_dict() if cost else None,
    }


# --------------------------------------------------------------------------- writing


def write(out: Path, found: Mapping[str, Any], setting: Mapping[str, Any]) -> None:
    """``results.json``, ``README.md`` and the plots."""
    out.mkdir(parents=True, exist_ok=True)
    content = {"setting": setting, **found}
    (out / "results.json").write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (out / "README.md").write_text(page(content), encoding="utf-8")
    _plot_recall(out / "recall.png", found["recall"])
    _plot_confusion(out / "outcomes.png", found["outcomes"]["with_references"]["confusion"])
    if found["cost"]:
        _plot_cost(out / "cost.png", found["cost"])


def page(found: Mapping[str, Any]) -> str:
    """The run in words."""
    setting, false, told = found["setting"], found["false_matches"], found["outcomes"]
    lines = [
        "# Recognising our own footage",
        "",
        f"`{setting['command']}`: {found['queries']} queries from {found['clips']} genuine clips of {found['sources']} "
        f"repositories, searched in an archive of all {setting['archive_clips']} genuine clips with a picture and "
        f"{setting['hours']:g} h of generated programmes (seed {setting['seed']}; how they are generated stands in "
        '`benchmarks/footage/archive.py`, 30 % of their shots are "same studio, other moment" of an archived clip). '
        "Intervals are 95 %. Whether a stretch is a match and what was changed is decided by fits that saw nothing of "
        "the query's repository.",
        "",
        *setting.get("notes", []),
        "",
        "## Found, and where",
        "",
        "Found: a match with the clip's own programme. Other programmes that hold the same recording (repositories "
        "share footage) are no false matches, and do not count as found.",
        "",
        "| edit | excerpt | queries | found | recall (95 %) | found, or a copy of it | median error | within 0.5 s |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for row in found["recall"]:
        apart = "-" if row["median_apart_s"] is None else f"{row['median_apart_s']:.2f} s"
        within = "-" if row["within_half_a_second"] is None else f"{row['within_half_a_second']:.1%}"
        lines.append(
            f"| {row['edit']} | {row['seconds']:g} s | {row['queries']} | {row['found']} | "
            f"{row['recall']:.1%} ({row['low']:.1%} to {row['high']:.1%}) | {row['found_anywhere']} | "
            f"{apart} | {within} |"
        )
    lines += ["", "![recall](recall.png)", "", "## False matches", ""]
    for name, words in (("absent", "clips that are not in the archive"), ("all", "all queries")):
        row = false[name]
        lines.append(
            f"- {words}: {row['false']} of {row['queries']} queries ({row['false'] / max(1, row['queries']):.2%}, "
            f"95 % {row['low']:.2%} to {row['high']:.2%})"
        )
    lines += ["", f"A stretch is a match from LLR {found['threshold_llr']:.2f}.", "", "## What was changed", ""]
    for name, words in (
        ("with_references", "with retained references"),
        ("by_fingerprints_alone", "by fingerprints alone"),
    ):
        row = told[name]
        low, high = row["macro_f1_interval"]
        parts = ", ".join(f"{kind} {value:.2f}" for kind, value in row["f1"].items())
        lines.append(
            f"- {words}: macro-F1 {row['macro_f1']:.3f} ({low:.3f} to {high:.3f}, sources resampled) on {row['clips']} "
            f"queries of {row['sources']} repositories; F1 {parts}"
        )
    lines += ["", "![outcomes](outcomes.png)", ""]
    if found["looked_up"]:
        lines += _lookup_words(found["looked_up"])
    if found["cost"]:
        lines += _cost_words(found["cost"])
    return "\n".join(lines) + "\n"


def _lookup_words(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    cells = [
        f"| {row['bits']} to {row['below'] - 1} | {row['pictures']} | {row['found'] / row['pictures']:.1%} |"
        for row in rows
    ]
    return [
        "## Pictures looked up",
        "",
        "Of the programme's own pictures at the query's moments, how many the look-up gives, by the bits in which the "
        "query's pictures, as they are, differ from them. Up to 31 bits none is missed unless 32 others are nearer.",
        "",
        "| bits apart | pictures | looked up |",
        "|---|---|---|",
        *cells,
        "",
    ]


def _cost_words(cost: Mapping[str, Any]) -> list[str]:
    lines = [
        "## Cost",
        "",
        f"- fingerprinting: {cost['realtime_factor']:.0f} x real time, measured in CPU time on one core "
        f"({cost['fingerprinted_s']:.0f} s of video in {cost['fingerprint_cpu_s']:.1f} s of CPU)",
        f"- kept: {cost['bytes_per_hour'] / 1e6:.2f} MB of fingerprints an hour; retained references, where asked for, "
        f"{cost['reference_bytes_per_hour'] / 1e6:.0f} MB an hour",
        "",
        "| archive | query of 30 s: CPU (wall) when found | when nothing is found | building the index | memory |",
        "|---|---|---|---|---|",
    ]
    for row in cost["searches"]:
        lines.append(
            f"| {row['hours']:g} h | {row['found_cpu_s']:.2f} s ({row['found_wall_s']:.2f} s) | "
            f"{row['nothing_cpu_s']:.2f} s ({row['nothing_wall_s']:.2f} s) | {row['build_cpu_s']:.1f} s | "
            f"{row['memory_mb']:.0f} MB |"
        )
    return [
        *lines,
        "",
        "![cost](cost.png)",
        "",
        "Each picture of a query is compared with those of the archive that share a key of 16 bits with it, or one "
        "that differs in one bit: 0.4 % of them, so the time grows with the archive, from a small base, and for no "
        "picture beyond 131,072 comparisons (`footage/lookup.py`), which some 9,000 h reach. An archive of 100,000 h "
        "would be served by the same tables with longer keys, of about the logarithm of the number of pictures: ten "
        "tables of 25 bits, looked up with two bits changed, are some 35,000 comparisons a picture, and miss nothing "
        "up to 29 bits. Tables and hashes take 0.7 GB of memory per 1,000 h, so they would lie on several machines, or "
        "sorted on disk, by month. The look-up of sounds is logarithmic already.",
    ]


def _plot_recall(path: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 0.32 * len(rows) + 1))
    names = [f"{row['edit']}, {row['seconds']:g} s (n={row['queries']})" for row in rows]
    values = np.array([row["recall"] for row in rows])
    errors = np.array([[row["recall"] - row["low"], row["high"] - row["recall"]] for row in rows]).T
    axes.errorbar(values, np.arange(len(rows)), xerr=np.abs(errors), fmt="o", capsize=3)
    axes.set_yticks(np.arange(len(rows)), names)
    axes.invert_yaxis()
    axes.set_xlim(0, 1.02)
    axes.set_xlabel("recall, 95 % interval")
    axes.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def _plot_confusion(path: Path, confusion: Sequence[tuple[str, str, int]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    names = sorted({name for one, other, _ in confusion for name in (one, other)})
    table = np.zeros((len(names), len(names)), int)
    for one, other, count in confusion:
        table[names.index(one), names.index(other)] = count
    figure, axes = pyplot.subplots(figsize=(7, 6))
    axes.imshow(table / np.maximum(1, table.sum(axis=1, keepdims=True)), cmap="Blues", vmin=0, vmax=1)
    for row, column in np.ndindex(*table.shape):
        if table[row, column]:
            axes.text(column, row, table[row, column], ha="center", va="center")
    axes.set_xticks(range(len(names)), names, rotation=40, ha="right")
    axes.set_yticks(range(len(names)), names)
    axes.set_xlabel("told")
    axes.set_ylabel("true")
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def _plot_cost(path: Path, cost: Mapping[str, Any]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(6, 4))
    hours = [row["hours"] for row in cost["searches"]]
    for name, words in (("found_cpu_s", "found"), ("nothing_cpu_s", "nothing found")):
        axes.plot(hours, [row[name] for row in cost["searches"]], "o-", label=words)
    axes.set_xscale("log")
    axes.set_xlabel("hours of archive")
    axes.set_ylabel("CPU seconds for a query of 30 s")
    axes.legend()
    axes.grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(path, dpi=90)
    pyplot.close(figure)
