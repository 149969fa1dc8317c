"""The published-matrix bench on a matrix of our own making: nothing of an item's generator may reach its judgement."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.published.commands import table_of
from benchmarks.published.matrix import Matrix, find_matrix, read_matrix
from benchmarks.published.methods import METHODS, abstention, folds, held_out_llrs
from calibration.metrics import auc, cllr

RUN = CliRunner()


def _write(path: Path, count: int = 400) -> Path:
    """Two useful detectors, a useless one, a provenance reader that finds nothing, one that hardly ever answers."""
    rng = np.random.default_rng(3)
    rows = []
    for number in range(count):
        is_fake = number % 2 == 0
        names = (
            ("sd", "gan", "flow", "turbo", "dalle", "mj", "veo", "xl") if is_fake else ("coco", "web", "phone", "tv")
        )
        shift = 1.2 if is_fake else -1.2
        first, second, noise, rare = (1 / (1 + np.exp(-(shift * w + rng.normal()))) for w in (1.0, 0.7, 0.0, 1.0))
        rows.append(
            {
                "id": f"i{number}",
                "modality": "images",
                "label": "fake" if is_fake else "real",
                "generator": names[number // 2 % len(names)],
                "ensemble_score": round(float(first) ** 2, 6),
                "prob_first": first,
                "prob_second": "" if number % 10 == 3 else second,
                "prob_noise": noise,
                "prob_c2pa": 0.5,
                "prob_rare": rare if number < 20 else "",
            }
        )
    with gzip.open(path, "wt", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return path


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _write(tmp_path_factory.mktemp("matrix") / "m.csv.gz")


@pytest.fixture(scope="module")
def matrix(path: Path) -> Matrix:
    return read_matrix(path)["images"]


def test_detectors_that_say_something_are_kept(matrix: Matrix) -> None:
    assert matrix.detectors == ("first", "second", "noise")
    assert np.isnan(matrix.scores[3, 1])
    assert matrix.is_fake.sum() == 200


def test_generators_are_never_in_two_folds_and_folds_hold_both_labels(matrix: Matrix) -> None:
    places = folds(matrix, seed=1)
    for name in set(matrix.generators):
        assert len(set(places[matrix.generators == name])) == 1
    for place in set(places) - {4}:  # four sources only
        assert set(matrix.is_fake[places == place]) == {True, False}


def test_a_generator_has_no_part_in_the_judgement_of_its_own_fold(matrix: Matrix) -> None:
    places = folds(matrix, seed=0)
    own = matrix.generators == "fake sd"
    fold = places == places[own][0]
    scores = matrix.scores.copy()
    scores[own] = -scores[own]
    before, after = held_out_llrs(matrix, 0), held_out_llrs(replace(matrix, scores=scores), 0)
    for name in METHODS:
        same = np.isclose(before[name], after[name], equal_nan=True)
        assert same[fold & ~own].all(), name
    assert not np.isclose(before["logistic"], after["logistic"])[~fold].all()


def test_fusion_beats_each_detector_and_calibration_beats_taking_scores_for_probabilities(matrix: Matrix) -> None:
    found = held_out_llrs(matrix, 0)
    sides = {name: (values[matrix.is_fake], values[~matrix.is_fake]) for name, values in found.items()}
    assert auc(*sides["logistic"]) > auc(*sides["best-detector"]) - 0.005
    assert auc(*sides["logistic"]) > 0.85
    assert cllr(*sides["ensemble-calibrated"]) < cllr(*sides["ensemble"])
    assert cllr(*sides["logistic"]) < 1


def test_abstention_counts_both_labels_alike() -> None:
    llrs = np.array([2.0, 0.1, -2.0, 2.0, -0.1, -0.1])
    is_fake = np.array([True, True, False, False, False, False])
    found = abstention(llrs, is_fake, 0.75, 0.25)
    # Answered: one of two fakes, two of four real ones; wrong: the real one at 2.
    assert found.answered == pytest.approx(0.25 + 0.25)
    assert found.wrong == pytest.approx(0.125 / 0.5)
    assert found.wrong_if_forced == pytest.approx(0.125)


def test_the_command_writes_what_it_found(path: Path, tmp_path: Path) -> None:
    result = RUN.invoke(app, ["published", "--matrix", str(path), "--out", str(tmp_path), "--rounds", "10"])
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    found = json.loads((tmp_path / "results.json").read_text())["modalities"]["images"]
    assert set(found["methods"]) == set(METHODS)
    assert found["n"] == found["n_compared"] == 400
    assert "Published matrix, images" in (tmp_path / "tables.md").read_text()
    assert "logistic" in (tmp_path / "images" / "report.html").read_text()


def test_a_file_that_is_no_matrix_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("id,score\na,1\n")
    with pytest.raises(ValueError, match="is no prediction matrix; it lacks"):
        read_matrix(tmp_path / "m.csv")
    (tmp_path / "m.csv").write_text("id,modality,label,generator,ensemble_score\na,images,fakes,g,0.1\n")
    with pytest.raises(ValueError, match="real or fake"):
        read_matrix(tmp_path / "m.csv")


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(ValueError, match="pip install --no-deps deepsafe-bench"):
        find_matrix()


def test_the_published_figures_come_out_where_the_package_is_installed() -> None:
    if importlib.util.find_spec("deepsafe") is None:
        pytest.skip("deepsafe-bench is not installed; its licence forbids shipping the matrix")
    for name, part in read_matrix(find_matrix()).items():
        scored = np.isfinite(part.ensemble)
        found = auc(part.ensemble[scored & part.is_fake], part.ensemble[scored & ~part.is_fake])
        assert found == pytest.approx({"images": 0.9466, "audio": 0.8290, "video": 0.6694}[name], abs=5e-5)


def test_a_method_that_answers_nothing_has_a_dash_in_the_table() -> None:
    nothing = {"metrics": {}, "abstention": {"wrong_if_forced": 0.4, "answered": 0.0, "wrong": None}}
    part = {
        "n": 9, "n_compared": 9, "detectors": ["a"], "n_generators": 1, "n_sources": 1, "methods": {"mean": nothing},
        "ensemble_auc": {"found": 0.5, "published": None, "n": 9},
    }  # fmt: skip
    assert list(table_of("video", part).rows[0][-3:]) == ["40.0%", "0.0%", "-"]
