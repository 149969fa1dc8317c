from __future__ import annotations

import pytest

from anchorproof.identity.agreement import side_by_side
from anchorproof.settings import IdentitySettings
from anchorproof.types import (
    Agreement,
    Box,
    Comparison,
    FaceFinding,
    IdentitySpan,
    Modality,
    Span,
    VoiceFinding,
)

SETTINGS = IdentitySettings(recognised_llr=2.0, rejected_llr=-1.0)


def _comparisons(modality: Modality, llrs: dict[str, float]) -> tuple[Comparison, ...]:
    best_first = sorted(llrs.items(), key=lambda item: -item[1])
    return tuple(Comparison(modality, anchor_id, anchor_id, "m", llr, llr, 1) for anchor_id, llr in best_first)


def _recognised(llrs: dict[str, float]) -> str | None:
    best = max(llrs, key=lambda anchor_id: llrs[anchor_id], default=None)
    return best if best is not None and llrs[best] >= SETTINGS.recognised_llr else None


def _face(start_s: float, end_s: float, llrs: dict[str, float], track_id: str = "t") -> FaceFinding:
    """Sampled at 4 pictures a second; the last one stands for a quarter of a second, so it is on screen until end_s."""
    span = Span(start_s, end_s - 0.25)
    observations = round(span.duration_s * 4) + 1
    box = Box(0, 0, 9, 9)
    found = _comparisons(Modality.FACE, llrs)
    return FaceFinding(track_id, span, observations, start_s, box, found, _recognised(llrs))


def _voice(spans: list[tuple[float, float]], llrs: dict[str, float], speaker_id: str = "s") -> VoiceFinding:
    turns = tuple(Span(*span) for span in spans)
    speech_s = sum(turn.duration_s for turn in turns)
    return VoiceFinding(speaker_id, turns, speech_s, _comparisons(Modality.VOICE, llrs), _recognised(llrs))


def _answers(spans: tuple[IdentitySpan, ...]) -> list[tuple[float, float, str | None, str | None, Agreement]]:
    return [
        (span.span.start_s, span.span.end_s, span.face_anchor_id, span.voice_anchor_id, span.agreement)
        for span in spans
    ]


@pytest.mark.parametrize(
    ("face_llrs", "voice_llrs", "expected"),
    [
        ({"a": 3.0}, {"a": 2.5}, ("a", "a", Agreement.AGREE)),
        ({"a": 3.0}, {"a": -1.0}, ("a", None, Agreement.DISAGREE)),
        ({"a": 3.0}, {"a": -0.9}, ("a", None, Agreement.UNDECIDED)),
        ({"a": 3.0}, {"a": 1.9}, ("a", None, Agreement.UNDECIDED)),
        ({"a": 3.0}, {}, ("a", None, Agreement.UNDECIDED)),  # the anchor's voice is not enrolled
        ({"a": 3.0}, {"b": -2.0}, ("a", None, Agreement.UNDECIDED)),  # it was not compared with the anchor's
        ({"a": 3.0}, {"a": 0.5, "b": 2.5}, ("a", "b", Agreement.DISAGREE)),
        ({"a": -1.5}, {"a": 2.5}, (None, "a", Agreement.DISAGREE)),
        ({"a": 0.0}, {"a": 2.5}, (None, "a", Agreement.UNDECIDED)),
        ({"a": -2.0}, {"a": -1.0}, (None, None, Agreement.NOBODY_ENROLLED)),
        ({"a": -2.0}, {"a": 0.5}, (None, None, Agreement.UNDECIDED)),
        ({}, {}, (None, None, Agreement.NOBODY_ENROLLED)),
    ],
)
def test_one_face_and_one_voice(
    face_llrs: dict[str, float], voice_llrs: dict[str, float], expected: tuple[str | None, str | None, Agreement]
) -> None:
    spans = side_by_side([_face(0, 4, face_llrs)], [_voice([(0, 4)], voice_llrs)], SETTINGS)
    assert _answers(spans) == [(0, 4, *expected)]


def test_stretches_with_only_a_face_or_only_a_voice_are_told_apart() -> None:
    spans = side_by_side([_face(0, 6, {"a": 3.0})], [_voice([(4, 9)], {"a": 3.0})], SETTINGS)
    assert _answers(spans) == [
        (0, 4, "a", None, Agreement.FACE_ONLY),
        (4, 6, "a", "a", Agreement.AGREE),
        (6, 9, None, "a", Agreement.VOICE_ONLY),
    ]


def test_time_in_which_nobody_is_seen_or_heard_is_left_out() -> None:
    spans = side_by_side([_face(0, 2, {"a": 3.0})], [_voice([(5, 6)], {})], SETTINGS)
    assert _answers(spans) == [
        (0, 2, "a", None, Agreement.FACE_ONLY),
        (5, 6, None, None, Agreement.NOBODY_ENROLLED),
    ]
    assert side_by_side([], [], SETTINGS) == ()


def test_equal_stretches_with_time_between_stay_apart() -> None:
    faces = [_face(0, 2, {"a": 3.0}, "t1"), _face(5, 7, {"a": 3.0}, "t2")]
    spans = side_by_side(faces, [], SETTINGS)
    assert [(span.span.start_s, span.span.end_s) for span in spans] == [(0, 2), (5, 7)]


def test_voice_of_any_face_on_screen_agrees() -> None:
    faces = [_face(0, 4, {"a": 3.0, "b": -3.0}, "t1"), _face(0, 4, {"b": 3.0, "a": -3.0}, "t2")]
    spans = side_by_side(faces, [_voice([(0, 4)], {"b": 3.0, "a": -3.0})], SETTINGS)
    assert _answers(spans) == [(0, 4, "b", "b", Agreement.AGREE)]


def test_voice_disagrees_when_it_is_of_none_of_the_anchors_on_screen() -> None:
    faces = [_face(0, 4, {"a": 3.0}, "t1"), _face(0, 4, {"b": 3.0}, "t2")]
    spans = side_by_side(faces, [_voice([(0, 4)], {"a": -2.0, "b": -2.0})], SETTINGS)
    assert _answers(spans) == [(0, 4, "a", None, Agreement.DISAGREE)]
    spans = side_by_side(faces, [_voice([(0, 4)], {"a": -2.0, "b": 0.0})], SETTINGS)
    assert _answers(spans) == [(0, 4, "a", None, Agreement.UNDECIDED)]


def test_stranger_on_screen_may_be_the_one_who_speaks() -> None:
    faces = [_face(0, 6, {"a": 3.0}, "t1"), _face(2, 4, {"a": -3.0}, "t2")]
    spans = side_by_side(faces, [_voice([(0, 6)], {"a": -2.0})], SETTINGS)
    assert _answers(spans) == [
        (0, 2, "a", None, Agreement.DISAGREE),
        (2, 4, "a", None, Agreement.UNDECIDED),
        (4, 6, "a", None, Agreement.DISAGREE),
    ]


def test_two_voices_at_once_agree_when_one_is_the_anchors() -> None:
    voices = [_voice([(0, 4)], {"a": -3.0}, "s1"), _voice([(2, 4)], {"a": 3.0}, "s2")]
    spans = side_by_side([_face(0, 4, {"a": 3.0})], voices, SETTINGS)
    assert _answers(spans) == [(0, 2, "a", None, Agreement.DISAGREE), (2, 4, "a", "a", Agreement.AGREE)]


def test_equal_stretches_join_over_cuts_and_breaths() -> None:
    faces = [_face(0, 3, {"a": 3.0}, "t1"), _face(3, 6, {"a": 4.0}, "t2")]
    spans = side_by_side(faces, [_voice([(0, 2.5), (2.9, 6)], {"a": 3.0})], SETTINGS)
    assert _answers(spans) == [(0, 6, "a", "a", Agreement.AGREE)]


def test_long_pause_is_not_speech() -> None:
    spans = side_by_side([_face(0, 6, {"a": 3.0})], [_voice([(0, 2), (3, 6)], {"a": 3.0})], SETTINGS)
    assert [span.agreement for span in spans] == [Agreement.AGREE, Agreement.FACE_ONLY, Agreement.AGREE]


def test_face_seen_in_a_single_picture_counts_until_the_next_one() -> None:
    face = FaceFinding("t", Span(1.0, 1.0), 1, 1.0, Box(0, 0, 9, 9), _comparisons(Modality.FACE, {"a": 3.0}), "a")
    assert _answers(side_by_side([face], [], SETTINGS)) == [(1.0, 1.25, "a", None, Agreement.FACE_ONLY)]
