"""The face mesh on the portrait, as it is and with a drawn mouth that opens."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from anchorproof.faces.finder import FaceFinder
from anchorproof.faces.mesh import INNER_LIPS, KEPT, STILL, find_mouths, follow_mouth
from anchorproof.faces.tracks import find_tracks
from anchorproof.runtime import ModelStore
from anchorproof.settings import FaceSettings
from anchorproof.types import Frame, Image, MouthMotion
from tests.talking import portrait_frame


@pytest.fixture(scope="module")
def closed_and_open(models: ModelStore, finder: FaceFinder) -> MouthMotion:
    frames = [Frame(number / 25, portrait_frame(opening)) for number, opening in enumerate((0.0, 0.5, 1.0))]
    (motion,) = find_mouths(frames, finder, models.load_default("face_mesh"), FaceSettings(), 2)
    return motion


def test_mouth_lies_below_the_eyes_and_within_the_face(closed_and_open: MouthMotion) -> None:
    points = closed_and_open.points[0]
    eyes, lips = points[:4], points[[KEPT.index(point) for point in INNER_LIPS]]
    assert lips[:, 1].min() > eyes[:, 1].max()
    assert eyes[:, 0].min() < lips[:, 0].mean() < eyes[:, 0].max()
    assert 80 < closed_and_open.face_px < 140
    assert closed_and_open.confidence.min() > 0.9


def test_mouth_opens_as_it_is_drawn(closed_and_open: MouthMotion) -> None:
    upper, lower = KEPT.index(13), KEPT.index(14)
    opening = np.linalg.norm(closed_and_open.points[:, upper] - closed_and_open.points[:, lower], axis=1)
    assert opening[2] > opening[0] + 2


def test_points_are_in_source_pixels(portrait: Image, models: ModelStore, finder: FaceFinder) -> None:
    mesh = models.load_default("face_mesh")
    (full,) = find_mouths([Frame(0.0, portrait)], finder, mesh, FaceSettings(), 1)
    half = Frame(0.0, np.ascontiguousarray(portrait[::2, ::2]), scale=2.0)
    (small,) = find_mouths([half], finder, mesh, FaceSettings(smallest_face_px=30), 1)
    assert small.points[:, : len(STILL), :2] == pytest.approx(full.points[:, : len(STILL), :2], abs=8)
    assert small.face_px == pytest.approx(full.face_px, rel=0.1)


def test_a_cut_ends_a_mouths_stretch(portrait: Image, models: ModelStore, finder: FaceFinder) -> None:
    frames = [Frame(number / 25, portrait, is_cut=number == 20) for number in range(50)]
    motions = find_mouths(frames, finder, models.load_default("face_mesh"), FaceSettings(), 3)
    assert sorted(motion.span.start_s for motion in motions) == pytest.approx([0.0, 0.8])
    assert all(not (motion.span.start_s < 0.8 < motion.span.end_s) for motion in motions)


def test_no_face_no_mouth(models: ModelStore, finder: FaceFinder) -> None:
    frames = [Frame(number / 25, np.full((120, 160, 3), 90, np.uint8)) for number in range(3)]
    assert find_mouths(frames, finder, models.load_default("face_mesh"), FaceSettings(), 1) == []


def test_a_track_without_a_path_cannot_be_followed(portrait: Image, models: ModelStore, finder: FaceFinder) -> None:
    (track,) = find_tracks([Frame(0.0, portrait)], finder, FaceSettings())
    assert track.path is not None
    with pytest.raises(ValueError, match="path"):
        follow_mouth([Frame(0.0, portrait)], replace(track, path=None), models.load_default("face_mesh"))
