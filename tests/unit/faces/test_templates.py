from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from anchorproof.errors import ModelUnavailable
from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.subject import find_subject
from anchorproof.faces.templates import FaceEmbedder, interocular_px, track_template
from anchorproof.runtime import Model, ModelStore
from anchorproof.types import FaceObservation, Image, Modality, Template, Vector

MODELS = ["faceplugin-feature-1", "dlib-resnet-1"]


@pytest.fixture(scope="module", params=MODELS)
def embedder(request: pytest.FixtureRequest, models: ModelStore) -> FaceEmbedder:
    return FaceEmbedder(models.load(request.param))


def test_the_same_face_in_another_light_and_size_scores_high(
    embedder: FaceEmbedder, observation: FaceObservation, portrait: Image, finder: FaceFinder
) -> None:
    dim = np.asarray(cv2.convertScaleAbs(cv2.resize(portrait, (400, 400)), alpha=0.7, beta=10), np.uint8)
    other = find_subject(dim, finder)
    assert other is not None
    one, two = embedder.embed([observation, other])
    # Above what 999 of 1,000 pairs of different people reach (models/cards).
    assert one.vector @ two.vector > {"faceplugin-feature-1": 0.6, "dlib-resnet-1": 0.96}[embedder.model_id]


def test_an_upside_down_mouth_and_eyes_are_not_the_same_face(
    embedder: FaceEmbedder, observation: FaceObservation
) -> None:
    turned = replace(
        observation,
        aligned=np.ascontiguousarray(observation.aligned[::-1]),
        crop=np.ascontiguousarray(observation.crop[::-1]),
    )
    one, two, again = embedder.embed([observation, turned, observation])
    assert one.vector @ again.vector == pytest.approx(1, abs=1e-4)
    assert one.vector @ two.vector < one.vector @ again.vector - 0.05


def test_templates_carry_model_unit_length_quality_and_time(
    embedder: FaceEmbedder, observation: FaceObservation
) -> None:
    (template,) = embedder.embed([replace(observation, time_s=2.5)])
    assert (template.modality, template.model_id) == (Modality.FACE, embedder.model_id)
    assert np.linalg.norm(template.vector) == pytest.approx(1, abs=1e-5)
    assert template.quality == pytest.approx(interocular_px(observation.landmarks)) == pytest.approx(41.5, abs=1)
    assert template.span is not None
    assert template.span.start_s == 2.5


def test_many_faces_are_answered_one_by_one(models: ModelStore, observation: FaceObservation) -> None:
    embedder = FaceEmbedder(models.load("faceplugin-feature-1"))
    assert embedder.embed([]) == []
    assert len(embedder.embed([observation] * 19)) == 19


# --------------------------------------------------------------------------- a network of the user's own


def test_a_network_added_by_the_user_gets_the_boxed_face(tmp_path: Path, observation: FaceObservation) -> None:
    embedder = FaceEmbedder(_added(tmp_path, "facenet-160-1"))
    # Paint the box (its place in the crop follows from the crop's rule) in one colour and all around it in another.
    zoom = 224 / (1.6 * max(observation.box.width, observation.box.height))
    half = np.array([observation.box.width, observation.box.height]) * zoom / 2
    (x1, y1), (x2, y2) = (112 - half).round().astype(int), (112 + half).round().astype(int)
    crop = np.zeros_like(observation.crop)
    crop[y1:y2, x1:x2] = [255, 191, 0]
    (template,) = embedder.embed([replace(observation, crop=crop)])
    expected = (np.array([255, 191, 0]) - 127.5) / 128
    assert template.model_id == "of-my-own"
    assert template.vector == pytest.approx(expected / np.linalg.norm(expected), abs=1e-3)


def test_a_preprocessing_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"facenet-160-9.*arcface-112-1"):
        FaceEmbedder(_added(tmp_path, "facenet-160-9"))


def _added(folder: Path, preprocessing: str) -> Model:
    """A network from the user's folder: ``(n, 3, 160, 160)`` to its three channel means."""
    content = _mean_network()
    (folder / "mine.onnx").write_bytes(content)
    entry = {
        "model_id": "of-my-own",
        "task": "face_template",
        "file": "mine.onnx",
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "origin": "made by this test",
        "licence": "Apache-2.0",
        "card": "",
        "preprocessing": preprocessing,
        "higher_means": "same_source",
        "parameters": {"side_px": 160, "mean": 127.5, "scale": 128.0},
    }
    manifest = {"schema": 1, "defaults": {"face_template": "of-my-own"}, "models": [entry]}
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return ModelStore(folder).load_default("face_template")


def _mean_network() -> bytes:
    """``Flatten(GlobalAveragePool(faces))`` in ONNX's wire format: field numbers are those of onnx.proto."""

    def message(*fields: tuple[int, bytes | int]) -> bytes:
        parts = []
        for number, value in fields:
            if isinstance(value, int):
                parts.append(bytes([number << 3, value]))
            else:
                length = bytes([len(value)]) if len(value) < 128 else bytes([len(value) & 127 | 128, len(value) >> 7])
                parts.append(bytes([number << 3 | 2]) + length + value)
        return b"".join(parts)

    def tensor(name: bytes, *dimensions: tuple[int, bytes | int]) -> bytes:
        shape = message(*((1, message(dimension)) for dimension in dimensions))
        return message((1, name), (2, message((1, message((1, 1), (2, shape))))))

    pool = message((1, b"faces"), (2, b"pooled"), (4, b"GlobalAveragePool"))
    flat = message((1, b"pooled"), (2, b"means"), (4, b"Flatten"))
    faces = tensor(b"faces", (2, b"n"), (1, 3), (2, b"h"), (2, b"w"))
    graph = message((1, pool), (1, flat), (2, b"means"), (11, faces), (12, tensor(b"means", (2, b"n"), (1, 3))))
    return message((1, 8), (7, graph), (8, message((2, 17))))


# --------------------------------------------------------------------------- tracks


def _template(vector: Vector, quality: float, model_id: str = "m") -> Template:
    return Template(Modality.FACE, model_id, np.asarray(vector, np.float32), quality)


def test_a_track_template_leans_to_the_better_observations() -> None:
    merged = track_template([_template([1, 0], 30.0), _template([0, 1], 10.0)])
    assert merged.vector == pytest.approx(np.array([3, 1]) / np.sqrt(10))
    assert merged.quality == 20.0


def test_templates_of_two_models_or_none_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="one model"):
        track_template([_template([1, 0], 1.0), _template([1, 0], 1.0, "other")])
    with pytest.raises(ValueError, match="one model"):
        track_template([])
