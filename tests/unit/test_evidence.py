from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.evidence import LIMIT_LOOKS, load_calibrations, weigh
from anchorproof.runtime import ModelEntry
from anchorproof.types import (
    Box,
    CalibrationMap,
    HigherMeans,
    Look,
    Question,
    RawScore,
    SegmentScore,
    Span,
    TimedBox,
)

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


def test_what_a_score_is_worth_may_depend_on_the_material(tmp_path: Path) -> None:
    knots = [
        {"quality": 0.25, "slope": 0.5, "offset": 0.0, "llr_bounds": [-0.2, 0.3]},
        {"quality": 1.0, "slope": 2.0, "offset": -1.0, "llr_bounds": [-1.5, 1.2]},
    ]
    calibration = load_calibrations(write(tmp_path, knots=knots)).for_model(ENTRY, Question.AUTHENTICITY)
    raw = RawScore("audio", "m-1", 1.0, (SegmentScore(Span(0, 4), 0.4),))
    poor, between, good, unknown = (
        weigh(replace(raw, quality=quality), calibration) for quality in (0.1, 0.5, 1.0, None)
    )
    assert (poor.llr, good.llr, unknown.llr) == pytest.approx((0.3, 1.0, 1.0))  # poor: 0.5, but bounded
    assert between.llr == pytest.approx(0.75)  # half way by the logarithm: 1.25 * 1 - 0.5, bounded by 0.75
    assert [part.llr for part in poor.timeline] == pytest.approx([0.2])
    assert (poor.quality, unknown.quality) == (0.1, None)


def look(number: int, value: float, subject: str = "face-1") -> Look:
    span = Span(float(number), number + 1.0)
    return Look(subject, span, span.start_s, value, ((value, 0.25),), (TimedBox(span.start_s, Box(0, 0, 9, 9)),))


def test_looks_become_llrs_and_their_cells_shares_of_them(tmp_path: Path) -> None:
    calibration = load_calibrations(write(tmp_path, slope=-2.0)).for_model(ENTRY, Question.AUTHENTICITY)
    (found,) = weigh(RawScore("visual", "m-1", 0.0, (), looks=(look(0, -9.0),)), calibration).looks
    assert found.value == 1.2  # within the map's bounds
    assert found.cells == ((18.0, -0.5),)  # by its slope, whose sign turns the direction round
    assert (found.span, found.path) == (look(0, -9.0).span, look(0, -9.0).path)


def test_of_each_face_the_looks_that_say_most_are_kept_in_time_order(tmp_path: Path) -> None:
    calibration = load_calibrations(write(tmp_path, slope=1.0, offset=0.0)).for_model(ENTRY, Question.AUTHENTICITY)
    values = [0.01 * number * (-1) ** number for number in range(2 * LIMIT_LOOKS)]
    raw = [look(number, value) for number, value in enumerate(values)] + [look(3, 0.001, "face-2")]
    found = weigh(RawScore("visual", "m-1", 0.0, (), looks=tuple(raw)), calibration).looks
    kept = [round(one.span.start_s) for one in found if one.subject == "face-1"]
    assert kept == list(range(LIMIT_LOOKS, 2 * LIMIT_LOOKS))
    assert [one.span.start_s for one in found if one.subject == "face-2"] == [3.0]
