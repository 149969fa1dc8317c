"""Figures of a run, made from cases and answers that are written here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.runs.cases import Case
from benchmarks.runs.folder import SCHEMA, Run, read_run, write_json, write_run
from benchmarks.runs.results import evaluate

COUNT = 40


def _case(number: int, truth: str) -> Case:
    columns = {"label": "fake" if truth == "spoof" else "bonafide", "modality": "audio", "duration_s": "2"}
    columns["generator" if truth == "spoof" else "source_repo"] = f"g{number % 4}"
    return Case(number, f"c{number}", truth, Path(f"{number}.wav"), (), columns)


def _answer(score: float | None, llr: float | None = None, decision: str = "") -> dict[str, Any]:
    return {"score": score, "llr": llr, "decision": decision, "reason": "" if score is not None else "NO_SPEECH"}


def _run(scores: Sequence[float | None], **about: Any) -> Run:
    """The first half of the cases is spoofed; LLRs are the scores."""
    cases = [_case(k, "spoof" if k < COUNT // 2 else "bona_fide") for k in range(COUNT)]
    answers = [_answer(score, score, "spoof" if (score or 0) > 0 else "bona_fide") for score in scores]
    given = {
        "schema": SCHEMA, "dataset": {"name": "x", "title": "X", "split": "all"}, "protocol": "audio", "seed": 0,
        "rounds": 10, "systems": [{"name": "a"}],
    }  # fmt: skip
    return Run(given | about, cases, {"a": answers}, {"a": 8.0})


def _metrics(run: Run) -> dict[str, float]:
    return {name: figure["value"] for name, figure in evaluate(run)["results"]["a"]["metrics"].items()}


RIGHT = [1.0 + k / 100 if k < COUNT // 2 else -1.0 - k / 100 for k in range(COUNT)]


def test_a_perfect_system_and_the_same_with_its_sign_wrong() -> None:
    right, wrong = _metrics(_run(RIGHT)), _metrics(_run([-score for score in RIGHT]))
    for name in ("eer", "min_dcf_asvspoof5", "act_dcf", "aurc"):
        assert right[name] == pytest.approx(0.0, abs=1e-9), name
    assert (right["auc"], right["pauc_0.1"], right["average_precision"]) == (1.0, 1.0, 1.0)
    assert wrong["auc"] == 0.0
    assert wrong["min_dcf_asvspoof5"] == pytest.approx(1.0)
    assert wrong["cllr"] > 1 > right["cllr"]
    assert wrong["brier"] > 0.25 > right["brier"]


def test_asvspoof5_costs_a_passed_spoof_ten_times() -> None:
    # One spoof of twenty passes: 10 * .05 / 20 over min(.95, .5) = .05; one bona fide of twenty blocked: .95 / 20 / .5.
    passed, blocked = list(RIGHT), list(RIGHT)
    passed[0], blocked[-1] = -9.0, 9.0
    assert _metrics(_run(passed))["min_dcf_asvspoof5"] == pytest.approx(0.05)
    assert _metrics(_run(blocked))["min_dcf_asvspoof5"] == pytest.approx(0.095)


def test_tdcf_where_the_verifier_is_known() -> None:
    verifier = {"miss": 0.1, "false_alarm": 0.2, "spoof_false_alarm": 0.5, "form": "2019"}
    passed = list(RIGHT)
    passed[0] = -9.0
    assert "min_tdcf" not in _metrics(_run(RIGHT))
    assert _metrics(_run(passed, verifier=verifier))["min_tdcf"] == pytest.approx(0.05)
    assert _metrics(_run(RIGHT, verifier=verifier))["min_tdcf"] == pytest.approx(0.0)


def test_what_is_not_scored_is_counted_and_left_out() -> None:
    scores: list[float | None] = list(RIGHT)
    scores[3] = scores[30] = None
    found = evaluate(_run(scores))["results"]["a"]
    assert (found["n_scored"], found["n_measured"], found["n_h1"]) == (38, 38, 19)
    assert found["reasons"] == {"NO_SPEECH": 2}
    assert found["coverage"] == pytest.approx(0.95)


def test_too_few_trials_give_no_figures() -> None:
    found = evaluate(_run([RIGHT[0]] * 4 + [None] * 16 + [-1.0] * 20))["results"]["a"]
    assert found["metrics"] == {}
    assert "fewer than 5" in found["too_few"]


def test_unknown_truths_are_not_measured() -> None:
    run = _run(RIGHT)
    cases = [_case(k, "") if k in (0, 39) else case for k, case in enumerate(run.cases)]
    found = evaluate(Run(run.about, cases, run.answers, run.wall_s))
    assert found["truths"]["unknown"] == 2
    assert found["results"]["a"]["n_measured"] == 38


def test_recalibration_needs_groups_to_leave_out() -> None:
    run = _run(RIGHT)
    alone = [
        Case(c.position, c.case_id, c.truth, c.probe, (), {**c.columns, "generator": "g", "source_repo": "s"})
        for c in run.cases
    ]
    assert "refused" in evaluate(Run(run.about, alone, run.answers, run.wall_s))["results"]["a"]["recalibrated"]
    assert evaluate(run)["results"]["a"]["recalibrated"]["cllr"] < 0.5


def test_what_was_written_reads_back_to_the_same_results(tmp_path: Path) -> None:
    run = _run(RIGHT)
    write_run(run, tmp_path, tmp_path)
    again = read_run(tmp_path)
    assert evaluate(again) == evaluate(run)
    assert again.wall_s == {"a": 8.0}
    assert '"real_time_factor": 0.1' in (tmp_path / "timings.json").read_text()


def test_another_schema_is_refused(tmp_path: Path) -> None:
    write_run(_run(RIGHT), tmp_path, tmp_path)
    write_json(tmp_path / "run.json", dict(_run(RIGHT).about) | {"schema": "anchorproof.benchmarks.results/99"})
    with pytest.raises(ValueError, match="results/99"):
        read_run(tmp_path)
