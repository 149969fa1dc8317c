"""Score face comparisons for calibration and for the cards: LFW pairs, and pairs of talking-person clips.

    python models/build/face_scores.py --data ../shared/data

Writes ``calibration/scores/<model_id>.csv`` (``id1,id2,same,group1,group2,score,quality,set``) for every face template
model and prints error rates. ``set`` is ``lfw`` (one picture against one picture; the face nearest the centre),
``small`` (the same, the second side's face reduced to few pixels, a quarter of the pairs each) or ``video`` (as the
service compares: the mean template of one clip's most prominent face against single templates spread over the other's,
the three best averaged). Pairs within one source repository are used only when they show one person.
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import pickle
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from manifest import MODELS_DIR
from sklearn.metrics import roc_curve

from anchorproof.errors import ClipRejected
from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.subject import find_subject
from anchorproof.faces.templates import FaceEmbedder, track_template
from anchorproof.faces.tracks import find_tracks
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings, MediaSettings
from anchorproof.types import FaceObservation, Image, Template

#: Enough of each clip for eight templates and more.
MEDIA = MediaSettings(limit_frames=16)
FACES = FaceSettings()
#: As the service enrols (templates of one medium) and compares (best references averaged).
REFERENCES, BEST_REFERENCES = 8, 3
#: "Identities" that name a recording of several people.
RECORDINGS = "MSDWILD"
#: Clips of different repositories that are cut from one recording, though the data do not say so.
SAME_FOOTAGE = {
    frozenset(pair) for pair in (("x00046", "x00101"), ("v06513", "x00093"), ("v00368", "v06491"), ("v00369", "v06491"))
}
#: Shares of the pairs of different people whose scores are noted.
TAIL_SHARES = tuple(float(f"{lead}e-{power}") for power in range(1, 6) for lead in (5, 2, 1))
COLUMNS = ["id1", "id2", "same", "group1", "group2", "score", "quality", "set"]
#: Pixels between the eyes that one side of the LFW pairs is reduced to; the aligned face has 35.2.
REDUCED_PX, ALIGNED_PX = (8.0, 12.0, 16.0, 24.0), 35.24

Row = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True)
class Clip:
    """The observations of one clip's most prominent face, and who it is (empty: unknown)."""

    row: Row
    observations: tuple[FaceObservation, ...]

    @property
    def identity(self) -> str:
        name = self.row["identity"].split(" (")[0].replace(" ", "").replace("-", "")
        return "" if name.startswith(RECORDINGS) else name


# --------------------------------------------------------------------------- pictures


def read_pictures(data: Path, pairs: list[Row], finder: FaceFinder) -> dict[str, FaceObservation]:
    """The subject of each picture that the pairs name; pictures without a face are left out."""
    paths = {pair[f"id{side}"]: pair[f"path{side}"] for pair in pairs for side in "12"}
    subjects: dict[str, FaceObservation] = {}
    begun = time.process_time()
    for picture_id, path in paths.items():
        picture = cv2.imread(str(data / path), cv2.IMREAD_COLOR_RGB)
        if picture is not None and (subject := find_subject(np.asarray(picture, np.uint8), finder)):
            subjects[picture_id] = subject
    spent_ms = (time.process_time() - begun) / len(paths) * 1e3
    print(f"lfw: {len(paths)} pictures, {len(paths) - len(subjects)} without a face, {spent_ms:.1f} ms CPU each")
    return subjects


def score_pictures(pairs: list[Row], subjects: dict[str, FaceObservation], embedder: FaceEmbedder) -> list[Row]:
    begun = time.process_time()
    templates = dict(zip(subjects, embedder.embed(list(subjects.values())), strict=True))
    print(f"{embedder.model_id}: {(time.process_time() - begun) / len(templates) * 1e3:.1f} ms CPU per face")
    rows = list(_score_pairs(pairs, templates))
    report(embedder.model_id, "lfw", rows)
    small = list(_score_reduced(pairs, subjects, templates, embedder))
    report(embedder.model_id, "small", small)
    _report_tail(embedder.model_id, rows, pairs, templates)
    return rows + small


def _score_reduced(
    pairs: list[Row], subjects: dict[str, FaceObservation], templates: dict[str, Template], embedder: FaceEmbedder
) -> Iterator[Row]:
    for place, pair in enumerate(pairs):
        one, two = templates.get(pair["id1"]), subjects.get(pair["id2"])
        if one and two:
            eyes_px = REDUCED_PX[place % len(REDUCED_PX)]
            score = float(one.vector @ embedder.embed([_reduced(two, eyes_px)])[0].vector)
            people = [_name(pair, side) for side in "12"]
            yield _row(pair["id1"], pair["id2"], people, pair["same"] == "1", score, eyes_px, "small")


def _reduced(seen: FaceObservation, eyes_px: float) -> FaceObservation:
    """The face with so few pixels between the eyes, blown up again."""
    box_px = float(np.linalg.norm(seen.landmarks[1] - seen.landmarks[0])) * seen.crop.shape[0]
    crop_eyes_px = box_px / (1.6 * max(seen.box.width, seen.box.height))
    return replace(
        seen, aligned=_blown_up(seen.aligned, eyes_px / ALIGNED_PX), crop=_blown_up(seen.crop, eyes_px / crop_eyes_px)
    )


def _blown_up(image: Image, factor: float) -> Image:
    side = max(4, round(image.shape[0] * min(1.0, factor)))
    small = cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.resize(small, image.shape[:2], interpolation=cv2.INTER_LINEAR), np.uint8)


def _score_pairs(pairs: list[Row], templates: dict[str, Template]) -> Iterator[Row]:
    for pair in pairs:
        one, two = templates.get(pair["id1"]), templates.get(pair["id2"])
        if one and two:
            people = [_name(pair, side) for side in "12"]
            quality = min(one.quality, two.quality)
            score = float(one.vector @ two.vector)
            yield _row(pair["id1"], pair["id2"], people, pair["same"] == "1", score, quality, "lfw")


def _name(pair: Row, side: str) -> str:
    return Path(pair[f"path{side}"]).parent.name


def _report_tail(model_id: str, rows: list[Row], pairs: list[Row], templates: dict[str, Template]) -> None:
    """Rare false matches: every picture against every picture of another person, some million pairs."""
    names = {pair[f"id{side}"]: _name(pair, side) for pair in pairs for side in "12"}
    people = np.array([names[picture_id] for picture_id in templates])
    vectors = np.stack([template.vector for template in templates.values()])
    others = np.triu(people[:, None] != people[None, :])
    different = np.sort((vectors @ vectors.T)[others])
    same = np.array([float(row["score"]) for row in rows if row["same"] == "1"])
    tail = [[round(float(different[int(len(different) * (1 - rate))]), 4), rate] for rate in TAIL_SHARES]
    path = MODELS_DIR.parent / "calibration" / "scores" / f"{model_id}.tail.json"
    path.write_text(json.dumps({"pairs": len(different), "pictures": len(people), "tail": tail}) + "\n")
    for rate in (1e-3, 1e-4, 1e-5):
        limit = different[int(len(different) * (1 - rate))]
        share = float((same > limit).mean())
        print(f"{model_id} lfw, {len(different):,} different pairs: FPR {rate:g} at {limit:.3f}, TPR {share:.3f}")


# --------------------------------------------------------------------------- clips


def read_clips(data: Path, finder: FaceFinder) -> list[Clip]:
    """The most prominent face of every bona fide clip with a picture."""
    clips = []
    for row in _rows(data / "manifest.csv"):
        if row["label"] != "bonafide" or row["modality"] not in ("av", "video"):
            continue
        try:
            info = read_info(data / row["path"], MEDIA)
            tracks = find_tracks(sample_frames(data / row["path"], info, MEDIA), finder, FACES)
        except ClipRejected as error:
            print(f"{row['id']}: {error}")
            continue
        if tracks:
            clips.append(Clip(row, tracks[0].observations))
    print(f"video: {len(clips)} clips with a face")
    return clips


def score_clips(clips: list[Clip], embedder: FaceEmbedder) -> Iterator[Row]:
    templates = [embedder.embed(clip.observations) for clip in clips]
    for (i, one), (j, two) in itertools.combinations(enumerate(clips), 2):
        same = one.identity == two.identity and bool(one.identity)
        ids = frozenset((one.row["id"], two.row["id"]))
        if ids in SAME_FOOTAGE or (not same and one.row["source_repo"] == two.row["source_repo"]):
            continue
        score = _as_compared(templates[i], templates[j])
        people = [clip.identity or f"unknown in {clip.row['source_repo']}" for clip in (one, two)]
        quality = min(track_template(templates[place]).quality for place in (i, j))
        yield _row(one.row["id"], two.row["id"], people, same, score, quality, "video")


def _as_compared(probe: list[Template], enrolled: list[Template]) -> float:
    picks = np.linspace(0, len(enrolled) - 1, min(REFERENCES, len(enrolled))).round().astype(int)
    references = np.stack([enrolled[pick].vector for pick in picks])
    return float(np.sort(references @ track_template(probe).vector)[-BEST_REFERENCES:].mean())


# --------------------------------------------------------------------------- the rest


def _row(id1: str, id2: str, people: list[str], same: bool, score: float, quality: float, source: str) -> Row:
    values = [id1, id2, str(int(same)), *people, f"{score:.4f}", f"{quality:.1f}", source]
    return dict(zip(COLUMNS, values, strict=True))


def _rows(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write(model_id: str, rows: list[Row]) -> None:
    """Put the scored pairs where calibration looks for them."""
    path = MODELS_DIR.parent / "calibration" / "scores" / f"{model_id}.csv"
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def report(model_id: str, name: str, rows: list[Row]) -> None:
    print(f"{model_id} {name}: {summary(rows)}")


def summary(rows: Iterable[Row]) -> str:
    """EER and true positive rates of scored pairs."""
    rows = list(rows)
    truth = np.array([row["same"] == "1" for row in rows])
    false, true, _ = roc_curve(truth, [float(row["score"]) for row in rows], drop_intermediate=False)
    middle = int(np.argmin(np.abs(false - (1 - true))))
    rates = ", ".join(f"TPR {true[false <= limit].max():.3f} at FPR {limit:g}" for limit in (1e-2, 1e-3))
    eer = (false[middle] + 1 - true[middle]) / 2
    return f"{truth.sum()} same and {(~truth).sum()} different pairs, EER {eer:.2%}, {rates}"


def _kept(folder: Path | None, name: str, make: Callable[[], T]) -> T:
    """From the cache, or made and put there. The cache holds faces: keep it out of the repository."""
    if folder is None:
        return make()
    path = folder / f"{name}.pickle"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps(make()))
    kept: T = pickle.loads(path.read_bytes())
    return kept


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and protocols/")
    parser.add_argument("--cache", type=Path, help="folder that keeps the faces found, for runs after the first")
    arguments = parser.parse_args()
    models = ModelStore()
    finder = FaceFinder(models, FACES)
    pairs = _rows(arguments.data / "protocols" / "face_pairs_lfw.csv")
    subjects = _kept(arguments.cache, "pictures", lambda: read_pictures(arguments.data, pairs, finder))
    embedders = [
        FaceEmbedder(models.load(entry.model_id)) for entry in models.entries() if entry.task == "face_template"
    ]
    rows = {embedder: score_pictures(pairs, subjects, embedder) for embedder in embedders}
    clips = _kept(arguments.cache, "clips", lambda: read_clips(arguments.data, finder))
    for embedder in embedders:
        scored = list(score_clips(clips, embedder))
        report(embedder.model_id, "video", scored)
        write(embedder.model_id, rows[embedder] + scored)


if __name__ == "__main__":
    main()
