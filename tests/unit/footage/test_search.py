"""Clips of small programmes are found where they come from, whatever was done to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.footage.alignment import SAME_SOUND_SHARE, picture_trace
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import REFRAMINGS, ClipPictures
from anchorproof.footage.prints import PictureSeries, SoundPrint
from anchorproof.footage.search import search
from anchorproof.footage.stretches import ClipPrints, Stretch
from anchorproof.types import Image, Waveform
from tests.footage_samples import melody

ClipOf = Callable[..., ClipPrints]


def _only(found: list[Stretch], archive: ArchiveIndex, programme: str) -> Stretch:
    assert [archive.programme_ids[stretch.line.programme] for stretch in found] == [programme]
    return found[0]


def _joined(*clips: ClipPrints) -> ClipPrints:
    """Pictures of several clips, one after the other, mute."""
    images: list[Image] = []
    times: list[np.ndarray] = []  # type: ignore[type-arg]
    for clip in clips:
        assert clip.pictures is not None
        begin = times[-1][-1] + 0.25 if times else 0.0
        images += clip.pictures.images
        times.append(clip.pictures.times_s + begin)
    first = clips[0].pictures
    assert first is not None
    return ClipPrints(ClipPictures(np.concatenate(times).astype(np.float32), tuple(images), first.border))


def test_an_excerpt_is_found_at_its_time_with_its_sound(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    stretch = _only(search(clip_of(2, 7.3, 6.0), archive), archive, "programme-2")
    assert stretch.programme.start_s == pytest.approx(7.3, abs=0.3)
    assert stretch.clip.duration_s == pytest.approx(6.0, abs=0.3)
    assert stretch.picture is not None
    assert stretch.sound is not None
    assert np.median(stretch.picture.bits) < 20
    assert stretch.sound.share.mean() < 0.2


@pytest.mark.parametrize(
    "change",
    [
        lambda image: image[14:-14, 19:-19],
        lambda image: image[:, ::-1],
        lambda image: cv2.copyMakeBorder(image, 24, 24, 0, 0, cv2.BORDER_CONSTANT),
        lambda image: cv2.resize(image, (96, 72)),
    ],
    ids=["cropped by 20 %", "mirrored", "letterboxed", "scaled down"],
)
def test_a_reframed_excerpt_is_found(archive: ArchiveIndex, clip_of: ClipOf, change: Callable[[Image], Image]) -> None:
    stretch = _only(search(clip_of(1, 4.0, 5.0, change=change), archive), archive, "programme-1")
    assert stretch.picture is not None
    assert stretch.programme.start_s == pytest.approx(4.0, abs=0.5)


def test_a_mirror_is_told(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    mirrored = search(clip_of(1, 4.0, 5.0, change=lambda image: image[:, ::-1]), archive)[0]
    plain = search(clip_of(1, 4.0, 5.0), archive)[0]
    assert (mirrored.line.reframing.mirrored, plain.line.reframing.mirrored) == (True, False)


@pytest.mark.parametrize("speed", [0.95, 1.05])
def test_a_clip_at_another_speed_is_found_from_end_to_end(archive: ArchiveIndex, clip_of: ClipOf, speed: float) -> None:
    stretch = search(clip_of(3, 5.0, 10.0, speed=speed), archive)[0]
    assert stretch.programme.start_s == pytest.approx(5.0, abs=0.35)
    assert stretch.programme.end_s == pytest.approx(5.0 + 10.0 * speed, abs=0.35)


def test_another_sound_is_measured_as_different(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    found = search(clip_of(1, 3.0, 8.0, sound_seed=99), archive)
    stretch = _only(found, archive, "programme-1")
    assert stretch.sound is not None
    assert stretch.sound.share.mean() > 0.33


@pytest.mark.parametrize(
    "change",
    [
        lambda image: np.vstack(
            [image[: round(0.82 * len(image))], np.full_like(image[round(0.82 * len(image)) :], 60)]
        ),
        lambda image: cv2.rectangle(image.copy(), (150, 6), (185, 26), (200, 30, 30), -1),
        lambda image: image[10:-10, 14:-14],
    ],
    ids=["caption strip", "logo", "cropped by 15 %"],
)
def test_the_middle_of_the_picture_is_as_it_was_under_additions_and_crops(
    archive: ArchiveIndex, clip_of: ClipOf, change: Callable[[Image], Image]
) -> None:
    clip = clip_of(1, 4.0, 5.0, change=change)
    stretch = _only(search(clip, archive), archive, "programme-1")
    assert clip.pictures is not None
    bits = {
        reframing: np.median(best_bits(clip.pictures.hashes(reframing), archive, stretch, reframing.is_inner))
        for reframing in REFRAMINGS
    }
    best = min(bits, key=lambda reframing: bits[reframing])
    assert best.is_inner
    assert bits[best] <= 40


def best_bits(clip: PictureSeries, archive: ArchiveIndex, stretch: Stretch, is_inner: bool) -> NDArray[np.int16]:
    series = archive.fingerprint(stretch.line.programme).pictures.series(is_inner)
    return picture_trace(clip, series, stretch.line).bits


def test_a_faster_clip_still_has_its_own_sound(
    archive: ArchiveIndex, clip_of: ClipOf, chromaprint: Chromaprint
) -> None:
    faster = clip_of(3, 5.0, 10.0, speed=1.05)

    def stretch(speed: float) -> SoundPrint:
        played = Waveform(melody(3)(5.0 + 1.05 * np.arange(160_000) / 16_000).astype(np.float32), round(16_000 / speed))
        print_ = chromaprint.sound_print(played)
        return SoundPrint(print_.items, 0.0, print_.step_s / speed)

    found = search(replace(faster, sounds=faster.sounds, stretch=stretch), archive)[0]
    assert found.picture is not None
    assert found.sound is not None
    assert np.median(found.sound.share) <= SAME_SOUND_SHARE


def test_only_the_sound_is_found_under_another_picture(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    stretch = _only(search(clip_of(77, 3.0, 8.0, sound_seed=2), archive), archive, "programme-2")
    assert stretch.picture is None
    assert stretch.programme.start_s == pytest.approx(3.0, abs=1.0)


def test_a_hole_gives_two_stretches_of_one_programme(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    found = search(_joined(clip_of(1, 3.0, 5.0), clip_of(1, 12.0, 5.0)), archive)
    assert [archive.programme_ids[stretch.line.programme] for stretch in found] == ["programme-1"] * 2
    assert [stretch.programme.start_s for stretch in found] == pytest.approx([3.0, 12.0], abs=0.5)


def test_two_programmes_in_one_clip_are_both_found(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    found = search(_joined(clip_of(2, 3.0, 5.0), clip_of(3, 8.0, 5.0)), archive)
    assert [archive.programme_ids[stretch.line.programme] for stretch in found] == ["programme-2", "programme-3"]


def test_foreign_material_is_not_found(archive: ArchiveIndex, clip_of: ClipOf) -> None:
    assert search(clip_of(77, 0.0, 8.0, sound_seed=78), archive) == []


def test_a_clip_without_pictures_and_sound_is_not_found(archive: ArchiveIndex) -> None:
    assert search(ClipPrints(None), archive) == []


def test_an_empty_archive_finds_nothing(clip_of: ClipOf) -> None:
    assert search(clip_of(1, 0.0, 4.0), ArchiveIndex()) == []
