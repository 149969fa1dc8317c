"""Spliced clips hold what their row says, where it says."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app
from benchmarks.datasets.registry import dataset_at
from benchmarks.footage.media import read_cut
from benchmarks.manifests import Row, read_manifest
from benchmarks.robustness.sound import RATE_HZ, read_sound
from benchmarks.runs.cases import LOCALISATION, cases_of
from benchmarks.spliced import MARGIN_S, STRETCH_S, build, crossfaded, plan
from tests.media_samples import Track, plain, tone, write_clip, write_sound

SIZE = (96, 64)
HOST_HZ, MADE_HZ, GUEST_HZ = 500, 2_000, 1_000


def _corpus(folder: Path) -> list[Row]:
    """Genuine sounds of 8 s from four sources and pictures in grey; made ones of 3 s of another pitch or in white."""
    lines = ["id,path,modality,label,fake_type,generator,source_repo,duration_s"]
    for number in range(4):
        hz = HOST_HZ if number % 2 == 0 else GUEST_HZ
        write_sound(folder / f"g{number}.wav", 8.0, [Track(tone(hz, 0.2), codec="pcm_s16le", sample_rate_hz=16_000)])
        lines.append(f"g{number},g{number}.wav,audio,bonafide,none,none,S{number},8.0")
        write_clip(folder / f"p{number}.mp4", seconds=8.0, size=SIZE, picture=plain(SIZE, (90, 90, 90)), tracks=())
        lines.append(f"p{number},p{number}.mp4,video,bonafide,none,none,S{number},8.0")
    write_sound(folder / "made.wav", 3.0, [Track(tone(MADE_HZ, 0.4), codec="pcm_s16le", sample_rate_hz=16_000)])
    lines.append("m0,made.wav,audio,fake,tts,T,M,3.0")
    write_clip(folder / "made.mp4", seconds=3.0, size=SIZE, picture=plain(SIZE, (250, 250, 250)), tracks=())
    lines.append("m1,made.mp4,video,fake,talkinghead,V,M,3.0")
    (folder / "manifest.csv").write_text("\n".join(lines) + "\n")
    return read_manifest(folder / "manifest.csv")


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus")
    _corpus(folder)
    return folder


def _level(samples: np.ndarray, hz: float, start_s: float, end_s: float) -> float:
    part = samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
    return float(2 * np.abs(np.mean(part * np.exp(-2j * np.pi * hz * np.arange(len(part)) / RATE_HZ))))


def _cells(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_made_and_genuine_guests_by_turns_never_of_the_hosts_source(corpus: Path) -> None:
    splices = plan(read_manifest(corpus / "manifest.csv"), "sound", 0, 0)
    assert [splice.is_made for splice in splices] == [True, False, True, False]
    assert all(splice.host.source != splice.guest.source for splice in splices)
    assert {splice.guest.row_id for splice in splices if splice.is_made} == {"m0"}
    again = plan(read_manifest(corpus / "manifest.csv"), "sound", 0, 0)
    assert splices == again
    assert splices != plan(read_manifest(corpus / "manifest.csv"), "sound", 0, 1)


def test_a_sound_splice_lies_where_its_row_says(corpus: Path, tmp_path: Path) -> None:
    list(build(plan(read_manifest(corpus / "manifest.csv"), "sound", 0, 0), "sound", tmp_path))
    cells = next(row for row in _cells(tmp_path) if row["label"] == "fake")
    ((start_s, end_s),) = json.loads(cells["segments"])
    assert start_s >= MARGIN_S
    assert STRETCH_S[0] <= end_s - start_s <= STRETCH_S[1]
    sound = read_sound(tmp_path / cells["path"], 0.0)
    inside = _level(sound, MADE_HZ, start_s + 0.1, end_s - 0.1)
    before, after = _level(sound, MADE_HZ, 0.1, start_s - 0.1), _level(sound, MADE_HZ, end_s + 0.1, 7.8)
    assert inside == pytest.approx(0.2, rel=0.15), "as loud as the host, though the stretch was made twice as loud"
    assert max(before, after) < 0.02


def test_a_picture_splice_lies_where_its_row_says(corpus: Path, tmp_path: Path) -> None:
    list(build(plan(read_manifest(corpus / "manifest.csv"), "picture", 2, 0), "picture", tmp_path))
    cells = next(row for row in _cells(tmp_path) if row["label"] == "fake")
    ((start_s, end_s),) = json.loads(cells["segments"])
    cut = read_cut(tmp_path / cells["path"], 0.0, 20.0)
    assert cut.sound is None
    white = np.array([image.mean() > 170 for image in cut.images])
    assert cut.times_s[white][0] == pytest.approx(start_s, abs=cut.frame_s)
    assert cut.times_s[white][-1] + cut.frame_s == pytest.approx(end_s, abs=1.5 * cut.frame_s)


def test_a_genuine_stretch_is_no_segment_but_noted(corpus: Path, tmp_path: Path) -> None:
    list(build(plan(read_manifest(corpus / "manifest.csv"), "sound", 0, 0), "sound", tmp_path))
    genuine = [row for row in _cells(tmp_path) if row["label"] == "bonafide"]
    assert genuine
    assert all(row["segments"] == "[]" and row["notes"].startswith("stretch=") for row in genuine)


def test_the_command_writes_a_manifest_for_localisation(corpus: Path, tmp_path: Path) -> None:
    runner = CliRunner()
    for kind in ("sound", "picture"):
        asked = ["spliced", "--manifest", str(corpus / "manifest.csv"), "--out", str(tmp_path), "--kind", kind]
        assert runner.invoke(app, asked).exit_code == 0
    cases = cases_of(dataset_at(tmp_path), tmp_path, "picture", LOCALISATION)
    assert sorted(case.truth for case in cases) == ["bona_fide", "bona_fide", "spoof", "spoof"]
    assert len(cases_of(dataset_at(tmp_path), tmp_path, "all", LOCALISATION)) == 8
    refused = runner.invoke(
        app, ["spliced", "--manifest", str(corpus / "manifest.csv"), "--out", "x", "--kind", "text"]
    )
    assert "sound or picture" in str(refused.exception)


def test_a_corpus_without_made_speech_is_refused() -> None:
    with pytest.raises(ValueError, match="0 genuine hosts and 0 made stretches"):
        plan([], "sound", 0, 0)


def test_a_silent_guest_stays_silent() -> None:
    mixed = crossfaded(np.full(48_000, 0.1, np.float32), np.zeros(9_600, np.float32), 12_000)
    assert np.all(mixed[13_000:20_600] == 0)
    assert np.all(mixed[:12_000] == np.float32(0.1))
