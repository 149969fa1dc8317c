"""Equalised copies: one codec, rate and size for all, settings that no label can steer."""

from __future__ import annotations

import csv
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
import skimage.data

from benchmarks.equalise import make_draw
from benchmarks.equalised import equalise
from benchmarks.manifests import Protocol, Row
from tests.media_samples import Track, moving_bars, tone, write_clip, write_sound

PORTRAIT = np.ascontiguousarray(cv2.resize(skimage.data.astronaut()[:320, 60:380], (320, 320)))


def row(path: Path, row_id: str, label: str = "bonafide", modality: str = "av") -> Row:
    facts = {"modality": modality, "label": label, "duration_s": "1.5", "width": "320", "height": "320", "fps": "30"}
    return Row(row_id, path, {"id": row_id, **facts})


@pytest.fixture(scope="module")
def portrait(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("media") / "portrait.mp4"
    return write_clip(path, 1.5, (320, 320), 30, picture=lambda _: PORTRAIT, sound=tone(440))


def test_a_picture_becomes_a_mute_clip_of_the_common_form(tmp_path: Path, portrait: Path) -> None:
    (copy,) = list(equalise([row(portrait, "a")], Protocol.VISUAL, tmp_path, 7))
    assert copy.reason == ""
    with av.open(str(tmp_path / copy.cells["path"])) as container:
        (stream,) = container.streams
        assert (stream.type, stream.codec_context.name, stream.average_rate) == ("video", "h264", 12)
        assert (str(stream.width), str(stream.height)) == (copy.cells["width"], copy.cells["height"])
        assert copy.cells["has_audio"] == "0"
    with (tmp_path / "manifest.csv").open(encoding="utf-8") as stream:
        assert [cells["id"] for cells in csv.DictReader(stream)] == ["a"]


def test_the_label_changes_nothing(tmp_path: Path, portrait: Path) -> None:
    shown = []
    for label in ("bonafide", "fake"):
        (copy,) = list(equalise([row(portrait, "a", label)], Protocol.VISUAL, tmp_path / label, 7))
        with av.open(str(tmp_path / label / copy.cells["path"])) as container:
            pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
        shown.append(np.stack(pictures).astype(float))
    assert shown[0].shape == shown[1].shape
    # Not to the bit: the conversion to YUV may touch a picture's last column differently.
    assert np.abs(shown[0] - shown[1]).mean() < 0.5


def test_a_picture_without_a_face_is_left_out_with_a_reason(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "bars.mp4", 1.5, (160, 120), picture=moving_bars((160, 120)))
    (copy,) = list(equalise([row(path, "bars")], Protocol.VISUAL, tmp_path / "out", 7))
    assert "no face" in copy.reason
    assert (tmp_path / "out" / "manifest.csv").read_text(encoding="utf-8").count("\n") == 1


def test_sounds_come_out_alike_whatever_they_were(tmp_path: Path) -> None:
    rows = [
        row(write_sound(tmp_path / "wide.mp4", 9.0, [Track(tone(440), channels=2)]), "wide", modality="audio"),
        row(write_sound(tmp_path / "thin.flac", 9.0, [Track(tone(300), sample_rate_hz=8000, codec="flac")]), "thin"),
    ]
    for copy in equalise(rows, Protocol.AUDIO, tmp_path / "out", 7):
        with av.open(str(tmp_path / "out" / copy.cells["path"])) as container:
            (stream,) = container.streams
            assert (stream.codec_context.name, stream.rate, stream.channels) == ("aac", 16_000, 1)
        assert 2.9 < float(copy.cells["duration_s"]) < 8.2


def test_a_damaged_file_is_left_out_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("no clip")
    for protocol in (Protocol.VISUAL, Protocol.AUDIO):
        (copy,) = list(equalise([row(tmp_path / "text.mp4", "text")], protocol, tmp_path / protocol, 7))
        assert copy.reason


def test_settings_follow_from_the_id_and_cover_the_range() -> None:
    assert make_draw("a", 0, 7) == make_draw("a", 0, 7) != make_draw("b", 0, 7)
    draws = [make_draw(f"clip {number}", 0, 7) for number in range(300)]
    assert {draw.crf for draw in draws} == set(range(20, 36))
    assert min(draw.face_px for draw in draws) < 63 < 117 < max(draw.face_px for draw in draws)


def test_only_pictures_and_sounds_are_equalised(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="visual or audio"):
        list(equalise([], Protocol.VERDICT, tmp_path, 7))
