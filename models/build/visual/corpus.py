"""Which clips there are, what their *picture* is, and which of them may never be on both sides of a split."""

from __future__ import annotations

import csv
import hashlib
import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

FOLDS = 6
#: The audio-only dubs come in threes over one genuine picture; one of the three stands for it.
DUB_KEPT = "VoiceCraft-Dub"


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


def manifest_sha256(manifest: Path) -> str:
    return hashlib.sha256(manifest.read_bytes()).hexdigest()


def _is_dub(row: dict[str, str]) -> bool:
    return "audio_only_fake=1" in row["notes"]


def _is_kept(row: dict[str, str]) -> bool:
    return not _is_dub(row) or row["generator"] == DUB_KEPT


def _keys(clip: Clip) -> list[str]:
    """What ties a clip to others: its repository, its generators and the people named."""
    people = [re.sub(r"\(.*?\)|[^a-z0-9]", "", name.lower()) for name in clip.row["identity"].split(";")]
    generators = clip.generator.split("|") if clip.is_spoof else []
    return [
        f"source:{clip.source}",
        *(f"generator:{name}" for name in generators),
        *(f"person:{name}" for name in people if name),
    ]


def _components(clips: list[Clip]) -> list[str]:
    """Connected components over shared keys, each named by its smallest key."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key]
        return key

    for clip in clips:
        first, *others = _keys(clip)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    return [root(_keys(clip)[0]) for clip in clips]


def _with_folds(clips: list[Clip]) -> list[Clip]:
    """Whole components, largest first, each to the fold where its classes are scarcest."""
    names = _components(clips)
    members: dict[str, list[Clip]] = defaultdict(list)
    for clip, name in zip(clips, names, strict=True):
        members[name].append(clip)
    totals = [max(1, sum(clip.is_spoof == side for clip in clips)) for side in (False, True)]
    load = [[0.0, 0.0] for _ in range(FOLDS)]
    fold_of: dict[str, int] = {}
    for name in sorted(members, key=lambda key: (-len(members[key]), key)):
        share = [sum(clip.is_spoof == side for clip in members[name]) / totals[side] for side in (False, True)]
        fold = min(
            range(FOLDS), key=lambda k: (sum(s * part for s, part in zip(share, load[k], strict=True)), sum(load[k]), k)
        )
        fold_of[name] = fold
        load[fold] = [part + s for s, part in zip(share, load[fold], strict=True)]
    return [
        Clip(clip.clip_id, clip.path, clip.is_spoof, clip.row, name, fold_of[name])
        for clip, name in zip(clips, names, strict=True)
    ]
