"""What the bench's workers decide and whom they look at."""

from __future__ import annotations

import math

import numpy as np
import pytest

from anchorproof.settings import VerdictSettings
from anchorproof.types import Box, ClipInfo, Decision, FaceObservation, FaceTrack, Unassessed, VideoInfo
from benchmarks.speed import Lap, _typical
from benchmarks.steps import _subject, _telling, decide


def _track(name: str, left: float) -> FaceTrack:
    box = Box(left, 40, left + 20, 60)
    blank = np.zeros((112, 112, 3), np.uint8)
    seen = FaceObservation(0.0, box, np.zeros((5, 2), np.float32), 0.99, 1.0, blank, blank)
    return FaceTrack(name, (seen,))


def _info(duration_s: float) -> ClipInfo:
    return ClipInfo("ab", 1, "png", duration_s, VideoInfo("png", 200, 100, None), None)


def test_in_a_still_the_subject_is_the_face_nearest_the_centre() -> None:
    tracks = [_track("large", 0), _track("central", 95), _track("right", 170)]
    assert _subject(tracks, _info(0.0)).track_id == "central"


def test_in_a_clip_the_subject_is_the_first_track() -> None:
    assert _subject([_track("large", 0), _track("central", 95)], _info(3.0)).track_id == "large"


@pytest.mark.parametrize(
    ("llr", "decision"),
    [
        (math.log10(9) + 0.01, Decision.SPOOF),  # posterior just over .9
        (math.log10(9) - 0.01, Decision.INCONCLUSIVE),
        (0.0, Decision.INCONCLUSIVE),
        (-math.log10(9) + 0.01, Decision.INCONCLUSIVE),
        (-math.log10(9) - 0.01, Decision.BONA_FIDE),
    ],
)
def test_one_llr_decides_at_the_services_thresholds(llr: float, decision: Decision) -> None:
    assert decide(llr, VerdictSettings(prior=0.5, cost_false_alarm=10, cost_miss=10)) is decision


def test_a_lower_prior_asks_for_more_evidence() -> None:
    # LLR 1.5 is odds 31.6 : 1: posterior .97 from even odds, .62 from one in twenty.
    assert decide(1.5, VerdictSettings(prior=0.5, cost_false_alarm=10)) is Decision.SPOOF
    assert decide(1.5, VerdictSettings(prior=0.05, cost_false_alarm=10)) is Decision.INCONCLUSIVE


def test_a_silent_sound_file_is_without_speech_rather_than_without_picture() -> None:
    parts = [Unassessed("visual", "NO_PICTURE", ""), Unassessed("audio", "NO_SPEECH", "")]
    assert _telling(parts) == parts[1]
    assert _telling(parts[:1]) == parts[0]
    assert _telling([]) is None


def test_the_typical_lap_is_the_median_and_shares_are_of_its_wall_time() -> None:
    laps = [Lap(wall, wall, 10.0, {"faces": wall / 2, "audio": 1.0}, 1, 5.0) for wall in (4.0, 2.0, 9.0)]
    found = _typical(laps)
    assert (found["wall_s"], found["real_time_factor"]) == (4.0, 0.4)
    assert found["steps"]["faces"] == {"wall_s": 2.0, "share": 0.5}
    assert found["steps"]["audio"]["share"] == pytest.approx(0.25)
