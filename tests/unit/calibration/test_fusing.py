"""The fused LLR's calibration: Venn-Abers pairs that hold, tables that say what the library says, sources left out."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from anchorproof.fusion import packaged_fusion, parse_fusion
from anchorproof.types import CalibrationMap, Question
from calibration import fusing
from calibration.__main__ import FUSION, JOINT
from calibration.trials import Trials


def drawn(count: int, seed: int) -> Trials:
    """LLRs that are true: P(spoof) = 10**llr / (1 + 10**llr) at even prior."""
    random = np.random.default_rng(seed)
    llrs = random.normal(0, 0.8, count)
    is_h1 = random.random(count) < 1 / (1 + 10.0**-llrs)
    names = np.array([f"source {place % 20}" for place in range(count)])
    return Trials(llrs, is_h1, names, names, names)


def looked_up(table: dict[str, list[float]], llrs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    places = np.maximum(0, np.searchsorted(table["mixture_llrs"], llrs, side="right") - 1)
    return np.array(table["lowest"])[places], np.array(table["highest"])[places]


@pytest.mark.parametrize("seed", range(5))
def test_venn_abers_interval_covers_the_share_of_spoofs(seed: int) -> None:
    calibration, fresh = drawn(600, seed), drawn(4000, seed + 100)
    low, high = looked_up(fusing.venn_abers_table(calibration), fresh.scores)
    # Validity in the large: the mean of the lower and of the upper bounds enclose the share, up to sampling (3 sd).
    slack = 3 * 0.5 / np.sqrt(len(fresh))
    share = fresh.is_h1.mean()
    assert low.mean() - slack <= share <= high.mean() + slack
    # And in parts: each third of the scores.
    for part in np.array_split(np.argsort(fresh.scores), 3):
        margin = 3 * 0.5 / np.sqrt(len(part)) + 0.06  # isotonic regression of 200 trials is itself uncertain
        assert low[part].mean() - margin <= fresh.is_h1[part].mean() <= high[part].mean() + margin


def test_table_says_what_the_library_says() -> None:
    trials = drawn(400, 7)
    table = fusing.venn_abers_table(trials)
    at = np.array([-1.0, -0.2, 0.3, 0.9])
    low, high = fusing.venn_abers_pairs(trials.scores, trials.is_h1, at)
    share = trials.is_h1.mean()
    table_low, table_high = looked_up(table, at)
    for value, expected in ((table_low, low), (table_high, high)):
        assert value == pytest.approx([fusing._at_even(one, share) for one in expected], abs=1e-4)


def test_few_trials_give_a_wide_interval() -> None:
    few, many = (fusing.venn_abers_table(drawn(count, 3)) for count in (30, 2000))
    width = [np.mean(np.array(table["highest"]) - np.array(table["lowest"])) for table in (few, many)]
    assert width[0] > 3 * width[1]


def test_false_alarms_fall_and_end_at_none() -> None:
    levels = fusing.false_alarms(np.array([-1.0, 0.1, 0.1, 0.5]))
    assert levels == [[0.1, 0.75], [0.5, 0.25], [0.51, 0.0]]


def test_shipped_calibration_is_of_the_committed_trials() -> None:
    joint = fusing.read_joint(JOINT)
    assert fusing.describe(JOINT, joint)["sha256"] in FUSION.read_text(encoding="utf-8")
    assert parse_fusion(packaged_fusion()).calibration_id in FUSION.read_text(encoding="utf-8")


def test_no_trial_is_weighed_by_maps_that_saw_its_source(tmp_path: Path) -> None:
    # One source whose scores are turned round: its own trials' LLRs must not follow it.
    header = ("id", "label", "fake_type", "generator", "identity", "source_repo", "fold", "duration_s", "score")
    random = np.random.default_rng(0)
    rows = [
        (f"{repo}{n}", ("bonafide", "fake")[n % 2], "tts", f"g{repo}", "", repo, "", "5", f"{score:.4f}")
        for repo, turn in (("a", 1), ("b", 1), ("c", 1), ("odd", -1))
        for n in range(12)
        for score in [turn * (n % 2 * 2 - 1) + random.normal(0, 0.3)]
    ]
    path = tmp_path / "audio.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    missing = {"visual": "", "sync": "", "kind": "made"}
    joint = fusing.Joint(
        [missing | {"label": row[1], "generator": row[3], "source_repo": row[5], "audio": row[8]} for row in rows]
    )
    shipped = CalibrationMap("c", "m", "s", "p", Question.AUTHENTICITY, 1.0, 0.0, (-2.0, 2.0))
    llrs = fusing.left_out_mixtures(joint, {"audio": path}, {"audio": shipped})
    odd = np.array([row["source_repo"] == "odd" for row in joint.rows])
    spoof = np.array(joint.is_h1)
    assert llrs[odd & spoof].mean() < llrs[odd & ~spoof].mean()  # judged by the others' direction, so wrongly
    assert llrs[~odd & spoof].mean() > llrs[~odd & ~spoof].mean()
