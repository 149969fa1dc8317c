"""The sync detector with the network that is shipped, on mouths and voices that the test makes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorproof.detectors.sync import LagCurve, SyncRules, Windows, lagged, score, windows_to_watch
from anchorproof.runtime import Model, ModelStore
from anchorproof.types import (
    Box,
    FaceObservation,
    FaceTrack,
    HigherMeans,
    MouthMotion,
    RawScore,
    Span,
    Unassessed,
    Waveform,
)
from tests.talking import RATE, syllables, voice

SECONDS = 6.0


@pytest.fixture(scope="module")
def model() -> Model:
    return ModelStore(threads=1).load_default("sync_detector")


@pytest.fixture(scope="module")
def rules(model: Model) -> SyncRules:
    return SyncRules.of(model.entry)


# --------------------------------------------------------------------------- drawn mouths


def mouth(opening: np.ndarray, model: Model, face_px: float = 120.0) -> MouthMotion:
    """A head that holds still; the lower lip and the jaw go down, the upper lip a little up, the corners inwards."""
    from anchorproof.faces.mesh import INNER_LIPS, JAW, KEPT, OUTER_LIPS

    still = np.array(model.entry.parameters["still_points"])
    times_s = np.arange(round(SECONDS * 25)) / 25
    wide = np.interp(times_s, np.arange(len(opening)) / 100, opening)
    points = np.zeros((len(times_s), len(KEPT), 3))
    points[:, : len(still)] = still
    for place, point in enumerate(KEPT[len(still) :], start=len(still)):
        lips = next((ring for ring in (OUTER_LIPS, INNER_LIPS) if point in ring), None)
        if lips is None:
            points[:, place] = [0.0, 1.05 - 0.02 * JAW.index(point), 0.0]
            points[:, place, 1] += 0.12 * wide
            continue
        angle = np.pi - 2 * np.pi * lips.index(point) / len(lips)
        radius = 0.28 if lips is OUTER_LIPS else 0.24
        points[:, place, 0] = radius * np.cos(angle) * (1 - 0.08 * wide)
        lower = np.sin(angle) > 0
        points[:, place, 1] = 0.7 + np.sin(angle) * (0.06 + (0.14 if lower else 0.03) * wide)
    return MouthMotion("face-1", times_s, (points * 90).astype(np.float32), np.ones(len(times_s), np.float32), face_px)


def scored(opening: np.ndarray, sound: np.ndarray, model: Model) -> RawScore:
    answer = score([[mouth(opening, model)]], Waveform(sound, RATE), model)
    assert isinstance(answer, RawScore)
    return answer


def test_lips_that_follow_score_higher_than_another_voice_and_than_silence(model: Model) -> None:
    assert model.entry.higher_means is HigherMeans.BONA_FIDE
    gains = []
    for seed in range(6):
        own, other = syllables(SECONDS, seed), syllables(SECONDS, seed + 100)
        gains.append(scored(own, voice(own), model).score - scored(own, voice(other), model).score)
    assert np.mean(gains) > 0
    assert sum(gain > 0 for gain in gains) >= 5


def test_offset_is_positive_when_the_sound_comes_later(model: Model) -> None:
    offsets = {}
    for shift in (-0.4, 0.0, 0.4):
        found = []
        for seed in range(5):
            own = syllables(SECONDS, seed)
            sound = np.roll(voice(own), round(shift * RATE))
            found.append(scored(own, sound, model).segments[0].offset_s)
        offsets[shift] = float(np.median([offset for offset in found if offset is not None]))
    assert offsets[-0.4] < offsets[0.0] < offsets[0.4]
    assert offsets[0.4] - offsets[-0.4] == pytest.approx(0.8, abs=0.17)


def test_a_mouth_that_does_not_move_is_nobody_speaking(model: Model) -> None:
    closed = np.zeros(round(SECONDS * 100))
    answer = score([[mouth(closed, model)]], Waveform(voice(syllables(SECONDS, 1)), RATE), model)
    assert isinstance(answer, Unassessed)
    assert (answer.source, answer.reason) == ("sync", "NOBODY_SPEAKS")


def test_a_mouth_that_the_mesh_does_not_believe_in_is_not_judged(model: Model) -> None:
    own = syllables(SECONDS, 1)
    hidden = replace(mouth(own, model), confidence=np.full(round(SECONDS * 25), 0.1, np.float32))
    answer = score([[hidden]], Waveform(voice(own), RATE), model)
    assert isinstance(answer, Unassessed)
    assert answer.reason == "FACE_UNCLEAR"


def test_no_mouth_at_all_is_a_stated_reason(model: Model) -> None:
    answer = score([[], []], Waveform(voice(syllables(2, 1)), RATE), model)
    assert isinstance(answer, Unassessed)
    assert answer.reason == "FACE_TOO_BRIEF"


def test_of_two_faces_the_one_that_follows_counts(model: Model) -> None:
    own, other = syllables(SECONDS, 4), syllables(SECONDS, 104)
    speaker = mouth(own, model)
    listener = replace(mouth(other, model), track_id="face-2")
    sound = Waveform(voice(own), RATE)
    alone = score([[speaker]], sound, model)
    together = score([[listener, speaker]], sound, model)
    assert isinstance(alone, RawScore)
    assert isinstance(together, RawScore)
    assert together.score >= alone.score


# --------------------------------------------------------------------------- lag curves


def test_lag_counts_from_the_lips_to_the_sound() -> None:
    rng = np.random.default_rng(0)
    codes = rng.normal(size=(70, 8)).astype(np.float32)
    codes /= np.linalg.norm(codes, axis=1, keepdims=True)
    # Ten steps of sound before the lips' first; what the lips do at step k is heard at step k + 3.
    curve = LagCurve("face-1", Span(0, 2), lagged(codes[7:57], codes, np.ones(70, bool), 10))
    assert curve.offset_s == pytest.approx(-3 / 25, abs=0.004)
    later = LagCurve("face-1", Span(0, 2), lagged(codes[13:63], codes, np.ones(70, bool), 10))
    assert later.offset_s == pytest.approx(3 / 25, abs=0.004)
    assert later.stands_out > 0.5
    assert later.leads > 0.2


def test_offset_lies_between_the_steps() -> None:
    lags = np.arange(-10, 11) / 25
    curve = LagCurve("face-1", Span(0, 5), 1 - (lags - 0.053) ** 2)
    assert curve.offset_s == pytest.approx(0.053, abs=1e-6)
    at_the_edge = LagCurve("face-1", Span(0, 5), np.where(np.arange(21) == 0, 1.0, 0.0))
    assert at_the_edge.offset_s == pytest.approx(-0.4)


def test_confidence_grows_with_the_peak_and_with_the_time_and_an_unsure_offset_is_not_told(rules: SyncRules) -> None:
    def curve(height: float, seconds: float = 5.0) -> LagCurve:
        return LagCurve("face-1", Span(0, seconds), 0.1 + height * np.exp(-(((np.arange(51) - 27) / 2) ** 2)))

    sure = [curve(height).confidence(rules) for height in (0.1, 0.4, 0.9)]
    assert sure == sorted(sure)
    assert curve(0.4, 2.0).confidence(rules) < curve(0.4, 5.0).confidence(rules)
    flat, clear = curve(0.1).as_segment(rules), curve(0.9).as_segment(rules)
    assert flat.offset_s is None
    assert flat.confidence is not None
    assert flat.confidence < rules.least_offset_confidence
    assert clear.offset_s == pytest.approx(2 / 25, abs=0.01)


def test_the_lead_is_over_another_peak_not_over_the_best_one_s_flank() -> None:
    likeness = np.zeros(51)
    likeness[[24, 25, 26, 40]] = 0.8, 0.9, 0.8, 0.5
    curve = LagCurve("face-1", Span(0, 5), likeness)
    assert curve.leads == pytest.approx(0.4)
    likeness[40] = np.nan
    assert LagCurve("face-1", Span(0, 5), likeness).leads == pytest.approx(0.9)


def test_lags_with_too_little_sound_are_left_out() -> None:
    there = np.zeros(70, bool)
    there[:40] = True
    curve = lagged(np.ones((50, 4), np.float32), np.ones((70, 4), np.float32), there, 10)
    assert np.isfinite(curve[:16]).all()
    assert np.isnan(curve[16:]).all()


# --------------------------------------------------------------------------- where to look


def track(start_s: float, end_s: float, width: float = 120.0, number: int = 1) -> FaceTrack:
    empty = np.zeros((112, 112, 3), np.uint8)
    crop = np.zeros((224, 224, 3), np.uint8)
    seen = [
        FaceObservation(time_s, Box(0, 0, width, width), np.zeros((5, 2), np.float32), 1.0, 50.0, empty, crop)
        for time_s in (start_s, end_s)
    ]
    return FaceTrack(f"face-{number}", tuple(seen))


def reason(tracks: list[FaceTrack], speech: list[Span], rules: SyncRules) -> str:
    answer = windows_to_watch(tracks, speech, rules)
    assert isinstance(answer, Unassessed)
    return answer.reason


def test_why_nothing_is_watched(rules: SyncRules) -> None:
    assert reason([], [Span(0, 9)], rules) == "NO_FACE"
    assert reason([track(0, 9)], [], rules) == "NO_SPEECH"
    assert reason([track(0, 9, width=20)], [Span(0, 9)], rules) == "FACE_TOO_SMALL"
    assert reason([track(0, 1)], [Span(0, 9)], rules) == "FACE_TOO_BRIEF"
    assert reason([track(0, 9)], [Span(20, 30)], rules) == "FACE_TOO_BRIEF"


def test_windows_lie_where_face_and_speech_meet_and_are_apart(rules: SyncRules) -> None:
    answer = windows_to_watch([track(2, 60), track(70, 80, number=2)], [Span(0, 30), Span(30.3, 90)], rules)
    assert isinstance(answer, Windows)
    assert len(answer.spans) == rules.limit_windows
    assert answer.face_px == 120
    assert list(answer.spans) == sorted(answer.spans)
    for span in answer.spans:
        assert rules.shortest_s <= span.duration_s <= rules.window_s + 1e-9
        assert span.start_s >= 2
        assert not (60 < span.end_s <= 70)
    assert answer.spans[-1].start_s - answer.spans[0].start_s > 20
    assert not any(one.overlap(other) for one, other in zip(answer.spans, answer.spans[1:], strict=False))


def test_larger_faces_are_preferred(rules: SyncRules) -> None:
    answer = windows_to_watch([track(0, 6, width=60), track(10, 40, width=300, number=2)], [Span(0, 40)], rules)
    assert isinstance(answer, Windows)
    assert all(span.start_s >= 10 for span in answer.spans)
