from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

from tests.acceptance.conftest import Shell
from tests.tiny_networks import mean_of_channels


def _models(anchorproof: Shell) -> dict[str, str]:
    lines = anchorproof("models", "list", "--json").stdout.splitlines()
    return {model["modelId"]: model["state"] for model in map(json.loads, lines)}


def test_every_packaged_model_is_sound(anchorproof: Shell) -> None:
    done = anchorproof("models", "verify")
    assert done.code == 0, done.stdout
    assert done.stdout.count("sound") == len(_models(anchorproof)) > 5


def test_own_model_is_added_chosen_and_found_out_when_damaged(anchorproof: Shell) -> None:
    packaged = Path(str(files("anchorproof.models"))) / "faceplugin-feature-1.onnx"
    added = anchorproof("models", "add", packaged, "--like", "faceplugin-feature-1", "--id", "my-faces-1")
    assert added.code == 0, added.stderr
    assert "calibrated" in added.stdout
    assert _models(anchorproof)["my-faces-1"] == "at hand, not calibrated"
    assert anchorproof("models", "use", "my-faces-1", "--for", "face_template").code == 0
    states = _models(anchorproof)
    assert states["my-faces-1"].startswith("in use")
    assert states["faceplugin-feature-1"].startswith("at hand")
    (anchorproof.data_dir / "models" / "my-faces-1.onnx").write_bytes(packaged.read_bytes()[:-1])
    verified = anchorproof("models", "verify")
    assert verified.code == 5
    assert "not the file the manifest describes" in " ".join(verified.stdout.replace("│", " ").split())


def test_file_that_is_no_network_is_not_added(anchorproof: Shell, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("no network")
    done = anchorproof("models", "add", tmp_path / "text.onnx", "--like", "facenet-inception")
    assert done.code == 5
    assert "[MODEL_UNAVAILABLE]" in done.stderr
    assert "facenet-inception-1" not in _models(anchorproof)
    assert list((anchorproof.data_dir / "models").glob("*.onnx")) == []


def test_unknown_layout_is_answered_with_the_known_ones(anchorproof: Shell, tmp_path: Path) -> None:
    (tmp_path / "any.onnx").touch()
    done = anchorproof("models", "add", tmp_path / "any.onnx", "--like", "mystery")
    assert done.code == 2
    assert "facenet-inception" in done.stderr


def test_classifier_of_somebody_else_becomes_the_visual_detector(anchorproof: Shell, tmp_path: Path) -> None:
    (tmp_path / "theirs.onnx").write_bytes(mean_of_channels(side_px=32, batch=1, layout="nhwc"))
    described = ["side_px=32", "batch=1", 'layout="nhwc"', "mean=127.5", "scale=127.5", "output_index=1"]
    said = [word for value in described for word in ("--parameter", value)]
    choice = ["--like", "picture-classifier", "--id", "theirs-1", "--higher-means", "bona_fide"]
    added = anchorproof("models", "add", tmp_path / "theirs.onnx", *choice, *said)
    assert added.code == 0, added.stderr
    assert anchorproof("models", "use", "theirs-1", "--for", "visual_detector").code == 0
    assert _models(anchorproof)["theirs-1"] == "in use, not calibrated"
    manifest = json.loads((anchorproof.data_dir / "models" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["models"][0]["higher_means"] == "bona_fide"


def test_classifier_described_wrongly_is_not_added(anchorproof: Shell, tmp_path: Path) -> None:
    (tmp_path / "theirs.onnx").write_bytes(mean_of_channels(side_px=32))
    done = anchorproof("models", "add", tmp_path / "theirs.onnx", "--like", "picture-classifier")  # 224 px by default
    assert done.code == 5
    assert "[MODEL_UNAVAILABLE]" in done.stderr
    assert list((anchorproof.data_dir / "models").glob("*.onnx")) == []
