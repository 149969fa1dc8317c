"""Trials scored by every detector -> the calibration of the fused LLR: affine map, Venn-Abers table, false alarms.

Everything is measured on sources left out twice: the detectors' maps that a trial is weighed with, and the fused map
that it is measured with, were fitted without its source.
"""

from __future__ import annotations

import csv
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from venn_abers import VennAbers

from anchorproof.findings import Findings
from anchorproof.fusion import mixture_llr
from anchorproof.settings import VerdictSettings
from anchorproof.types import AudioInfo, CalibrationMap, ClipInfo, Evidence, Question, Span, Unassessed, VideoInfo
from calibration.fit import balanced_weights, cross_validated_llrs, fit_affine, supported_bounds
from calibration.knots import refitted
from calibration.metrics import (
    Floats,
    OperatingPoint,
    act_dcf,
    auc,
    cllr,
    cllr_min,
    ece,
    ece_by_chance,
    eer,
    min_dcf,
    reliability,
)
from calibration.trials import Trials, read_detector_trials

SOURCES = ("visual", "audio", "sync")
#: Rows of the Venn-Abers table at most.
TABLE_ROWS = 600
_CLIP = ClipInfo("0" * 64, 1, "mp4", 10.0, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2))


@dataclass(frozen=True, slots=True)
class Joint:
    """Trials with the score of each source, None where it gave none."""

    rows: Sequence[Mapping[str, str]]

    @property
    def is_h1(self) -> list[bool]:
        return [row["label"] == "fake" for row in self.rows]

    def scores(self, place: int) -> dict[str, float]:
        row = self.rows[place]
        return {source: float(row[source]) for source in SOURCES if row[source]}

    def quality(self, place: int, source: str) -> float | None:
        """Of the material that the source judged; None: not known."""
        value = self.rows[place].get(f"{source}_quality", "")
        return float(value) if value else None


def read_joint(path: Path) -> Joint:
    with path.open(newline="", encoding="utf-8") as file:
        return Joint(list(csv.DictReader(file)))


def fit(joint: Joint, tables: Mapping[str, Path], shipped: Mapping[str, CalibrationMap], seed: int) -> dict[str, Any]:
    """The content of the calibration's file, less where it came from.

    Args:
        tables: each source's own scored trials, whose maps are fitted anew without the source of a trial.
        shipped: each source's map in use, whose bounds hold for those maps too.
    """
    trials = fused_trials(joint, left_out_mixtures(joint, tables, shipped))
    affine = fit_affine(trials)
    bounded, (low, high) = _bounded(trials, seed)
    return {
        "slope": round(affine.slope, 6),
        "offset": round(affine.offset, 6),
        "llr_bounds": [math.trunc(low * 1e4) / 1e4, math.trunc(high * 1e4) / 1e4],
        "venn_abers": venn_abers_table(trials),
        "false_alarms": false_alarms(bounded[~trials.is_h1]),
        "reference": {"fused": deciles(bounded)} | {source: deciles(_scores_of(joint, source)) for source in SOURCES},
        "trials": [[round(float(llr), 4), int(is_h1)] for llr, is_h1 in zip(trials.scores, trials.is_h1, strict=True)],
        **measured(bounded, trials),
        "seed": seed,
    }


def left_out_llrs(
    joint: Joint, tables: Mapping[str, Path], shipped: Mapping[str, CalibrationMap], seed: int
) -> tuple[Floats, Floats]:
    """Fused LLRs of spoofs and of bona fide trials, cross-validated and bounded as their figures are."""
    trials = fused_trials(joint, left_out_mixtures(joint, tables, shipped))
    llrs, _ = _bounded(trials, seed)
    return llrs[trials.is_h1], llrs[~trials.is_h1]


def _bounded(trials: Trials, seed: int) -> tuple[Floats, tuple[float, float]]:
    llrs = cross_validated_llrs(trials, seed)
    low, high = supported_bounds(llrs, trials)
    return np.clip(llrs, low, high), (low, high)


def left_out_mixtures(joint: Joint, tables: Mapping[str, Path], shipped: Mapping[str, CalibrationMap]) -> Floats:
    """The mixture's LLR of every trial, by maps that were fitted without the trial's source."""
    trials = {source: read_detector_trials(path) for source, path in tables.items()}
    repos = {source: _repos(path) for source, path in tables.items()}
    maps: dict[str, dict[str, CalibrationMap]] = {}
    llrs = []
    for place, row in enumerate(joint.rows):
        repo = row["source_repo"]
        if repo not in maps:
            maps[repo] = {source: refitted(shipped[source], trials[source], repos[source] != repo) for source in tables}
        weighed = {
            source: maps[repo][source].llr(score, joint.quality(place, source))
            for source, score in joint.scores(place).items()
        }
        llrs.append(mixture_llr(_findings(weighed), VerdictSettings()))
    return np.array(llrs)


def fused_trials(joint: Joint, mixtures: Floats) -> Trials:
    """Clusters are generators and sources; a trial is held out with its source."""
    repos = np.array([row["source_repo"] for row in joint.rows])
    clusters = [row["generator"] if row["label"] == "fake" else row["source_repo"] for row in joint.rows]
    return Trials(mixtures, np.array(joint.is_h1), np.array(clusters), repos, repos)


def venn_abers_table(trials: Trials) -> dict[str, list[float]]:
    """The Venn-Abers pair between one LLR and the next, at even prior.

    Source: Vovk, Petej and Fedorova, NIPS 2015; by the package ``venn-abers``. It knows no weights, so that the pair is
    moved from the trials' own share of spoofs to even prior by odds.
    """
    rows = np.unique(trials.scores)  # between two of them the pair does not change
    if len(rows) > TABLE_ROWS:
        rows = np.unique(np.quantile(rows, np.linspace(0, 1, TABLE_ROWS)))
    edges = np.concatenate([[min(-9.0, rows[0] - 1)], rows])
    centres = np.concatenate([[rows[0] - 0.5], (rows[:-1] + rows[1:]) / 2, [rows[-1] + 0.5]])
    low, high = venn_abers_pairs(trials.scores, trials.is_h1, centres)
    share = float(trials.is_h1.mean())
    return {
        "mixture_llrs": [round(float(edge), 5) for edge in edges],
        "lowest": [round(_at_even(value, share), 5) for value in low],
        "highest": [round(_at_even(value, share), 5) for value in high],
    }


def venn_abers_pairs(scores: Floats, is_h1: Any, at: Floats) -> tuple[Floats, Floats]:
    """P(H1) given that a new trial with this score were of H2, and of H1; shapes as ``at``."""
    predictor = VennAbers()
    predictor.fit(_as_probabilities(scores), np.asarray(is_h1, int))
    _, pairs = predictor.predict_proba(_as_probabilities(at))
    return np.minimum(pairs[:, 0], pairs[:, 1]), np.maximum(pairs[:, 0], pairs[:, 1])


def _as_probabilities(llrs: Floats) -> Floats:
    spoof = 1 / (1 + 10.0 ** (-np.asarray(llrs)))
    return np.stack([1 - spoof, spoof], axis=1)


def _at_even(value: float, share: float) -> float:
    """A probability at the trials' share of spoofs moved to even prior."""
    above, below = value / share, (1 - value) / (1 - share)
    return above / (above + below)


def false_alarms(h2_llrs: Floats) -> list[list[float]]:
    """``[LLR, share of bona fide trials at or above it]``, and one beyond the highest that none reaches."""
    levels = np.unique(h2_llrs[h2_llrs >= 0])
    # Cut off, not rounded, as bounds are: the highest level can be reached.
    shares = [[math.trunc(level * 1e4) / 1e4, round(float(np.mean(h2_llrs >= level)), 6)] for level in levels]
    return [*shares, [round(float(h2_llrs.max()) + 0.01, 4), 0.0]]


def deciles(values: Floats) -> list[float]:
    """Where values cut themselves into ten parts of equal share: drift is measured against it."""
    return [round(float(edge), 5) for edge in np.quantile(values, np.linspace(0, 1, 11))]


def _scores_of(joint: Joint, source: str) -> Floats:
    return np.array([float(row[source]) for row in joint.rows if row[source]])


def measured(llrs: Floats, trials: Trials) -> dict[str, Any]:
    """Figures of the cross-validated, bounded LLRs; ``weighted``: each cluster counted with its root."""
    sides = llrs[trials.is_h1], llrs[~trials.is_h1]
    weights = balanced_weights(trials)
    point = OperatingPoint(0.5, 4.0, 5.6)
    figures = {
        "cllr": cllr(*sides),
        "cllr_min": cllr_min(*sides),
        "cllr_balanced": cllr(*sides, weights[trials.is_h1], weights[~trials.is_h1]),
        "auc": auc(*sides),
        "eer": eer(*sides),
        "ece": ece(*sides),
        "act_dcf": act_dcf(*sides, point),
        "min_dcf": min_dcf(*sides, point),
    }
    bins = [[round(part.said, 4), round(part.true, 4), part.trials] for part in reliability(*sides)]
    by_chance = [round(value, 5) for value in ece_by_chance(llrs)]
    rounded = {name: round(float(value), 5) for name, value in figures.items()}
    return rounded | {"ece_by_chance": by_chance, "reliability": bins}


def describe(path: Path, joint: Joint) -> dict[str, Any]:
    """What it was fitted on."""
    kinds = sorted({row["kind"] for row in joint.rows})
    return {
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "trials": {kind: sum(row["kind"] == kind for row in joint.rows) for kind in kinds},
        "sources": len({row["source_repo"] for row in joint.rows}),
        "generators": len({row["generator"] for row in joint.rows if row["label"] == "fake"}),
    }


def named(content: dict[str, Any]) -> dict[str, Any]:
    """With a ``calibration_id`` that changes whenever what is applied changes."""
    kept = [content[key] for key in ("slope", "offset", "llr_bounds", "venn_abers", "false_alarms")]
    digest = hashlib.sha256(json.dumps(kept).encode()).hexdigest()
    return {"calibration_id": f"fusion-{digest[:8]}"} | content


def _repos(path: Path) -> Any:
    with path.open(newline="", encoding="utf-8") as file:
        return np.array([row["source_repo"] for row in csv.DictReader(file)])


def _findings(llrs: Mapping[str, float]) -> Findings:
    """Evidence of these LLRs; a source without one could not judge."""
    evidence = [
        Evidence(source, Question.AUTHENTICITY, llr, 0.0, "", "", "", Span(0, 10), ()) for source, llr in llrs.items()
    ]
    missing = [Unassessed(source, "NOT_SCORED", "") for source in SOURCES if source not in llrs]
    return Findings(_CLIP, evidence, missing, (), (), (), {})
