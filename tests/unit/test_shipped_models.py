"""Everything shipped in models/ is described, licensed and what its manifest says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from anchorproof.evidence import load_calibrations
from anchorproof.runtime import ModelEntry, ModelStore
from anchorproof.types import HigherMeans, Question

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "models"
STORE = ModelStore()
ENTRIES = STORE.entries()
DETECTORS = ("visual_detector", "audio_detector")
TEMPLATES = ("face_template", "voice_template")


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.model_id)
def test_entry_names_its_file_card_licence_and_notice(entry: ModelEntry) -> None:
    content = (MODELS / entry.file).read_bytes()
    assert hashlib.sha256(content).hexdigest() == entry.sha256
    assert len(content) == entry.size_bytes <= 25 * 1024**2
    assert (MODELS / entry.card).is_file()
    assert entry.licence
    assert f"`{entry.file}`" in (ROOT / "THIRD_PARTY_NOTICES.md").read_text(encoding="utf-8")


def test_every_weight_file_has_an_entry() -> None:
    assert {path.name for path in MODELS.glob("*.onnx")} == {entry.file for entry in ENTRIES}


@pytest.mark.parametrize("task", [*DETECTORS, *TEMPLATES])
def test_default_that_scores_has_a_calibration_fitted_for_this_very_file(task: str) -> None:
    entry = STORE.default(task)
    question = Question.AUTHENTICITY if task in DETECTORS else Question.IDENTITY
    found = load_calibrations([MODELS / "calibration"]).for_model(entry, question)
    grows_with_h1 = entry.higher_means in (HigherMeans.SPOOF, HigherMeans.SAME_SOURCE)
    assert (found.slope > 0) is grows_with_h1


def test_every_calibration_belongs_to_a_shipped_model() -> None:
    known = {entry.model_id for entry in ENTRIES}
    assert {calibration.model_id for calibration in load_calibrations([MODELS / "calibration"])} <= known
