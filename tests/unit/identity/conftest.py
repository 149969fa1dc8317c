"""Templates and material made from a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from anchorproof.identity.keys import KeyFile
from anchorproof.identity.registry import SCHEMA, EnrolmentMaterial, Registry
from anchorproof.types import Modality, Rejection, Span, Template
from tests.registries import open_at

MakeTemplate = Callable[..., Template]
MakeMaterial = Callable[..., EnrolmentMaterial]


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], Registry]]:
    """Opens one and the same registry, as often as wanted: the contract holds for both kinds of database."""
    if request.param == "sqlite":
        yield lambda: open_at(tmp_path / "registry.db")
        return
    from anchorproof.postgres import PostgresDatabase

    url = request.getfixturevalue("postgres_url")
    yield lambda: Registry(PostgresDatabase(url, SCHEMA), KeyFile(tmp_path / "registry.key"))


@pytest.fixture
def registry(open_again: Callable[[], Registry]) -> Iterator[Registry]:
    with open_again() as opened:
        yield opened


@pytest.fixture
def make_template() -> MakeTemplate:
    def make(seed: int, modality: Modality = Modality.FACE, model_id: str = "face-1", length: int = 512) -> Template:
        vector = np.random.default_rng(seed).standard_normal(length).astype(np.float32)
        return Template(modality, model_id, vector / np.linalg.norm(vector), 60.0, Span(1.0, 2.5))

    return make


@pytest.fixture
def make_material(make_template: MakeTemplate) -> MakeMaterial:
    """``faces`` face templates and one voice template; the seed stands for the media's content."""

    def make(seed: int, faces: int = 2) -> EnrolmentMaterial:
        pictures = tuple(make_template(seed * 100 + number) for number in range(faces))
        voice = make_template(seed * 100 + 99, Modality.VOICE, "voice-1", 256)
        rejection = Rejection(Modality.FACE, "FACE_TOO_SMALL", "a face of 21 pixels", Span(0.0, 0.5))
        sha256 = hashlib.sha256(str(seed).encode()).hexdigest()
        return EnrolmentMaterial(sha256, (*pictures, voice), (rejection,), speech_s=12.25)

    return make
