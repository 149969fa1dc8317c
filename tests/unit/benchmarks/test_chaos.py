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
from benchmarks.chaos.clients import Acknowledged, random_clip, unlike
from tests.media_samples import tone, write_clip

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


def test_bench_that_was_ended_goes_on_with_what_was_acknowledged_before(tmp_path: Path) -> None:
    journal = tmp_path / "journal.jsonl"
    first = Acknowledged.read_back(journal)
    first.job("j1", "1-0-1")
    first.job("j2", "1-0-2")
    first.report("j1", "r1")
    first.fault("an offset shrank")
    first.kill("server")
    with journal.open("a") as file:
        file.write('{"job": "j3", "na')  # ended in the middle of a line
    second = Acknowledged.read_back(journal)
    assert (first.life, second.life) == (1, 2)
    assert second.jobs == {"j1": "1-0-1", "j2": "1-0-2"}
    assert (second.reports, second.faults, second.kills) == ({"j1": "r1"}, ["an offset shrank"], {"server": 1})
    second.kill("worker")
    assert Acknowledged.read_back(journal).kills == {"server": 1, "worker": 1}


def test_copies_of_a_clip_differ_in_their_hash_only(tmp_path: Path) -> None:
    original, chance = write_clip(tmp_path / "clip.mp4", 0.5, sound=tone(440)), random.Random(1)
    one, other = (read_info(unlike(tmp_path / f"{name}.mp4", original, chance), MediaSettings()) for name in "ab")
    assert len({one.sha256, other.sha256, read_info(original, MediaSettings()).sha256}) == 3
    assert (one.duration_s, one.video) == (other.duration_s, other.video)
