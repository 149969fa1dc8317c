"""Packed reports that are asked for again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorproof.api import jobs_convert
from anchorproof.errors import NotFound
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from anchorproof.types import Report
from anchorproof.v1 import report_pb2
from benchmarks.chaos.workshop import light_report
from tests.media_samples import tone, write_clip


@pytest.fixture
def reports(tmp_path: Path) -> dict[str, Report]:
    info = read_info(write_clip(tmp_path / "clip.mp4", 0.5, sound=tone(440)), MediaSettings())
    return {name: light_report(info, name, name) for name in "abc"}


def test_report_is_loaded_once_and_the_oldest_of_too_many_goes(
    reports: dict[str, Report], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_convert, "KEPT_RESULTS", 2)
    loaded = []

    def load(report_id: str) -> Report:
        loaded.append(report_id)
        return reports[report_id]

    results = jobs_convert.Results(load)
    assert not results.has("a")
    for report_id in "abaca":
        message = report_pb2.Report()
        assert results.of(report_id).Unpack(message)
        assert message.name == f"reports/{report_id}"
        assert results.has(report_id)
    assert loaded == ["a", "b", "c"]
    assert not results.has("b")


def test_report_that_is_missing_is_not_kept() -> None:
    def load(report_id: str) -> Report:
        raise NotFound("report", report_id)

    results = jobs_convert.Results(load)
    with pytest.raises(NotFound):
        results.of("a")
    assert not results.has("a")
