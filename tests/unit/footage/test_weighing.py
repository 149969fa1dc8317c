"""From measurements to LLRs, and from outcomes to evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files

import numpy as np
import pytest

from anchorproof.errors import CalibrationUnavailable
from anchorproof.footage import weighing
from anchorproof.footage.alignment import Line, PictureTrace, SoundTrace
from anchorproof.footage.photographs import load_photograph_calibration
from anchorproof.footage.stretches import Stretch
from anchorproof.footage.weighing import load_calibration, weigh
from anchorproof.footage.words import clock, message, reasons, scenarios
from anchorproof.types import FootageCopy, FootageFindings, FootageMatch, FootageOutcome, FootageStretch, Question, Span

CALIBRATION = load_calibration()
PHOTOGRAPHS = load_photograph_calibration()


def _stretch(bits: float, agreement: float, share: float | None = None, count: int = 10) -> Stretch:
    times = np.arange(count) / 2
    picture = PictureTrace(times, times, np.full(count, bits, np.int16), agreement)
    sound = None if share is None else SoundTrace(times, np.full(count, share))
    span = Span(0.0, count / 2)
    return Stretch(Line(0, 1.0, 0.0), span, span, picture, sound)


def test_a_close_match_that_moves_alike_is_one_and_a_still_far_one_is_not() -> None:
    assert CALIBRATION.match_llr([_stretch(16, 0.9)]) > CALIBRATION.threshold_llr
    assert CALIBRATION.match_llr([_stretch(60, 0.02)]) < CALIBRATION.threshold_llr


def test_the_same_sound_makes_a_match_of_a_doubtful_picture() -> None:
    assert CALIBRATION.match_llr([_stretch(60, 0.05, share=0.05, count=40)]) > CALIBRATION.threshold_llr


def test_llrs_stay_within_the_bounds_of_the_fit() -> None:
    low, high = CALIBRATION.picture.llr_bounds
    assert CALIBRATION.picture.llr((0.0, 1.0, 6.0)) == high
    assert CALIBRATION.picture.llr((200.0, 0.0, 0.0)) == low
    assert low < 0 < high


def test_the_packaged_fit_says_what_it_was_fitted_on() -> None:
    raw = json.loads((files("anchorproof.models") / "footage" / "calibration.json").read_text())
    assert raw["fitted_on"]["sources"] >= 10
    assert raw["false_match_rate"] == 0.001


def test_a_fit_for_other_prints_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(weighing, "METHOD", "something else")
    with pytest.raises(CalibrationUnavailable, match="other fingerprints"):
        load_calibration()


# --------------------------------------------------------------------------- evidence


def _match(outcome: FootageOutcome, clip: Span, by_references: bool = True) -> FootageMatch:
    stretch = FootageStretch(clip, Span(clip.start_s + 192, clip.end_s + 192), 1.0, 12.0, 0.1)
    words = message("Bulletin X", [stretch], outcome, (), by_references)
    return FootageMatch("x", "Bulletin X", 2.0, outcome, (), (stretch,), (), by_references, words)


def _weighed(match: FootageMatch, duration_s: float = 30.0) -> list[float]:
    return [item.llr for item in weigh(FootageFindings(1, 1.0, (match,)), duration_s, CALIBRATION, PHOTOGRAPHS)]


def test_forgeries_support_spoof_and_an_unchanged_copy_supports_bona_fide() -> None:
    whole = Span(0.0, 30.0)
    for outcome in (FootageOutcome.OTHER_SOUND, FootageOutcome.MOUTH_CHANGED, FootageOutcome.FACE_CHANGED):
        (llr,) = _weighed(_match(outcome, whole))
        assert llr > 0.3
    (llr,) = _weighed(_match(FootageOutcome.UNCHANGED, whole))
    assert llr < -0.2


def test_a_copy_in_a_part_of_the_clip_clears_nothing_but_a_forged_part_counts() -> None:
    assert _weighed(_match(FootageOutcome.UNCHANGED, Span(0.0, 10.0))) == []
    assert _weighed(_match(FootageOutcome.MOUTH_CHANGED, Span(0.0, 10.0)))[0] > 0


@pytest.mark.parametrize("outcome", [FootageOutcome.RECUT, FootageOutcome.RECAPTIONED, FootageOutcome.MIRRORED])
def test_what_honest_people_do_too_says_nothing(outcome: FootageOutcome) -> None:
    assert _weighed(_match(outcome, Span(0.0, 30.0))) == []


def test_evidence_names_its_programme_and_its_span() -> None:
    match = _match(FootageOutcome.OTHER_SOUND, Span(2.0, 30.0))
    (item,) = weigh(FootageFindings(1, 1.0, (match,)), 30.0, CALIBRATION, PHOTOGRAPHS)
    assert (item.source, item.question, item.subject) == ("footage", Question.AUTHENTICITY, "x")
    assert item.span == Span(2.0, 30.0)
    assert item.calibration_id == CALIBRATION.calibration_id


# --------------------------------------------------------------------------- words


def test_a_match_is_told_with_its_times() -> None:
    words = _match(FootageOutcome.MOUTH_CHANGED, Span(0.0, 29.0)).message
    assert words == "this is 'Bulletin X' from 03:12.0 to 03:41.0: the picture is yours except the mouth"
    alone = _match(FootageOutcome.OTHER_SOUND, Span(0.0, 29.0), by_references=False).message
    assert "would not show" in alone
    assert clock(3725.04) == "1:02:05.0"


def test_other_programmes_with_the_same_recording_are_named() -> None:
    copies = tuple(FootageCopy(str(number), f"Repeat {number}", Span(60.0, 90.0)) for number in range(5))
    match = _match(FootageOutcome.UNCHANGED, Span(0.0, 30.0))
    stretch = replace(match.stretches[0], copies=copies)
    words = message("Bulletin X", [stretch, stretch], FootageOutcome.UNCHANGED, (), by_references=True)
    assert words.endswith(
        "; the same recording is in 'Repeat 0' from 01:00.0, 'Repeat 1' from 01:00.0, 'Repeat 2' from 01:00.0 "
        "and 2 more programmes"
    )


@pytest.mark.parametrize(
    ("outcome", "scenario"),
    [
        (FootageOutcome.OTHER_SOUND, "A1"),
        (FootageOutcome.MOUTH_CHANGED, "A2"),
        (FootageOutcome.FACE_CHANGED, "A3"),
        (FootageOutcome.RECUT, "A9"),
        (FootageOutcome.SOUND_ONLY, "A7"),
        (FootageOutcome.UNCHANGED, "B1"),
    ],
)
def test_outcomes_are_scenarios(outcome: FootageOutcome, scenario: str) -> None:
    findings = FootageFindings(1, 1.0, (_match(outcome, Span(0.0, 10.0)),))
    assert [guess.scenario for guess in scenarios(findings)] == [scenario]
    assert [reason.code for reason in reasons(findings)] == [f"FOOTAGE_{outcome.name}"]


def test_a_changed_mouth_with_another_voice_is_one_scenario() -> None:
    match = replace(_match(FootageOutcome.MOUTH_CHANGED, Span(0.0, 9.0)), also=(FootageOutcome.OTHER_SOUND,))
    assert [guess.scenario for guess in scenarios(FootageFindings(1, 1.0, (match,)))] == ["A2"]


def test_a_photograph_set_in_motion_is_weighed_by_its_own_calibration() -> None:
    part = FootageStretch(Span(0.0, 4.0), Span(0.0, 0.0), 1.0, 40.0, None)
    outcome = FootageOutcome.PHOTOGRAPH_ANIMATED
    match = FootageMatch("photo", "Press picture", 2.0, outcome, (), (part,), (), False, "")
    (evidence,) = weigh(FootageFindings(0, 0.0, (match,), 1), 30.0, CALIBRATION, PHOTOGRAPHS)
    assert (evidence.source, evidence.subject) == ("footage", "photo")
    assert evidence.llr == PHOTOGRAPHS.spoof_llr > 0
    assert evidence.calibration_id == PHOTOGRAPHS.calibration_id
    assert [guess.scenario for guess in scenarios(FootageFindings(0, 0.0, (match,), 1))] == ["A4"]
