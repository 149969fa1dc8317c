"""What hides a part of the face is noticed by what the network no longer reads; edges of its own do not help it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from anchorproof.faces.covering import Hidden, find_hidden, is_covered, limits_of
from anchorproof.faces.quality import visibility
from anchorproof.faces.templates import FaceEmbedder
from anchorproof.runtime import ModelStore
from anchorproof.types import FaceObservation, Image


@pytest.fixture(scope="module")
def embedder(models: ModelStore) -> FaceEmbedder:
    return FaceEmbedder(models.load_default("face_template"))


def _microphone(image: Image) -> None:
    """A ball of foam with a texture of its own."""
    grain = np.random.default_rng(0).normal(50, 25, image.shape).clip(0, 255).astype(np.uint8)
    inside = np.zeros(image.shape[:2], np.uint8)
    cv2.ellipse(inside, (56, 94), (25, 27), 0, 0, 360, 1, -1)
    image[inside > 0] = grain[inside > 0]


def _dark_glasses(image: Image) -> None:
    for across in (38, 74):
        cv2.ellipse(image, (across, 53), (17, 13), 0, 0, 360, (15, 15, 20), -1)
    cv2.line(image, (38, 49), (74, 49), (15, 15, 20), 2)


def _limits(embedder: FaceEmbedder) -> Hidden:
    limits = limits_of(embedder)
    assert limits is not None
    return limits


@pytest.mark.parametrize("cover", [_microphone, _dark_glasses])
def test_a_covered_face_is_told_from_the_same_face_uncovered(
    embedder: FaceEmbedder, observation: FaceObservation, cover: Callable[[Image], None]
) -> None:
    covered = replace(observation, aligned=observation.aligned.copy())
    cover(covered.aligned)
    both = [observation, covered]
    plain, hidden = find_hidden(both, embedder.embed(both), embedder)
    assert not is_covered(plain, _limits(embedder))
    assert is_covered(hidden, _limits(embedder))


def test_edges_alone_would_let_the_microphone_pass(observation: FaceObservation) -> None:
    covered = replace(observation, aligned=observation.aligned.copy())
    _microphone(covered.aligned)
    assert visibility(covered) > 0.25


def test_limits_are_the_networks_own(models: ModelStore) -> None:
    assert limits_of(FaceEmbedder(models.load("dlib-resnet-1"))) is None
    limits = Hidden(0.9, 0.1)
    assert is_covered(Hidden(0.91, 0.0), limits)
    assert is_covered(Hidden(0.0, 0.11), limits)
    assert not is_covered(Hidden(0.9, 0.1), limits)
