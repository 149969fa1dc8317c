"""``python -m calibration``: the command line around the fit."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from calibration.__main__ import app
from calibration.report import maps_in


@pytest.fixture
def models_dir(tmp_path: Path) -> Path:
    """A models folder that knows one detector, whose file is not needed for a fit."""
    entry = {
        "model_id": "toy-1",
        "task": "toy",
        "file": "toy.onnx",
        "sha256": "ab" * 32,
        "size_bytes": 1,
        "origin": "made here",
        "licence": "CC0-1.0",
        "card": "toy.md",
        "preprocessing": "toy-v1",
        "higher_means": "spoof",
    }
    (tmp_path / "manifest.json").write_text(json.dumps({"schema": 1, "defaults": {}, "models": [entry]}))
    return tmp_path


def _scores(path: Path, shift: float) -> Path:
    rng = np.random.default_rng(1)
    lines = ["id,label,fake_type,generator,identity,source_repo,fold,duration_s,score"]
    for k in range(120):
        lines.append(f"f{k},fake,tts,G{k % 8},p{k},r{k % 9},,3,{rng.normal(shift, 1):.5f}")
        lines.append(f"b{k},bonafide,none,none,q{k},r{k % 9},,3,{rng.normal(0, 1):.5f}")
    path.write_text("\n".join(lines) + "\n")
    return path


def _fit(models_dir: Path, *more: str, shift: float = 2.0) -> tuple[int, str]:
    scores = _scores(models_dir / "toy-1.csv", shift)
    question = ("--question", "authenticity", "--models-dir", str(models_dir), "--out", str(models_dir / "maps"))
    result = CliRunner().invoke(app, ["fit", "--scores", str(scores), "--model", "toy-1", *question, *more])
    return result.exit_code, str(result.exception)


def test_fit_writes_a_map_that_a_rerun_leaves_as_it_is(models_dir: Path) -> None:
    assert _fit(models_dir, "--date", "2020-02-03")[0] == 0
    path = models_dir / "maps" / "toy-1.json"
    before = path.read_bytes()
    assert json.loads(before)["fitted_on"]["date"] == "2020-02-03"
    assert _fit(models_dir)[0] == 0
    assert path.read_bytes() == before


def test_other_scores_get_a_new_date_and_id(models_dir: Path) -> None:
    _fit(models_dir, "--date", "2020-02-03")
    before = json.loads((models_dir / "maps" / "toy-1.json").read_text())
    _fit(models_dir, shift=1.5)
    after = json.loads((models_dir / "maps" / "toy-1.json").read_text())
    assert after["fitted_on"]["date"] != "2020-02-03"
    assert after["calibration_id"] != before["calibration_id"]


def test_scores_the_wrong_way_round_write_nothing(models_dir: Path) -> None:
    code, error = _fit(models_dir, shift=-2.0)
    assert code != 0
    assert "higher score of 'toy-1' means spoof" in error
    assert not (models_dir / "maps").exists()


def test_report_lists_each_map_with_its_figures(models_dir: Path) -> None:
    _fit(models_dir)
    maps = str(models_dir / "maps")
    shown = CliRunner().invoke(app, ["report", "--out", maps], env={"COLUMNS": "200"}).stdout
    (content,) = maps_in(models_dir / "maps")
    assert "toy-1" in shown
    assert f"{content['cllr']:.3f}" in shown
    lines = CliRunner().invoke(app, ["report", "--out", maps, "--json"]).stdout.splitlines()
    assert [json.loads(line) for line in lines] == [content]
