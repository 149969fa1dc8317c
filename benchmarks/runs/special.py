"""Figures of the protocols that are not one score against a truth: SASV, localisation, scenarios."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.metrics.classes import accuracy, class_f1, confusion, macro_f1
from benchmarks.metrics.localisation import (
    AP_OVERLAPS,
    AR_COUNTS,
    Proposal,
    Stretch,
    average_precision_at,
    average_recall_at,
    proposals_from,
)
from benchmarks.metrics.tandem import act_adcf, min_adcf
from benchmarks.runs.cases import NONTARGET, SPOOF, TARGET, Case
from benchmarks.steps import Answer
from benchmarks.summary import FEWEST, counted, tidy
from calibration.metrics import Floats, eer, resample_groups

#: Localisation is measured clip by clip, which takes longer: at most so many rounds.
LOCALISATION_ROUNDS = 100

#: What a case counts as for which a system named no scenario.
NOTHING_NAMED = "none"

Index = NDArray[np.intp]
Drawn = tuple[Mapping[str, Sequence[Proposal]], Mapping[str, Sequence[Stretch]]]


def sasv_results(cases: Sequence[Case], answers: Sequence[Answer], seed: int, rounds: int) -> dict[str, Any]:
    """a-DCF and the three equal error rates of ASVspoof 5 track 2, speakers resampled."""
    kept = [k for k, answer in enumerate(answers) if answer["score"] is not None and cases[k].truth]
    keys = np.array([cases[k].truth for k in kept])
    scores = np.array([answers[k]["score"] for k in kept], np.float64)
    llrs = np.array([np.nan if answers[k]["llr"] is None else answers[k]["llr"] for k in kept], np.float64)
    found: dict[str, Any] = {
        "n_scored": sum(answer["score"] is not None for answer in answers),
        "reasons": counted([answer["reason"] for answer in answers if answer["reason"]]),
        "n_measured": len(kept),
        "metrics": {},
    }
    if any((keys == name).sum() < FEWEST for name in (TARGET, NONTARGET, SPOOF)):
        return found | {"too_few": f"fewer than {FEWEST} trials of a kind were scored"}

    def sides(values: Floats, drawn: Index) -> tuple[Floats, Floats, Floats]:
        target, nontarget, spoof = (values[drawn][keys[drawn] == name] for name in (TARGET, NONTARGET, SPOOF))
        return target, nontarget, spoof

    figures: dict[str, Callable[[Index], float]] = {
        "min_adcf": lambda drawn: min_adcf(*sides(scores, drawn)),
        "sv_eer": lambda drawn: eer(sides(scores, drawn)[0], sides(scores, drawn)[1]),
        "spf_eer": lambda drawn: eer(sides(scores, drawn)[0], sides(scores, drawn)[2]),
        "sasv_eer": lambda drawn: eer(sides(scores, drawn)[0], np.concatenate(sides(scores, drawn)[1:])),
    }
    if np.isfinite(llrs).all():
        figures["act_adcf"] = lambda drawn: act_adcf(*sides(llrs, drawn))
    draw = resample_groups([cases[k].columns.get("person1", "") for k in kept])
    return found | {"metrics": {name: _interval(one, draw, len(kept), seed, rounds) for name, one in figures.items()}}


def localisation_results(cases: Sequence[Case], answers: Sequence[Answer], seed: int, rounds: int) -> dict[str, Any]:
    """AP at overlaps and AR of the first N proposals, over clips whose stretches are known; sources resampled."""
    kept = [k for k, case in enumerate(cases) if case.truth]
    truths: dict[str, Sequence[Stretch]] = {}
    proposals: dict[str, Sequence[Proposal]] = {}
    for k in kept:
        stretches = json.loads(cases[k].columns.get("segments") or "[]")
        truths[cases[k].case_id] = [(float(start), float(end)) for start, end in stretches]
        proposals[cases[k].case_id] = proposals_of(answers[k])
    found: dict[str, Any] = {
        "n_scored": sum(bool(proposals[cases[k].case_id]) for k in kept),
        "reasons": counted([answer["reason"] for answer in answers if answer["reason"]]),
        "n_measured": len(kept),
        "n_stretches": sum(len(stretches) for stretches in truths.values()),
        "metrics": {},
    }
    if not found["n_stretches"]:
        return found | {"too_few": "no clip has a spoofed stretch"}
    names = [cases[k].case_id for k in kept]

    def drawn_of(drawn: Index) -> Drawn:
        picked = [(f"{place} {names[k]}", names[k]) for place, k in enumerate(drawn)]
        return {key: proposals[name] for key, name in picked}, {key: truths[name] for key, name in picked}

    figures: dict[str, Callable[[Index], float]] = {}
    for overlap in AP_OVERLAPS:
        figures[f"ap@{overlap:g}"] = partial(_ap, drawn_of=drawn_of, overlap=overlap)
    for count in AR_COUNTS:
        figures[f"ar@{count}"] = partial(_ar, drawn_of=drawn_of, count=count)
    draw = resample_groups([cases[k].row.source for k in kept])
    rounds = min(rounds, LOCALISATION_ROUNDS)
    return found | {"metrics": {name: _interval(one, draw, len(kept), seed, rounds) for name, one in figures.items()}}


def scenario_results(cases: Sequence[Case], answers: Sequence[Answer], seed: int, rounds: int) -> dict[str, Any]:
    """Scenario named against scenario true, and decisions by scenario; whole sources or generators resampled.

    Measured is every case that has an answer: one without a scenario counts as :data:`NOTHING_NAMED`.
    """
    kept = [k for k, case in enumerate(cases) if case.truth and (answers[k].get("scenario") or answers[k]["decision"])]
    pairs = [(cases[k].truth, str(answers[k].get("scenario") or NOTHING_NAMED)) for k in kept]
    found: dict[str, Any] = {
        "n_scored": sum(bool(answer.get("scenario") or answer["decision"]) for answer in answers),
        "reasons": counted([answer["reason"] for answer in answers if answer["reason"]]),
        "n_measured": len(kept),
        "metrics": {},
    }
    if len(kept) < FEWEST:
        return found | {"too_few": f"fewer than {FEWEST} cases were answered"}
    figures: dict[str, Callable[[Index], float]] = {
        "macro_f1": lambda drawn: macro_f1([pairs[k] for k in drawn]),
        "accuracy": lambda drawn: accuracy([pairs[k] for k in drawn]),
    }
    draw = resample_groups([cases[k].row.group for k in kept])
    return found | {
        "metrics": {name: _interval(one, draw, len(kept), seed, rounds) for name, one in figures.items()},
        "scenario_f1": {name: tidy(value) for name, value in class_f1(pairs).items()},
        "scenario_confusion": confusion(pairs),
        "scenario_decisions": confusion([(cases[k].truth, answers[k]["decision"] or "none") for k in kept]),
    }


def _ap(drawn: Index, drawn_of: Callable[[Index], Drawn], overlap: float) -> float:
    return average_precision_at(*drawn_of(drawn), overlap)


def _ar(drawn: Index, drawn_of: Callable[[Index], Drawn], count: int) -> float:
    return average_recall_at(*drawn_of(drawn), count)


def proposals_of(answer: Answer) -> list[Proposal]:
    """What a system proposed, or the runs of a detector's segment scores."""
    if answer.get("proposals"):
        return [Proposal(*row) for row in answer["proposals"]]
    return proposals_from(answer.get("segments") or [])


def _interval(
    figure: Callable[[Index], float], draw: Callable[[np.random.Generator], Index], count: int, seed: int, rounds: int
) -> dict[str, Any]:
    """The figure and its 95 % percentile interval; draws that lack a side are left out."""
    rng = np.random.default_rng(seed)
    values = []
    for _ in range(rounds):
        try:
            values.append(figure(draw(rng)))
        except ValueError:  # a side is missing from this draw
            continue
    found: dict[str, Any] = {"value": tidy(figure(np.arange(count)))}
    if len(values) < rounds / 2:
        return found
    low, high = np.quantile(values, [0.025, 0.975])
    return found | {"low": tidy(float(low)), "high": tidy(float(high))}
