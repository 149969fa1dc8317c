"""The bench's work: which excerpts get which edits; every answer goes to a work file, so a killed run goes on."""

from __future__ import annotations

import hashlib
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from anchorproof.engine import Engine
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.prints import Fingerprint
from anchorproof.settings import Settings
from benchmarks.footage.archive import Enrolled, Generator, distractors, enrol
from benchmarks.footage.edits import FORGED, HARMLESS, Edit, Material
from benchmarks.footage.media import RATE_HZ, read_cut, read_waveform
from benchmarks.footage.queries import Prepared, Searcher, landmarks, prepared
from benchmarks.manifests import Row, read_manifest
from benchmarks.progress import Meter
from benchmarks.work import WorkFile

EXCERPT_S = 5.0
#: Clips larger than this are scaled down before they are edited, to keep a run short.
_SIDE_PX = 480
#: Edits that every clip of at least 5 s gets; the others go to every eighth.
_EVERY_CLIP = ("480p-crf35", "caption", "crop-10")
#: Of these, every clip gets one or two.
_IN_TURN = ("logo", "faster-5", "slower-5")
#: Harmless edits that are held against references too, beside the forgeries.
_COMPARED = ("240p-crf35", "crop-10", "logo", "faster-5", "caption", "mirror")
#: One clip of so many is held against references.
_COMPARED_CLIPS = 4


@dataclass(frozen=True, slots=True)
class Query:
    """One edited excerpt to search for.

    ``by_references`` compares it with the retained references too; ``is_absent`` searches an archive without its clip.
    """

    row: Row
    edit: Edit
    seconds: float
    number: int
    by_references: bool = False
    is_absent: bool = False

    @property
    def key(self) -> str:
        kind = " absent" if self.is_absent else " compared" if self.by_references else ""
        return f"{self.row.row_id}/{self.edit.name}@{self.seconds:g}{kind}"


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a run needs."""

    manifest: Path
    work: Path
    hours: float
    seed: int
    limit: int = 0


def genuine(manifest: Path) -> list[Row]:
    """Bona fide rows with a picture that moves."""
    rows = read_manifest(manifest)
    return [row for row in rows if row.columns.get("label") == "bonafide" and row.modality in ("av", "video")]


def queries(rows: Sequence[Row], seed: int) -> list[Query]:
    """What is asked, clip by clip in random order, so that a run cut short is a fair sample of clips."""
    order = np.random.default_rng(seed).permutation(len(rows))
    return [query for number, place in enumerate(order) for query in _of_clip(rows[place], number)]


def _of_clip(row: Row, number: int) -> Iterator[Query]:
    yield from _searched(row, number)
    if number % _COMPARED_CLIPS == 0:
        yield from _compared(row, number)


def _searched(row: Row, number: int) -> Iterator[Query]:
    length_s = float(row.columns.get("duration_s") or 0)
    by_name = {edit.name: edit for edit in HARMLESS}
    excerpt_s = EXCERPT_S if length_s >= EXCERPT_S + 0.2 else 3.0
    if length_s >= excerpt_s + 0.2:
        yield Query(row, by_name["480p-crf35"], excerpt_s, number, is_absent=True)
    if excerpt_s < EXCERPT_S:
        return
    for place, edit in enumerate(HARMLESS):
        in_turn = edit.name in _IN_TURN and (number + place) % 3 != 0
        if edit.name in _EVERY_CLIP or in_turn or (number + place) % 10 == 0:
            yield Query(row, edit, EXCERPT_S, number)
    for seconds, share in ((3.0, 4), (10.0, 4), (30.0, 1)):
        if length_s >= seconds + 0.2 and number % share == 0:
            yield Query(row, by_name["480p-crf35"], seconds, number)


def _compared(row: Row, number: int) -> Iterator[Query]:
    length_s = float(row.columns.get("duration_s") or 0)
    has_sound = row.columns.get("has_audio") == "1"
    for edit in HARMLESS:
        if edit.name in _COMPARED and length_s >= EXCERPT_S + 0.2:
            yield Query(row, edit, EXCERPT_S, number, by_references=True)
    for edit in FORGED:
        needs_time, needs_sound = edit.name in ("hole", "insert"), edit.name not in ("hole", "insert", "new-face")
        if length_s >= (7.0 if needs_time else EXCERPT_S) + 0.2 and (has_sound or not needs_sound):
            yield Query(row, edit, min(length_s - 0.2, 10.0 if needs_time else EXCERPT_S), number, by_references=True)


def carry_out(setting: Setting) -> dict[str, dict[str, Any]]:
    """All answers by key, those of earlier runs included."""
    rows = genuine(setting.manifest)
    archive = enrol({row.row_id: row.path for row in rows}, setting.work / "archive.pickle")
    made = generated(setting, archive)
    prints = {key: item.fingerprint for key, item in archive.items()}
    finder = Engine.load(Settings(), threads=1).face_finder
    searcher = Searcher(ArchiveIndex(prints | made), finder)
    # Two archives that lack every second clip each, for queries that must find nothing.
    halves = [dict(list(prints.items())[parity::2]) for parity in (0, 1)]
    partial = [Searcher(ArchiveIndex(half | made), finder) for half in halves]
    without = dict.fromkeys(halves[0], partial[1]) | dict.fromkeys(halves[1], partial[0])
    voices = _voices(setting.manifest)
    asked = queries(rows, setting.seed)[: setting.limit or None]
    with WorkFile(setting.work / "answers.jsonl") as file:
        known = file.answers()
        open_queries = [query for query in asked if query.key not in known]
        clips = _Clips(setting.work / "clips", _Materials(rows, voices, setting.seed, finder), setting.seed)
        with Meter("queries", len(open_queries), len(known)) as meter:
            for query in open_queries:
                asked_of = without[query.row.row_id] if query.is_absent else searcher
                answer = _answer(query, asked_of, clips, archive)
                known[query.key] = answer
                file.put(query.key, answer)
                meter.advance()
    return known


def _answer(query: Query, searcher: Searcher, clips: _Clips, archive: Mapping[str, Enrolled]) -> dict[str, Any]:
    clip = clips.of(query)
    enrolled = archive[query.row.row_id] if query.by_references else None
    found = searcher.ask(clip, query.row.row_id, enrolled)
    return {
        "clip": query.row.row_id,
        "source": query.row.source,
        "edit": query.edit.name,
        "seconds": query.seconds,
        "outcome": query.edit.outcome.value if query.edit.outcome else None,
        "by_references": query.by_references,
        "is_absent": query.is_absent,
        "foreign": clip.foreign,
        "has_sound": clip.has_sound,
        **found,
    }


class _Clips:
    """Edited excerpts, kept in a folder: a run after a change of the search need not edit and encode again."""

    def __init__(self, folder: Path, materials: _Materials, seed: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._materials, self._seed = folder, materials, seed

    def of(self, query: Query) -> Prepared:
        name = (
            f"{self._seed} {query.row.row_id} {query.edit.name} {query.seconds} {query.number} {query.edit in FORGED}"
        )
        kept = self._folder / f"{hashlib.sha256(name.encode()).hexdigest()[:24]}.pickle"
        if kept.exists():
            found: Prepared = pickle.loads(kept.read_bytes())
            return found
        material, start_s = self._materials.of(query)
        made = prepared(query.edit.make(material), material, start_s)
        unfinished = kept.with_suffix(".part")
        unfinished.write_bytes(pickle.dumps(made))
        unfinished.replace(kept)
        return made


class _Materials:
    """Cuts of clips, the last one kept: edits of one excerpt follow each other."""

    def __init__(self, rows: Sequence[Row], voices: Sequence[np.ndarray[Any, Any]], seed: int, finder: Any) -> None:
        self._rows, self._voices, self._seed, self._finder = rows, voices, seed, finder
        self._last: tuple[tuple[str, float, bool], Material, float] | None = None

    def of(self, query: Query) -> tuple[Material, float]:
        key = (query.row.row_id, query.seconds, query.edit in FORGED)
        if self._last is None or self._last[0] != key:
            self._last = (key, *self._made(query))
        material, start_s = self._last[1], self._last[2]
        if query.edit in FORGED and not any(points is not None for points in material.faces):
            faces, others = (landmarks(cut.images, self._finder) for cut in (material.cut, material.other))
            material = Material(
                material.cut, material.other, material.voice, faces, others, material.random, material.other_id
            )
            self._last = (key, material, start_s)
        return material, start_s

    def _made(self, query: Query) -> tuple[Material, float]:
        random = np.random.default_rng([self._seed, query.number, round(query.seconds)])
        length_s = float(query.row.columns["duration_s"])
        start_s = round(float(random.uniform(0, max(0.0, length_s - query.seconds - 0.1))), 2)
        others = [row for row in self._rows if row.source != query.row.source and float(row.columns["duration_s"]) >= 3]
        other = others[int(random.integers(len(others)))]
        cut = read_cut(query.row.path, start_s, query.seconds, _SIDE_PX)
        # Read only where something is forged with it.
        foreign = read_cut(other.path, 0.0, query.seconds, _SIDE_PX) if query.edit in FORGED else cut
        voice = self._voices[int(random.integers(len(self._voices)))]
        return Material(cut, foreign, voice, (), (), random, other.row_id), start_s


def _voices(manifest: Path) -> list[np.ndarray[Any, Any]]:
    """Foreign voices for re-voiced clips: synthetic ones (TTS) of the same manifest."""
    rows = [row for row in read_manifest(manifest) if row.columns.get("fake_type") == "tts" and row.modality == "audio"]
    found = []
    for row in rows[:: max(1, len(rows) // 40)]:
        waveform = read_waveform(row.path.read_bytes(), RATE_HZ)
        if waveform is not None and waveform.duration_s > 2:
            found.append(waveform.samples)
    return found


def generated(setting: Setting, archive: Mapping[str, Enrolled]) -> dict[str, Fingerprint]:
    cache = setting.work / f"distractors-{setting.hours:g}-{setting.seed}.pickle"
    if not cache.exists():
        prints = [item.fingerprint.pictures for item in archive.values()]
        generator = Generator(prints, _speech(setting.manifest), setting.seed)
        cache.write_bytes(pickle.dumps(distractors(generator, setting.hours)))
    found: dict[str, Fingerprint] = pickle.loads(cache.read_bytes())
    return found


def _speech(manifest: Path) -> list[np.ndarray[Any, Any]]:
    """Sound items of genuine speech that is not in the archive."""
    chromaprint = Chromaprint()
    rows = [
        row for row in read_manifest(manifest) if row.columns.get("label") == "bonafide" and row.modality == "audio"
    ]
    found = []
    for row in rows[:: max(1, len(rows) // 120)]:
        waveform = read_waveform(row.path.read_bytes())
        if waveform is not None and waveform.duration_s > 6:
            found.append(chromaprint.sound_print(waveform).items)
    return found
