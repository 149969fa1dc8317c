"""Genuine clips with another clip's sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from anchorproof.media.audio import read_audio
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from benchmarks.manifests import Protocol, Row
from benchmarks.revoiced import sync_trials
from tests.media_samples import tone, write_clip

SETTINGS = MediaSettings()


@pytest.fixture
def rows(tmp_path: Path) -> list[Row]:
    return [
        _row(tmp_path, "a", "one", 300.0, 1.0),
        _row(tmp_path, "b", "two", 900.0, 2.0),
        _row(tmp_path, "c", "two", 900.0, 2.0),
        _row(tmp_path, "d", "three", 2500.0, 2.0, label="fake", notes="audio_only_fake=1"),
        _row(tmp_path, "e", "three", 2500.0, 2.0, notes="check_dub=1 drama"),
        _row(tmp_path, "f", "three", 2500.0, 2.0, label="fake"),
    ]


def _row(
    folder: Path, name: str, source: str, hz: float, seconds: float, label: str = "bonafide", notes: str = ""
) -> Row:
    path = write_clip(folder / f"{name}.mp4", seconds, sound=tone(hz))
    columns = {"label": label, "source_repo": source, "duration_s": str(seconds), "notes": notes, "generator": "G"}
    return Row(name, path, columns)


def _pitch_hz(clip: Path) -> float:
    sound = read_audio(clip, read_info(clip, SETTINGS), SETTINGS)
    spectrum = np.abs(np.fft.rfft(sound.samples))
    return float(spectrum.argmax() / sound.duration_s)


def test_each_genuine_clip_twice_and_the_manifests_own_dubs(rows: list[Row], tmp_path: Path) -> None:
    trials = sync_trials(rows, tmp_path / "made", seed=0)
    truths = [(trial.row_id.split("-")[0], trial.is_spoof(Protocol.SYNC)) for trial in trials]
    assert truths == [("a", False), ("a", True), ("b", False), ("b", True), ("c", False), ("c", True), ("d", True)]
    assert trials[1].generator == "revoiced"
    assert trials[-1].generator == "G"


def test_the_other_sound_comes_from_another_source_and_ends_with_the_picture(rows: list[Row], tmp_path: Path) -> None:
    trials = {trial.row_id.split("-with")[0] + "+" * ("with" in trial.row_id): trial for trial in
              sync_trials(rows, tmp_path / "made", seed=0)}  # fmt: skip
    assert _pitch_hz(trials["a"].path) == pytest.approx(300, abs=3)
    assert _pitch_hz(trials["a+"].path) == pytest.approx(900, abs=3)
    assert _pitch_hz(trials["b+"].path) == pytest.approx(300, abs=3)
    assert read_info(trials["a+"].path, SETTINGS).duration_s == pytest.approx(1.0, abs=0.15)


def test_the_same_seed_gives_the_same_partners(rows: list[Row], tmp_path: Path) -> None:
    one, again = (sync_trials(rows, tmp_path / name, seed=5) for name in ("x", "y"))
    assert [trial.row_id for trial in one] == [trial.row_id for trial in again]


def test_a_file_that_cannot_be_read_is_left_to_the_bench_to_report(tmp_path: Path) -> None:
    good = _row(tmp_path, "a", "one", 300.0, 1.0)
    (tmp_path / "b.mp4").write_bytes(b"not a clip")
    bad = Row("b", tmp_path / "b.mp4", {"label": "bonafide", "source_repo": "two", "duration_s": "2"})
    trials = sync_trials([good, bad], tmp_path / "made", seed=0)
    assert [trial.path.exists() for trial in trials] == [True, False, False, False]
