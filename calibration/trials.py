"""Scored trials as the fit needs them, read from ``calibration/scores/*.csv``.

Two layouts: a detector's ``id,label,fake_type,generator,identity,source_repo,fold,duration_s,score``, its scores from
models that never saw the row's source, generator or person; and a template model's
``id1,id2,same,group1,group2,score``, groups being people.
"""

from __future__ import annotations

import csv
import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

#: Fewer folds of a detector's own cross-fitting than this, and sources are folded here instead.
FEWEST_FOLDS = 3
#: No more names than this, and each is held out alone.
MOST_FOLDS = 10


@dataclass(frozen=True, slots=True)
class Trials:
    """Scores of trials whose truth is known; all arrays have shape ``(n,)``.

    ``clusters`` name what a trial is one of many of (a source, a generator, a person, a pair of people): trials of one
    cluster are not independent. ``first`` and ``second`` name what is held out together in cross-validation: the two
    people of an identity trial; twice the same name otherwise.
    """

    scores: NDArray[np.float64]
    is_h1: NDArray[np.bool_]
    clusters: NDArray[np.str_]
    first: NDArray[np.str_]
    second: NDArray[np.str_]
    #: Of the worse side of each trial (``Template.quality``), where the table says it.
    quality: NDArray[np.float64] | None = None
    #: ``(n, side, (fall_db, band_db))`` (see ``anchorproof.types.Acoustics``), where the table says it.
    acoustics: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        if not np.isfinite(self.scores).all():
            raise ValueError("every trial needs a finite score; leave out those that were not scored")
        if self.is_h1.all() or not self.is_h1.any():
            raise ValueError("trials of both hypotheses are needed")

    def __len__(self) -> int:
        return len(self.scores)


def read_detector_trials(path: Path) -> Trials:
    """Spoofs against bona fide clips; clusters are generators on one side, sources on the other.

    A column ``quality`` is the material's (``anchorproof.types.RawScore``): in every row, or none.

    Raises:
        ValueError: a column is missing, a label is neither ``fake`` nor ``bonafide``, a score is not a number.
    """
    rows = _rows(path, ("id", "label", "generator", "source_repo", "score"))
    if unknown := {row["label"] for row in rows} - {"fake", "bonafide"}:
        raise ValueError(f"{path.name}: label must be fake or bonafide; got {sorted(unknown)}")
    held_out = _own_folds(rows) or [row["source_repo"] for row in rows]
    clusters = [row["generator"] if row["label"] == "fake" else row["source_repo"] for row in rows]
    trials = _trials(rows, [row["label"] == "fake" for row in rows], clusters, held_out, held_out)
    if "quality" not in rows[0]:
        return trials
    quality = np.array([float(row["quality"] or math.nan) for row in rows], np.float64)
    if not (quality > 0).all():
        raise ValueError(f"{path.name}: a quality above 0 is needed in every row, or no such column")
    return replace(trials, quality=quality)


def read_identity_trials(path: Path) -> Trials:
    """Same-person against different-person comparisons; clusters are a person or a pair of people.

    Raises:
        ValueError: a column is missing, ``same`` is neither 0 nor 1, a score is not a number.
    """
    rows = _rows(path, ("id1", "id2", "same", "group1", "group2", "score"))
    if unknown := {row["same"] for row in rows} - {"0", "1"}:
        raise ValueError(f"{path.name}: same must be 0 or 1; got {sorted(unknown)}")
    first = [row["group1"] or f"nobody else: {row['id1']}" for row in rows]
    second = [row["group2"] or f"nobody else: {row['id2']}" for row in rows]
    clusters = ["|".join(sorted({one, other})) for one, other in zip(first, second, strict=True)]
    trials = _trials(rows, [row["same"] == "1" for row in rows], clusters, first, second)
    if "quality" not in rows[0]:
        return trials
    trials = replace(trials, quality=np.array([float(row["quality"]) for row in rows], np.float64))
    columns = [[f"fall_db{side}", f"band_db{side}"] for side in "12"]
    if not all(name in rows[0] for side in columns for name in side):
        return trials
    values = [[[float(row[name] or math.nan) for name in side] for side in columns] for row in rows]
    if not np.isfinite(values).all():
        raise ValueError(f"{path.name}: acoustics of both sides are needed in every row, or in none")
    return replace(trials, acoustics=np.array(values, np.float64))


def folds_of(trials: Trials, count: int, seed: int) -> dict[str, int]:
    """A fold for each name held out together, the sides and folds about equally full.

    Large names are placed first, each where its more frequent side has least; ``seed`` settles the order of equals.
    """
    sides = {True: Counter[str](), False: Counter[str]()}
    for name, is_h1 in zip(
        np.concatenate([trials.first, trials.second]), np.concatenate([trials.is_h1] * 2), strict=True
    ):
        sides[bool(is_h1)][str(name)] += 1
    names = sorted(sides[True].keys() | sides[False].keys())
    np.random.default_rng(seed).shuffle(names)
    names.sort(key=lambda name: -sides[True][name] - sides[False][name])
    if len(names) <= MOST_FOLDS:
        return {name: place for place, name in enumerate(names)}
    filled = {side: [0] * count for side in sides}
    places = {}
    for name in names:
        main = sides[True][name] >= sides[False][name]
        places[name] = min(range(count), key=lambda fold: (filled[main][fold], fold))
        for side in sides:
            filled[side][places[name]] += sides[side][name]
    return places


def _own_folds(rows: Sequence[dict[str, str]]) -> list[str] | None:
    folds = [row.get("fold", "") for row in rows]
    return folds if all(folds) and len(set(folds)) >= FEWEST_FOLDS else None


def _rows(path: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if missing := set(columns) - set(reader.fieldnames or ()):
            raise ValueError(f"{path.name} lacks the columns {sorted(missing)}")
        return list(reader)


def _trials(
    rows: Sequence[dict[str, str]],
    is_h1: Iterable[bool],
    clusters: Sequence[str],
    first: Sequence[str],
    second: Sequence[str],
) -> Trials:
    scores = np.array([float(row["score"] or math.nan) for row in rows], np.float64)
    return Trials(scores, np.array(list(is_h1), bool), np.array(clusters), np.array(first), np.array(second))
