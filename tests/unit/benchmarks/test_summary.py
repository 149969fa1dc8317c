"""The figures of results.json."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from anchorproof.settings import VerdictSettings
from benchmarks.manifests import Row
from benchmarks.scores import Case, clip_results, shown
from benchmarks.summary import Scored, breakdown, metrics, service_point, trivial_baseline
from calibration.metrics import auc, resample_groups


def _row(index: int, is_spoof: bool, **columns: str) -> Row:
    truth = {"label": "fake", "generator": f"G{index % 4}"} if is_spoof else {"label": "bonafide", "generator": "none"}
    return Row(str(index), Path("/nowhere"), {"modality": "av", "source_repo": f"r{index % 5}"} | truth | columns)


def _clips(count: int = 40) -> tuple[list[Row], Scored]:
    rng = np.random.default_rng(0)
    is_h1 = np.arange(count) % 2 == 0
    llrs = rng.normal(np.where(is_h1, 1.0, -1.0), 0.8)
    return [_row(k // 2, bool(side)) for k, side in enumerate(is_h1)], Scored(3 * llrs, llrs, is_h1)


def test_the_services_threshold_is_a_bayes_threshold() -> None:
    # Spoof from posterior .9 at even prior: odds 9, so a false alarm costs nine misses.
    point = service_point(VerdictSettings(prior=0.5, cost_false_alarm=10))
    assert point.false_alarm_cost == pytest.approx(9)
    assert point.threshold_llr == pytest.approx(math.log10(9))


def test_metrics_have_values_inside_their_intervals() -> None:
    rows, trials = _clips()
    found = metrics(trials, resample_groups([row.group for row in rows]), service_point(VerdictSettings()), seed=1)
    expected = auc(trials.scores[trials.is_h1], trials.scores[~trials.is_h1])
    assert found["auc"]["value"] == pytest.approx(expected, abs=1e-5)
    for name in ("auc", "eer", "cllr", "act_dcf", "act_dcf_service"):
        assert found[name]["low"] <= found[name]["value"] <= found[name]["high"]
    assert found["cllr_min"]["value"] <= found["cllr"]["value"]
    assert found["min_dcf_service"]["value"] <= found["act_dcf_service"]["value"]


def test_no_metrics_of_a_handful_and_no_llr_metrics_without_calibration() -> None:
    rows, trials = _clips()
    resample = resample_groups([row.group for row in rows])
    assert metrics(trials.where(np.arange(40) < 8), resample, service_point(VerdictSettings()), seed=0) == {}
    bare = Scored(trials.scores, np.full(40, np.nan), trials.is_h1)
    found = metrics(bare, resample, service_point(VerdictSettings()), seed=0)
    assert "auc" in found
    assert "cllr" not in found


def test_breakdown_sets_each_generator_against_all_bona_fide_clips() -> None:
    rows, trials = _clips()
    decisions = ["spoof" if llr > 1 else "bona_fide" if llr < -1 else "inconclusive" for llr in trials.llrs]
    found = breakdown(rows, trials, decisions)
    assert sorted(found["generators"]) == ["G0", "G1", "G2", "G3"]
    members = np.array([row.generator == "G1" for row in rows])
    expected = auc(trials.scores[members], trials.scores[~trials.is_h1])
    assert found["generators"]["G1"]["auc"] == pytest.approx(expected, abs=1e-5)
    assert found["generators"]["G1"]["n"] == int(members.sum())
    source = found["sources"]["r0"]
    assert source["called_spoof"] + source["called_bona_fide"] + source["called_inconclusive"] == pytest.approx(1)
    assert sum(part["n"] for part in found["sources"].values()) == 20


def test_the_trivial_baseline_finds_a_planted_shortcut() -> None:
    is_h1 = np.arange(60) % 2 == 0
    rng = np.random.default_rng(3)
    widths = np.where(is_h1, 512, 1280) + rng.integers(-8, 8, 60)
    rows = [
        _row(k // 2, bool(side), width=str(width), height="512", fps="25", duration_s=str(3 + k % 7))
        for k, (side, width) in enumerate(zip(is_h1, widths, strict=True))
    ]
    found = trivial_baseline(rows, is_h1, resample_groups([row.group for row in rows]), seed=0)
    assert found["single"]["width"] == 0.0  # spoofs are all narrower
    assert found["combined"]["value"] > 0.95
    assert 0.3 < found["single"]["duration_s"] < 0.7


def test_the_trivial_baseline_finds_nothing_where_there_is_nothing() -> None:
    is_h1 = np.arange(60) % 2 == 0
    rows = [_row(k // 2, bool(side), width="512", height="512") for k, side in enumerate(is_h1)]
    found = trivial_baseline(rows, is_h1, resample_groups([row.group for row in rows]), seed=0)
    assert found == {"single": {}}


def _case(index: int, truth: bool | None, score: float | None, decision: str = "", reason: str = "") -> Case:
    answer = {"score": score, "llr": score, "decision": decision, "reason": reason}
    return Case(_row(index, bool(truth)), answer, truth)


def test_results_count_every_row_and_measure_only_what_is_scored_and_known() -> None:
    cases = [_case(k, True, 1.0 + k / 10, "spoof") for k in range(6)]
    cases += [_case(k, False, -1.0 + k / 10, "bona_fide") for k in range(6)]
    cases += [_case(7, True, None, "inconclusive", "NO_FACE"), _case(8, None, 9.0, "spoof"), _case(9, False, None)]
    found = clip_results(cases, VerdictSettings(), seed=0)
    assert (found["n"], found["n_scored"], found["n_measured"], found["n_truth_unknown"]) == (15, 13, 12, 1)
    assert found["reasons"] == {"NO_FACE": 1}
    assert found["decisions"]["truth_spoof"] == {"spoof": 6, "inconclusive": 1}
    assert found["decisions"]["truth_bona_fide"] == {"bona_fide": 6, "not_scored": 1}
    assert found["decisions"]["truth_unknown"] == {"spoof": 1}
    assert found["metrics"]["auc"]["value"] == 1.0


def test_results_without_any_truth_have_no_metrics() -> None:
    found = clip_results([_case(k, None, 1.0) for k in range(3)], VerdictSettings(), seed=0)
    assert found["metrics"] == {}
    assert found["n_scored"] == 3


def test_numbers_in_scores_csv_have_six_digits_and_may_be_absent() -> None:
    assert shown(0.123456789) == "0.123457"
    assert shown(-2.0) == "-2"
    assert shown(None) == shown(math.nan) == ""
