"""Whole runs with a stranger's detectors: figures, resuming, shards, protocols."""

from __future__ import annotations

import csv
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.datasets.registry import dataset_at
from benchmarks.runs.cases import Case, Shard, cases_of, sampled
from benchmarks.runs.folder import merged, read_run
from calibration.metrics import auc
from tests.unit.benchmarks.runs.corpora import COUNT, asvspoof5, manifest, pairs

RUN = CliRunner()
ROOT = Path(__file__).resolve().parents[4]
STRANGERS = "tests.unit.benchmarks.runs.strangers"
GOOD, BAD = f"good=call:{STRANGERS}:good", f"bad=call:{STRANGERS}:bad"


def _run(*arguments: str) -> str:
    result = RUN.invoke(app, ["run", "--rounds", "20", "--no-page", *arguments])
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    return result.output


def _results(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "results.json").read_text()))


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    manifest(folder)
    return folder


@pytest.fixture(scope="module")
def out(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two systems on the corpus, undisturbed."""
    out = tmp_path_factory.mktemp("out")
    _run(str(corpus), "--protocol", "visual", "--system", GOOD, "--system", BAD, "--out", str(out))
    return out


def test_figures_are_those_of_the_scores(out: Path) -> None:
    found = _results(out)
    assert found["schema"] == "anchorproof.benchmarks.results/1"
    assert found["truths"] == {"bona_fide": 40, "spoof": 20}
    with (out / "scores" / "good.csv").open() as file:
        scores = [(float(row["score"]), int(row["id"][1:]) % 3 == 0) for row in csv.DictReader(file)]
    sides = [[score for score, is_spoof in scores if is_spoof == side] for side in (True, False)]
    good, bad = found["results"]["good"], found["results"]["bad"]
    assert good["metrics"]["auc"]["value"] == pytest.approx(auc(*sides), abs=1e-5)
    assert good["metrics"]["auc"]["value"] > bad["metrics"]["auc"]["value"]
    assert set(good["generators"]) == {"G0", "G1", "G2", "G3"}
    assert set(good["sources"]) == {"S0", "S1", "S2", "S3", "S4"}
    assert good["n_measured"] == COUNT
    assert good["recalibrated"]["cllr"] < 1
    (pair,) = found["paired"]
    assert (pair["first"], pair["second"], pair["n"]) == ("good", "bad", COUNT)
    assert pair["auc"]["value"] > 0
    assert pair["auc"]["low"] <= pair["auc"]["value"] <= pair["auc"]["high"]


def test_the_worst_are_the_spoofs_that_score_lowest(out: Path) -> None:
    worst = _results(out)["results"]["bad"]["worst"]
    spoofs = [clip["score"] for clip in worst["spoofs_missed"]]
    suspected = [clip["score"] for clip in worst["bona_fide_suspected"]]
    assert spoofs == sorted(spoofs)
    assert suspected == sorted(suspected, reverse=True)
    assert all(clip["generator"].startswith("G") for clip in worst["spoofs_missed"])


def test_results_name_no_path_of_this_machine(out: Path, corpus: Path) -> None:
    text = (out / "results.json").read_text() + (out / "cases.csv").read_text() + (out / "run.json").read_text()
    assert str(corpus) not in text
    assert str(ROOT) not in text


def test_a_second_run_computes_nothing(
    corpus: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRANGER_LOG", str(tmp_path / "log"))
    before = (out / "results.json").read_bytes()
    _run(str(corpus), "--protocol", "visual", "--system", GOOD, "--system", BAD, "--out", str(out))
    assert not (tmp_path / "log").exists()
    assert (out / "results.json").read_bytes() == before
    _run(
        str(corpus), "--protocol", "visual", "--system", GOOD, "--out", str(out), "--fresh", "--sample", "6"
    )  # fmt: skip
    assert len((tmp_path / "log").read_text().split()) == 6
    _run(str(corpus), "--protocol", "visual", "--system", GOOD, "--system", BAD, "--out", str(out))
    assert (out / "results.json").read_bytes() == before


def test_killed_five_times_and_resumed_gives_the_same_bytes(corpus: Path, out: Path, tmp_path: Path) -> None:
    log, killed = tmp_path / "log", tmp_path / "killed"
    environment = os.environ | {"STRANGER_LOG": str(log), "STRANGER_SLEEP_S": "0.1"}
    command = [
        sys.executable,
        "-m",
        "benchmarks",
        "run",
        str(corpus),
        "--protocol",
        "visual",
        "--rounds",
        "20",
    ]
    command += ["--system", GOOD, "--system", BAD, "--out", str(killed), "--no-page"]
    chance = random.Random(5)
    work = killed / "work" / "work.jsonl"
    for round_number in range(5):
        done = _lines(work)
        process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
        )
        wanted = done + chance.randint(1, 12)
        while process.poll() is None and _lines(work) < wanted:
            time.sleep(0.01)
        assert process.poll() is None, f"the run ended before kill {round_number + 1}"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    calls_before = len(log.read_text().split())
    assert calls_before < COUNT + 10
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)
    assert (killed / "results.json").read_bytes() == (out / "results.json").read_bytes()
    calls = log.read_text().split()
    # Nothing that was kept is computed again; what was in flight at a kill is: the worker may
    # have one answer on its way and the next begun.
    assert set(calls) == {f"{number}.mp4" for number in range(COUNT)}
    assert len(calls) <= COUNT + 2 * 5


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_shards_merge_to_the_same_bytes(corpus: Path, out: Path, tmp_path: Path) -> None:
    folders = [tmp_path / f"part{number}" for number in (1, 2, 3)]
    for number, folder in enumerate(folders, 1):
        _run(
            str(corpus), "--protocol", "visual", "--system", GOOD, "--system", BAD, "--out", str(folder),
            "--shard", f"{number}/3",
        )  # fmt: skip
    assert sum(_results(folder)["n"] for folder in folders) == COUNT
    assert _results(folders[0])["shard"] == "1/3"
    result = RUN.invoke(app, ["merge", *map(str, folders[::-1]), "--out", str(tmp_path / "whole"), "--no-page"])
    assert result.exit_code == 0, result.output
    assert (tmp_path / "whole" / "results.json").read_bytes() == (out / "results.json").read_bytes()
    assert (tmp_path / "whole" / "cases.csv").read_bytes() == (out / "cases.csv").read_bytes()
    with pytest.raises(ValueError, match="all 3 shards are needed"):
        merged([read_run(folder) for folder in folders[:2]])
    with pytest.raises(ValueError, match="they differ in"):
        merged([read_run(folders[0]), read_run(out)] if _results(out)["seed"] else [read_run(folders[0]), _other(out)])


def _other(out: Path) -> Any:
    run = read_run(out)
    return type(run)(dict(run.about) | {"seed": 9}, run.cases, run.answers, run.wall_s)


def test_jobs_do_not_change_results(corpus: Path, out: Path, tmp_path: Path) -> None:
    _run(
        str(corpus), "--protocol", "visual", "--system", GOOD, "--system", BAD, "--out", str(tmp_path),
        "--jobs", "3",
    )  # fmt: skip
    assert (tmp_path / "results.json").read_bytes() == (out / "results.json").read_bytes()


def test_a_score_file_gives_the_figures_of_the_run_that_wrote_it(corpus: Path, out: Path, tmp_path: Path) -> None:
    _run(
        str(corpus), "--protocol", "visual", "--system", f"good=scores:{out / 'scores' / 'good.csv'}", "--out",
        str(tmp_path),
    )  # fmt: skip
    again, before = _results(tmp_path)["results"]["good"], _results(out)["results"]["good"]
    assert again["metrics"] == before["metrics"]


def test_verification_pairs(tmp_path: Path) -> None:
    trials = pairs(tmp_path)
    _run(
        str(tmp_path), "--protocol", "face-verification", "--trials", str(trials), "--out", str(tmp_path / "out"),
        "--system", f"a=call:{STRANGERS}:alike",
    )  # fmt: skip
    found = _results(tmp_path / "out")
    assert found["truths"] == {"different": 30, "same": 30}
    assert found["results"]["a"]["metrics"]["auc"]["value"] == 1.0
    assert found["results"]["a"]["metrics"]["min_dcf_0.05"]["value"] == 0.0


def test_spoofing_aware_verification(tmp_path: Path) -> None:
    asvspoof5(tmp_path)
    _run(
        str(tmp_path), "--protocol", "sasv", "--split", "dev", "--out", str(tmp_path / "out"),
        "--system", f"a=call:{STRANGERS}:claimed",
    )  # fmt: skip
    found = _results(tmp_path / "out")
    assert found["truths"] == {"nontarget": 20, "spoof": 20, "target": 20}
    metrics = found["results"]["a"]["metrics"]
    assert metrics["min_adcf"]["value"] == 0.0
    assert metrics["sv_eer"]["value"] == metrics["spf_eer"]["value"] == 0.0


def test_localisation(corpus: Path, tmp_path: Path) -> None:
    _run(
        str(corpus), "--protocol", "localisation", "--out", str(tmp_path / "out"),
        "--system", f"a=call:{STRANGERS}:stretches",
    )  # fmt: skip
    found = _results(tmp_path / "out")["results"]["a"]
    proposals = json.loads((tmp_path / "out" / "scores" / "a.json").read_text())["proposals"]
    right = sum([0.9, 1.0, 2.0] in rows for rows in proposals.values())
    assert found["n_stretches"] == 20
    assert 0 < right < 20
    assert found["metrics"]["ar@5"]["value"] == pytest.approx(right / 20)
    assert found["metrics"]["ap@0.95"]["value"] == pytest.approx((right - 1) / 20)


def test_a_missing_file_is_a_reason_and_not_a_score(tmp_path: Path) -> None:
    manifest(tmp_path)
    (tmp_path / "3.mp4").unlink()
    _run(str(tmp_path), "--protocol", "visual", "--system", GOOD, "--out", str(tmp_path / "out"))
    found = _results(tmp_path / "out")["results"]["good"]
    assert found["reasons"] == {"FILE_MISSING": 1}
    assert (found["n_measured"], found["n_h1"]) == (COUNT - 1, 19)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--protocol", "smell"], "no protocol is named 'smell'"),
        (["--shard", "4/3"], "1 <= i <= n"),
        (["--shard", "half"], "written i/n"),
        (["--split", "nowhere"], "no split 'nowhere'"),
        (["--only", "audio", "--protocol", "visual"], "has nothing for the protocol"),
    ],
)
def test_what_cannot_be_run_is_refused(corpus: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    result = RUN.invoke(app, ["run", str(corpus), "--system", GOOD, "--out", str(tmp_path), *arguments])
    assert result.exit_code != 0
    assert message in f"{result.output}{result.exception}"


def test_a_folder_without_a_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not hold a run"):
        read_run(tmp_path)


def test_every_case_is_in_exactly_one_shard() -> None:
    cases = [Case(k, f"c{k}", "spoof", Path("x")) for k in range(200)]
    held = [[case for case in cases if Shard(number, 4).holds(case)] for number in (1, 2, 3, 4)]
    assert sorted(case.position for part in held for case in part) == list(range(200))
    assert all(20 < len(part) < 80 for part in held)


def test_a_sample_keeps_both_truths_and_positions(corpus: Path) -> None:
    cases = cases_of(dataset_at(corpus), corpus, "all", "visual")
    chosen = sampled(cases, 9)
    assert {case.truth for case in chosen} == {"spoof", "bona_fide"}
    assert [case.position for case in chosen] == sorted(case.position for case in chosen)
    assert all(cases[case.position] is case for case in chosen)
