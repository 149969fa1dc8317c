"""What the page's script is given to draw."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from anchorproof.settings import VerdictSettings
from anchorproof.types import Evidence, Lane, LaneKind, Question, Span, TimedLLR, Timeline
from anchorproof.web.timelines import LIMIT_STEPS, timeline_data
from tests.desks import made_report, no_clip

REPORT = made_report("one", no_clip(10.0))


def name_of(anchor_id: str) -> str:
    return {"ada": "Ada Example"}[anchor_id]


def test_lanes_come_in_order_with_names() -> None:
    data = timeline_data(REPORT, VerdictSettings(), name_of)
    assert [lane["group"] for lane in data["lanes"]] == ["visual", "audio", "face", "voice", "agreement", "captions"]
    face = data["lanes"][2]
    assert (face["label"], face["spans"]) == ("Ada Example", [[0.0, 10.0, "on"]])
    assert data["driving"] == [[5.0, 10.0, "audio", "", 0.9]]
    assert json.loads(json.dumps(data)) == json.loads(json.dumps(data, allow_nan=False))


def test_steps_are_placed_in_their_middle_and_gaps_stay_gaps() -> None:
    audio = timeline_data(REPORT, VerdictSettings(), name_of)["lanes"][1]
    assert audio["x"][:2] == [0.5, 1.5]
    assert audio["y"] == [None] * 5 + [0.9] * 5


def test_thresholds_are_the_verdicts_own() -> None:
    low, high = timeline_data(REPORT, VerdictSettings(), name_of)["thresholds"]
    settings = VerdictSettings()
    assert 10**high / (1 + 10**high) == pytest.approx(settings.spoof_posterior, abs=1e-3)
    assert 10**low / (1 + 10**low) == pytest.approx(settings.bona_fide_posterior, abs=1e-3)


def test_report_without_a_timeline_shows_its_evidence() -> None:
    part = TimedLLR(Span(2.0, 4.0), 0.5)
    evidence = Evidence("visual", Question.AUTHENTICITY, 0.5, 1.0, "m", "c", "face-1", Span(0.0, 10.0), (part,))
    data = timeline_data(replace(REPORT, timeline=None, evidence=(evidence,)), VerdictSettings(), name_of)
    assert (data["lanes"][0]["x"], data["lanes"][0]["y"]) == ([3.0], [0.5])


def test_endless_lane_keeps_its_strongest_values() -> None:
    values = [0.1] * (3 * LIMIT_STEPS)
    values[31_001] = -2.0
    lanes = (Lane(LaneKind.DETECTOR, "visual", "", tuple(values)),)
    data = timeline_data(replace(REPORT, timeline=Timeline(0.1, lanes)), VerdictSettings(), name_of)
    lane = data["lanes"][0]
    assert len(lane["x"]) == len(lane["y"]) <= LIMIT_STEPS
    assert min(lane["y"]) == -2.0
    assert lane["x"][lane["y"].index(-2.0)] == pytest.approx(3100.1, abs=0.3)
