"""anchorproof's own systems through ``run`` give the scores that ``scores`` gives, on pictures that the tests make."""

from __future__ import annotations

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from anchorproof.settings import Settings
from benchmarks.__main__ import app
from benchmarks.demo.clips import admiral, astronaut
from benchmarks.manifests import Protocol
from benchmarks.scores import Request, run

TRIALS = """id1,id2,path1,path2,same
a,a2,a.png,a2.png,1
a,b,a.png,b.png,0
b,n,b.png,nobody.png,0
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("people")
    pictures = {
        "a": astronaut(),
        "a2": astronaut()[::2, ::2],
        "b": admiral(),
        "nobody": np.full((240, 320, 3), 90, np.uint8),
    }
    for name, picture in pictures.items():
        cv2.imwrite(str(folder / f"{name}.png"), cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2BGR))
    (folder / "manifest.csv").write_text(
        "id,path,identity,label\n" + "".join(f"{name},{name}.png,{name[0]},bonafide\n" for name in pictures)
    )
    (folder / "trials.csv").write_text(TRIALS)
    return folder


def _column(path: Path, name: str) -> list[str]:
    with path.open(newline="") as file:
        return [row[name] for row in csv.DictReader(file)]


def test_face_comparison_is_that_of_the_scores_command(folder: Path, tmp_path: Path) -> None:
    request = Request(Protocol.FACE_VERIFICATION, folder / "manifest.csv", tmp_path / "scores", folder / "trials.csv")
    run(request, Settings(data_dir=tmp_path))
    arguments = ["run", str(folder), "--protocol", "face-verification", "--trials", str(folder / "trials.csv")]
    result = CliRunner().invoke(app, [*arguments, "--system", "face", "--out", str(tmp_path / "run"), "--no-page"])
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    ours, theirs = tmp_path / "run" / "scores" / "face.csv", tmp_path / "scores" / "scores.csv"
    assert _column(ours, "id") == ["a|a2", "a|b", "b|n"]
    assert _column(ours, "reason") == _column(theirs, "reason") == ["", "", "NO_FACE"]
    for name in ("score", "llr"):
        for one, other in zip(_column(ours, name), _column(theirs, name), strict=True):
            assert (one == other == "") or float(one) == pytest.approx(float(other), rel=1e-5)
    same, different = map(float, _column(ours, "score")[:2])
    assert same > different


def test_what_a_detector_cannot_judge_is_said_and_why(folder: Path, tmp_path: Path) -> None:
    result = CliRunner().invoke(
        app, ["run", str(folder), "--protocol", "visual", "--system", "visual", "--out", str(tmp_path), "--no-page"]
    )
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    # Stills are too brief for the visual detector: a stated reason, never a score.
    reasons = _column(tmp_path / "scores" / "visual.csv", "reason")
    assert reasons == ["FACE_TOO_BRIEF", "FACE_TOO_BRIEF", "FACE_TOO_BRIEF", "NO_FACE"]
    assert all(_column(tmp_path / "scores" / "visual.csv", "why"))
