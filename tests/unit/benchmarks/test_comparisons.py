"""Templates are compared as the service does it."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from anchorproof.engine import Engine
from anchorproof.settings import Settings
from anchorproof.types import Modality, Template
from benchmarks.comparisons import compared

MODELS = {"ge2e-1": (256, Modality.VOICE), "faceplugin-feature-1": (512, Modality.FACE)}


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.load(Settings())


@pytest.mark.parametrize("model_id", MODELS)
def test_score_and_llr_are_the_services_own(model_id: str, engine: Engine) -> None:
    size, modality = MODELS[model_id]
    rng = np.random.default_rng(5)
    shared = rng.normal(size=size)
    vectors = [(shared + 0.4 * rng.normal(size=size)).astype(np.float32) for _ in range(2)]
    one, other = (vector / np.linalg.norm(vector) for vector in vectors)
    qualities = (60.0, 40.0) if modality is Modality.FACE else (12.0, 3.0)
    answers = [
        {"model_id": model_id, "template": base64.b64encode(vector.tobytes()).decode(), "quality": quality}
        for vector, quality in zip((one, other), qualities, strict=True)
    ]
    templates = [
        Template(modality, model_id, vector, quality) for vector, quality in zip((one, other), qualities, strict=True)
    ]
    found = compared(answers[:1], answers[1], engine)
    assert found["llr"] == pytest.approx(engine.same_person_llr(*templates), abs=1e-5)


def test_the_first_missing_template_gives_the_reason(engine: Engine) -> None:
    found = compared([{"reason": "NO_FACE", "message": "there is no face"}], {"reason": "NO_SOUND"}, engine)
    assert (found["score"], found["reason"]) == (None, "NO_FACE")
