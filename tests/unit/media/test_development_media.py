"""Real files of every kind: read without failure, as long as the manifest says."""

from __future__ import annotations

import csv
from collections import defaultdict
from pathlib import Path

import pytest

from anchorproof.media.audio import read_audio
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings

DATA = Path(__file__).parents[4] / "shared" / "data"
SETTINGS = MediaSettings()

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "manifest.csv").exists(), reason="the development media are not at ../shared/data"),
]


def test_one_file_of_every_kind_and_ending() -> None:
    kinds: dict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        for row in csv.DictReader(manifest):
            kinds[row["modality"], Path(row["path"]).suffix] = row
    assert len(kinds) >= 6
    for row in kinds.values():
        check(DATA / row["path"], float(row["duration_s"] or 0))


def check(clip: Path, duration_s: float) -> None:
    info = read_info(clip, SETTINGS)
    assert info.duration_s == pytest.approx(duration_s, rel=0.02, abs=0.15), clip.name
    if info.video is not None:
        frames = list(sample_frames(clip, info, SETTINGS))
        assert len(frames) >= info.duration_s * 3, clip.name
        assert frames[-1].time_s >= info.duration_s - 0.6, clip.name
    if info.audio is not None:
        waveform = read_audio(clip, info, SETTINGS)
        assert waveform.start_s + waveform.duration_s == pytest.approx(info.duration_s, abs=0.3), clip.name
