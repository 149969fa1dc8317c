"""Turn faces into templates with the network that the manifest names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import ModelUnavailable
from anchorproof.faces.align import crop_matrix, similarity, warp
from anchorproof.runtime import Model
from anchorproof.types import FaceObservation, Image, Modality, Span, Template, Vector

#: Faces that go through the network at once.
BATCH = 16

_Cut = Callable[[FaceObservation, Mapping[str, Any]], Image]


class FaceEmbedder:
    """One face template network; its manifest entry says how faces are cut out for it.

    ``preprocessing`` is one of ``arcface-112-1`` (the observation's aligned face), ``dlib-150-1`` (turned to the
    landmarks in ``template``) and ``facenet-160-1`` (the upright face box with ``margin``, squeezed to a square);
    ``parameters`` hold ``side_px``, ``mean`` (per channel, RGB) and ``scale``: inputs are ``(pixel - mean) / scale``.
    """

    def __init__(self, model: Model) -> None:
        """Raises ModelUnavailable for a preprocessing that this version does not know."""
        entry = model.entry
        if entry.preprocessing not in _CUTS:
            known = ", ".join(sorted(_CUTS))
            raise ModelUnavailable(f"model {entry.model_id!r} wants {entry.preprocessing!r}; known here: {known}")
        self._model = model
        self._cut = _CUTS[entry.preprocessing]
        self._parameters = entry.parameters
        self._mean = np.broadcast_to(np.asarray(entry.parameters["mean"], np.float32), 3)
        self._scale = np.float32(entry.parameters["scale"])

    @property
    def model_id(self) -> str:
        return self._model.model_id

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Of the network's manifest entry."""
        return self._parameters

    def embed(self, observations: Sequence[FaceObservation]) -> list[Template]:
        """One template per observation; its quality is the distance between the eyes in source pixels."""
        templates: list[Template] = []
        for start in range(0, len(observations), BATCH):
            batch = observations[start : start + BATCH]
            vectors = self._model.run_one(self._inputs([self._cut(seen, self._parameters) for seen in batch]))
            templates += [self._template(vector, seen) for vector, seen in zip(vectors, batch, strict=True)]
        return templates

    def _inputs(self, faces: Sequence[Image]) -> NDArray[np.float32]:
        """Faces ``(side, side, 3)`` -> ``(n, 3, side, side)``."""
        pixels = (np.stack(faces).astype(np.float32) - self._mean) / self._scale
        return np.ascontiguousarray(pixels.transpose(0, 3, 1, 2))

    def _template(self, vector: NDArray[Any], seen: FaceObservation) -> Template:
        span = Span(seen.time_s, seen.time_s)
        return Template(Modality.FACE, self.model_id, _unit(vector), interocular_px(seen.landmarks), span)


def track_template(templates: Sequence[Template]) -> Template:
    """One template for a track: the quality-weighted mean, of unit length, with the mean quality.

    Raises:
        ValueError: there is none, or they come from different models.
    """
    if len({template.model_id for template in templates}) != 1:
        raise ValueError("a track template needs templates, all of one model")
    weights = np.array([template.quality for template in templates], np.float64)
    mean = np.average([template.vector for template in templates], axis=0, weights=weights)
    spans = [template.span for template in templates if template.span]
    span = Span(min(s.start_s for s in spans), max(s.end_s for s in spans)) if spans else None
    return Template(Modality.FACE, templates[0].model_id, _unit(mean), float(weights.mean()), span)


def interocular_px(landmarks: Vector) -> float:
    """Distance between the eyes."""
    return float(np.linalg.norm(landmarks[1] - landmarks[0]))


def _unit(vector: NDArray[Any]) -> Vector:
    wide = np.asarray(vector, np.float64).reshape(-1)
    return np.asarray(wide / np.linalg.norm(wide), np.float32)


# --------------------------------------------------------------------------- how faces are cut out


def _aligned(seen: FaceObservation, parameters: Mapping[str, Any]) -> Image:
    side = int(parameters["side_px"])
    if seen.aligned.shape[:2] == (side, side):
        return seen.aligned
    return np.asarray(cv2.resize(seen.aligned, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _by_template(seen: FaceObservation, parameters: Mapping[str, Any]) -> Image:
    to_crop = crop_matrix(seen.box, seen.crop.shape[0])
    landmarks = seen.landmarks @ to_crop[:, :2].T + to_crop[:, 2]
    matrix = similarity(landmarks, np.asarray(parameters["template"], np.float32))
    return warp(seen.crop, matrix, int(parameters["side_px"]), cv2.BORDER_REPLICATE)


def _boxed(seen: FaceObservation, parameters: Mapping[str, Any]) -> Image:
    """The face box, widened by ``margin`` result pixels in all, squeezed to a square."""
    side, margin = int(parameters["side_px"]), float(parameters.get("margin", 0))
    to_crop = crop_matrix(seen.box, seen.crop.shape[0])
    grown = side / (side - margin)
    size = np.array([seen.box.width, seen.box.height]) * to_crop[0, 0] * grown
    first = np.clip((seen.crop.shape[0] - size) / 2, 0, None)
    (x1, y1), (x2, y2) = first.round().astype(int), (seen.crop.shape[0] - first).round().astype(int)
    return np.asarray(cv2.resize(seen.crop[y1:y2, x1:x2], (side, side), interpolation=cv2.INTER_AREA), np.uint8)


_CUTS: Mapping[str, _Cut] = {"arcface-112-1": _aligned, "dlib-150-1": _by_template, "facenet-160-1": _boxed}
