from __future__ import annotations

import json
from pathlib import Path

import pytest

from anchorproof.errors import AlreadyExists, CalibrationUnavailable, ModelUnavailable, NotFound, RequestInvalid
from anchorproof.runtime import ModelStore
from anchorproof.types import HigherMeans
from anchorproof.user_models import ModelWish, add, add_calibration, choose, verify

FACES = "faceplugin-feature-1"
WISH = ModelWish(like=FACES, model_id="mine-1", origin="a friend", licence="MIT")


@pytest.fixture
def network() -> Path:
    store = ModelStore()
    return store.packaged_dir / store.entry(FACES).file


@pytest.fixture
def voices() -> Path:
    store = ModelStore()
    return store.packaged_dir / store.entry("ge2e-1").file


def test_added_model_can_be_loaded_and_says_where_it_is_from(tmp_path: Path, network: Path) -> None:
    made = add(tmp_path, network, WISH)
    store = ModelStore(tmp_path)
    assert store.entry("mine-1") == made
    assert (made.origin, made.licence, made.task, made.higher_means) == (
        "a friend",
        "MIT",
        "face_template",
        HigherMeans.SAME_SOURCE,
    )
    assert made.preprocessing == store.entry(FACES).preprocessing
    assert store.load("mine-1").model_id == "mine-1"
    assert store.default("face_template").model_id == FACES


def test_layout_gives_the_input_and_the_id(tmp_path: Path, network: Path) -> None:
    # A 112-pixel network, said to be one of the 160-pixel kind: its size is corrected by hand.
    made = add(tmp_path, network, ModelWish(like="facenet-inception", parameters={"side_px": 112}))
    assert (made.model_id, made.preprocessing) == ("facenet-inception-1", "facenet-160-1")
    assert made.parameters == {"side_px": 112, "margin": 0, "mean": 127.5, "scale": 128.0}


def test_network_that_does_not_take_such_faces_is_refused_and_leaves_nothing(
    tmp_path: Path, network: Path, voices: Path
) -> None:
    for file, wish in ((network, ModelWish(like="facenet-inception")), (voices, WISH)):
        with pytest.raises(ModelUnavailable):
            add(tmp_path, file, wish)
    assert [path.name for path in tmp_path.iterdir() if path.name != ".lock"] == []


def test_network_with_other_inputs_than_its_like_is_refused(tmp_path: Path, network: Path) -> None:
    with pytest.raises(ModelUnavailable, match="takes"):
        add(tmp_path, network, ModelWish(like="ge2e-1", model_id="voice-2"))


def test_ids_are_checked_and_never_taken_twice(tmp_path: Path, network: Path) -> None:
    add(tmp_path, network, WISH)
    with pytest.raises(AlreadyExists):
        add(tmp_path, network, WISH)
    with pytest.raises(AlreadyExists):
        add(tmp_path, network, ModelWish(like=FACES, model_id="ge2e-1"))
    with pytest.raises(RequestInvalid, match="model id"):
        add(tmp_path, network, ModelWish(like=FACES, model_id="../escape"))
    with pytest.raises(RequestInvalid, match="facenet-inception"):
        add(tmp_path, network, ModelWish(like="mystery", model_id="x"))


def test_choice_lasts_and_must_fit_the_task(tmp_path: Path, network: Path) -> None:
    add(tmp_path, network, WISH)
    choose(tmp_path, "mine-1", "face_template")
    assert ModelStore(tmp_path).default("face_template").model_id == "mine-1"
    choose(tmp_path, FACES, "face_template")
    assert ModelStore(tmp_path).default("face_template").model_id == FACES
    with pytest.raises(RequestInvalid, match="for face_template"):
        choose(tmp_path, "mine-1", "voice_template")
    with pytest.raises(NotFound):
        choose(tmp_path, "nothing", "face_template")


def test_verify_names_the_model_that_was_tampered_with(tmp_path: Path, network: Path) -> None:
    add(tmp_path, network, WISH)
    assert {fault for _, fault in verify(tmp_path)} == {""}
    with (tmp_path / "mine-1.onnx").open("ab") as file:
        file.write(b"\0")
    assert [entry.model_id for entry, fault in verify(tmp_path) if fault] == ["mine-1"]


def test_calibration_must_be_fitted_for_this_very_model(tmp_path: Path, network: Path) -> None:
    entry = add(tmp_path, network, WISH)
    file = tmp_path / "fitted.json"
    fitted = {"model_id": "mine-1", "model_sha256": entry.sha256, "preprocessing": entry.preprocessing}
    file.write_text(json.dumps(fitted | {"model_sha256": "00"}))
    with pytest.raises(CalibrationUnavailable, match="another model"):
        add_calibration(tmp_path, entry, file)
    file.write_text("[]")
    with pytest.raises(CalibrationUnavailable, match="not a calibration"):
        add_calibration(tmp_path, entry, file)
    file.write_text(json.dumps(fitted))
    add_calibration(tmp_path, entry, file)
    assert json.loads((tmp_path / "calibration" / "mine-1.json").read_text()) == fitted
