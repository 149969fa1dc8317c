"""Photographs set in motion: are they told from other pictures of the same and of other people?

The first picture of a generated talking head stands for the photograph that it was animated from, which it nearly is;
the clip is taken from one second on, re-encoded and cropped. Against it stand genuine clips: with the first pictures of
other recordings (which must not match), and with their own (which does match: a frame is no photograph).
"""

from __future__ import annotations

import csv
import gzip
import io
import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.animated import ClipFaces
from anchorproof.engine import Engine
from anchorproof.faces.motion import mouth_motion
from anchorproof.faces.tracks import find_tracks
from anchorproof.footage.photographs import (
    FEWEST_PICTURES,
    LEAST_MOTION,
    BustSeries,
    bits_of,
    photograph_hashes,
    series,
)
from anchorproof.footage.pictures import REFRAMINGS, ClipPictures, clip_pictures, hash_image
from anchorproof.footage.prints import PICTURE_BITS, Hashes, bits_apart
from anchorproof.settings import Settings
from anchorproof.types import Image
from benchmarks.footage.edits import HARMLESS, Material
from benchmarks.footage.media import Cut, encode, read_cut, read_frames
from benchmarks.footage.results import interval
from benchmarks.manifests import Row, read_manifest
from benchmarks.progress import Meter
from calibration.photographs import USUAL_ARCHIVE, false_alarms, limit_of, read_trials, summary

START_S, CLIP_S = 1.0, 5.0
EDITS = ("copy", "240p-crf35", "crop-10")
#: Not an edit of the clip: its first picture, shown as a photograph.
SHOWN = "shown"
#: Half the service's pictures a second, for speed: more pictures of a face only help.
_LOOKED_AT_PER_S = 2.0
#: As ``originals`` samples a clip.
_RATE, _SIDE_PX = 4.0, 256
#: Whole pictures this near, one of them under any reframing, are one recording: 31 bits are PDQ's own limit for the
#: same picture, copies in this corpus differ by up to 52 (seen by eye), other recordings by 66 and more.
SAME_RECORDING_BITS = 60


@dataclass(frozen=True, slots=True)
class Seen:
    """What is kept of one row: its photograph's hashes and whole hash, its clips' faces by edit, and whole hashes."""

    photograph: Hashes
    whole: Hashes
    faces: Mapping[str, Sequence[BustSeries]]
    pictures: Hashes


@dataclass(frozen=True, slots=True)
class Trial:
    """``kind``: animated (its own photograph), frame (a genuine clip and its own first picture), shown (that picture,
    shown as a photograph), other, or same_recording, same_name (another row of the same recording, or of a person of
    the same name). ``bits`` is 256 where no face of the clip moves."""

    kind: str
    photograph: str
    clip: str
    edit: str
    photograph_source: str
    clip_source: str
    generator: str
    bits: float


def rows_of(manifest: Path) -> list[Row]:
    """Genuine clips and talking heads that are long enough, one person in the picture."""
    return [row for row in read_manifest(manifest) if _is_fit(row)]


def _is_fit(row: Row) -> bool:
    is_head = row.columns.get("fake_type") == "talkinghead"
    long_enough = float(row.columns.get("duration_s") or 0) >= START_S + 3.0
    is_known = row.columns.get("label") == "bonafide" or is_head
    return row.modality in ("av", "video") and is_known and long_enough and "composite=1" not in row.columns["notes"]


def is_head(row: Row) -> bool:
    return row.columns.get("label") == "fake"


# --------------------------------------------------------------------------- looking


def observe(rows: Sequence[Row], work: Path) -> dict[str, Seen]:
    """Every row looked at as the service does; what is known from an earlier run is not looked at again."""
    work.mkdir(parents=True, exist_ok=True)
    engine = Engine.load(Settings(data_dir=work / "data"), threads=1)
    found: dict[str, Seen] = {}
    with Meter("photographs", len(rows)) as meter:
        for row in rows:
            kept = work / f"{row.row_id}.pickle"
            if not kept.exists():
                fresh = kept.with_suffix(".part")
                fresh.write_bytes(pickle.dumps(_observe(row, engine)))
                fresh.replace(kept)
            found[row.row_id] = pickle.loads(kept.read_bytes())
            meter.advance()
    return found


def _observe(row: Row, engine: Engine) -> Seen:
    first = np.asarray(read_cut(row.path, 0.0, 0.1, 640).images[0], np.uint8)
    boxes = [face.box for face in engine.face_finder.find([first])[0]]
    cut = read_cut(row.path, START_S, CLIP_S, 480)
    names = EDITS if is_head(row) else EDITS[:1]
    edits = {edit.name: edit for edit in HARMLESS if edit.name in names}
    faces: dict[str, list[BustSeries]] = {}
    pictures = np.empty((0, 32), np.uint8)
    for name in names:
        edited = edits[name].make(_material(cut))
        seen = _faces(encode(edited.cut, edited.crf, edited.height), engine)
        faces[name] = _series(seen)
        if name == "copy":
            pictures = _whole(seen.pictures, np.arange(0, len(seen.pictures), 4))
    if not is_head(row):
        faces[SHOWN] = _series(_faces(encode(_shown(first)), engine))
    return Seen(photograph_hashes(first, boxes), hash_image(first)[None], faces, pictures)


def _material(cut: Cut) -> Material:
    return Material(cut, cut, np.zeros(0, np.float32), (), (), np.random.default_rng(0))


def _faces(clip: bytes, engine: Engine) -> ClipFaces:
    looked_at = list(read_frames(clip, _LOOKED_AT_PER_S, engine.settings.media.long_side_px))
    tracks = find_tracks(iter(looked_at), engine.face_finder, engine.settings.faces)
    return ClipFaces(clip_pictures(read_frames(clip, _RATE, _SIDE_PX)), looked_at[0].image.shape[1], tracks)


def _series(seen: ClipFaces) -> list[BustSeries]:
    return [series(list(seen.seen(track)), mouth_motion(track) or 0.0) for track in seen.tracks]


def _shown(first: Image) -> Cut:
    """The photograph as a newscast shows it: zoomed in on by 15 % and panned by 4 %, for ``CLIP_S``."""
    height, width, _ = first.shape
    images = []
    for part in np.linspace(0, 1, round(CLIP_S * 20)):
        zoom = 1 + 0.15 * part
        shift = np.array([[zoom, 0, (0.5 - 0.5 * zoom - 0.04 * part) * width], [0, zoom, (0.5 - 0.5 * zoom) * height]])
        moved = cv2.warpAffine(first, shift, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        images.append(np.asarray(moved, np.uint8))
    return Cut(images, np.arange(len(images)) / 20, None)


def _whole(pictures: ClipPictures, places: NDArray[np.int64]) -> Hashes:
    return np.concatenate([pictures.hashes(guess, places).hashes for guess in REFRAMINGS])


# --------------------------------------------------------------------------- trials


def trials(rows: Sequence[Row], seen: Mapping[str, Seen]) -> Iterator[Trial]:
    """Each talking head with its photograph, under every edit; each genuine clip with every photograph."""
    people = people_of(rows, seen)
    for row in rows:
        if not len(seen[row.row_id].photograph):
            continue
        for other in rows:
            if is_head(other) and other.row_id != row.row_id:
                continue
            is_own = other.row_id == row.row_id
            for edit in EDITS if is_head(other) else (EDITS[0], SHOWN) if is_own else EDITS[:1]:
                bits = _bits(seen[other.row_id].faces[edit], seen[row.row_id].photograph)
                kind = SHOWN if edit == SHOWN else _kind(row, other, people)
                yield Trial(kind, row.row_id, other.row_id, edit, row.source, other.source, row.generator, bits)


def _kind(row: Row, other: Row, people: Mapping[str, People]) -> str:
    if row.row_id == other.row_id:
        return "animated" if is_head(row) else "frame"
    if other.row_id in people[row.row_id].recordings:
        return "same_recording"
    return "same_name" if people[row.row_id].names & people[other.row_id].names else "other"


@dataclass(frozen=True, slots=True)
class People:
    """Rows of the same recording as a row, and all names that these go by."""

    recordings: frozenset[str]
    names: frozenset[str]


def people_of(rows: Sequence[Row], seen: Mapping[str, Seen]) -> dict[str, People]:
    """Who is in each row, as far as names and copies tell; copies by whole pictures, not by what is measured here."""
    names = {row.row_id: _name(row) for row in rows}
    same: dict[str, set[str]] = {row.row_id: {row.row_id} for row in rows}
    for one, other in combinations(names, 2):
        if _is_one_recording(seen[one], seen[other]):
            same[one].add(other)
            same[other].add(one)
    return {
        key: People(frozenset(rows - {key}), frozenset({names[row] for row in rows} - {""}))
        for key, rows in same.items()
    }


def _is_one_recording(one: Seen, other: Seen) -> bool:
    pairs = ((_plain(one), other.pictures), (_plain(other), one.pictures))
    return any(_nearest_bits(plain, reframed) <= SAME_RECORDING_BITS for plain, reframed in pairs)


def _plain(seen: Seen) -> Hashes:
    """Whole hashes of the photograph and of the clip's pictures as they are."""
    return np.concatenate([seen.whole, seen.pictures[: len(seen.pictures) // len(REFRAMINGS)]])


def _nearest_bits(one: Hashes, other: Hashes) -> int:
    words = [np.ascontiguousarray(part).view(np.uint64) for part in (one, other)]
    return int(bits_apart(*words).min()) if len(one) and len(other) else PICTURE_BITS


def _name(row: Row) -> str:
    name = "".join(filter(str.isalpha, row.columns.get("identity", "").partition("(")[0])).casefold()
    return "" if name in ("none", "unknown") else name


def _bits(faces: Sequence[BustSeries], photograph: Hashes) -> float:
    moving = [face for face in faces if len(face) >= FEWEST_PICTURES and face.motion >= LEAST_MOTION]
    return min((bits_of(face, photograph) for face in moving), default=256.0)


def write_trials(found: Sequence[Trial], path: Path) -> None:
    """As gzipped CSV; the same trials give the same bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, list(Trial.__slots__), lineterminator="\n")
    writer.writeheader()
    writer.writerows({**asdict(trial), "bits": f"{trial.bits:.1f}"} for trial in found)
    path.write_bytes(gzip.compress(buffer.getvalue().encode(), mtime=0))


# --------------------------------------------------------------------------- figures


def results(found: Sequence[Trial], path: Path) -> dict[str, Any]:
    """Recall and false alarms with sources left out, by how many are enrolled, by edit and by generator; and how often
    recordings match a frame of their own, which is why frames are no photographs."""
    fitted = read_trials(path)
    limit = limit_of(false_alarms(fitted), USUAL_ARCHIVE)
    animated = [trial for trial in found if trial.kind == "animated"]
    return {
        "command": "python -m benchmarks photographs --manifest FILE --work WORK --out OUT",
        "by_enrolled": summary(fitted),
        "usual_archive": USUAL_ARCHIVE,
        "limit_bits": limit,
        "by_edit": {name: _share([t for t in animated if t.edit == name], limit) for name in EDITS},
        "by_generator": {
            name: _share([t for t in animated if t.generator == name], limit)
            for name in sorted({trial.generator for trial in animated})
        },
        "genuine": {
            kind: _share([trial for trial in found if trial.kind == kind], limit)
            for kind in ("other", SHOWN, "same_name", "same_recording", "frame")
        },
    }


def _share(trials: Sequence[Trial], limit: float) -> dict[str, Any]:
    matched = sum(trial.bits <= limit for trial in trials)
    low, high = interval(matched, len(trials)) if trials else (0.0, 1.0)
    return {"matched": matched, "of": len(trials), "share_95": [round(low, 4), round(high, 4)]}
