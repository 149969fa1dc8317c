from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from anchorproof.faces.finder import Detection, FaceFinder
from anchorproof.faces.tracks import find_tracks, overlap
from anchorproof.settings import FaceSettings
from anchorproof.types import Box, Frame, Image

LANDMARKS = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]], np.float32)
SETTINGS = FaceSettings()

Script = Callable[[int], Sequence[tuple[float, float, float]]]


class ScriptedFinder(FaceFinder):
    """Detections written down beforehand: ``(x, y, size)`` per face for each frame number, kept in its first pixel."""

    def __init__(self, script: Script) -> None:
        self._script = script

    def find(self, images: Sequence[Image]) -> list[list[Detection]]:
        return [[_detection(*face) for face in self._script(_number(image))] for image in images]


def _detection(x: float, y: float, size: float) -> Detection:
    return Detection(Box(x, y, x + size, y + size), LANDMARKS * np.float32(size) + np.float32([x, y]), 0.99)


def _number(image: Image) -> int:
    return int(image[0, 0, 0]) * 256 + int(image[0, 0, 1])


def _frames(count: int, cuts: Sequence[int] = (), scale: float = 1.0) -> list[Frame]:
    frames = []
    for number in range(count):
        image = np.zeros((120, 240, 3), np.uint8)
        image[0, 0, :2] = divmod(number, 256)
        frames.append(Frame(number / 4, image, scale, number in cuts))
    return frames


def test_two_people_side_by_side_are_two_tracks() -> None:
    finder = ScriptedFinder(lambda n: [(150 - n, 10, 40), (10 + n, 10, 60)])
    larger, smaller = find_tracks(_frames(40), finder, SETTINGS)
    assert (larger.track_id, smaller.track_id) == ("face-1", "face-2")
    assert [round(seen.box.x1 - 10) for seen in larger.observations] == [
        round(4 * s.time_s) for s in larger.observations
    ]
    assert smaller.observations[0].box.width == 40
    assert larger.observed == smaller.observed == 40


def test_a_cut_ends_a_track_even_where_the_next_face_sits_in_its_place() -> None:
    tracks = find_tracks(_frames(20, cuts=[8]), ScriptedFinder(lambda _: [(50, 20, 50)]), SETTINGS)
    spans = sorted((track.span.start_s, track.span.end_s) for track in tracks)
    assert spans == [(0.0, 1.75), (2.0, 4.75)]


def test_a_short_miss_is_bridged_and_a_long_one_is_not() -> None:
    def blinks(missing: int) -> int:
        finder = ScriptedFinder(lambda n: [] if 8 <= n < 8 + missing else [(50, 20, 50)])
        return len(find_tracks(_frames(30), finder, SETTINGS))

    assert blinks(3) == 1  # seen 1.0 s apart, as long as gap_s
    assert blinks(4) == 2


def test_a_jump_or_another_size_is_another_face() -> None:
    jump = find_tracks(_frames(20), ScriptedFinder(lambda n: [(20 if n < 10 else 120, 20, 50)]), SETTINGS)
    growth = find_tracks(_frames(20), ScriptedFinder(lambda n: [(50, 20, 30 if n < 10 else 70)]), SETTINGS)
    assert len(jump) == len(growth) == 2


def test_people_who_come_close_keep_their_tracks() -> None:
    finder = ScriptedFinder(lambda n: [(20 + n, 20, 40), (140 - n, 20, 40)])  # 40 px apart at the closest
    tracks = find_tracks(_frames(40), finder, SETTINGS)
    assert len(tracks) == 2
    for track in tracks:
        steps = np.diff([seen.box.x1 for seen in track.observations])
        assert np.all(steps > 0) or np.all(steps < 0)


def test_a_face_seen_once_in_a_long_shot_is_dropped_but_a_still_keeps_its_face() -> None:
    finder = ScriptedFinder(lambda n: [(50, 20, 50)] if n == 5 else [])
    assert find_tracks(_frames(12), finder, SETTINGS) == []
    assert len(find_tracks(_frames(1), ScriptedFinder(lambda _: [(50, 20, 50)]), SETTINGS)) == 1


def test_a_long_track_keeps_few_observations_spread_over_all_of_it() -> None:
    (track,) = find_tracks(_frames(1000), ScriptedFinder(lambda _: [(50, 20, 50)]), SETTINGS)
    kept = [seen.time_s for seen in track.observations]
    assert 12 <= len(kept) <= 24
    assert track.observed == 1000
    assert (track.span.start_s, track.span.end_s) == (0.0, 249.75)
    assert kept == sorted(kept)
    assert np.diff([0.0, *kept, 249.75]).max() < 2 * 250 / 12


def test_boxes_and_landmarks_are_in_source_pixels() -> None:
    (track,) = find_tracks(_frames(3, scale=1.5), ScriptedFinder(lambda _: [(20, 10, 40)]), SETTINGS)
    seen = track.observations[0]
    assert seen.box == Box(30, 15, 90, 75)
    assert seen.landmarks[0] == pytest.approx([(20 + 12) * 1.5, (10 + 16) * 1.5])
    assert (seen.aligned.shape, seen.crop.shape) == ((112, 112, 3), (224, 224, 3))


def test_only_the_most_prominent_tracks_stay() -> None:
    settings = FaceSettings(limit_tracks=2)
    finder = ScriptedFinder(lambda _: [(10, 10, 30), (70, 10, 50), (150, 10, 40)])
    tracks = find_tracks(_frames(4), finder, settings)
    assert [track.observations[0].box.width for track in tracks] == [50, 40]


def test_a_real_face_that_wanders_is_one_track(finder: FaceFinder, portrait: Image) -> None:
    frames = [Frame(n / 4, np.ascontiguousarray(portrait[: 320 + n, 5 * n : 360 + 5 * n])) for n in range(8)]
    (track,) = find_tracks(frames, finder, SETTINGS)
    assert track.observed == 8
    assert track.observations[0].sharpness > 50


def test_no_frames_no_tracks(finder: FaceFinder) -> None:
    assert find_tracks([], finder, SETTINGS) == []


def test_overlap_is_shared_area_over_all_area() -> None:
    assert overlap(Box(0, 0, 10, 10), Box(5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap(Box(0, 0, 10, 10), Box(10, 0, 20, 10)) == 0
