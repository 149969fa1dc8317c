"""The small benchmark says when there is nothing to measure, and its index says what it has."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.runs.small import PARTS, index

SPEED = {
    "duration_s": 30.0, "wall_s": 12.0, "threads": 2, "peak_proportional_bytes": 6e8,
    "steps": {"faces": {"wall_s": 9.0, "share": 0.75}},
}  # fmt: skip


def test_without_the_media_it_says_so_and_succeeds(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["small", "--data", str(tmp_path / "nowhere"), "--out", str(tmp_path / "out")])
    assert result.exit_code == 0
    assert "skipped: the development media are not at" in result.output
    assert not (tmp_path / "out").exists()


def test_index_leads_to_every_protocol_and_says_why_one_has_no_figures() -> None:
    figure = {"value": 0.912, "low": 0.8, "high": 0.97}
    about = {"dataset": {"title": "T", "split": "all"}, "protocol": "audio", "n": 9}
    found = {
        "audio": about | {"results": {"audio": {"n_measured": 9, "metrics": {"auc": figure}}}},
        "visual": about | {"results": {"<b>": {"n_measured": 2, "metrics": {}, "too_few": "fewer than 5 trials"}}},
    }
    page = index(found, SPEED)
    assert 'href="audio/report.html"' in page
    assert "0.912 [0.800, 0.970]" in page
    assert "fewer than 5 trials" in page
    assert "&lt;b&gt;" in page
    assert "30 s of 720p analysed in 12.0 s" in page


def test_every_part_has_a_protocol_of_its_own() -> None:
    assert len({part.protocol for part in PARTS}) == len(PARTS)
