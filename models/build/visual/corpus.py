"""Which clips there are, what their *picture* is, and which of them may never be on both sides of a split."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from benchmarks.equalise import Medium
from benchmarks.folds import COMPONENT_FOLDS, Member, component_folds, components, member
from benchmarks.manifests import Row

FOLDS = COMPONENT_FOLDS
#: The audio-only dubs come in threes over one genuine picture; one of the three stands for it.
DUB_KEPT = "VoiceCraft-Dub"
#: Of so many bona fide clips of a source twins are made.
TWINNED = 9


@dataclass(frozen=True)
class Clip:
    """One manifest row with a picture. ``component`` is its group of sources, generators and people."""

    clip_id: str
    path: Path
    is_spoof: bool
    row: dict[str, str]
    component: str = ""
    fold: int = -1

    @property
    def source(self) -> str:
        return self.row["source_repo"]

    @property
    def generator(self) -> str:
        return self.row["generator"] if self.is_spoof else "none"

    @property
    def is_composite(self) -> bool:
        return "composite=1" in self.row["notes"]

    @property
    def member(self) -> Member:
        return member(Row(self.clip_id, self.path, self.row), self.is_spoof)

    @property
    def medium(self) -> Medium:
        return Medium(self.clip_id, self.path, self.duration_s, self.is_composite)

    @property
    def duration_s(self) -> float:
        return float(self.row["duration_s"] or 0)


def read_clips(manifest: Path) -> list[Clip]:
    """The ``av`` and ``video`` rows, grouped and in folds; where only the sound is false the picture is bona fide."""
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["modality"] in ("av", "video") and _is_kept(row)]
    clips = [
        Clip(row["id"], manifest.parent / row["path"], row["label"] == "fake" and not _is_dub(row), row) for row in rows
    ]
    return _with_folds(clips)


def twinned(clips: list[Clip]) -> list[Clip]:
    """The bona fide clips that twins are made of: of a source ``TWINNED`` at most, or the largest would teach them."""
    found: dict[str, list[Clip]] = defaultdict(list)
    for clip in clips:
        if not clip.is_spoof and len(found[clip.source]) < TWINNED:
            found[clip.source].append(clip)
    chosen = {clip.clip_id for own in found.values() for clip in own}
    return [clip for clip in clips if clip.clip_id in chosen]


def bona_fide_pictures(manifest: Path) -> list[Path]:
    """Still pictures of real faces."""
    with manifest.open(encoding="utf-8", newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["modality"] == "image" and row["label"] == "bonafide"]
    return [manifest.parent / row["path"] for row in rows]


def manifest_sha256(manifest: Path) -> str:
    return hashlib.sha256(manifest.read_bytes()).hexdigest()


def _is_dub(row: dict[str, str]) -> bool:
    return "audio_only_fake=1" in row["notes"]


def _is_kept(row: dict[str, str]) -> bool:
    return not _is_dub(row) or row["generator"] == DUB_KEPT


def _with_folds(clips: list[Clip]) -> list[Clip]:
    """Components and folds as the benchmarks' protocol makes them."""
    rows = [clip.member for clip in clips]
    folds = component_folds(rows)
    return [
        Clip(clip.clip_id, clip.path, clip.is_spoof, clip.row, name, folds[clip.clip_id])
        for clip, name in zip(clips, components(rows), strict=True)
    ]
