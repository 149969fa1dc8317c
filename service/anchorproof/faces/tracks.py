"""Follow faces from frame to frame within a shot."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from anchorproof.faces.align import align, crop
from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.settings import FaceSettings
from anchorproof.types import Box, FaceObservation, FaceTrack, Frame, LandmarkPath, Span, Vector

#: Frames that go through the finder at once.
BATCH = 8
#: Observations kept per track in units of those that will be embedded: 12 to 24 with the default settings.
KEPT_PER_EMBEDDED = 2
#: Centres further apart than this share of the face's size, or sizes further apart than this ratio, are two faces.
LARGEST_SHIFT = 0.6
LARGEST_GROWTH = 1.7
#: A face seen once in a shot of at least this many frames is taken for a false detection.
SHOT_FRAMES_TO_JUDGE = 3


def find_tracks(frames: Iterable[Frame], finder: FaceFinder, settings: FaceSettings) -> list[FaceTrack]:
    """The clip's face tracks, the one with most face area x observations first; at most ``limit_tracks``.

    Frames are taken in batches as they arrive. A cut or ``gap_s`` without the face ends its track. Memory stays flat:
    a track keeps at most ``2 * embedded_per_track`` observations, spread over its whole time (``_Spread``).
    """
    tracker = _Tracker(settings)
    for batch in _batches(frames, BATCH):
        for frame, detections in zip(batch, finder.find([frame.image for frame in batch]), strict=True):
            tracker.advance(frame, detections)
    return tracker.finish()


def observe(frame: Frame, detection: Detection) -> FaceObservation:
    """A detection in ``frame`` with its cut-outs; box and landmarks in source pixels."""
    aligned = align(frame.image, detection.landmarks)
    return FaceObservation(
        time_s=frame.time_s,
        box=_in_source(detection.box, frame.scale),
        landmarks=detection.landmarks * np.float32(frame.scale),
        detection_score=detection.score,
        sharpness=sharpness(aligned),
        aligned=aligned,
        crop=crop(frame.image, detection.box),
    )


def overlap(a: Box, b: Box) -> float:
    """Intersection over union, 0 to 1."""
    width = min(a.x2, b.x2) - max(a.x1, b.x1)
    height = min(a.y2, b.y2) - max(a.y1, b.y1)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (a.width * a.height + b.width * b.height - shared) if shared else 0.0


class _Spread:
    """At most ``limit`` observations, spread evenly over time however long the track gets.

    Time is divided into slots and each slot keeps its best observation; when slots run out, they double in length.
    """

    def __init__(self, limit: int) -> None:
        self._limit = max(2, limit)
        self._stride = 1
        self._count = 0
        self._slots: dict[int, FaceObservation] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def add(self, observation: FaceObservation) -> None:
        self._put(self._count // self._stride, observation)
        self._count += 1
        if len(self._slots) > self._limit:
            self._stride *= 2
            crowded, self._slots = self._slots, {}
            for slot, kept in crowded.items():
                self._put(slot // 2, kept)

    def observations(self) -> tuple[FaceObservation, ...]:
        return tuple(self._slots[slot] for slot in sorted(self._slots))

    def _put(self, slot: int, observation: FaceObservation) -> None:
        rival = self._slots.get(slot)
        if (
            rival is None
            or observation.sharpness * observation.detection_score > rival.sharpness * rival.detection_score
        ):
            self._slots[slot] = observation


@dataclass(slots=True, eq=False)
class _OpenTrack:
    """A track still being followed; ``box`` is the last one seen, in source pixels."""

    order: int
    box: Box
    first_s: float
    last_s: float
    kept: _Spread
    times_s: list[float] = field(default_factory=list)
    landmarks: list[Vector] = field(default_factory=list)
    area: float = 0.0

    def add(self, observation: FaceObservation) -> None:
        self.box, self.last_s = observation.box, observation.time_s
        self.times_s.append(observation.time_s)
        self.landmarks.append(observation.landmarks)
        self.area += observation.box.width * observation.box.height
        self.kept.add(observation)

    def closed(self, track_id: str) -> FaceTrack:
        path = LandmarkPath(np.array(self.times_s), np.stack(self.landmarks))
        return FaceTrack(track_id, self.kept.observations(), self.observed, Span(self.first_s, self.last_s), path)

    @property
    def observed(self) -> int:
        return len(self.times_s)


@dataclass(slots=True)
class _Tracker:
    """Associates detections with open tracks, frame by frame."""

    settings: FaceSettings
    open: list[_OpenTrack] = field(default_factory=list)
    done: list[_OpenTrack] = field(default_factory=list)
    started: int = 0
    shot_frames: int = 0

    def advance(self, frame: Frame, detections: list[Detection]) -> None:
        if frame.is_cut:
            self._close(self.open)
            self.shot_frames = 0
        self._close([track for track in self.open if frame.time_s - track.last_s > self.settings.gap_s])
        self.shot_frames += 1
        boxes = [_in_source(detection.box, frame.scale) for detection in detections]
        matches = _associate([track.box for track in self.open], boxes)
        for index, detection in enumerate(detections):
            track = self.open[matches[index]] if index in matches else self._start(boxes[index], frame.time_s)
            track.add(observe(frame, detection))

    def finish(self) -> list[FaceTrack]:
        self._close(self.open)
        ranked = sorted(self.done, key=lambda track: (-track.area, track.order))[: self.settings.limit_tracks]
        return [track.closed(f"face-{number}") for number, track in enumerate(ranked, start=1)]

    def _start(self, box: Box, time_s: float) -> _OpenTrack:
        limit = KEPT_PER_EMBEDDED * self.settings.embedded_per_track
        self.open.append(_OpenTrack(self.started, box, time_s, time_s, _Spread(limit)))
        self.started += 1
        return self.open[-1]

    def _close(self, ending: list[_OpenTrack]) -> None:
        believed = [track for track in ending if track.observed > 1 or self.shot_frames < SHOT_FRAMES_TO_JUDGE]
        self.open = [track for track in self.open if track not in ending]
        self.done = sorted([*self.done, *believed], key=lambda track: -track.area)[: self.settings.limit_tracks]


def _associate(known: list[Box], seen: list[Box]) -> dict[int, int]:
    """Index in ``seen`` -> index in ``known``, the pairs closest in place and size."""
    if not known or not seen:
        return {}
    cost = np.array([[_distance(old, new) for old in known] for new in seen])
    rows, columns = linear_sum_assignment(np.minimum(cost, 10.0))
    return {int(row): int(column) for row, column in zip(rows, columns, strict=True) if cost[row, column] < 10.0}


def _distance(old: Box, new: Box) -> float:
    """Shift of the centre in face sizes plus missing overlap; 10 where it cannot be one face."""
    size = (old.width + old.height + new.width + new.height) / 4
    shift = float(np.hypot(old.x1 + old.x2 - new.x1 - new.x2, old.y1 + old.y2 - new.y1 - new.y2)) / 2 / size
    growth = (old.width + old.height) / (new.width + new.height)
    if shift > LARGEST_SHIFT or max(growth, 1 / growth) > LARGEST_GROWTH:
        return 10.0
    return shift + 1 - overlap(old, new)


def sharpness(aligned: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian of the grey picture."""
    return float(cv2.Laplacian(cv2.cvtColor(aligned, cv2.COLOR_RGB2GRAY), cv2.CV_32F).var())


def _in_source(box: Box, scale: float) -> Box:
    return Box(box.x1 * scale, box.y1 * scale, box.x2 * scale, box.y2 * scale)


def _batches(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    iterator = iter(frames)
    while batch := list(islice(iterator, size)):
        yield batch
