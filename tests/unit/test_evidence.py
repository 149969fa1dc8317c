from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.evidence import load_calibrations, weigh
from anchorproof.runtime import ModelEntry
from anchorproof.types import CalibrationMap, HigherMeans, Question, RawScore, SegmentScore, Span

FILE = {
    "calibration_id": "m-1-cal",
    "model_id": "m-1",
    "model_sha256": "ab",
    "preprocessing": "p-1",
    "question": "authenticity",
    "slope": 2.0,
    "offset": -1.0,
    "llr_bounds": [-1.5, 1.2],
}
ENTRY = ModelEntry("m-1", "visual_detector", "m.onnx", "ab", 1, "here", "MIT", "m.md", "p-1", HigherMeans.SPOOF)


def write(folder: Path, **changes: object) -> list[Path]:
    (folder / "m-1.json").write_text(json.dumps(FILE | changes))
    return [folder]


def test_score_becomes_llr_within_the_bounds_its_data_support(tmp_path: Path) -> None:
    found = load_calibrations(write(tmp_path)).for_model(ENTRY, Question.AUTHENTICITY)
    assert [found.llr(score) for score in (-9.0, 0.0, 1.0, 9.0)] == [-1.5, -1.0, 1.0, 1.2]


@pytest.mark.parametrize("entry", [replace(ENTRY, sha256="cd"), replace(ENTRY, preprocessing="p-2")])
def test_map_refuses_another_model_file_or_preprocessing(tmp_path: Path, entry: ModelEntry) -> None:
    calibrations = load_calibrations(write(tmp_path))
    with pytest.raises(CalibrationUnavailable, match="another file or preprocessing"):
        calibrations.for_model(entry, Question.AUTHENTICITY)


def test_map_refuses_another_question(tmp_path: Path) -> None:
    with pytest.raises(CalibrationUnavailable, match="answers authenticity"):
        load_calibrations(write(tmp_path)).for_model(ENTRY, Question.IDENTITY)


def test_model_without_a_map_is_not_weighed(tmp_path: Path) -> None:
    with pytest.raises(CalibrationUnavailable, match="no calibration"):
        load_calibrations([tmp_path]).for_model(ENTRY, Question.AUTHENTICITY)


@pytest.mark.parametrize("content", ["{}", "not json", '{"llr_bounds": [1]}'])
def test_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    (tmp_path / "broken.json").write_text(content)
    with pytest.raises(CalibrationUnavailable, match=r"broken\.json"):
        load_calibrations([tmp_path])


def test_bounds_must_enclose_zero() -> None:
    with pytest.raises(ValueError, match="enclose 0"):
        CalibrationMap("c", "m", "s", "p", Question.IDENTITY, 1.0, 0.0, (0.5, 1.0))


def test_evidence_spans_all_segments_and_keeps_their_llrs(tmp_path: Path) -> None:
    calibration = load_calibrations(write(tmp_path)).for_model(ENTRY, Question.AUTHENTICITY)
    parts = (SegmentScore(Span(2.0, 3.0), 0.5), SegmentScore(Span(4.0, 6.0), 1.0))
    found = weigh(RawScore("visual", "m-1", 0.8, parts), calibration)
    assert found.span == Span(2.0, 6.0)
    assert found.llr == pytest.approx(0.6)
    assert [part.llr for part in found.timeline] == pytest.approx([0.0, 1.0])
