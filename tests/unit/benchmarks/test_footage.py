"""The footage bench: edits do what they say, generated programmes look like real ones, tables count right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from anchorproof.footage.prints import PicturePrint
from anchorproof.types import Box
from benchmarks.footage.archive import Generator
from benchmarks.footage.edits import FORGED, HARMLESS, Edited, Material
from benchmarks.footage.media import RATE_HZ, Cut, encode, read_cut, read_frames, read_waveform
from benchmarks.footage.queries import landmarks
from benchmarks.footage.results import Judged, false_matches, figures, interval, page, recall_table
from benchmarks.footage.run import queries
from benchmarks.manifests import Row
from tests.footage_samples import melody, scenery, write_programme

EDITS = {edit.name: edit for edit in (*HARMLESS, *FORGED)}


@pytest.fixture(scope="module")
def material() -> Material:
    times = np.arange(0, 8, 0.1)
    points = np.array([[70, 50], [110, 50], [90, 70], [75, 95], [105, 95]], np.float64)

    def cut(seed: int) -> Cut:
        sound = melody(seed)(np.arange(8 * RATE_HZ) / RATE_HZ).astype(np.float32)
        return Cut([scenery(seed)(time) for time in times], times, sound)

    faces = [points] * len(times)
    return Material(
        cut(1),
        cut(2),
        melody(3)(np.arange(4 * RATE_HZ) / RATE_HZ).astype(np.float32),
        faces,
        faces,
        np.random.default_rng(0),
    )


def _made(material: Material, name: str) -> Edited:
    return EDITS[name].make(material)


def _changed(material: Material, name: str, row: int = 20) -> np.ndarray[Any, Any]:
    """Where an edited picture differs from its original by more than blending rounds."""
    edited = _made(material, name).cut.images[row]
    return np.abs(edited.astype(int) - material.cut.images[row].astype(int)).max(axis=2) > 8


def test_crops_take_their_share_of_both_sides(material: Material) -> None:
    assert _made(material, "crop-10").cut.images[0].shape == (130, 172, 3)
    assert _made(material, "corner-10").cut.images[0].shape == (130, 172, 3)


def test_speed_shortens_picture_and_sound_alike(material: Material) -> None:
    faster = _made(material, "faster-5")
    assert faster.speed == 1.05
    assert faster.cut.times_s[-1] == pytest.approx(7.9 / 1.05)
    assert faster.cut.sound is not None
    assert len(faster.cut.sound) == pytest.approx(8 * RATE_HZ / 1.05, rel=0.001)


def test_a_caption_is_a_strip_and_a_logo_a_corner(material: Material) -> None:
    caption, logo = _changed(material, "caption"), _changed(material, "logo")
    assert not caption[: round(0.8 * 144)].any()
    assert caption[round(0.9 * 144)].mean() > 0.8
    assert not logo[:, :140].any()
    assert 0.01 < logo.mean() < 0.08


def test_a_new_mouth_changes_the_mouth_and_the_sound_only(material: Material) -> None:
    changed = _changed(material, "new-mouth")
    assert changed[95:105, 80:100].mean() > 0.5
    assert not changed[:60].any()
    assert not changed[:, :40].any()
    edited = _made(material, "new-mouth").cut.sound
    assert edited is not None
    assert not np.allclose(edited[: len(edited) // 2], material.cut.sound[: len(edited) // 2])  # type: ignore[index]


def test_a_new_face_changes_the_face_and_not_the_sound(material: Material) -> None:
    changed = _changed(material, "new-face")
    assert changed[50:100, 70:110].mean() > 0.5
    assert not changed[:, :30].any()
    assert _made(material, "new-face").cut.sound is material.cut.sound


def test_a_hole_leaves_two_seconds_out_and_an_insert_puts_two_in(material: Material) -> None:
    hole, insert = _made(material, "hole").cut, _made(material, "insert").cut
    assert hole.duration_s == pytest.approx(6.0, abs=0.15)
    assert insert.duration_s == pytest.approx(10.0, abs=0.15)
    assert len(hole.sound) / RATE_HZ == pytest.approx(6.0, abs=0.15)  # type: ignore[arg-type]
    assert np.array_equal(insert.images[45], cv2.resize(material.other.images[5], (192, 144)))


def test_a_cut_survives_encoding_and_reading(material: Material) -> None:
    content = encode(material.cut, crf=30, height=96)
    frames = list(read_frames(content, 4.0, 256))
    assert frames[0].image.shape == (96, 128, 3)
    assert len(frames) == pytest.approx(32, abs=1)
    waveform = read_waveform(content)
    assert waveform is not None
    assert waveform.duration_s == pytest.approx(8.0, abs=0.2)
    assert read_waveform(encode(Cut(material.cut.images, material.cut.times_s, None))) is None


def test_a_stretch_is_cut_out_of_a_file(tmp_path: Path) -> None:
    cut = read_cut(write_programme(tmp_path / "clip.mp4", 1, seconds=6.0), 2.0, 3.0)
    assert cut.duration_s == pytest.approx(3.0, abs=0.15)
    assert np.abs(cut.images[0].astype(int) - scenery(1)(2.0)).mean() < 8
    assert cut.sound is not None
    assert len(cut.sound) == pytest.approx(3 * RATE_HZ, rel=0.02)


def test_landmarks_are_interpolated_between_the_pictures_looked_at() -> None:
    class Finder:
        def find(self, images: list[Any]) -> list[list[Any]]:
            points = [np.full((5, 2), float(image[0, 0, 0])) for image in images]
            return [[type("Found", (), {"landmarks": each, "box": Box(0, 0, 4, 4)})] for each in points]

    images = [np.full((4, 4, 3), 10 * row, np.uint8) for row in range(9)]
    found = landmarks(images, Finder())  # type: ignore[arg-type]
    assert [float(points[0, 0]) for points in found if points is not None] == [10.0 * row for row in range(9)]


# --------------------------------------------------------------------------- generated programmes


def test_generated_programmes_have_the_statistics_of_the_genuine_ones() -> None:
    random = np.random.default_rng(1)
    bits = random.random((6, 60, 256)) < 0.5
    bits[:, 1:] = bits[:, :1] ^ (random.random((6, 59, 256)) < 0.06)
    times = np.arange(60, dtype=np.float32) / 2
    prints = [
        PicturePrint(times, np.packbits(clip, axis=1), np.packbits(clip, axis=1), np.zeros(60, np.bool_))
        for clip in bits
    ]
    speech = [random.integers(0, 2**32, 100, dtype=np.uint32) for _ in range(3)]
    generator = Generator(prints, speech, seed=0)
    made = generator.programme()
    assert len(made.pictures) == 3600
    inside = ~made.pictures.is_cut[1:]
    steps = np.bitwise_count(made.pictures.hashes[1:] ^ made.pictures.hashes[:-1]).sum(axis=1)
    assert np.median(steps[inside]) == pytest.approx(29, abs=9)  # 2 x 0.06 x 0.94 x 256
    assert np.median(steps[~inside]) > 70
    shots_s = 1800 / made.pictures.is_cut.sum()
    assert 5 < shots_s < 12
    assert np.array_equal(Generator(prints, speech, seed=0).programme().pictures.hashes, made.pictures.hashes)


# --------------------------------------------------------------------------- queries and tables


def _row(row_id: str, seconds: float, source: str = "a/b") -> Row:
    cells = {"duration_s": str(seconds), "has_audio": "1", "source_repo": source, "label": "bonafide", "modality": "av"}
    return Row(row_id, Path(row_id), cells)


def test_every_clip_is_searched_for_in_an_archive_that_lacks_it_too() -> None:
    asked = queries([_row(f"clip-{number}", 4.0 + 8 * (number % 2)) for number in range(8)], seed=0)
    assert len({query.key for query in asked}) == len(asked)
    assert {query.row.row_id for query in asked if query.is_absent} == {f"clip-{number}" for number in range(8)}
    assert all(float(query.row.columns["duration_s"]) > query.seconds for query in asked)
    assert any(query.by_references and query.edit.name == "new-mouth" for query in asked)


def test_interval_of_no_failure_reaches_one_and_no_further() -> None:
    low, high = interval(100, 100)
    assert (low, high) == (pytest.approx(0.9638, abs=1e-3), 1.0)  # 0.025 ** (1 / 100)
    assert interval(0, 100)[0] == 0.0


def _part(own: bool, bits: float, agreement: float, apart_s: float = 0.1) -> dict[str, Any]:
    return {
        "programme": "mine" if own else "other",
        "own": own,
        "clip": [0.0, 5.0],
        "apart_s": apart_s,
        "bits": bits,
        "agreement": agreement,
        "pictures": 10,
        "share": 0.1 if own else 0.45,
        "items": 20,
    }


def _answer(number: int, *parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    traits = {
        "picture_s": 5.0, "sound_only_s": 0.0, "sound_share": 0.1, "mirrored": False, "jumps": 0, "inserted_s": 0.0,
        "mouth": 0.05, "face": 0.04, "outside": 0.05, "overlay": 0.0, "overlay_width": 0.0,
    }  # fmt: skip
    return {
        "clip": f"clip-{number}",
        "source": f"source-{number % 5}",
        "edit": "copy",
        "seconds": 5.0,
        "foreign": "",
        "outcome": "unchanged",
        "is_absent": False,
        "by_references": True,
        "has_sound": True,
        "moments": 8,
        "traits": traits,
        "stretches": list(parts),
        **more,
    }


@pytest.fixture
def answers() -> dict[str, dict[str, Any]]:
    made = {f"found-{number}": _answer(number, _part(True, 15 + number, 0.8)) for number in range(19)}
    made["missed"] = _answer(19)
    for number in range(20):
        made[f"absent-{number}"] = _answer(
            number, _part(False, 45 + number, 0.03), is_absent=True, by_references=False, traits=None
        )
    return made


def test_recall_counts_own_matches_and_false_matches_others(answers: dict[str, dict[str, Any]]) -> None:
    judged = Judged(answers)
    (row,) = recall_table(judged)
    assert (row["queries"], row["found"], row["recall"]) == (20, 19, 0.95)
    assert (row["median_apart_s"], row["within_half_a_second"]) == (pytest.approx(0.1), 1.0)
    assert false_matches(judged)["absent"]["false"] == 0
    answers["wrong"] = _answer(3, _part(False, 12, 0.9), is_absent=True, by_references=False, traits=None)
    for number in range(3000):  # so many that one false match is tolerated
        answers[f"silent-{number}"] = _answer(number, is_absent=True, by_references=False, traits=None)
    assert false_matches(Judged(answers))["absent"]["which"] == ["wrong"]


def test_the_page_tells_all_figures(answers: dict[str, dict[str, Any]]) -> None:
    found = figures(answers, None)
    setting = {
        "command": "python -m benchmarks footage",
        "hours": 200,
        "seed": 0,
        "archive_clips": 3,
        "date": "2026-01-01",
    }
    words = page({"setting": setting, **found})
    assert "| copy | 5 s | 20 | 19 | 95.0 %" in words.replace("%", " %").replace("  %", " %") or "95.0%" in words
    assert "macro-F1 1.000" in words
