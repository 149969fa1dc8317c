"""Edited excerpts searched in the archive; what came back is kept as plain data, one JSON object per query."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.differences import ClipFrames, FaceRegion, Moment, compare_pictures
from anchorproof.footage.faces import FaceRegions, region_of
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.outcomes import traits
from anchorproof.footage.picture_search import NEIGHBOURS, VOTING_BITS
from anchorproof.footage.pictures import AS_IT_IS, ClipPictures, border, clip_pictures
from anchorproof.footage.prints import NO_SOUNDS, SoundPrint
from anchorproof.footage.search import search
from anchorproof.footage.stretches import ClipPrints, Stretch
from anchorproof.originals import clip_rate
from anchorproof.settings import FootageSettings
from anchorproof.types import Image, Waveform
from benchmarks.footage.archive import Enrolled
from benchmarks.footage.edits import Edited, Material, Points
from benchmarks.footage.media import encode, read_frames, read_waveform

_SIDE_PX = 256
_COMPARED_PX = 384
#: A clip's picture this near to a programme's moment shows it.
_SAME_MOMENT_S = 0.05


@dataclass(frozen=True, slots=True)
class Truth:
    """Where a query really comes from."""

    clip_id: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Prepared:
    """An edited excerpt as the bytes of a clip, with what is known of it."""

    content: bytes
    start_s: float
    duration_s: float
    speed: float
    foreign: str
    has_sound: bool


def prepared(edited: Edited, material: Material, start_s: float) -> Prepared:
    content = encode(edited.cut, edited.crf, edited.height)
    has_sound = material.cut.sound is not None
    return Prepared(content, start_s, edited.cut.duration_s, edited.speed, material.other_id, has_sound)


class Searcher:
    """The archive, and what is needed to ask it."""

    def __init__(self, index: ArchiveIndex, finder: FaceFinder) -> None:
        self._index = index
        self._finder = finder
        self._chromaprint = Chromaprint()

    def ask(self, prepared: Prepared, clip_id: str, enrolled: Enrolled | None) -> dict[str, Any]:
        """What was found; with ``enrolled``, the differences from its references too."""
        content, truth = prepared.content, Truth(clip_id, prepared.start_s)
        begun = time.process_time()
        waveform = read_waveform(content)
        pictures = clip_pictures(read_frames(content, clip_rate(prepared.duration_s, FootageSettings()), _SIDE_PX))
        sounds = self._chromaprint.sound_print(waveform) if waveform else NO_SOUNDS
        prints = ClipPrints(pictures, sounds, (lambda speed: self._stretched(waveform, speed)) if waveform else None)
        printed = time.process_time()
        stretches = search(prints, self._index)
        answer: dict[str, Any] = {
            "duration_s": prepared.duration_s,
            "print_cpu_s": printed - begun,
            "search_cpu_s": time.process_time() - printed,
            "looked_up": self._looked_up(pictures, truth, prepared.speed),
            "stretches": [
                {**self._described(part, truth, prepared.speed), "copy_of": place if part is not stretch else None}
                for place, stretch in enumerate(stretches)
                for part in (stretch, *stretch.copies)
            ],
        }
        own = [part for stretch in stretches if (part := self._own(stretch, clip_id)) is not None]
        if own:
            moments = self._moments(own, content, enrolled) if enrolled else []
            answer["traits"] = asdict(traits(own, moments))
            answer["moments"] = len(moments)
        return answer

    def _looked_up(self, pictures: ClipPictures, truth: Truth, speed: float) -> list[tuple[int, bool]]:
        """For each of the programme's moments that the index holds: bits apart, and whether the look-up gives it."""
        if truth.clip_id not in self._index.programme_ids or not len(pictures):
            return []
        programme = self._index.programme_ids.index(truth.clip_id)
        theirs = self._index.fingerprint(programme).pictures
        clip_s = (theirs.times_s[::2] - truth.start_s) / speed
        rows = np.abs(clip_s[:, None] - pictures.times_s[None]).argmin(axis=1)
        kept = np.flatnonzero(np.abs(clip_s - pictures.times_s[rows]) <= _SAME_MOMENT_S)
        hashes = pictures.hashes(AS_IT_IS, rows[kept]).hashes
        hits = self._index.near_pictures(hashes, np.zeros(len(kept), np.bool_), VOTING_BITS, NEIGHBOURS)
        given = {
            (int(query), round(float(time_s), 3))
            for query, number, time_s in zip(hits.query, hits.programme, hits.time_s, strict=True)
            if number == programme
        }
        apart = np.bitwise_count(hashes ^ theirs.hashes[::2][kept]).sum(axis=1)
        times = theirs.times_s[::2][kept]
        return [
            (int(bits), (query, round(float(time_s), 3)) in given)
            for query, (bits, time_s) in enumerate(zip(apart, times, strict=True))
        ]

    def _own(self, stretch: Stretch, clip_id: str) -> Stretch | None:
        """The stretch, or the copy of it, that is of the clip's own programme."""
        parts = (stretch, *stretch.copies)
        return next((part for part in parts if self._index.programme_ids[part.line.programme] == clip_id), None)

    def _stretched(self, waveform: Waveform, speed: float) -> SoundPrint:
        return stretched(self._chromaprint, waveform, speed)

    def _described(self, stretch: Stretch, truth: Truth, speed: float) -> dict[str, Any]:
        programme_id = self._index.programme_ids[stretch.line.programme]
        middle = (stretch.clip.start_s + stretch.clip.end_s) / 2
        there = float(stretch.line.programme_s(np.array([middle]))[0])
        picture, sound = stretch.picture, stretch.sound
        return {
            "programme": programme_id,
            "own": programme_id == truth.clip_id,
            "clip": [round(stretch.clip.start_s, 3), round(stretch.clip.end_s, 3)],
            "apart_s": round(there - (truth.start_s + speed * middle), 3),
            "speed": stretch.line.speed,
            "bits": None if picture is None else float(np.median(picture.bits)),
            "agreement": None if picture is None else round(picture.agreement, 4),
            "pictures": 0 if picture is None else len(picture.bits),
            "share": None if sound is None else round(float(np.mean(sound.share)), 4),
            "items": 0 if sound is None else len(sound.share),
        }

    def _moments(self, own: Sequence[Stretch], content: bytes, enrolled: Enrolled) -> list[Moment]:
        dense = list(read_frames(content, 25.0, _COMPARED_PX))
        frames = ClipFrames(
            np.array([frame.time_s for frame in dense]),
            [frame.image for frame in dense],
            border([frame.image for frame in dense[::8]]),
        )
        regions = self._regions([(frame.time_s, frame.image) for frame in dense[::12]])
        references = enrolled.pictures()
        found = [compare_pictures(stretch, references, frames, regions.at) for stretch in own if stretch.picture]
        return [moment for part in found for moment in part]

    def _regions(self, pictures: Sequence[tuple[float, Image]]) -> FaceRegions:
        found: list[FaceRegion] = []
        for (time_s, image), detections in zip(
            pictures, self._finder.find([image for _, image in pictures]), strict=True
        ):
            if detections:
                size, largest = (image.shape[1], image.shape[0]), max(detections, key=_size)
                found.append(region_of(time_s, largest.box, largest.landmarks, size))
        return FaceRegions(found)


def stretched(chromaprint: Chromaprint, waveform: Waveform, speed: float) -> SoundPrint:
    """The print as if played at ``speed``; see ``anchorproof.originals``."""
    slower = Waveform(waveform.samples, round(waveform.sample_rate_hz / speed), 0.0)
    print_ = chromaprint.sound_print(slower)
    return SoundPrint(print_.items, waveform.start_s, print_.step_s / speed)


def _size(face: Detection) -> float:
    return face.box.width * face.box.height


def landmarks(images: Sequence[Image], finder: FaceFinder, every: int = 4) -> list[Points | None]:
    """The largest face's five landmarks in each picture, interpolated between every ``every``-th."""
    rows = list(range(0, len(images), every))
    found = {
        row: max(faces, key=_size).landmarks.astype(np.float64)
        for row, faces in zip(rows, finder.find([images[row] for row in rows]), strict=True)
        if faces
    }
    points: list[Points | None] = []
    for row in range(len(images)):
        before, after = row - row % every, row - row % every + every
        if before in found and after in found:
            weight = (row - before) / every
            points.append((1 - weight) * found[before] + weight * found[after])
        else:
            points.append(found.get(before))
    return points


Answers = Mapping[str, dict[str, Any]]
