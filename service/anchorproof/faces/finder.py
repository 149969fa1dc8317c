"""Find faces in pictures: MTCNN's cascade on ONNX, batched over pictures.

Source: Zhang et al., "Joint Face Detection and Alignment Using Multitask Cascaded Convolutional Networks", 2016; the
constants are those of the implementation that the weights come from (facenet-pytorch 2.6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.faces.nms import Boxes, Indices, suppress
from anchorproof.faces.pooling import Picture
from anchorproof.runtime import Model, ModelStore
from anchorproof.settings import FaceSettings
from anchorproof.types import Box, Image, Vector

CELL_PX = 12
STRIDE_PX = 2
PYRAMID_FACTOR = 0.709
PROPOSAL_THRESHOLD = 0.6
REFINEMENT_THRESHOLD = 0.7
#: Crops that go through R-net or O-net at once, and pixels that go through P-net.
CROPS_AT_ONCE = 64
PROPOSAL_PIXELS = 160_000


@dataclass(frozen=True, slots=True)
class Detection:
    """One face in one picture: ``box`` and ``landmarks`` ``(5, 2)`` in its pixels, ``score`` in [0, 1]."""

    box: Box
    landmarks: Vector
    score: float


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Boxes ``(n, 4)`` with scores ``(n,)`` and the index ``(n,)`` of the picture each is in."""

    boxes: Boxes
    scores: Boxes
    owners: Indices

    def take(self, chosen: Indices | NDArray[np.bool_]) -> _Candidates:
        return _Candidates(self.boxes[chosen], self.scores[chosen], self.owners[chosen])


class FaceFinder:
    """MTCNN over batches of pictures; finds faces whose box is about ``smallest_face_px`` or larger."""

    def __init__(self, models: ModelStore, settings: FaceSettings) -> None:
        self._proposal = models.load_default("face_proposal")
        self._refinement = models.load_default("face_refinement")
        self._landmarks = models.load_default("face_landmarks")
        self._smallest_px = settings.smallest_face_px
        self._threshold = settings.detection_threshold

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        """Faces of each picture, best score first; pictures of one shape share the networks' batches."""
        found: list[list[Detection]] = [[] for _ in images]
        for shape in dict.fromkeys(image.shape for image in images):
            indices = [index for index, image in enumerate(images) if image.shape == shape]
            for index, detections in zip(indices, self._find_alike([images[i] for i in indices]), strict=True):
                found[index] = detections
        return found

    def _find_alike(self, images: Sequence[Image]) -> list[list[Detection]]:
        pictures = [Picture(image) for image in images]
        candidates = self._propose(pictures)
        candidates = self._refine(candidates, pictures)
        candidates, landmarks = self._place(candidates, pictures)
        ratio = np.float32(pictures[0].ratio)
        middle = (ratio - 1) / 2  # the centre of a copy's pixel, in the picture
        found: list[list[Detection]] = [[] for _ in images]
        for box, points, score, owner in zip(
            candidates.boxes * ratio + middle,
            landmarks * ratio + middle,
            candidates.scores,
            candidates.owners,
            strict=True,
        ):
            found[owner].append(Detection(Box(*map(float, box)), points, float(score)))
        return found

    def _propose(self, pictures: Sequence[Picture]) -> _Candidates:
        """P-net over the pyramid: square boxes, regressed, not yet clipped to the picture."""
        levels = [self._propose_at(pictures, scale) for scale in self._scales(pictures[0])]
        if not levels:
            return _Candidates(np.zeros((0, 4), np.float32), np.zeros(0, np.float32), np.zeros(0, np.intp))
        boxes, moves, scores, owners = (np.concatenate(parts) for parts in zip(*levels, strict=True))
        kept = suppress(boxes, scores, owners, 0.7)
        boxes, moves = boxes[kept], moves[kept]
        size = boxes[:, 2:] - boxes[:, :2]
        boxes = boxes + moves * np.tile(size, 2)
        return _Candidates(_squared(boxes), scores[kept], owners[kept])

    def _propose_at(self, pictures: Sequence[Picture], scale: float) -> tuple[Boxes, Boxes, Boxes, Indices]:
        """Boxes, their regression, scores and pictures at one pyramid level."""
        size = (int(pictures[0].height * scale + 1), int(pictures[0].width * scale + 1))
        pixels = _normalised(np.stack([picture.resized(*size) for picture in pictures]))
        outputs = _in_chunks(self._proposal, pixels, max(1, PROPOSAL_PIXELS // (size[0] * size[1])))
        probability = outputs["probability"]
        owners, rows, columns = np.nonzero(probability >= PROPOSAL_THRESHOLD)
        corner = np.column_stack([columns, rows]).astype(np.float32) * STRIDE_PX
        boxes = np.floor(np.column_stack([corner + 1, corner + CELL_PX]) / np.float32(scale)).astype(np.float32)
        moves = outputs["box"][owners, :, rows, columns]
        scores = probability[owners, rows, columns]
        kept = suppress(boxes, scores, owners, 0.5)
        return boxes[kept], moves[kept], scores[kept], owners[kept]

    def _scales(self, picture: Picture) -> Iterator[float]:
        scale = CELL_PX / max(CELL_PX, self._smallest_px / picture.ratio)
        while min(picture.height, picture.width) * scale >= CELL_PX:
            yield scale
            scale *= PYRAMID_FACTOR

    def _refine(self, candidates: _Candidates, pictures: Sequence[Picture]) -> _Candidates:
        candidates, outputs = _classify(self._refinement, candidates, pictures, REFINEMENT_THRESHOLD)
        kept = suppress(candidates.boxes, candidates.scores, candidates.owners, 0.7)
        candidates = candidates.take(kept)
        boxes = _squared(_moved(candidates.boxes, outputs["box"][kept]))
        return _Candidates(boxes, candidates.scores, candidates.owners)

    def _place(self, candidates: _Candidates, pictures: Sequence[Picture]) -> tuple[_Candidates, Vector]:
        """O-net: final boxes, scores, and landmarks ``(n, 5, 2)``."""
        candidates, outputs = _classify(self._landmarks, candidates, pictures, self._threshold)
        corner = candidates.boxes[:, None, :2]
        size = candidates.boxes[:, None, 2:] - corner + 1
        landmarks = outputs["landmarks"].reshape(-1, 2, 5).transpose(0, 2, 1) * size + corner - 1
        boxes = _moved(candidates.boxes, outputs["box"])
        kept = suppress(boxes, candidates.scores, candidates.owners, 0.7, of_smaller=True)
        moved = _Candidates(boxes, candidates.scores, candidates.owners)
        return moved.take(kept), np.asarray(landmarks[kept], np.float32)


def _classify(
    model: Model, candidates: _Candidates, pictures: Sequence[Picture], threshold: float
) -> tuple[_Candidates, dict[str, Boxes]]:
    """The candidates that ``model`` scores over ``threshold``, with its score, and its other outputs for them."""
    side = int(model.entry.parameters["side_px"])
    inside = np.zeros(len(candidates.scores), bool)
    crops = np.zeros((len(candidates.scores), 3, side, side), np.float32)
    for owner in np.unique(candidates.owners):
        mine = np.flatnonzero(candidates.owners == owner)
        crops[mine], inside[mine] = pictures[owner].cropped(candidates.boxes[mine], side)
    candidates = candidates.take(inside)
    outputs = _in_chunks(model, _normalised(crops[inside]), CROPS_AT_ONCE)
    scores = outputs.pop("probability")
    chosen = scores > threshold
    scored = _Candidates(candidates.boxes, scores, candidates.owners).take(chosen)
    return scored, {name: output[chosen] for name, output in outputs.items()}


def _in_chunks(model: Model, pixels: NDArray[np.float32], chunk: int) -> dict[str, Boxes]:
    """The network's outputs for all of ``pixels``, run ``chunk`` at a time: what fits the cache is faster."""
    parts = [model.run({"pixels": pixels[start : start + chunk]}) for start in range(0, max(1, len(pixels)), chunk)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _normalised(pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((pixels - np.float32(127.5)) * np.float32(1 / 128), np.float32)


def _moved(boxes: Boxes, moves: Boxes) -> Boxes:
    """Boxes after regression; sizes count inclusive pixels."""
    size = boxes[:, 2:] - boxes[:, :2] + 1
    return np.asarray(boxes + moves * np.tile(size, 2), np.float32)


def _squared(boxes: Boxes) -> Boxes:
    """The square round each box's centre with the longer side."""
    size = boxes[:, 2:] - boxes[:, :2]
    side = size.max(axis=1, keepdims=True, initial=0)
    corner = boxes[:, :2] + size * 0.5 - side * 0.5
    return np.asarray(np.hstack([corner, corner + side]), np.float32)
