"""Figures of left-out scores, worked by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from benchmarks.held_out import false_alarms_at_recall, measure, pool, read_left_out, threshold_at_recall

HEADER = ["id", "label", "generator", "source_repo", "fold", "score"]


def write(path: Path, rows: list[tuple[object, ...]], header: list[str] = HEADER) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([header, *rows])
    return path


def corpus(folder: Path, gap: float) -> tuple[Path, Path]:
    """20 + 20 clips whose scores differ by ``gap`` and whose files differ in width alone."""
    noise = np.random.default_rng(1).normal(size=40)
    scores, media = [], []
    for number in range(40):
        fake = number % 2 == 0
        group = f"{'gen' if fake else 'src'}{number % 8}"
        label = "fake" if fake else "bonafide"
        scores.append((f"c{number}", label, group if fake else "none", group, number % 5, noise[number] + gap * fake))
        media.append((f"c{number}", f"c{number}.mp4", label, group, group, 256 if fake else 1280, 256, 25, 5, 0))
    names = ["id", "path", "label", "generator", "source_repo", "width", "height", "fps", "duration_s", "has_audio"]
    return write(folder / "scores.csv", scores), write(folder / "manifest.csv", media, names)


def test_the_operating_point_is_where_enough_spoofs_are_found() -> None:
    spoofs = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    assert threshold_at_recall(spoofs, 0.6) == 3.0
    assert false_alarms_at_recall(spoofs, np.array([0.0, 2.9, 3.0, 9.0]), 0.6) == 0.5


def test_segments_are_pooled_to_clips(tmp_path: Path) -> None:
    rows = [("a", "fake", "wav", "x", 0, score) for score in (0, 0, 0, 8)] + [("b", "bonafide", "none", "y", 1, 1)]
    path = write(tmp_path / "segments.csv", rows)
    assert list(read_left_out(path).scores) == [2.0, 1.0]
    assert list(read_left_out(path, "top").scores) == [8.0, 1.0]
    with pytest.raises(ValueError, match="mean or top"):
        pool([1.0], "best")


def test_segments_of_one_clip_must_agree(tmp_path: Path) -> None:
    rows = [("a", "fake", "wav", "x", 0, 1), ("a", "fake", "wav", "x", 1, 1), ("b", "bonafide", "none", "y", 1, 1)]
    with pytest.raises(ValueError, match="differ in label or fold"):
        read_left_out(write(tmp_path / "s.csv", rows))


def test_one_class_alone_cannot_be_measured(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="only one class"):
        read_left_out(write(tmp_path / "s.csv", [("a", "fake", "wav", "x", 0, 1)]))


def test_the_baseline_finds_the_shortcut_that_the_scores_do_not_need(tmp_path: Path) -> None:
    scores, manifest = corpus(tmp_path, gap=0.0)
    found = measure(read_left_out(scores), {"as they came": manifest}, seed=0)
    assert found["trivial"]["as they came"]["logistic"]["auc"]["value"] == 1.0
    assert found["metrics"]["auc"]["value"] < 0.7


def test_figures_have_intervals_and_groups_their_own_lines(tmp_path: Path) -> None:
    scores, manifest = corpus(tmp_path, gap=2.0)
    found = measure(read_left_out(scores), {"as they came": manifest}, seed=0)
    area = found["metrics"]["auc"]
    for over in ("over_clips", "over_groups"):
        low, high = area[over]
        assert low < area["value"] < high
    assert (found["n_generators"], found["n_sources"], found["folds"]) == (4, 4, 5)
    assert sum(part["n"] for part in found["generators"].values()) == found["n_spoof"] == 20
    lifted = found["sources"]["src1"]["mean"] > found["threshold_at_recall_0.6"]
    assert ("src1" in found["sources_with_mean_above"]) == lifted


def test_worse_scores_are_measured_as_worse(tmp_path: Path) -> None:
    found = []
    for gap in (2.0, -2.0):
        scores, manifest = corpus(tmp_path, gap=gap)
        found.append(measure(read_left_out(scores), {"m": manifest}, seed=0)["metrics"])
    assert found[0]["auc"]["value"] > 0.8 > 0.2 > found[1]["auc"]["value"]
    assert found[0]["false_alarms_at_recall_0.6"]["value"] < found[1]["false_alarms_at_recall_0.6"]["value"]


def test_plots_are_written(tmp_path: Path) -> None:
    from benchmarks.figures import write_figures

    scores, manifest = corpus(tmp_path, gap=1.0)
    trials = read_left_out(scores)
    made = write_figures(tmp_path, trials, measure(trials, {"m": manifest}, seed=0))
    assert [path.read_bytes()[:4] for path in made] == [b"\x89PNG"] * 2
