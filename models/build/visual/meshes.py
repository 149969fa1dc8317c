"""Where the mesh of the main face lies in every picture of a clip's first draw: what masks, warps and measures of
movement are made from. Beside it a few whole pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.align import similarity, warp
from anchorproof.faces.finder import Detection
from anchorproof.faces.mesh import TEMPLATE_192
from anchorproof.runtime import Model, ModelStore
from benchmarks.equalise import SAMPLED_EVERY, Image, recode
from models.build.visual.corpus import Clip
from models.build.visual.prepare import load_found, pictures_of

MESH_ID = "facemesh-1"
POINTS = 468
BATCH = 8
#: The mesh's own confidence below which a picture counts as one without a face.
SURE = 0.5


#: Whole pictures are kept this seldom and this large.
WHOLE_EVERY, WHOLE_PX = 6, 224


@dataclass(frozen=True)
class Meshes:
    """Of ``n`` pictures at ``ENCODED_FPS``: ``points`` ``(n, 468, 3)`` in their pixels, NaN where no face was seen, and
    ``five`` ``(n, 5, 2)``, the detector's landmarks, interpolated between the pictures it looked at."""

    points: NDArray[np.float32]
    five: NDArray[np.float32]

    @property
    def seen(self) -> NDArray[np.bool_]:
        return np.isfinite(self.points[:, 0, 0])


def find_meshes(clips: list[Clip], found_in: Path, out: Path) -> Iterator[str]:
    """Keeps the meshes of every clip's first draw, after its codec, as ``out/ID.npz``; one line per clip."""
    out.mkdir(parents=True, exist_ok=True)
    model = ModelStore().load(MESH_ID)
    for clip in clips:
        path, found = out / f"{clip.clip_id}.npz", load_found(clip, found_in)
        if found is not None and not path.exists():
            pictures, draw, scale = pictures_of(clip, 0, found)
            five = main_landmarks(found.detections, scale / found.scale, len(pictures))
            if five is not None:
                encoded = recode(pictures, draw.crf, draw.preset)
                frames = np.stack([_whole(picture) for picture in encoded[::WHOLE_EVERY]])
                np.savez(path, points=mesh_points(encoded, five, model), five=five, frames=frames)
        yield clip.clip_id


def load_meshes(clip_id: str, folder: Path) -> Meshes | None:
    """None: no face was seen."""
    path = folder / f"{clip_id}.npz"
    if not path.exists():
        return None
    with np.load(path) as stored:
        return Meshes(stored["points"], stored["five"])


def load_whole(clip_id: str, folder: Path) -> NDArray[np.uint8] | None:
    """Whole pictures of the clip, ``(n, 224, 224, 3)``, squeezed to a square; None: no face was seen."""
    path = folder / f"{clip_id}.npz"
    if not path.exists():
        return None
    with np.load(path) as stored:
        return np.asarray(stored["frames"], np.uint8)


def main_landmarks(detections: list[list[Detection]], scale: float, count: int) -> NDArray[np.float32] | None:
    """Five landmarks ``(count, 5, 2)`` of the largest face in each picture, between sampled ones interpolated."""
    rows = {
        index: max(faces, key=lambda face: face.box.width * face.box.height).landmarks
        for index, faces in enumerate(detections)
        if faces
    }
    if not rows:
        return None
    known = np.stack(list(rows.values())).reshape(len(rows), 10) * scale
    times = np.arange(count) / SAMPLED_EVERY
    columns = [np.interp(times, list(rows), column) for column in known.T]
    return np.stack(columns, axis=1).reshape(count, 5, 2).astype(np.float32)


def mesh_points(pictures: list[Image], five: NDArray[np.float32], model: Model) -> NDArray[np.float32]:
    """The mesh in every picture, ``(n, 468, 3)`` in its pixels; NaN where the network sees no face."""
    side = int(model.entry.parameters["side_px"])
    parts = []
    for start in range(0, len(pictures), BATCH):
        batch = pictures[start : start + BATCH]
        matrices = [similarity(own, TEMPLATE_192 * (side / 192)) for own in five[start : start + BATCH]]
        squares = [warp(one, way, side, cv2.BORDER_REPLICATE) for one, way in zip(batch, matrices, strict=True)]
        pixels = np.ascontiguousarray(np.stack(squares).transpose(0, 3, 1, 2), np.float32) / np.float32(255)
        answer = model.run({"pixels": pixels})
        for points, way, face in zip(answer["points"], matrices, answer["face"], strict=True):
            zoom = float(np.hypot(way[0, 0], way[1, 0]))
            flat = (points[:, :2] - way[:, 2]) @ np.linalg.inv(way[:, :2]).T
            parts.append(np.column_stack([flat, points[:, 2] / zoom]) if face >= SURE else np.full((POINTS, 3), np.nan))
    return np.stack(parts).astype(np.float32)


def _whole(picture: Image) -> Image:
    return np.asarray(cv2.resize(picture, (WHOLE_PX, WHOLE_PX), interpolation=cv2.INTER_AREA), np.uint8)
