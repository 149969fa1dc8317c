"""Trials as the calibration takes them, and how well doubt tells garble from print."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.garble.trials import FOLDS
from calibration.metrics import auc

#: Scripts of which the recogniser knows no letter, or takes most for Latin ones.
UNKNOWN_SCRIPTS = ("ru", "ko", "he", "el")
_RESAMPLINGS = 1000


def fold_of(source: str) -> int:
    """Of a repository."""
    return int.from_bytes(hashlib.sha256(source.encode()).digest()[:4]) % len(FOLDS)


def score_row(row: Mapping[str, Any]) -> dict[str, Any]:
    """What trials have in common is a language or a repository on one side, a kind of garble on the other."""
    return {
        "id": row["trial_id"],
        "label": "fake" if row["is_garbled"] else "bonafide",
        "fake_type": "garble" if row["is_garbled"] else "none",
        "generator": row["kind"],
        "identity": "",
        "source_repo": f"print in {row['language']}" if row["font"] else row["source"],
        "fold": row["fold"],
        "duration_s": "",
        "score": round(row["score"], 5),
    }


def figures(rows: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    """AUC by kind of garble and of print, 95 % intervals over resampled languages, repositories and kinds."""
    garbled = [row for row in rows if row["is_garbled"]]
    print_ = [row for row in rows if not row["is_garbled"]]
    known = [row for row in print_ if row["language"] not in UNKNOWN_SCRIPTS]
    drawn = [row for row in known if row["font"]]
    sides = {
        "all": (garbled, print_),
        "scripts that the recogniser knows": (garbled, known),
        "other scripts": (garbled, [row for row in print_ if row["language"] in UNKNOWN_SCRIPTS]),
        "clips as they are, known scripts": (garbled, [row for row in known if not row["font"]]),
    }
    sides |= {f"garble: {fold.kind}": ([r for r in garbled if r["kind"] == fold.kind], known) for fold in FOLDS}
    for name, sizes in {"360p": ("640x360",), "480p": ("854x480",), "720p": ("1280x720",)}.items():
        sides[name] = tuple([row for row in side if row["size"] in sizes] for side in (garbled, drawn))  # type: ignore[assignment]
    crushed = tuple([row for row in side if row["crf"] >= 33] for side in (garbled, drawn))
    sides["CRF 33 to 38"] = crushed[0], crushed[1]
    return {name: _told(*pair, seed) for name, pair in sides.items() if all(pair)}


def _told(garbled: Sequence[Mapping[str, Any]], print_: Sequence[Mapping[str, Any]], seed: int) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    values = sorted(auc(_resampled(garbled, random), _resampled(print_, random)) for _ in range(_RESAMPLINGS))
    low, high = (values[round(share * (_RESAMPLINGS - 1))] for share in (0.025, 0.975))
    whole = auc(np.array([row["score"] for row in garbled]), np.array([row["score"] for row in print_]))
    return {
        "garbled": len(garbled),
        "print": len(print_),
        "auc": round(whole, 4),
        "interval": [round(low, 4), round(high, 4)],
        "median_doubt": [round(float(np.median([row["doubt"] for row in side])), 3) for side in (garbled, print_)],
    }


def _resampled(rows: Sequence[Mapping[str, Any]], random: np.random.Generator) -> Any:
    """Scores of clusters drawn with replacement; of one cluster alone its trials are drawn."""
    by_cluster: dict[str, list[float]] = {}
    for row in rows:
        cluster = row["kind"] if row["is_garbled"] else score_row(row)["source_repo"]
        by_cluster.setdefault(cluster, []).append(row["score"])
    held = list(by_cluster.values())
    if len(held) == 1:
        return random.choice(held[0], len(held[0]))
    return np.concatenate([held[place] for place in random.integers(0, len(held), len(held))])
