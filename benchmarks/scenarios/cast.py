"""Who plays whom: anchors to enrol, strangers, voices and made clips, chosen from a manifest by rule and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.manifests import Row, read_manifest

ANCHORS = 20
#: Long enough to enrol from one part and to cut clips from another.
ANCHOR_S = 14.0
CLIP_S = 6.0
#: Speech this long is repeated to fill a clip.
SPEECH_S = 4.0
OUTLETS = ("Harbor News Network", "Northline Television")
#: An inset or several people beside the one who is meant.
_UNFIT = ("composite=1", "check_dub=1", "three people", "inset thumbnail", "muted", "music/TikTok")


@dataclass(frozen=True, slots=True)
class Anchor:
    """A person of a genuine clip who is enrolled from its first part; archived: the clip is footage of ours too."""

    anchor_id: str
    name: str
    outlet: str
    row: Row
    enrolled_s: float
    is_archived: bool


@dataclass(frozen=True, slots=True)
class VoiceAnchor:
    """Somebody known by voice alone, and synthetic speech in that voice."""

    anchor_id: str
    name: str
    genuine: Sequence[Row]
    cloned: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Cast:
    """All that scenarios draw on, each list in an order settled by the seed."""

    anchors: Sequence[Anchor]
    voice_anchors: Sequence[VoiceAnchor]
    #: Genuine clips with sound of people who are not enrolled.
    strangers: Sequence[Row]
    #: Generated talking heads.
    talking_heads: Sequence[Row]
    #: Synthetic and genuine speech of people who are not enrolled.
    made_voices: Sequence[Row]
    genuine_voices: Sequence[Row]


def choose(manifest: Path, seed: int) -> Cast:
    """Anchors are the first of the genuine clips that last :data:`ANCHOR_S`, one per named person, in seeded order."""
    rows = read_manifest(manifest)
    order = _order(seed)
    genuine = sorted((row for row in rows if _is_genuine_av(row)), key=order)
    anchors = _anchors(genuine)
    enrolled = {anchor.row.row_id for anchor in anchors}
    people = {_person(anchor.row) for anchor in anchors} - {""}
    #: Where a source does not name its people, they may be the one enrolled from it.
    doubtful = {anchor.row.source for anchor in anchors if not _person(anchor.row)}
    strangers = [
        row
        for row in genuine
        if row.row_id not in enrolled
        and seconds(row) >= CLIP_S
        and _person(row) not in people
        and (_person(row) or row.source not in doubtful)
    ]
    voice_anchors = _voice_anchors(rows, order)
    used = {row.row_id for anchor in voice_anchors for row in (*anchor.genuine, *anchor.cloned)}
    speech = sorted((row for row in rows if row.modality == "audio" and seconds(row) >= SPEECH_S), key=order)
    unused = [row for row in speech if row.row_id not in used and not _is_studio_of(row, voice_anchors)]
    return Cast(
        anchors=anchors,
        voice_anchors=voice_anchors,
        strangers=strangers,
        talking_heads=_in_turn(sorted((row for row in rows if _is_talking_head(row)), key=order)),
        made_voices=[row for row in unused if row.columns.get("fake_type") in ("tts", "vc")],
        genuine_voices=[row for row in unused if row.columns.get("label") == "bonafide"],
    )


def seconds(row: Row) -> float:
    """Duration by the manifest, 0 where it does not say."""
    return float(row.columns.get("duration_s") or 0)


def _order(seed: int) -> Callable[[Row], str]:
    return lambda row: hashlib.sha256(f"{seed} {row.row_id}".encode()).hexdigest()


def _is_genuine_av(row: Row) -> bool:
    notes = row.columns.get("notes", "")
    return row.columns.get("label") == "bonafide" and row.modality == "av" and not any(word in notes for word in _UNFIT)


def _is_talking_head(row: Row) -> bool:
    notes = row.columns.get("notes", "")
    is_made = row.columns.get("label") == "fake" and row.columns.get("fake_type") == "talkinghead"
    return is_made and row.modality == "av" and seconds(row) >= 4.0 and "composite=1" not in notes


def _person(row: Row) -> str:
    name = "".join(filter(str.isalpha, row.columns.get("identity", "").partition("(")[0])).casefold()
    return "" if name in ("none", "unknown") else name


def _anchors(genuine: Sequence[Row]) -> list[Anchor]:
    chosen: list[Row] = []
    for row in genuine:
        names = {_person(other) for other in chosen}
        if seconds(row) >= ANCHOR_S and (not _person(row) or _person(row) not in names) and len(chosen) < ANCHORS:
            chosen.append(row)
    return [
        Anchor(
            anchor_id=f"anchor-{number:02d}",
            name=f"{_FIRST[number % len(_FIRST)]} {_LAST[number % len(_LAST)]}",
            outlet=OUTLETS[number % 2],
            row=row,
            enrolled_s=min(12.0, seconds(row) / 2),
            is_archived=number % 2 == 0,
        )
        for number, row in enumerate(chosen)
    ]


#: Invented: nobody is called so because a clip of them is used here.
_FIRST = ("Alma", "Bruno", "Clara", "Dorian", "Elsa", "Felix", "Greta", "Hugo", "Iris", "Jonas")
_LAST = (
    "Aldersey", "Brackwater", "Cavendry", "Dunmoor", "Everglen", "Fairholt", "Glanmire", "Hartwell", "Inglemoor",
    "Jarrowby", "Kestrelle", "Lindqvar", "Marlowen", "Northgate", "Oakhurst", "Penrosey", "Quillfort", "Ravensby",
    "Stanmere", "Thornbury",
)  # fmt: skip


#: Names of many speakers together.
_CORPORA = ("", "VCTK", "LibriTTS", "LibriSpeech", "AISHELL3")


def _voice_anchors(rows: Sequence[Row], order: Callable[[Row], str]) -> list[VoiceAnchor]:
    """Speakers with at least two genuine recordings and a clone of 4 s or more; ``clone_X`` is a clone of ``..._X``."""
    found = []
    speakers = sorted({row.columns.get("identity", "") for row in rows if row.columns.get("label") == "bonafide"})
    for speaker in speakers:
        tail = speaker.rpartition("_")[2]
        names = {speaker, f"clone_{tail}"} if speaker not in _CORPORA else set()
        own = [row for row in rows if row.columns.get("identity") in names and row.modality == "audio"]
        genuine = sorted((row for row in own if row.columns.get("label") == "bonafide"), key=order)
        cloned = sorted((row for row in own if _is_clone(row) and seconds(row) >= 4.0), key=order)
        if len(genuine) >= 2 and cloned:
            number = len(found)
            # Shifted by one after each round, so that no two have one name.
            last = _LAST[(number + 3 + number // len(_LAST)) % len(_LAST)]
            name = f"{_FIRST[(number + 5) % len(_FIRST)]} {last}"
            found.append(VoiceAnchor(f"voice-{number:02d}", name, genuine[:8], cloned))
    return found


def _is_clone(row: Row) -> bool:
    return row.columns.get("label") == "fake" and row.columns.get("fake_type") in ("tts", "vc")


def _is_studio_of(row: Row, anchors: Sequence[VoiceAnchor]) -> bool:
    """Whether the speaker may be one of the voice anchors: the name, or a corpus' name in place of its speakers'."""
    known = {other.columns.get("identity", "") for anchor in anchors for other in (*anchor.genuine, *anchor.cloned)}
    return row.columns.get("identity", "") in known


def _in_turn(rows: Sequence[Row]) -> list[Row]:
    """Generators by turns, so that the first of the list are of many."""
    by_generator: dict[str, list[Row]] = {}
    for row in rows:
        by_generator.setdefault(row.generator, []).append(row)
    turns = max(map(len, by_generator.values()), default=0)
    return [own[turn] for turn in range(turns) for _, own in sorted(by_generator.items()) if turn < len(own)]
