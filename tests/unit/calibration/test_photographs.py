"""The fit of animated photographs: rates rise with distance, none is below what was counted, sources are left out."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path

import numpy as np
import pytest

from calibration.photographs import (
    EXPECTED_FALSE_MATCHES,
    Trial,
    calibration,
    false_alarms,
    left_out,
    limit_of,
    read_trials,
    spoof_llr,
)


def _trials(count: int = 40, seed: int = 0) -> list[Trial]:
    random = np.random.default_rng(seed)
    sources = [f"source-{number}" for number in range(8)]
    true = [
        Trial(True, float(random.normal(45, 8)), f"head-{number}", sources[number % 8], sources[number % 8])
        for number in range(count)
    ]
    false = [
        Trial(False, float(random.normal(110, 10)), f"clip-{number % 50}", sources[number % 8], sources[number % 5])
        for number in range(50 * count)
    ]
    return true + false


def test_rates_rise_and_are_never_below_what_was_counted() -> None:
    trials = _trials()
    table = false_alarms(trials)
    bits = np.array([trial.bits for trial in trials if not trial.is_true])
    rates = [rate for _, rate in table]
    assert rates == sorted(rates)
    assert all(rate >= np.mean(bits <= limit) - 1e-9 for limit, rate in table)
    assert 0 < rates[0] < 1 / len(bits)


def test_more_photographs_want_a_nearer_match() -> None:
    table = false_alarms(_trials())
    limits = [limit_of(table, count) for count in (1, 10, 100, 1000)]
    assert limits == sorted(limits, reverse=True)
    rate = dict(table)[limits[1]]
    assert rate * 10 <= EXPECTED_FALSE_MATCHES
    assert limit_of(table, 10**12) == -1.0


def test_recall_is_of_sources_that_the_limit_did_not_see() -> None:
    trials = _trials()
    # One source whose false trials lie near: within the whole table they would push the limit down.
    near = [Trial(False, 20.0, "clip-x", "lonely", "lonely") for _ in range(30)]
    own = [Trial(True, 45.0, "head-x", "lonely", "lonely")]
    recall, _, count, _ = left_out([*trials, *near, *own], 10)
    assert count == 41
    assert recall > 0
    assert limit_of(false_alarms([*trials, *near]), 10) < limit_of(false_alarms(trials), 10)


def test_a_match_is_worth_no_more_than_the_clips_support() -> None:
    trials = _trials()
    content = calibration(trials, "2026-01-01")
    assert content["spoof_llr"] <= np.log10(51) + 1e-4
    assert content["spoof_llr"] == round(spoof_llr(trials), 4)
    assert content["fitted_on"] == {"animated": 40, "other": 2000, "clips": 50}


def test_only_animated_and_other_recordings_are_trials(tmp_path: Path) -> None:
    names = ("kind", "photograph", "clip", "edit", "photograph_source", "clip_source", "generator", "bits")
    rows = [("animated", 40.5), ("frame", 12.0), ("same_recording", 30.0), ("same_name", 60.0), ("other", 120.0)]
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(names)
    writer.writerows((kind, "p", "c", "copy", "one", "two", "g", bits) for kind, bits in rows)
    path = tmp_path / "trials.csv.gz"
    path.write_bytes(gzip.compress(buffer.getvalue().encode()))
    found = read_trials(path)
    assert [(trial.is_true, trial.bits) for trial in found] == [(True, 40.5), (False, 120.0)]
    assert (found[0].source, found[0].photograph_source) == ("two", "one")
    with pytest.raises(FileNotFoundError):
        read_trials(tmp_path / "missing.csv.gz")
