"""Clips scored by every detector: the trials that fused evidence is calibrated on, from the detectors' tables.

Every score is of a network that saw nothing of its clip's source. Kinds of trials:

``genuine``    a bona fide clip as it is
``dubbed``     bona fide too: its picture with another clip's genuine speech
``made``       a generated talking head or lip-synced clip, with whatever sound it has
``dub``        a genuine picture whose sound was synthesised to fit it
``revoiced``   a genuine picture with a synthetic voice laid over it
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

Row = Mapping[str, str]
HEADER = ("id", "kind", "label", "generator", "source_repo", "visual", "audio", "sync", "audio_quality")
#: One dubbed clip for so many genuine ones: the share of dubs that the fusion assumes.
GENUINE_PER_DUBBED = 4


@dataclass(frozen=True, slots=True)
class Tables:
    """Rows by clip: ``manifest``; scores of pictures, of sounds, of sounds of made clips; of lips by kind and clip."""

    manifest: Mapping[str, Row]
    visual: Mapping[str, Row]
    audio: Mapping[str, Row]
    made_audio: Mapping[str, Row]
    sync: Mapping[tuple[str, str], Row]


def read_tables(manifest: Path, detectors: Mapping[str, Path], made_audio: Path) -> Tables:
    """``detectors``: the scored trials of visual, audio and sync; ``made_audio``: ``scores.csv`` of
    ``python -m benchmarks scores --protocol audio`` over the made clips."""
    visual, audio, sync = (_rows(detectors[source]) for source in ("visual", "audio", "sync"))
    return Tables(
        manifest={row["id"]: row for row in _rows(manifest)},
        visual={row["id"]: row for row in visual},
        audio={row["id"]: row for row in audio},
        made_audio={row["id"]: row for row in _rows(made_audio) if row["score"]},
        sync={(row["fake_type"], row["id"]): row for row in sync},
    )


def trials(tables: Tables, seed: int) -> list[dict[str, str]]:
    """All trials, in the manifest's order."""
    voices = {
        side: sorted(row["id"] for row in tables.audio.values() if row["label"] == side and _is_alone(row, tables))
        for side in ("fake", "bonafide")
    }
    found: list[dict[str, str]] = []
    for clip_id, row in tables.manifest.items():
        if row["modality"] != "av" or (clip_id not in tables.visual and clip_id not in tables.audio):
            continue
        found += _of_clip(clip_id, row, tables, voices, seed)
    return found


def write(rows: Iterable[Mapping[str, str]], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _of_clip(
    clip_id: str, row: Row, tables: Tables, voices: Mapping[str, Sequence[str]], seed: int
) -> Iterable[dict[str, str]]:
    picture = tables.visual.get(clip_id)
    if row["label"] == "bonafide" and picture is not None:
        own = tables.audio.get(clip_id)
        yield _trial(clip_id, "genuine", row, picture, own, tables.sync.get(("none", clip_id)))
        if ("text to speech", clip_id) in tables.sync:
            voice = tables.audio[_drawn(voices["fake"], clip_id, seed)]
            yield _trial(f"{clip_id}+tts", "revoiced", row, picture, voice, tables.sync["text to speech", clip_id])
        if _number(clip_id, seed) % GENUINE_PER_DUBBED == 0 and ("swapped speech", clip_id) in tables.sync:
            voice = tables.audio[_drawn(voices["bonafide"], clip_id, seed)]
            yield _trial(f"{clip_id}+speech", "dubbed", row, picture, voice, tables.sync["swapped speech", clip_id])
    elif row["fake_type"] in ("talkinghead", "lipsync") and picture is not None:
        yield _trial(clip_id, "made", row, picture, tables.made_audio.get(clip_id), None)
    elif row["fake_type"] == "tts" and clip_id in tables.audio:
        yield _trial(clip_id, "dub", row, picture or _twin(row, tables), tables.audio[clip_id], None)


def _trial(
    trial_id: str, kind: str, row: Row, picture: Row | None, sound: Row | None, lips: Row | None
) -> dict[str, str]:
    is_fake = kind in ("made", "dub", "revoiced")
    generator = row["generator"] if kind != "revoiced" or sound is None else sound["generator"]
    return {
        "id": trial_id,
        "kind": kind,
        "label": "fake" if is_fake else "bonafide",
        "generator": generator if is_fake else "none",
        "source_repo": row["source_repo"],
        **{
            name: scored["score"] if scored else ""
            for name, scored in (("visual", picture), ("audio", sound), ("sync", lips))
        },
        "audio_quality": sound.get("quality", "") if sound else "",
    }


def _twin(row: Row, tables: Tables) -> Row | None:
    """The genuine clip of the same person and source whose picture a dub shows."""
    for other_id, other in tables.manifest.items():
        is_twin = other["identity"] == row["identity"] and other["source_repo"] == row["source_repo"]
        if is_twin and other["label"] == "bonafide" and other_id in tables.visual:
            return tables.visual[other_id]
    return None


def _is_alone(row: Row, tables: Tables) -> bool:
    """A recording without a picture, of synthetic or genuine speech."""
    return tables.manifest[row["id"]]["modality"] == "audio" and row["fake_type"] in ("tts", "vc", "none")


def _drawn(ids: Sequence[str], clip_id: str, seed: int) -> str:
    return ids[_number(f"voice {clip_id}", seed) % len(ids)]


def _number(text: str, seed: int) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {text}".encode()).digest()[:8])


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
