"""Each picture rung does what its name says, and not more."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.robustness.rungs import PICTURE, REFERENCE
from tests.media_samples import Track as Sound
from tests.media_samples import brightness_clock, quadrants, tone, write_clip, write_sound

RUNGS = {rung.name: rung for rung in PICTURE}
SIZE = (1280, 720)


def frames_of(path: Path) -> tuple[list[float], list[NDArray[np.uint8]]]:
    with av.open(str(path)) as container:
        shown = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    return [time_s for time_s, _ in shown if time_s is not None], [image for _, image in shown]


def treated(name: str, clip: Path, folder: Path, seconds: float = 0.0) -> Path:
    return RUNGS[name].make(clip, folder, seconds)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four coloured quadrants, 720p, five frames at 25 fps, with sound."""
    folder = tmp_path_factory.mktemp("picture")
    return write_clip(folder / "clip.mp4", 0.2, SIZE, picture=quadrants(SIZE), sound=tone(440))


@pytest.fixture(scope="module")
def textured(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Noise that an encoder cannot keep."""
    rng = np.random.default_rng(0)
    small = rng.integers(0, 255, (90, 160, 3), np.uint8)
    image = np.kron(small, np.ones((2, 2, 1), np.uint8))
    return write_clip(tmp_path_factory.mktemp("noise") / "clip.mp4", 0.4, (320, 180), picture=lambda _: image)


def test_the_reference_keeps_size_times_and_colours_and_drops_the_sound(still: Path, tmp_path: Path) -> None:
    out = treated(REFERENCE, still, tmp_path)
    times, images = frames_of(out)
    assert times == pytest.approx([0, 0.04, 0.08, 0.12, 0.16], abs=1e-3)
    before = frames_of(still)[1]
    assert np.abs(images[2].astype(int) - before[2]).mean() < 2
    with av.open(str(out)) as container:
        assert not container.streams.audio


def test_only_the_first_seconds_are_used(still: Path, tmp_path: Path) -> None:
    assert len(frames_of(treated(REFERENCE, still, tmp_path, 0.1))[0]) == 3


def test_a_higher_crf_is_further_from_the_original(textured: Path, tmp_path: Path) -> None:
    before = frames_of(textured)[1][4].astype(int)
    errors, sizes = [], []
    for name in (REFERENCE, "H.264 CRF 23", "H.264 CRF 28", "H.264 CRF 35"):
        out = treated(name, textured, tmp_path)
        errors.append(np.abs(frames_of(out)[1][4] - before).mean())
        sizes.append(out.stat().st_size)
    assert errors == sorted(errors)
    assert sizes == sorted(sizes, reverse=True)
    assert errors[-1] > 2 * errors[0]


@pytest.mark.parametrize(
    ("name", "size"),
    [("480p", (854, 480)), ("360p", (640, 360)), ("240p", (426, 240)), ("CRF 35 at 480p", (854, 480))],
)
def test_pictures_are_downsized_to_their_shorter_side(
    name: str, size: tuple[int, int], still: Path, tmp_path: Path
) -> None:
    image = frames_of(treated(name, still, tmp_path))[1][0]
    assert (image.shape[1], image.shape[0]) == pytest.approx(size, abs=2)
    assert image[10, 10] == pytest.approx((255, 0, 0), abs=30)


def test_a_small_picture_is_not_enlarged(textured: Path, tmp_path: Path) -> None:
    assert frames_of(treated("480p", textured, tmp_path))[1][0].shape == (180, 320, 3)


def test_the_crop_takes_a_tenth_of_each_side_and_keeps_the_middle(still: Path, tmp_path: Path) -> None:
    image = frames_of(treated("crop 10 %", still, tmp_path))[1][0]
    assert image.shape[:2] == (648, 1152)
    assert image[100, 570] == pytest.approx((255, 0, 0), abs=30)
    assert image[100, 582] == pytest.approx((0, 255, 0), abs=30)


def test_the_logo_covers_a_corner_and_the_foot_only(still: Path, tmp_path: Path) -> None:
    image, before = (frames_of(path)[1][2].astype(int) for path in (treated("logo overlay", still, tmp_path), still))
    changed = np.abs(image - before).max(axis=2) > 40
    assert changed[650:].mean() > 0.9
    assert changed[40:100, 1070:1200].mean() > 0.9
    assert changed[120:640, :1000].mean() < 0.01


@pytest.mark.parametrize(("name", "speed"), [("speed +5 %", 1.05), ("speed -5 %", 0.95)])
def test_speed_moves_the_times_and_leaves_the_frames(name: str, speed: float, still: Path, tmp_path: Path) -> None:
    times, images = frames_of(treated(name, still, tmp_path))
    assert times == pytest.approx([n * 0.04 / speed for n in range(5)], abs=1e-3)
    assert len(images) == 5


def test_30_fps_made_from_24_repeats_frames(tmp_path: Path) -> None:
    size = (160, 120)
    clip = write_clip(tmp_path / "clock.mp4", 1.0, size, picture=brightness_clock(size))
    times, images = frames_of(treated("24 to 30 fps", clip, tmp_path))
    assert np.diff(times) == pytest.approx(np.full(len(times) - 1, 1 / 30), abs=1e-3)
    levels = np.array([image.mean() for image in images])
    repeated = np.diff(levels) < 1
    assert 0.1 < repeated.mean() < 0.35  # a fifth of the ticks, and what 25 to 24 fps adds
    assert levels[-1] - levels[0] > 80


def test_a_clip_without_picture_is_refused(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "sound.wav", 0.5, [Sound(tone(440), codec="pcm_s16le")])
    with pytest.raises(ValueError, match="no picture"):
        treated(REFERENCE, sound, tmp_path)
