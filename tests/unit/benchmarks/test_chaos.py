"""What counts as lost."""

from __future__ import annotations

import copy
import random
from pathlib import Path
from typing import Any

import pytest

from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from benchmarks.chaos.check import is_clean
from benchmarks.chaos.clients import random_clip

CLEAN: dict[str, Any] = {
    "kept": {
        "jobs_lost": 0,
        "jobs_not_succeeded": 0,
        "reports_lost": 0,
        "reports_changed": 0,
        "reports_doubled": 0,
        "reports_without_a_job": 0,
        "faults_in_all": 0,
    },
    "integrity": {"queue.sqlite3": "ok", "reports.sqlite3": "ok"},
}


@pytest.mark.parametrize("count", list(CLEAN["kept"]))
def test_one_of_anything_is_too_many(count: str) -> None:
    assert is_clean(CLEAN)
    spoilt = copy.deepcopy(CLEAN)
    spoilt["kept"][count] = 1
    assert not is_clean(spoilt)


def test_damaged_database_is_not_clean() -> None:
    spoilt = copy.deepcopy(CLEAN)
    spoilt["integrity"]["queue.sqlite3"] = "row 5 missing from index"
    assert not is_clean(spoilt)


def test_clips_are_media_and_no_two_are_equal(tmp_path: Path) -> None:
    chance = random.Random(1)
    one, other = (random_clip(tmp_path / f"{name}.wav", chance, 100_000) for name in "ab")
    assert one.read_bytes() != other.read_bytes()
    assert read_info(one, MediaSettings()).audio is not None
