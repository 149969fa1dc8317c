"""Extracted mouths as training and test material; who must not be on both sides."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from anchorproof.detectors.lips import SAMPLE_RATE_HZ, STEPS_PER_S, Floats, lips_of, mel_of
from anchorproof.types import MouthMotion, Waveform

FOLDS = 4
#: What counts of a clip when folds are made equally long.
LONGEST_S = 10.0
#: Steps of sound beyond the lips on either side.
MARGIN = STEPS_PER_S
_TITLES = ("(by appearance)", "(caption)", "(client)")


@dataclass(frozen=True, slots=True)
class Piece:
    """One face's lips ``(steps, 144)`` and the sound from one second before to one second after, ``(.., 32)``.

    ``heard (steps + 2 * MARGIN,)``: where there is sound. ``speech``: share of the steps with speech.
    """

    clip_id: str
    number: int
    group: str
    row: Mapping[str, str]
    lips: Floats
    mel: Floats
    heard: NDArray[np.bool_]
    speaks: NDArray[np.bool_]
    confidence: float
    face_px: float

    @property
    def steps(self) -> int:
        return len(self.lips)


def read_rows(manifest: Path) -> list[dict[str, str]]:
    with manifest.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def usable(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    """Genuine clips whose sound is their own, and dubs over genuine pictures."""
    av = [row for row in rows if row["modality"] == "av" and "check_dub=1" not in row["notes"]]
    return [row for row in av if row["label"] == "bonafide" or "audio_only_fake=1" in row["notes"]]


def load(work: Path, rows: Iterable[Mapping[str, str]], still: Floats) -> list[Piece]:
    """The pieces of these rows that have been extracted, in the rows' order."""
    rows = list(rows)
    groups = groups_of(rows)
    return [
        piece
        for row in rows
        for path in sorted(work.glob(f"{row['id']}_*.npz"))
        if (piece := _read(path, row, groups[row["id"]], still))
    ]


def _read(path: Path, row: Mapping[str, str], group: str, still: Floats) -> Piece | None:
    with np.load(path) as found:
        motion = MouthMotion(path.stem, found["times_s"], found["points"], found["confidence"], float(found["face_px"]))
        waveform = Waveform(found["samples"].astype(np.float32) / 32767, SAMPLE_RATE_HZ, float(found["sound_s"]))
        speech = found["speech"]
    lips = lips_of(motion, still)
    steps = len(lips.shape)
    begin_s = lips.start_s - MARGIN / STEPS_PER_S
    mel = mel_of(waveform, begin_s, steps + 2 * MARGIN)
    times_s = begin_s + np.arange(steps + 2 * MARGIN) / STEPS_PER_S
    heard = (times_s >= waveform.start_s) & (times_s <= waveform.start_s + waveform.duration_s)
    speaks = np.zeros(steps, bool)
    for start_s, end_s in speech:
        speaks |= (times_s[MARGIN:-MARGIN] >= start_s) & (times_s[MARGIN:-MARGIN] <= end_s)
    number = int(path.stem.rsplit("_", 1)[1])
    confidence = float(motion.confidence.mean())
    return Piece(row["id"], number, group, row, lips.shape, mel, heard, speaks, confidence, motion.face_px)


# --------------------------------------------------------------------------- who belongs together


def groups_of(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """A group per row: rows that share a source or a named person, directly or over others, are one group."""
    parent: dict[str, str] = {}

    def root(name: str) -> str:
        while parent.setdefault(name, name) != name:
            name = parent[name]
        return name

    for row in rows:
        names = [f"source {row['source_repo']}", *(f"person {person}" for person in _people(row))]
        for name in names[1:]:
            parent[root(name)] = root(names[0])
    return {row["id"]: root(f"source {row['source_repo']}") for row in rows}


def _people(row: Mapping[str, str]) -> Iterator[str]:
    for part in row["identity"].split(";"):
        name = part
        for title in _TITLES:
            name = name.replace(title, "")
        plain = "".join(letter for letter in name.lower() if letter.isalnum())
        if plain:
            yield plain


def folds_of(rows: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """A fold per group, the folds about equally long; the longest groups are placed first."""
    groups, seconds = groups_of(rows), dict[str, float]()
    for row in rows:
        group = groups[row["id"]]
        seconds[group] = seconds.get(group, 0.0) + min(LONGEST_S, float(row["duration_s"]))
    filled = [0.0] * FOLDS
    folds = {}
    for group in sorted(seconds, key=lambda name: (-seconds[name], name)):
        folds[group] = filled.index(min(filled))
        filled[folds[group]] += seconds[group]
    return folds
