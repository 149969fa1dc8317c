"""Evidence second by second, what drives a verdict, and splices in our footage: each at its place in time."""

from __future__ import annotations

import pytest

from anchorproof.findings import Findings
from anchorproof.timeline import MOST_STEPS, has_new_lips, splices_in, timeline_of
from anchorproof.types import (
    AudioInfo,
    ClipInfo,
    Evidence,
    FootageDifference,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    FootageStretch,
    LaneKind,
    Question,
    Span,
    Splice,
    SpliceKind,
    TimedLLR,
    VideoInfo,
    VoiceFinding,
)


def clip(duration_s: float) -> ClipInfo:
    return ClipInfo("0" * 64, 1, "mp4", duration_s, VideoInfo("h264", 640, 360, 25.0), AudioInfo("aac", 48_000, 2))


def evidence(*parts: tuple[float, float, float], source: str = "audio") -> Evidence:
    timeline = tuple(TimedLLR(Span(start, end), llr) for start, end, llr in parts)
    return Evidence(source, Question.AUTHENTICITY, 0.5, 0.0, "m", "c", "", Span(0, 1), timeline)


def findings(*items: Evidence, duration_s: float = 4.0) -> Findings:
    voice = VoiceFinding("speaker-1", (Span(0.5, 1.5),), 1.0, (), None)
    return Findings(clip(duration_s), items, (), (), (voice,), (), {})


def test_a_lane_holds_the_mean_of_what_meets_each_second() -> None:
    # Second 0: 1.0; second 1: half 1.0, and 0.2 for the whole of it; second 2: 0.2; second 3: nothing.
    lane = timeline_of(findings(evidence((0, 1.5, 1.0), (1, 3, 0.2))), 1.0).lanes[0]
    assert (lane.kind, lane.source) == (LaneKind.DETECTOR, "audio")
    assert lane.values == (pytest.approx(1.0), pytest.approx((0.5 * 1.0 + 1.0 * 0.2) / 1.5), pytest.approx(0.2), None)


def test_a_speakers_lane_holds_the_share_of_each_second() -> None:
    (lane,) = (lane for lane in timeline_of(findings(), 0.0).lanes if lane.kind is LaneKind.SPEAKER)
    assert lane.values == (pytest.approx(0.5), pytest.approx(0.5), None, None)


def test_a_long_clip_gets_longer_steps_and_no_more_of_them() -> None:
    found = timeline_of(findings(evidence((1700, 1710, 1.0)), duration_s=1800.0), 1.0)
    assert found.step_s == 3.0
    assert len(found.lanes[0].values) == MOST_STEPS
    assert found.lanes[0].values[567] == pytest.approx(1.0)  # 1701 to 1704 s


def test_stretches_that_drive_are_on_the_verdicts_side_and_joined() -> None:
    item = evidence((0, 2, 0.4), (2, 4, 0.9), (6, 8, -0.9), (9, 10, 0.1))
    (spoof,) = timeline_of(findings(item, duration_s=10), 1.0).driving
    assert (spoof.span, spoof.llr) == (Span(0, 4), 0.9)
    (genuine,) = timeline_of(findings(item, duration_s=10), -1.0).driving
    assert (genuine.span, genuine.llr) == (Span(6, 8), -0.9)


# --------------------------------------------------------------------------- splices


def second(start: float, mouth: float = 0.01, outside: float = 0.01, sound: float | None = 0.05) -> FootageDifference:
    return FootageDifference(Span(start, start + 1), mouth, 0.01, outside, sound, 0.0)


def footage(*differences: FootageDifference, stretches: tuple[FootageStretch, ...] = ()) -> FootageFindings:
    match = FootageMatch(
        "p", "Bulletin", 2.0, FootageOutcome.UNCHANGED, (), stretches, differences, bool(differences), "ours"
    )
    return FootageFindings(1, 0.1, (match,))


def stretch(start: float, end: float, there: float) -> FootageStretch:
    return FootageStretch(Span(start, end), Span(there, there + end - start), 1.0, 8.0, 0.1)


def test_another_picture_in_the_middle_is_foreign() -> None:
    middle = [second(place, mouth=0.9, outside=0.9) for place in (3, 4)]
    found = splices_in(footage(*map(second, (0, 1, 2)), *middle, *map(second, (5, 6))))
    assert found == [Splice(Span(3, 5), SpliceKind.FOREIGN, "p")]


def test_another_mouth_and_voice_in_the_middle_are_both_placed() -> None:
    middle = [second(place, mouth=0.5, sound=0.5) for place in (3, 4)]
    found = splices_in(footage(*map(second, (0, 1, 2)), *middle, *map(second, (5, 6))))
    assert {(splice.kind, splice.span) for splice in found} == {
        (SpliceKind.ALTERED, Span(3, 5)),
        (SpliceKind.OTHER_SOUND, Span(3, 5)),
    }


def test_what_differs_throughout_is_no_splice() -> None:
    assert splices_in(footage(*(second(place, sound=0.5) for place in range(6)))) == []


def test_seconds_whose_sound_is_unclear_neither_make_nor_hide_a_splice() -> None:
    scattered = [second(place, sound=share) for place, share in enumerate((0.42, 0.3, 0.35, 0.45, 0.3))]
    assert splices_in(footage(*scattered)) == []


def test_lips_that_differ_now_and_then_under_another_sound_are_new_lips_and_no_splice() -> None:
    dubbed = [second(place, mouth=0.4 if place % 2 else 0.1, sound=0.5) for place in range(6)]
    assert splices_in(footage(*dubbed)) == []
    assert has_new_lips(footage(*dubbed))
    assert not has_new_lips(footage(*(second(place, sound=0.5) for place in range(6))))


def test_a_gap_between_stretches_of_ours_is_foreign_and_a_jump_a_cut() -> None:
    gap = splices_in(footage(stretches=(stretch(0, 3, 10), stretch(5, 8, 15))))
    assert gap == [Splice(Span(3, 5), SpliceKind.FOREIGN, "p")]
    jump = splices_in(footage(stretches=(stretch(0, 3, 10), stretch(3, 6, 18))))
    assert jump == [Splice(Span(3, 3), SpliceKind.CUT, "p")]
    assert splices_in(footage(stretches=(stretch(0, 3, 10), stretch(3.2, 6, 13.2)))) == []


def test_without_footage_there_are_no_splices() -> None:
    assert splices_in(None) == []
