"""Finds the faces of equalised clips with the service's own code and keeps what the detector would be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.faces.tracks import find_tracks
from anchorproof.settings import FaceSettings
from anchorproof.types import Box, FaceObservation, FaceTrack, Frame, Span
from benchmarks.equalise import ENCODED_FPS, SAMPLED_EVERY, Image

#: Tracks kept per clip; the detector pools the largest ones.
KEPT_TRACKS = 3


@dataclass
class Recorder:
    """A face finder that remembers what it found, in the order of the pictures."""

    finder: FaceFinder
    found: list[list[Detection]]

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        found = self.finder.find(images)
        self.found.extend(found)
        return found


@dataclass
class Replay:
    """Answers with detections made before on the same pictures at another size (``scale``: new size / old size)."""

    found: list[list[Detection]]
    scale: float
    position: int = 0

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        part = self.found[self.position : self.position + len(images)]
        self.position += len(images)
        return [[_scaled(face, self.scale) for face in faces] for faces in part]


def observe(pictures: list[Image], finder: Recorder | Replay, settings: FaceSettings) -> list[FaceTrack]:
    """Tracks over pictures sampled at the service's rate."""
    frames = [Frame(index * SAMPLED_EVERY / ENCODED_FPS, image) for index, image in enumerate(pictures)]
    return find_tracks(frames, finder, settings)[:KEPT_TRACKS]  # type: ignore[arg-type]


def save_tracks(path: Path, tracks: list[FaceTrack]) -> None:
    """All observations in one ``.npz``, with the index of their track."""
    rows = [(number, seen) for number, track in enumerate(tracks) for seen in track.observations]
    np.savez(
        path,
        track=np.array([number for number, _ in rows]),
        observed=np.array([track.observed for track in tracks]),
        span=np.array([(track.span.start_s, track.span.end_s) for track in tracks]).reshape(-1, 2),
        time_s=np.array([seen.time_s for _, seen in rows]),
        box=np.array([(seen.box.x1, seen.box.y1, seen.box.x2, seen.box.y2) for _, seen in rows]).reshape(-1, 4),
        landmarks=np.array([seen.landmarks for _, seen in rows], np.float32).reshape(-1, 5, 2),
        detection_score=np.array([seen.detection_score for _, seen in rows]),
        sharpness=np.array([seen.sharpness for _, seen in rows]),
        aligned=np.array([seen.aligned for _, seen in rows], np.uint8).reshape(-1, 112, 112, 3),
        crop=np.array([seen.crop for _, seen in rows], np.uint8).reshape(-1, 224, 224, 3),
    )


def load_tracks(path: Path) -> list[FaceTrack]:
    """What ``save_tracks`` kept."""
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    tracks = []
    for number in np.unique(arrays["track"]):
        chosen = np.flatnonzero(arrays["track"] == number)
        seen = tuple(_observation(arrays, index) for index in chosen)
        start_s, end_s = (float(time_s) for time_s in arrays["span"][number])
        tracks.append(FaceTrack(f"face-{number + 1}", seen, int(arrays["observed"][number]), Span(start_s, end_s)))
    return tracks


def _observation(arrays: dict[str, np.ndarray], index: int) -> FaceObservation:  # type: ignore[type-arg]
    return FaceObservation(
        time_s=float(arrays["time_s"][index]),
        box=Box(*(float(side) for side in arrays["box"][index])),
        landmarks=arrays["landmarks"][index],
        detection_score=float(arrays["detection_score"][index]),
        sharpness=float(arrays["sharpness"][index]),
        aligned=arrays["aligned"][index],
        crop=arrays["crop"][index],
    )


def _scaled(face: Detection, scale: float) -> Detection:
    box = Box(face.box.x1 * scale, face.box.y1 * scale, face.box.x2 * scale, face.box.y2 * scale)
    return Detection(box, np.asarray(face.landmarks * scale, np.float32), face.score)
