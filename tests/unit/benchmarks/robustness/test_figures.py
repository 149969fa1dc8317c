"""AUC, drop and false alarms of the rungs, against numbers worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.robustness.figures import Trial, ladder_figures
from benchmarks.robustness.rungs import REFERENCE
from benchmarks.robustness.show import ladder_table, write_plot
from benchmarks.steps import unscored


def trials(spoofs: list[float | None], bona_fide: list[float | None]) -> list[Trial]:
    def one(group: str, is_spoof: bool, score: float | None) -> Trial:
        answer = unscored("NO_SPEECH", "") if score is None else {"score": score, "llr": None, "reason": ""}
        return Trial(group, is_spoof, answer)

    return [one(f"s{k}", True, score) for k, score in enumerate(spoofs)] + [
        one(f"b{k}", False, score) for k, score in enumerate(bona_fide)
    ]


CLEAN = trials([5, 6, 7, 8, 9], [0, 1, 2, 3, 4])
#: Two spoofs fall below all bona fide clips (10 of 25 pairs wrong), two bona fide clips rise above 4.
TREATED = trials([-1, -2, 7, 8, 9], [0, 1, 2, 4.5, 5])


def test_auc_drop_false_alarms_and_recall_of_a_rung() -> None:
    found = ladder_figures({REFERENCE: CLEAN, "worse": TREATED}, None, seed=0)
    assert found["threshold"] == 4  # no more than 5 % of five clips: the highest bona fide score
    assert found["rungs"][REFERENCE]["auc"]["value"] == 1
    worse = found["rungs"]["worse"]
    assert worse["auc"]["value"] == pytest.approx(0.6)
    assert worse["auc_drop"]["value"] == pytest.approx(0.4)
    assert worse["false_alarms"]["value"] == pytest.approx(0.4)
    assert worse["recall"]["value"] == pytest.approx(0.6)
    assert worse["auc"]["low"] < 0.6 < worse["auc"]["high"]


def test_a_threshold_that_is_given_is_kept() -> None:
    found = ladder_figures({REFERENCE: CLEAN}, 1.5, seed=0)
    assert found["threshold"] == 1.5
    assert found["rungs"][REFERENCE]["false_alarms"]["value"] == pytest.approx(0.6)


def test_clips_without_a_score_are_counted_with_their_reason_and_left_out() -> None:
    muffled = trials([5, 6, 7, 8, 9, None], [0, 1, 2, 3, 4, None])
    found = ladder_figures({REFERENCE: trials([5, 6, 7, 8, 9, 3.5], [0, 1, 2, 3, 4, 0]), "x": muffled}, None, 0)
    rung = found["rungs"]["x"]
    assert (rung["n_spoof"], rung["n_bona_fide"], rung["not_scored"]) == (5, 5, {"NO_SPEECH": 2})
    # the pairs compared are the ten clips scored on both: no drop, though the reference has one spoof more
    assert rung["auc_drop"]["value"] == 0


def test_too_few_clips_give_counts_only() -> None:
    found = ladder_figures({REFERENCE: trials([1, 2], [0, 1])}, None, seed=0)
    assert found["rungs"][REFERENCE] == {"n_spoof": 2, "n_bona_fide": 2, "not_scored": {}}


def test_table_and_plot_show_every_rung(tmp_path: Path) -> None:
    results = {"protocol": "audio", "manifest": {"file": "m.csv"}}
    results |= ladder_figures({REFERENCE: CLEAN, "worse": TREATED}, None, seed=0)
    assert ladder_table(results).row_count == 2
    write_plot(results, tmp_path / "plot.png")
    content = (tmp_path / "plot.png").read_bytes()
    assert content.startswith(b"\x89PNG")
    assert len(content) > 5_000
