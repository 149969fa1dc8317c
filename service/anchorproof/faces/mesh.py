"""Lips, jaw and the still parts of a face, picture by picture: MediaPipe's face mesh along a track.

Source: Kartynnik, Ablavatski, Grishchenko and Grundmann, Real-time Facial Surface Geometry from Monocular Video on
Mobile GPUs, 2019 (network and numbering of points).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.align import TEMPLATE_112, similarity, warp
from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.tracks import find_tracks
from anchorproof.runtime import Model
from anchorproof.settings import FaceSettings
from anchorproof.types import FaceTrack, Frame, LandmarkPath, MouthMotion, Vector

#: Pictures per run of the network.
BATCH = 8
#: Frames of a burst between searches for faces: about half a second.
SEARCH_EVERY = 12
#: The five-point template in the network's picture of 192 x 192: eyes 58 pixels apart. Of 10 placements tried on ten
#: faces this one lost the lower lip of wide open mouths least.
TEMPLATE_192: Vector = np.asarray((TEMPLATE_112 - [56, 64]) * (58 / 35.24) + 96, np.float32)

#: Points of the mesh that do not move when somebody speaks: corners of the eyes, bridge of the nose, forehead.
STILL = (33, 133, 362, 263, 168, 6, 197, 195, 10, 151, 9, 8)
#: Outer and inner contour of the lips, each from one corner along the lower lip and back along the upper one.
OUTER_LIPS = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185)
INNER_LIPS = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191)
#: Chin and jaw.
JAW = (152, 148, 377, 172, 397, 200, 199, 18)
#: The order in ``MouthMotion.points``.
KEPT = (*STILL, *OUTER_LIPS, *INNER_LIPS, *JAW)


def find_mouths(
    frames: Sequence[Frame], finder: FaceFinder, mesh: Model, settings: FaceSettings, limit: int
) -> list[MouthMotion]:
    """The mouths of the ``limit`` largest faces in one burst of frames, the largest first.

    Faces are searched in every :data:`SEARCH_EVERY`-th frame and followed between them; a cut ends a mouth's stretch.

    Args:
        frames: in time order, about 1/25 s apart.
        mesh: takes ``pixels (n, 3, 192, 192)`` RGB in 0..1 and answers ``points (n, 468, 3)`` and ``face (n,)``.
    """
    tracks = find_tracks(_thinned(frames), finder, settings)[:limit]
    motions = (follow_mouth(frames, track, mesh) for track in tracks)
    return [motion for motion in motions if motion is not None]


def _thinned(frames: Sequence[Frame]) -> Iterator[Frame]:
    """Every :data:`SEARCH_EVERY`-th frame and the last, each a cut when there was one since the frame before."""
    cut = False
    for index, frame in enumerate(frames):
        cut = cut or frame.is_cut
        # The first frame after a cut as well: a track must not end long before its shot does.
        if index % SEARCH_EVERY == 0 or frame.is_cut or index == len(frames) - 1:
            yield replace(frame, is_cut=cut)
            cut = False


def follow_mouth(frames: Iterable[Frame], track: FaceTrack, mesh: Model) -> MouthMotion | None:
    """The points :data:`KEPT` in every frame within the track's span; None when none is in it.

    Args:
        frames: in time order.
        track: with its ``path``, which says where the face is.
        mesh: as for :func:`find_mouths`.
    """
    path = track.path
    if path is None:
        raise ValueError("a track without a path cannot be followed")
    inside = (frame for frame in frames if track.span.start_s <= frame.time_s <= track.span.end_s)
    parts = [_look(batch, path, mesh) for batch in _batches(inside, BATCH)]
    if not parts:
        return None
    times_s, points, confidence = (np.concatenate(column) for column in zip(*parts, strict=True))
    eyes = path.at(times_s)[:, :2]
    face_px = 2.5 * float(np.median(np.linalg.norm(eyes[:, 0] - eyes[:, 1], axis=1)))
    return MouthMotion(track.track_id, times_s, points, confidence, face_px)


def _look(batch: Sequence[Frame], path: LandmarkPath, mesh: Model) -> tuple[NDArray[np.float64], Vector, Vector]:
    side = int(mesh.entry.parameters["side_px"])
    times_s = np.array([frame.time_s for frame in batch])
    matrices = [
        similarity(five / np.float32(frame.scale), TEMPLATE_192 * (side / 192))
        for frame, five in zip(batch, path.at(times_s), strict=True)
    ]
    faces = [
        warp(frame.image, matrix, side, cv2.BORDER_REPLICATE) for frame, matrix in zip(batch, matrices, strict=True)
    ]
    pixels = np.ascontiguousarray(np.stack(faces).transpose(0, 3, 1, 2), np.float32) / np.float32(255)
    answer = mesh.run({"pixels": pixels})
    kept = answer["points"][:, KEPT, :]
    points = [_in_source(one, matrix, frame.scale) for one, matrix, frame in zip(kept, matrices, batch, strict=True)]
    return times_s, np.stack(points), np.asarray(answer["face"], np.float32)


def _in_source(points: Vector, matrix: NDArray[np.float64], scale: float) -> Vector:
    """Points ``(n, 3)`` of the network's picture in source pixels; depth is scaled alike."""
    turn = matrix[:, :2]
    zoom = float(np.hypot(turn[0, 0], turn[1, 0]))
    flat = (points[:, :2] - matrix[:, 2]) @ np.linalg.inv(turn).T
    return np.column_stack([flat, points[:, 2] / zoom]).astype(np.float32) * np.float32(scale)


def _batches(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    iterator = iter(frames)
    while batch := list(islice(iterator, size)):
        yield batch
