"""What a worker holds: models and calibrations that fit each other, or it does not start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from anchorproof.errors import CalibrationUnavailable, ModelUnavailable
from anchorproof.jobs.tasks import load
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings

TASKS = ("face_template", "voice_template", "visual_detector", "audio_detector")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


def test_packaged_models_fit_their_calibrations(settings: Settings) -> None:
    models = {model.task: model for model in load(settings, threads=1).models() if model.is_default}
    for task in TASKS:
        calibration = models[task].calibration
        assert calibration is not None
        assert calibration.model_sha256 == models[task].sha256


@pytest.mark.parametrize("task", TASKS)
def test_calibration_for_another_file_is_noticed_at_start(settings: Settings, task: str) -> None:
    model_id = ModelStore().default(task).model_id
    packaged = ModelStore().packaged_dir / "calibration" / f"{model_id}.json"
    stale = json.loads(packaged.read_text()) | {"model_sha256": "00" * 32}
    folder = settings.data_dir / "models" / "calibration"
    folder.mkdir(parents=True)
    (folder / "stale.json").write_text(json.dumps(stale))
    with pytest.raises(CalibrationUnavailable, match="another file or preprocessing"):
        load(settings, threads=1)


def test_damaged_model_file_is_noticed_at_start(settings: Settings) -> None:
    folder = settings.data_dir / "models"
    folder.mkdir()
    entry = ModelStore().default("speech_activity")
    damaged = {field: getattr(entry, field) for field in entry.__slots__} | {"higher_means": None}
    (folder / "manifest.json").write_text(json.dumps({"defaults": {}, "models": [damaged]}))
    (folder / entry.file).write_bytes(b"not the model")
    with pytest.raises(ModelUnavailable, match="is not the file the manifest describes"):
        load(settings, threads=1)
