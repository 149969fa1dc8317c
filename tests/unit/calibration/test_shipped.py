"""The maps that ship: made from the scores beside them, for the models that ship; ``fit-all`` renews them."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from anchorproof.runtime import ModelStore
from anchorproof.types import HigherMeans
from calibration.__main__ import MAPS, SCORES
from calibration.fit import fit_affine
from calibration.maps import named
from calibration.report import maps_in
from calibration.trials import read_detector_trials, read_identity_trials

SHIPPED = pytest.mark.parametrize("content", maps_in(MAPS), ids=lambda content: str(content["model_id"]))


@SHIPPED
def test_a_map_is_for_the_model_file_that_ships(content: dict[str, Any]) -> None:
    entry = ModelStore().entry(content["model_id"])
    assert (content["model_sha256"], content["preprocessing"]) == (entry.sha256, entry.preprocessing)
    assert (content["question"] == "identity") == (entry.higher_means is HigherMeans.SAME_SOURCE)


@SHIPPED
def test_a_map_follows_from_its_scores(content: dict[str, Any]) -> None:
    path = SCORES / str(content["fitted_on"]["file"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == content["fitted_on"]["sha256"]
    reader = read_identity_trials if content["question"] == "identity" else read_detector_trials
    affine = fit_affine(reader(path))
    assert affine.slope == pytest.approx(content["slope"], rel=1e-3)
    assert affine.offset == pytest.approx(content["offset"], rel=1e-3, abs=1e-3)


@SHIPPED
def test_a_map_is_better_than_saying_nothing_and_its_id_is_its_own(content: dict[str, Any]) -> None:
    assert content["cllr_min"] <= content["cllr"] < 1
    unnamed = {key: value for key, value in content.items() if key != "calibration_id"}
    assert named(unnamed)["calibration_id"] == content["calibration_id"]


def test_every_model_with_scores_has_a_map() -> None:
    assert {path.stem for path in SCORES.glob("*.csv")} == {Path(path).stem for path in MAPS.glob("*.json")}
