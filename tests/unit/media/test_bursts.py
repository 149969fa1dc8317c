"""Every picture inside a few spans, each with its own time."""

from __future__ import annotations

from pathlib import Path

import pytest

from anchorproof.errors import ClipTooComplex, ClipUnreadable
from anchorproof.media.frames import sample_bursts
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Span
from tests.media_samples import VideoFormat, brightness_clock, write_clip

SETTINGS = MediaSettings()
INFO = ClipInfo("0" * 64, 1, "mp4", 3.0, None, None)


def times(clip: Path, spans: list[Span], long_side_px: int = 160, settings: MediaSettings = SETTINGS) -> list[float]:
    frames = list(sample_bursts(clip, INFO, settings, spans, long_side_px))
    assert all(max(frame.image.shape) <= long_side_px for frame in frames)
    return [frame.time_s for frame in frames]


def test_every_picture_of_the_spans_and_no_other(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 3.0, picture=brightness_clock((160, 120)))
    found = times(clip, [Span(0.4, 0.8), Span(2.0, 2.6)])
    assert found == pytest.approx([*(number / 25 for number in range(10, 20)), *(n / 25 for n in range(50, 65))])


def test_pictures_at_thirty_a_second_are_all_there(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 2.0, fps=30)
    assert len(times(clip, [Span(0.5, 1.5)])) == 30


def test_of_sixty_a_second_about_half(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 2.0, fps=60)
    assert 28 <= len(times(clip, [Span(0.0, 1.0)])) <= 36


def test_uneven_times_are_kept_as_they_are(tmp_path: Path) -> None:
    uneven = (0.0, 0.1, 0.2, 0.33, 0.5, 0.62, 0.8, 0.9)
    clip = write_clip(tmp_path / "a.mp4", 1.0, video=VideoFormat(times_s=uneven))
    assert times(clip, [Span(0.15, 0.7)]) == pytest.approx([0.2, 0.33, 0.5, 0.62], abs=1e-3)


def test_scale_leads_back_to_the_source(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 1.0, size=(320, 240))
    (first, *_) = sample_bursts(clip, INFO, SETTINGS, [Span(0.0, 0.5)], 160)
    assert first.image.shape == (120, 160, 3)
    assert first.scale == pytest.approx(2.0)


def test_spans_without_a_picture_are_an_error_not_an_empty_answer(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 1.0)
    with pytest.raises(ClipUnreadable):
        times(clip, [Span(5.0, 6.0)])


def test_the_childs_budget_holds_for_bursts(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 2.0)
    with pytest.raises(ClipTooComplex):
        times(clip, [Span(1.5, 2.0)], settings=MediaSettings(limit_decoded_frames=20))


@pytest.mark.parametrize(("spans", "long_side_px"), [([], 160), ([Span(0, 1)], 0), ([Span(0, 1)], 5000)])
def test_no_spans_and_sizes_over_the_settings_are_programming_mistakes(
    tmp_path: Path, spans: list[Span], long_side_px: int
) -> None:
    with pytest.raises(ValueError, match="needed"):
        times(tmp_path / "a.mp4", spans, long_side_px)
