"""The protocol scenario, from a manifest with labels to the page."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from tests.unit.benchmarks.runs.corpora import manifest

RUN = CliRunner()


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    """Twelve clips: four each of A1, B1 and without a label; one system's answers to all of them."""
    plain = manifest(tmp_path, 12)
    with plain.open(newline="") as file:
        rows = list(csv.DictReader(file))
    for place, row in enumerate(rows):
        row["scenario"] = ("A1", "B1", "")[place % 3]
    with plain.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    # A1: three named, one called B1; B1: two named, one nothing named but decided, one not answered.
    named = {"c0": "A1", "c3": "A1", "c6": "A1", "c9": "B1", "c1": "B1", "c4": "B1", "c7": ""}
    lines = ["id,score,decision,scenario"]
    lines += [f"{key},,{'spoof' if key in ('c0', 'c3') else 'inconclusive'},{said}" for key, said in named.items()]
    (tmp_path / "named.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


def _run(corpus: Path, out: Path, *more: str) -> dict[str, Any]:
    system = f"theirs=scores:{corpus / 'named.csv'}"
    asked = ["run", str(corpus), "--protocol", "scenario", "--system", system, "--rounds", "20", "--out", str(out)]
    result = RUN.invoke(app, [*asked, *more])
    assert result.exit_code == 0, f"{result.output}{result.exception}"
    return dict(json.loads((out / "results.json").read_text()))


def test_scenarios_and_decisions_are_counted_against_the_labels(corpus: Path) -> None:
    found = _run(corpus, corpus / "out")
    assert found["truths"] == {"A1": 4, "B1": 4}
    theirs = found["results"]["theirs"]
    assert (theirs["n_scored"], theirs["n_measured"]) == (7, 7)
    assert theirs["scenario_confusion"] == {"A1": {"A1": 3, "B1": 1}, "B1": {"B1": 2, "none": 1}}
    assert theirs["scenario_decisions"] == {"A1": {"inconclusive": 2, "spoof": 2}, "B1": {"inconclusive": 3}}
    # A1: 2 * 3 / (3 + 4); B1: 2 * 2 / (3 + 3).
    assert theirs["metrics"]["macro_f1"]["value"] == pytest.approx((6 / 7 + 2 / 3) / 2, abs=1e-5)
    assert theirs["metrics"]["accuracy"]["value"] == pytest.approx(5 / 7, abs=1e-5)
    assert theirs["reasons"]["NOT_IN_FILE"] == 1


def test_the_page_shows_the_confusion(corpus: Path) -> None:
    _run(corpus, corpus / "out")
    page = (corpus / "out" / "report.html").read_text()
    assert "theirs: what was named" in page
    assert "theirs: what was decided" in page
    assert "macro-F1" in (corpus / "out" / "tables.md").read_text()


def test_shards_give_the_same_results(corpus: Path) -> None:
    whole = _run(corpus, corpus / "out", "--no-page")
    for shard in ("1/2", "2/2"):
        _run(corpus, corpus / shard[0], "--shard", shard, "--no-page")
    merged = RUN.invoke(
        app, ["merge", str(corpus / "1"), str(corpus / "2"), "--out", str(corpus / "merged"), "--no-page"]
    )
    assert merged.exit_code == 0, merged.output
    assert json.loads((corpus / "merged" / "results.json").read_text()) == whole


def test_a_manifest_without_labels_is_refused(tmp_path: Path) -> None:
    manifest(tmp_path, 6)
    result = RUN.invoke(app, ["run", str(tmp_path), "--protocol", "scenario", "--out", str(tmp_path / "out")])
    assert result.exit_code
    assert "column 'scenario'" in str(result.exception)


def test_a_detector_alone_does_not_name_scenarios(corpus: Path) -> None:
    result = RUN.invoke(
        app, ["run", str(corpus), "--protocol", "scenario", "--system", "audio", "--out", str(corpus / "x")]
    )
    assert "does not answer scenario" in str(result.exception)
