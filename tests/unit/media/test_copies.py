"""Copies for browsers: whole, upright, in time, within budget."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from anchorproof.errors import ClipTooLong, ClipUnreadable
from anchorproof.media.audio import read_audio
from anchorproof.media.copies import played_as, write_copy
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from tests import media_samples as samples

SETTINGS = MediaSettings()


def copy_of(clip: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "copy.mp4"
    write_copy(clip, copy, read_info(clip, SETTINGS).duration_s, SETTINGS, lambda _: None)
    return copy


@pytest.mark.parametrize(
    ("codec", "name"), [("mpeg4", "clip.avi"), ("libvpx-vp9", "clip.mkv"), ("mpeg2video", "clip.ts")]
)
def test_copy_is_played_by_browsers_and_lasts_as_long(codec: str, name: str, tmp_path: Path) -> None:
    video = samples.VideoFormat(codec=codec, options={})
    sound = "libmp3lame" if name.endswith("avi") else "aac"
    clip = samples.write_clip(
        tmp_path / name, 2.0, tracks=[samples.Track(samples.tone(440.0), codec=sound)], video=video
    )
    assert played_as(read_info(clip, SETTINGS)) is None

    info = read_info(copy_of(clip, tmp_path), SETTINGS)

    assert played_as(info) == "video/mp4"
    assert info.duration_s == pytest.approx(2.0, abs=0.15)
    assert info.video is not None
    assert (info.video.codec, info.video.width, info.video.height) == ("h264", 160, 120)


def test_mp4_with_h264_and_aac_is_played_as_it_is(tmp_path: Path) -> None:
    clip = samples.write_clip(tmp_path / "clip.mp4", sound=samples.tone(440.0))
    assert played_as(read_info(clip, SETTINGS)) == "video/mp4"


def test_second_sound_track_needs_a_copy(tmp_path: Path) -> None:
    clip = samples.write_clip(
        tmp_path / "clip.mp4", sound=samples.tone(440.0), tracks=[samples.Track(samples.tone(220.0), is_default=False)]
    )
    assert played_as(read_info(clip, SETTINGS)) is None


def test_times_of_the_copy_are_those_of_the_clip(tmp_path: Path) -> None:
    clip = samples.write_clip(
        tmp_path / "clip.mkv",
        2.0,
        picture=samples.brightness_clock((160, 120)),
        sound=samples.click_at(1.5),
        video=samples.VideoFormat(codec="mpeg4", options={"qscale": "1"}),
    )
    copy = copy_of(clip, tmp_path)
    settings = replace(SETTINGS, frames_per_second=25.0)  # every picture

    def brightness(path: Path) -> dict[float, float]:
        frames = sample_frames(path, read_info(path, settings), settings)
        return {round(frame.time_s, 2): float(frame.image.mean()) for frame in frames}

    before, after = brightness(clip), brightness(copy)
    assert after.keys() == before.keys()
    assert all(after[time] == pytest.approx(before[time], abs=4) for time in before)
    sound = read_audio(copy, read_info(copy, settings), settings)
    loudest_s = abs(sound.samples).argmax() / sound.sample_rate_hz + sound.start_s
    assert loudest_s == pytest.approx(1.5, abs=0.06)


def test_hole_in_the_sound_is_silence(tmp_path: Path) -> None:
    track = samples.Track(samples.click_at(2.5), holes_s=[(0.5, 2.0)])
    clip = samples.write_clip(
        tmp_path / "clip.mkv", 3.0, tracks=[track], video=samples.VideoFormat(codec="mpeg4", options={})
    )
    copy = copy_of(clip, tmp_path)
    sound = read_audio(copy, read_info(copy, SETTINGS), SETTINGS)
    assert abs(sound.samples).argmax() / sound.sample_rate_hz + sound.start_s == pytest.approx(2.5, abs=0.06)


def test_turned_picture_stands_upright(tmp_path: Path) -> None:
    video = samples.VideoFormat(rotation_deg=90)
    clip = samples.write_clip(tmp_path / "clip.mov", picture=samples.quadrants((160, 120)), video=video)
    settings = replace(SETTINGS, frames_per_second=1.0)
    copy = copy_of(clip, tmp_path)
    info = read_info(copy, settings)
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.rotation_deg) == (120, 160, 0)
    shown = next(iter(sample_frames(clip, read_info(clip, settings), settings))).image
    copied = next(iter(sample_frames(copy, info, settings))).image
    assert abs(shown.astype(int) - copied.astype(int)).mean() < 12


def test_rejected_clip_leaves_no_copy(tmp_path: Path) -> None:
    broken = tmp_path / "clip.mp4"
    broken.write_bytes(b"no media at all" * 100)
    with pytest.raises(ClipUnreadable):
        write_copy(broken, tmp_path / "copy.mp4", 1.0, SETTINGS, lambda _: None)
    clip = samples.write_clip(tmp_path / "long.mp4", 3.0)
    with pytest.raises(ClipTooLong):
        write_copy(clip, tmp_path / "copy.mp4", 3.0, replace(SETTINGS, limit_duration_s=1.0), lambda _: None)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mp4", "long.mp4"]
