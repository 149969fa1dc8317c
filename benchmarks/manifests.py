"""Manifests and trial lists: which rows a protocol applies to, and which answer is the true one."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Protocol(StrEnum):
    """What is measured."""

    VISUAL = "visual"
    """The visual detector on pictures: av, video and image rows."""
    AUDIO = "audio"
    """The audio detector on sound: av and audio rows."""
    SYNC = "sync"
    """The sync detector on genuine av rows, the same with another clip's sound (``revoiced.py``), and dubs."""
    VERDICT = "verdict"
    """The whole analysis with nobody enrolled: av, video and audio rows."""
    FACE_VERIFICATION = "face-verification"
    SPEAKER_VERIFICATION = "speaker-verification"

    @property
    def needs_trials(self) -> bool:
        return self in (Protocol.FACE_VERIFICATION, Protocol.SPEAKER_VERIFICATION)


MODALITIES = {
    Protocol.VISUAL: {"av", "video", "image"},
    Protocol.AUDIO: {"av", "audio"},
    Protocol.SYNC: {"av"},
    Protocol.VERDICT: {"av", "video", "audio"},
}
#: What a row without a modality is taken for, by its file's suffix; anything else is ``av``.
SUFFIX_MODALITY = {
    **dict.fromkeys((".flac", ".wav", ".mp3", ".m4a", ".ogg", ".opus", ".aac"), "audio"),
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".bmp"), "image"),
}
#: Fakes of these kinds have a made picture; their sound is often real speech and its truth is not known.
PICTURE_FAKES = {"talkinghead", "lipsync", "faceswap"}
#: Fakes of these kinds have a made voice; their picture is the genuine one only where the row says so.
SOUND_FAKES = {"tts", "vc", "vocoder"}


@dataclass(frozen=True, slots=True)
class Row:
    """One manifest row; ``columns`` holds them all as they were written."""

    row_id: str
    path: Path
    columns: Mapping[str, str]

    @property
    def modality(self) -> str:
        return self.columns.get("modality") or SUFFIX_MODALITY.get(self.path.suffix.lower(), "av")

    @property
    def generator(self) -> str:
        return self.columns.get("generator") or "unknown"

    @property
    def source(self) -> str:
        return self.columns.get("source_repo") or "unknown"

    @property
    def group(self) -> str:
        """What the row is one of many of: its generator for a spoof, its source otherwise."""
        return f"generator {self.generator}" if self.columns.get("label") == "fake" else f"source {self.source}"

    def is_spoof(self, protocol: Protocol) -> bool | None:
        """The truth for this protocol; None: not known, so the row is scored but not measured."""
        stated = {Protocol.VISUAL: "picture_label", Protocol.AUDIO: "sound_label"}.get(protocol)
        if stated and self.columns.get(stated) in ("bonafide", "fake"):
            return self.columns[stated] == "fake"
        label, fake_type = self.columns.get("label", ""), self.columns.get("fake_type", "")
        if label not in ("bonafide", "fake"):
            return None
        if label == "fake" and protocol is Protocol.VISUAL and fake_type in SOUND_FAKES:
            return False if "audio_only_fake=1" in self.columns.get("notes", "") else None
        if label == "fake" and protocol is Protocol.AUDIO and fake_type in PICTURE_FAKES:
            return None
        return label == "fake"


@dataclass(frozen=True, slots=True)
class Trial:
    """Two media to compare; ``is_same`` None: not known."""

    first_id: str
    second_id: str
    first: Path
    second: Path
    is_same: bool | None


def read_manifest(path: Path) -> list[Row]:
    """All rows, in order; paths are relative to the manifest's folder.

    Raises:
        ValueError: no ``id`` or ``path`` column.
    """
    folder = path.resolve().parent
    return [Row(cells["id"], folder / cells["path"], cells) for cells in _read(path, ("id", "path"))]


def applicable(rows: Sequence[Row], protocol: Protocol) -> list[Row]:
    """The rows a protocol applies to, in manifest order."""
    return [row for row in rows if row.modality in MODALITIES[protocol]]


def spread(rows: Sequence[Row], count: int) -> list[Row]:
    """About ``count`` rows evenly over the manifest, bona fide and spoof apart, in manifest order."""
    chosen: list[Row] = []
    for label in sorted({row.columns.get("label", "") for row in rows}):
        side = [row for row in rows if row.columns.get("label", "") == label]
        share = min(len(side), max(1, round(count * len(side) / len(rows))))
        chosen += [side[k * len(side) // share] for k in range(share)]
    picked = {id(row) for row in chosen}
    return [row for row in rows if id(row) in picked]


def read_trials(path: Path, media_folder: Path) -> list[Trial]:
    """All trials, in order; their paths are relative to ``media_folder``.

    Raises:
        ValueError: a column is missing, or ``same`` is neither 0, 1 nor empty.
    """
    folder = media_folder.resolve()
    trials = []
    for cells in _read(path, ("id1", "id2", "path1", "path2")):
        same = (cells.get("same") or "").strip()
        if same not in ("", "0", "1"):
            raise ValueError(f"{path.name}: same must be 0, 1 or empty; got {same!r}")
        is_same = same == "1" if same else None
        trials.append(Trial(cells["id1"], cells["id2"], folder / cells["path1"], folder / cells["path2"], is_same))
    return trials


def _read(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, restval="")
        if missing := set(needed) - set(reader.fieldnames or ()):
            raise ValueError(f"{path.name} lacks the columns {sorted(missing)}")
        return [{key: value for key, value in cells.items() if isinstance(key, str)} for cells in reader]
