"""The matrix: per item the scores of many published detectors, the generator's name, and an ensemble's score.

It belongs to the package deepsafe-bench (licence PolyForm Noncommercial): it is read where the user installed it, never
copied into this project.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import importlib.util
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from calibration.metrics import Floats

ASSET = "assets/predictions_medium.csv.gz"
MODALITIES = ("images", "audio", "video")
#: AUC of its ensemble as published by its authors, on the items that it scores.
PUBLISHED_AUC = {"images": 0.9466, "audio": 0.8290, "video": 0.6694}
#: A detector that has an answer for a smaller share of a modality's items is left out of fusion.
LEAST_COVERAGE = 0.5
#: Detectors that answer in fewer distinct values are provenance readers that found nothing.
FEWEST_VALUES = 100
#: Probabilities are kept this far from 0 and 1 when turned into log odds.
NEAR = 1e-6


@dataclass(frozen=True, slots=True)
class Matrix:
    """One modality; arrays have one row per item, NaN where a detector has no answer. Scores grow with fake."""

    modality: str
    ids: tuple[str, ...]
    is_fake: NDArray[np.bool_]
    generators: NDArray[np.str_]
    ensemble: Floats
    detectors: tuple[str, ...]
    scores: Floats
    """Log odds (base 10), shape ``(items, detectors)``."""


def find_matrix() -> Path:
    """The file in the installed package.

    Raises:
        ValueError: the package is not installed here.
    """
    spec = importlib.util.find_spec("deepsafe")
    path = Path(spec.origin).parent / ASSET if spec and spec.origin else None
    if path is None or not path.is_file():
        raise ValueError(
            "the published matrix is not here: pip install --no-deps deepsafe-bench (its licence is for noncommercial "
            "use), or say --matrix FILE"
        )
    return path


def read_matrix(path: Path) -> dict[str, Matrix]:
    """The modalities of a matrix file (``.csv`` or ``.csv.gz``).

    Raises:
        ValueError: it is no such file, or holds labels other than real and fake.
    """
    try:
        content = path.read_bytes()
        text = gzip.decompress(content).decode() if path.suffix == ".gz" else content.decode()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} cannot be read as a matrix: {error}") from error
    rows = list(csv.DictReader(text.splitlines()))
    if not rows or (missing := {"id", "modality", "label", "generator", "ensemble_score"} - set(rows[0])):
        raise ValueError(f"{path.name} is no prediction matrix{f'; it lacks {sorted(missing)}' if rows else ''}")
    if unknown := {row["label"] for row in rows} - {"real", "fake"}:
        raise ValueError(f"{path.name}: a label is real or fake; got {sorted(unknown)}")
    return {
        modality: _modality(modality, [row for row in rows if row["modality"] == modality])
        for modality in MODALITIES
        if any(row["modality"] == modality for row in rows)
    }


def digest(path: Path) -> str:
    """SHA-256 of the file: which matrix the figures belong to."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _modality(modality: str, rows: list[dict[str, str]]) -> Matrix:
    columns = {name.removeprefix("prob_"): _column(rows, name) for name in rows[0] if name.startswith("prob_")}
    kept = {
        name: values
        for name, values in columns.items()
        if np.isfinite(values).mean() >= LEAST_COVERAGE and len(np.unique(values[np.isfinite(values)])) >= FEWEST_VALUES
    }
    return Matrix(
        modality,
        tuple(row["id"] for row in rows),
        np.array([row["label"] == "fake" for row in rows], bool),
        np.array([f"{row['label']} {row['generator']}" for row in rows]),
        _column(rows, "ensemble_score"),
        tuple(kept),
        log_odds(np.stack(list(kept.values()), axis=1)) if kept else np.empty((len(rows), 0)),
    )


def _column(rows: list[dict[str, str]], name: str) -> Floats:
    return np.array([float(row[name]) if row[name] else math.nan for row in rows], np.float64)


def log_odds(probabilities: Floats) -> Floats:
    """Base 10, kept finite."""
    kept = np.clip(probabilities, NEAR, 1 - NEAR)
    return np.asarray(np.log10(kept / (1 - kept)), np.float64)
