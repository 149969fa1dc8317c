"""Which pictures are sampled, when, and how they look."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.errors import ClipTooComplex, ClipTooLong, ClipUnreadable, PictureTooLarge
from anchorproof.media.frames import sample_frames
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Frame
from tests.media_samples import (
    Picture,
    Track,
    VideoFormat,
    brightness_clock,
    click_at,
    moving_bars,
    plain,
    quadrants,
    tone,
    write_clip,
    write_sound,
    write_still,
)

SETTINGS = MediaSettings()


def info_of(duration_s: float) -> ClipInfo:
    """Sampling needs the duration only; reading it each time would cost a child more."""
    return ClipInfo("0" * 64, 1, "mp4", duration_s, None, None)


def frames_of(clip: Path, settings: MediaSettings = SETTINGS, duration_s: float = 1.0) -> list[Frame]:
    return list(sample_frames(clip, info_of(duration_s), settings))


def times(frames: list[Frame]) -> list[float]:
    return [frame.time_s for frame in frames]


def centre(image: NDArray[np.uint8]) -> NDArray[np.float64]:
    height, width, _ = image.shape
    return image[height // 4 : -height // 4, width // 4 : -width // 4].mean(axis=(0, 1))


# --------------------------------------------------------------------------- time


def test_four_pictures_a_second_with_the_right_content(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 2.0, picture=brightness_clock((160, 120)))
    frames = frames_of(clip)
    assert len(frames) == 8
    for slot, frame in enumerate(frames):
        assert slot * 0.25 <= frame.time_s < slot * 0.25 + 0.2
        # The picture tells its own time: the timestamp belongs to this picture and no other.
        assert (frame.image.mean() - 20) / 100 == pytest.approx(frame.time_s, abs=0.03)


def test_variable_rate_keeps_real_times(tmp_path: Path) -> None:
    moments = [0.0, 0.1, 0.9, 1.0, 1.05, 3.3]
    clip = write_clip(tmp_path / "a.mkv", picture=brightness_clock((160, 120), 50), video=VideoFormat(times_s=moments))
    assert times(frames_of(clip)) == pytest.approx([0.0, 0.9, 1.0, 3.3], abs=0.002)


def test_long_clips_are_sampled_more_sparsely(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 4.0)
    sampled = times(frames_of(clip, replace(SETTINGS, limit_frames=5), 4.0))
    assert len(sampled) == 5
    assert sampled[-1] >= 3.2


def test_few_references_leave_no_slot_empty(tmp_path: Path) -> None:
    # 16 of 17 pictures are B frames that nothing refers to: skipping them all would leave 0.7 s without a picture.
    options = {"preset": "medium", "x264-params": "bframes=16:b-adapt=0:b-pyramid=none:keyint=250:scenecut=0"}
    clip = write_clip(tmp_path / "a.mp4", 4.0, video=VideoFormat(options=options))
    sampled = times(frames_of(clip))
    assert max(np.diff(sampled)) < 0.8
    assert max(np.diff(sampled[3:])) < 0.5


def test_picture_and_sound_share_one_timeline(tmp_path: Path) -> None:
    late = VideoFormat(times_s=[1.0 + n / 25 for n in range(25)])
    clip = write_clip(tmp_path / "a.mkv", video=late, tracks=[Track(tone(440))])
    assert frames_of(clip)[0].time_s == pytest.approx(1.0, abs=0.03)


def test_a_transport_stream_starts_at_zero(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.ts", 1.0, sound=click_at(0.5))  # its first timestamp is 1.4 s or more
    assert times(frames_of(clip))[0] == pytest.approx(0.0, abs=0.05)


def test_a_spliced_transport_stream_goes_on(tmp_path: Path) -> None:
    one = write_clip(tmp_path / "a.ts", 2.0).read_bytes()
    (tmp_path / "b.ts").write_bytes(one + one)
    frames = frames_of(tmp_path / "b.ts")
    assert times(frames) == sorted(times(frames))
    assert frames[-1].time_s == pytest.approx(3.75, abs=0.2)


# --------------------------------------------------------------------------- geometry and colour


@pytest.mark.parametrize(
    ("rotation_deg", "corners"),
    [
        (0, ["red", "green", "blue", "white"]),
        (-90, ["blue", "red", "white", "green"]),  # shown turned clockwise
        (90, ["green", "white", "red", "blue"]),
        (180, ["white", "blue", "green", "red"]),
    ],
)
def test_rotation_is_applied(tmp_path: Path, rotation_deg: int, corners: list[str]) -> None:
    colours = {"red": (255, 0, 0), "green": (0, 255, 0), "blue": (0, 0, 255), "white": (255, 255, 255)}
    video = VideoFormat(rotation_deg=rotation_deg)
    image = frames_of(write_clip(tmp_path / "a.mp4", 0.2, (160, 96), picture=quadrants((160, 96)), video=video))[
        0
    ].image
    height, width, _ = image.shape
    assert (width, height) == ((160, 96) if rotation_deg % 180 == 0 else (96, 160))
    seen = [image[y, x] for y in (height // 4, -height // 4) for x in (width // 4, -width // 4)]
    for colour, name in zip(seen, corners, strict=True):
        assert colour == pytest.approx(np.array(colours[name]), abs=12), name


def test_pixels_become_square(tmp_path: Path) -> None:
    video = VideoFormat(pixel_aspect=Fraction(16, 11))
    frame = frames_of(write_clip(tmp_path / "a.mp4", 0.2, (176, 144), video=video))[0]
    assert frame.image.shape == (144, 256, 3)
    assert frame.scale == 1.0


def test_large_pictures_are_downsized(tmp_path: Path) -> None:
    frame = frames_of(write_clip(tmp_path / "a.mp4", 0.2, (320, 240)), replace(SETTINGS, long_side_px=128))[0]
    assert frame.image.shape == (96, 128, 3)
    assert frame.scale == pytest.approx(2.5)


@pytest.mark.parametrize("pixel_format", ["yuv420p", "yuv420p10le", "yuv444p", "yuv422p10le"])
def test_colours_survive(tmp_path: Path, pixel_format: str) -> None:
    clip = write_clip(
        tmp_path / "a.mkv", 0.2, picture=plain((160, 120), (200, 120, 40)), video=VideoFormat(pixel_format=pixel_format)
    )
    image = frames_of(clip)[0].image
    assert image.dtype == np.uint8
    assert centre(image) == pytest.approx([200, 120, 40], abs=4)


@pytest.mark.parametrize("codec", ["png", "mjpeg", "libwebp"])
def test_a_still_is_one_picture(tmp_path: Path, codec: str) -> None:
    (frame,) = frames_of(write_still(tmp_path / "a", plain((96, 64), (200, 120, 40))(0.0), codec))
    assert (frame.time_s, frame.is_cut, frame.image.shape) == (0.0, False, (64, 96, 3))
    assert centre(frame.image) == pytest.approx([200, 120, 40], abs=5)


def test_fields_are_made_whole(tmp_path: Path) -> None:
    clip = write_clip(
        tmp_path / "a.mp4",
        1.0,
        (160, 120),
        picture=woven(moving_edge((160, 120))),
        video=VideoFormat(options={"x264-params": "interlaced=1:tff=1", "crf": "10"}),
    )
    combing = [comb_strength(frame.image) for frame in frames_of(clip)[1:]]
    assert comb_strength(woven(moving_edge((160, 120)))(0.4)) > 10
    assert max(combing) < 3


def moving_edge(size: tuple[int, int]) -> Picture:
    """A white area growing to the right, 100 pixels a second."""
    width, height = size

    def picture(time_s: float) -> NDArray[np.uint8]:
        line = np.where(np.arange(width) < 20 + 100 * time_s, 220, 30).astype(np.uint8)
        return np.broadcast_to(line[None, :, None], (height, width, 3)).copy()

    return picture


def woven(picture: Picture) -> Picture:
    """Even lines from now, odd lines from half a frame (at 25 a second) later."""

    def fields(time_s: float) -> NDArray[np.uint8]:
        image = picture(time_s)
        image[1::2] = picture(time_s + 0.02)[1::2]
        return image

    return fields


def comb_strength(image: NDArray[np.uint8]) -> float:
    """Mean difference of neighbouring lines where lines two apart agree, over the columns that move (worst 2)."""
    luma = image.astype(np.float64).mean(axis=2)[10:-10]
    return float(np.sort(np.abs(luma[1:] - luma[:-1]).mean(axis=0))[-2:].mean())


# --------------------------------------------------------------------------- cuts


def test_a_cut_is_marked_where_it_happens(tmp_path: Path) -> None:
    studio, field = plain((160, 120), (40, 60, 160)), plain((160, 120), (60, 140, 50))
    clip = write_clip(tmp_path / "a.mp4", 2.0, picture=lambda time_s: studio(0) if time_s < 1.0 else field(0))
    cuts = [round(frame.time_s, 1) for frame in frames_of(clip) if frame.is_cut]
    assert cuts == [pytest.approx(1.0, abs=0.15)]


def test_movement_and_an_inset_are_no_cut(tmp_path: Path) -> None:
    bars = moving_bars((160, 120))

    def picture(time_s: float) -> NDArray[np.uint8]:
        image = bars(time_s).copy()
        if time_s >= 1.0:
            image[80:115, 10:150] = (200, 30, 30)  # a caption
        return image

    assert not any(frame.is_cut for frame in frames_of(write_clip(tmp_path / "a.mp4", 2.0, picture=picture)))


# --------------------------------------------------------------------------- damage and budgets


def test_a_lost_tail_leaves_the_beginning(tmp_path: Path) -> None:
    options = {"movflags": "faststart"}
    whole = write_clip(tmp_path / "a.mp4", 4.0, container_options=options).read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) // 2])
    assert 2 <= len(frames_of(tmp_path / "b.mp4")) < 16


def test_damage_in_the_middle_does_not_stop_the_rest(tmp_path: Path) -> None:
    content = bytearray(write_clip(tmp_path / "a.ts", 4.0, video=VideoFormat(options={"g": "10"})).read_bytes())
    middle = len(content) // 2
    content[middle : middle + 2000] = np.random.default_rng(7).bytes(2000)
    (tmp_path / "b.ts").write_bytes(content)
    frames = frames_of(tmp_path / "b.ts")
    assert len(frames) >= 12
    assert frames[-1].time_s > 3.2


def test_sound_alone_has_no_pictures(tmp_path: Path) -> None:
    clip = write_sound(tmp_path / "a.wav", 0.5, [Track(tone(440), codec="pcm_s16le")])
    with pytest.raises(ClipUnreadable, match="no picture"):
        frames_of(clip)


def test_a_resolution_that_grows_in_mid_stream_is_refused(tmp_path: Path) -> None:
    settings = replace(SETTINGS, limit_pixels=160 * 128)
    small = write_clip(tmp_path / "a.ts", 2.0, (160, 120)).read_bytes()
    large = write_clip(tmp_path / "b.ts", 1.0, (320, 240)).read_bytes()
    (tmp_path / "c.ts").write_bytes(small + large)
    with pytest.raises(PictureTooLarge, match="320 x 240"):
        frames_of(tmp_path / "c.ts", settings)


def test_a_duration_that_was_understated_is_caught(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 3.0)
    with pytest.raises(ClipTooLong):
        frames_of(clip, replace(SETTINGS, limit_duration_s=2.0), duration_s=0.5)


def test_too_many_pictures(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 2.0)
    with pytest.raises(ClipTooComplex, match="30 pictures"):
        frames_of(clip, replace(SETTINGS, limit_decoded_frames=30))


def test_too_little_memory(tmp_path: Path) -> None:
    # One decoded picture takes 108 MB; the program itself has about 210 MB mapped.
    still = write_still(tmp_path / "a.png", np.zeros((6000, 6000, 3), np.uint8))
    with pytest.raises(ClipTooComplex, match="memory"):
        frames_of(still, replace(SETTINGS, limit_pixels=40_000_000, limit_memory_bytes=270 * 1024**2))
