"""Fits what a photograph set in motion is worth, from the trials of ``python -m benchmarks photographs``.

False trials are genuine clips beside photographs of other recordings, of other people or of the same. With many
photographs enrolled one of them may come near by chance, so the service multiplies the rate by their number.
"""

from __future__ import annotations

import csv
import gzip
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.footage.photographs import METHOD

#: Clips with none of the photographs that are matched with one: three in a thousand.
EXPECTED_FALSE_MATCHES = 0.003
#: Photographs enrolled, for the recall that is stated.
USUAL_ARCHIVE = 50
#: Rates that the trials are too few for are continued downwards as they fall there: by this many bits a decade.
_TAIL_SHARE = 0.002
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Trial:
    """One clip beside one photograph, with the sources of both."""

    is_true: bool
    bits: float
    clip: str
    source: str
    photograph_source: str

    def is_of(self, source: str) -> bool:
        return source in (self.source, self.photograph_source)


def read_trials(path: Path) -> list[Trial]:
    """Animated photographs, and genuine clips with photographs of other recordings."""
    kinds = {"animated": True, "other": False}
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return [
            Trial(
                kinds[row["kind"]],
                float(row["bits"]),
                row["clip"],
                row["clip_source"],
                row["photograph_source"],
            )
            for row in csv.DictReader(file)
            if row["kind"] in kinds
        ]


def false_alarms(trials: Sequence[Trial], lowest_bits: int = 30) -> list[tuple[float, float]]:
    """``(bits, share of false trials at or below)``, by whole bits; below the tail's beginning by its slope.

    The tail of distances falls as an exponential: its slope is the mean excess (maximum likelihood) of the nearest
    ``_TAIL_SHARE`` of the trials. It is never put below what was counted.

    Raises:
        ValueError: too few false trials.
    """
    bits = np.sort([trial.bits for trial in trials if not trial.is_true])
    if len(bits) < _FEWEST:
        raise ValueError(f"at least {_FEWEST} false trials are needed; got {len(bits)}")
    count = max(_FEWEST, round(_TAIL_SHARE * len(bits)))
    start = float(bits[count - 1])
    decay = max(1.0, float(np.mean(start - bits[:count])))
    table = []
    for limit in range(lowest_bits, 129):
        counted = float(np.searchsorted(bits, limit, side="right")) / len(bits)
        tail = count / len(bits) * math.exp((limit - start) / decay)
        table.append((float(limit), max(counted, tail) if limit < start else counted))
    return table


def limit_of(table: Sequence[tuple[float, float]], photographs: int) -> float:
    """The most bits at which a face is called a match, with so many photographs enrolled; -1: none would do."""
    fitting = [bits for bits, rate in table if rate * photographs <= EXPECTED_FALSE_MATCHES]
    return max(fitting, default=-1.0)


def left_out(trials: Sequence[Trial], photographs: int) -> tuple[float, float, int, int]:
    """Recall and false alarms per comparison by limits that saw nothing of a clip's source; how many trials of each."""
    hits = {True: 0, False: 0}
    counts = {True: 0, False: 0}
    for source in sorted({trial.source for trial in trials}):
        limit = limit_of(false_alarms([trial for trial in trials if not trial.is_of(source)]), photographs)
        for trial in trials:
            if trial.source == source:
                counts[trial.is_true] += 1
                hits[trial.is_true] += trial.bits <= limit
    return hits[True] / max(counts[True], 1), hits[False] / max(counts[False], 1), counts[True], counts[False]


def calibration(trials: Sequence[Trial], date: str) -> dict[str, Any]:
    """What the service loads as ``models/footage/photographs.json``."""
    table = false_alarms(trials)
    recall, _, count_true, _ = left_out(trials, USUAL_ARCHIVE)
    clips = {trial.clip for trial in trials if not trial.is_true}
    return {
        "calibration_id": f"photographs-{date}",
        "method": METHOD,
        "fitted_on": {"animated": count_true, "other": sum(not trial.is_true for trial in trials), "clips": len(clips)},
        "false_alarms": [[bits, float(f"{rate:.3g}")] for bits, rate in table],
        "expected_false_matches": EXPECTED_FALSE_MATCHES,
        "recall": round(recall, 4),
        "llr_bound": round(math.log10(len(clips) + 1), 4),
        "spoof_llr": round(spoof_llr(trials), 4),
    }


def spoof_llr(trials: Sequence[Trial]) -> float:
    """LLR on authenticity of a match: how often animated photographs and genuine clips give one, of so many enrolled.

    No more than the number of genuine clips supports: none of n of them matching leaves a rate of about 1 / (n + 1).
    """
    recall, _, _, _ = left_out(trials, USUAL_ARCHIVE)
    clips = {trial.clip for trial in trials if not trial.is_true}
    limit = limit_of(false_alarms(trials), USUAL_ARCHIVE)
    matched = {trial.clip for trial in trials if not trial.is_true and trial.bits <= limit}
    return math.log10(recall * (len(clips) + 1) / (len(matched) + 1))


def summary(trials: Sequence[Trial]) -> Mapping[str, Any]:
    """Recall and false alarms by the number of photographs enrolled, sources left out."""
    rows = {}
    for photographs in (1, 10, USUAL_ARCHIVE, 500, 5000):
        recall, alarms, count_true, compared = left_out(trials, photographs)
        rows[str(photographs)] = {
            "limit_bits": limit_of(false_alarms(trials), photographs),
            "recall": round(recall, 4),
            "false_alarms_per_comparison": float(f"{alarms:.3g}"),
            "animated": count_true,
            "compared": compared,
        }
    return rows
