"""Error rates, calibration and cost of each template model, from its scored trials (``calibration/scores``)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from anchorproof.runtime import ModelStore
from calibration.knots import KNOTS, acoustic_map, quality_map
from calibration.metrics import (
    OperatingPoint,
    bootstrap,
    cllr,
    cllr_min,
    eer,
    min_dcf,
    resample_people,
    tpr_at_fpr,
)
from calibration.trials import Trials, read_identity_trials

SCORES = Path(__file__).resolve().parents[2] / "calibration" / "scores"
RARE = OperatingPoint(prior=0.01)
Rows = Sequence[Mapping[str, str]]


def verification(data: Path, seed: int) -> list[dict[str, Any]]:
    """One table row per model and protocol; trials without a template count as errors (``failures``)."""
    protocols = data / "protocols"
    found = []
    for entry in ModelStore().entries():
        path = SCORES / f"{entry.model_id}.csv"
        if entry.task not in KNOTS or not path.exists():
            continue
        rows, trials = _rows(path), read_identity_trials(path)
        is_face = entry.task == "face_template"
        name, protocol = ("lfw", "face_pairs_lfw.csv") if is_face else ("protocol", "speaker_trials.csv")
        column = "set" if is_face else "condition"
        chosen = np.array([row[column] == name for row in rows])
        fit = quality_map if trials.acoustics is None else acoustic_map
        _, llrs = fit(trials, KNOTS[entry.task], seed)
        lost = _failures(_rows(protocols / protocol), rows, chosen)
        found.append({"model": entry.model_id, "protocol": protocol, **_figures(trials, llrs, chosen, lost, seed)})
        found += [
            {"model": entry.model_id, "protocol": other, **_figures(trials, llrs, here, [], seed)}
            for other in dict.fromkeys(row[column] for row in rows)
            if other != name and (here := np.array([row[column] == other for row in rows])).any()
        ]
        found.append({"model": entry.model_id, "protocol": "all of it", **_figures(trials, llrs, None, [], seed)})
    return found


def _failures(protocol: Rows, rows: Rows, chosen: NDArray[np.bool_]) -> list[bool]:
    """The truth of each trial of the protocol that has no score."""
    scored = {(row["id1"], row["id2"]) for row, is_chosen in zip(rows, chosen, strict=True) if is_chosen}
    return [row["same"] == "1" for row in protocol if (row["id1"], row["id2"]) not in scored]


def _figures(
    trials: Trials, llrs: NDArray[np.float64], chosen: NDArray[np.bool_] | None, lost: list[bool], seed: int
) -> dict[str, Any]:
    here = np.ones(len(trials), bool) if chosen is None else chosen
    worst = {True: trials.scores.min() - 1, False: trials.scores.max() + 1}
    scores = np.concatenate([trials.scores[here], [worst[truth] for truth in lost]])
    truth = np.concatenate([trials.is_h1[here], lost]).astype(bool)
    lone = [f"lost {number}" for number in range(len(lost))]
    people = resample_people([*trials.first[here], *lone], [*trials.second[here], *lone])
    sides = scores[truth], scores[~truth]
    cut = llrs[here]
    is_h1 = trials.is_h1[here]
    rng = np.random.default_rng(seed)
    interval = bootstrap(eer, scores, truth, people, rng=rng, rounds=200)
    pairs = resample_people(trials.first[here], trials.second[here])
    spread = bootstrap(cllr, cut, is_h1, pairs, rng=rng, rounds=200)
    return {
        "same": int(truth.sum()),
        "different": int((~truth).sum()),
        "failures": len(lost),
        "eer": round(eer(*sides), 5),
        "eer_95": [round(interval.low, 5), round(interval.high, 5)] if interval else None,
        "tpr_at_fpr_1e-2": round(tpr_at_fpr(*sides, 1e-2), 5),
        "tpr_at_fpr_1e-3": round(tpr_at_fpr(*sides, 1e-3), 5),
        "min_dcf": round(min_dcf(*sides, RARE), 4),
        "cllr": round(cllr(cut[is_h1], cut[~is_h1]), 4),
        "cllr_95": [round(spread.low, 4), round(spread.high, 4)] if spread else None,
        "cllr_min": round(cllr_min(cut[is_h1], cut[~is_h1]), 4),
    }


def _rows(path: Path) -> Rows:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
