"""The packaged networks, and skimage's public-domain portrait of an astronaut."""

from __future__ import annotations

import numpy as np
import pytest
import skimage.data

from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.subject import find_subject
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings
from anchorproof.types import FaceObservation, Image


@pytest.fixture(scope="session")
def models() -> ModelStore:
    return ModelStore()


@pytest.fixture(scope="session")
def finder(models: ModelStore) -> FaceFinder:
    return FaceFinder(models, FaceSettings())


@pytest.fixture(scope="session")
def portrait() -> Image:
    """512 x 512 pixels, one face."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, :3])


@pytest.fixture(scope="session")
def observation(portrait: Image, finder: FaceFinder) -> FaceObservation:
    found = find_subject(portrait, finder)
    assert found is not None
    return found
