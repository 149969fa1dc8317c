"""The bench's fixed contract, run on pictures that the tests make, with the service's own networks."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from anchorproof.errors import ModelUnavailable
from anchorproof.settings import Settings
from benchmarks.demo.clips import admiral, astronaut
from benchmarks.manifests import Protocol
from benchmarks.scores import Request, run
from benchmarks.steps import TASKS
from benchmarks.work import Workers, WorkFile

TRIALS = """id1,id2,path1,path2,same,more
a,a2,media/a.png,media/a2.png,1,x
a,b,media/a.png,media/b.png,0,x
b,n,media/b.png,media/nobody.png,0,x
t,a,media/text.png,media/a.png,0,x
a,m,media/a.png,media/missing.png,,x
"""


def _write(path: Path, picture: np.ndarray) -> None:
    cv2.imwrite(str(path), cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two people, one of them twice, beside pictures that give no face."""
    folder = tmp_path_factory.mktemp("corpus")
    media = folder / "media"
    media.mkdir()
    _write(media / "a.png", astronaut())
    _write(media / "a2.png", np.clip(astronaut()[::2, ::2].astype(np.float32) * 0.7, 0, 255).astype(np.uint8))
    _write(media / "b.png", admiral())
    _write(media / "nobody.png", np.full((240, 320, 3), 90, np.uint8))
    (media / "text.png").write_text("not a picture")
    (folder / "manifest.csv").write_text("id,path,identity\na,media/a.png,ann\na2,media/a2.png,ann\n")
    (folder / "trials.csv").write_text(TRIALS)
    return folder


def _request(folder: Path, out: Path, **more: Any) -> Request:
    trials = folder / "trials.csv"
    return Request(Protocol.FACE_VERIFICATION, folder / "manifest.csv", out, trials, **more)


@pytest.fixture(scope="module")
def out(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out")
    run(_request(folder, out), Settings(data_dir=out))
    return out


def _lines(out: Path) -> list[dict[str, str]]:
    with (out / "scores.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_every_trial_has_its_row_in_order_under_the_agreed_header(out: Path) -> None:
    assert (out / "scores.csv").read_text().splitlines()[0] == "id1,id2,score,llr,reason"
    assert [(row["id1"], row["id2"]) for row in _lines(out)] == [
        ("a", "a2"),
        ("a", "b"),
        ("b", "n"),
        ("t", "a"),
        ("a", "m"),
    ]


def test_the_same_person_scores_higher(out: Path) -> None:
    same, different = (float(row["score"]) for row in _lines(out)[:2])
    assert same > 0.5 > different + 0.1


def test_trials_that_get_no_score_say_why(out: Path) -> None:
    unscored = _lines(out)[2:]
    assert [row["reason"] for row in unscored] == ["NO_FACE", "CLIP_UNREADABLE", "FILE_MISSING"]
    assert {row["score"] + row["llr"] for row in unscored} == {""}


def test_results_name_what_made_them(out: Path) -> None:
    results = json.loads((out / "results.json").read_text())
    assert (results["n"], results["n_scored"], results["n_measured"]) == (5, 2, 2)
    assert all(len(model["sha256"]) == 64 for model in results["models"])
    assert len(results["manifest"]["sha256"]) == len(results["trials"]["sha256"]) == 64
    assert results["metrics"] == {}  # two trials are no measurement


def test_a_second_run_computes_nothing_and_writes_the_same(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Workers, jobs: list[Any]) -> Any:
        assert not jobs
        return iter(())

    before = (out / "scores.csv").read_bytes(), (out / "results.json").read_bytes()
    monkeypatch.setattr(Workers, "run", refuse)
    run(_request(folder, out), Settings(data_dir=out))
    assert ((out / "scores.csv").read_bytes(), (out / "results.json").read_bytes()) == before


def test_a_run_broken_off_goes_on_with_what_is_missing(
    folder: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = (out / "work.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "work.jsonl").write_text("".join(lines[:3]) + lines[3][:40])
    computed = []
    put = WorkFile.put

    def count(work: WorkFile, key: str, answer: Any) -> None:
        computed.append(key)
        put(work, key, answer)

    monkeypatch.setattr(WorkFile, "put", count)
    run(_request(folder, tmp_path, jobs=2), Settings(data_dir=tmp_path))
    assert len(computed) == len(lines) - 3
    assert (tmp_path / "scores.csv").read_bytes() == (out / "scores.csv").read_bytes()


def test_other_settings_are_another_computation(
    folder: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count(_: Workers, jobs: list[Any]) -> Any:
        raise KeyboardInterrupt(len(jobs))

    (tmp_path / "work.jsonl").write_bytes((out / "work.jsonl").read_bytes())
    settings = Settings(data_dir=tmp_path)
    stricter = settings.model_copy(update={"faces": type(settings.faces)(smallest_face_px=400)})
    monkeypatch.setattr(Workers, "run", count)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(_request(folder, tmp_path), stricter)
    assert stopped.value.args == (5,)


def test_a_verification_without_trials_is_refused(folder: Path, tmp_path: Path) -> None:
    request = Request(Protocol.SPEAKER_VERIFICATION, folder / "manifest.csv", tmp_path)
    with pytest.raises(ValueError, match="needs --trials"):
        run(request, Settings(data_dir=tmp_path))


def test_a_missing_model_ends_the_run_before_it_begins(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(TASKS, Protocol.FACE_VERIFICATION, ("no_such_task",))
    with pytest.raises(ModelUnavailable, match="no_such_task"):
        run(_request(folder, tmp_path), Settings(data_dir=tmp_path))
    assert not (tmp_path / "scores.csv").exists()
