"""Whole clips' captions: read by the networks, followed over time, given a role."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anchorproof.captions.captions import Screen, _merged, read_captions
from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.labels import find_screen_labels
from anchorproof.captions.reader import TextReader
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import CaptionSettings, MediaSettings
from anchorproof.types import Box, Caption, CaptionRole, Span
from tests.caption_samples import Drawn, channel_mark, draw, lower_third, studio
from tests.media_samples import Image, Picture, VideoFormat, write_clip

SETTINGS = CaptionSettings()
SIZE = (854, 480)
BACKGROUND = studio((1000, 480))


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(ModelStore(), SETTINGS)


def moving(time_s: float) -> Image:
    shift = int(20 * time_s)
    return np.ascontiguousarray(BACKGROUND[:, shift : shift + SIZE[0]])


def screen_of(folder: Path, reader: TextReader, picture: Picture, seconds: float) -> Screen:
    video = VideoFormat(options={"preset": "ultrafast", "crf": "26"})
    clip = write_clip(folder / "clip.mp4", seconds, SIZE, fps=12, picture=picture, video=video)
    info = read_info(clip, MediaSettings())
    chooser = FrameChooser(SETTINGS.limit_frames)
    for _ in chooser.watch(sample_frames(clip, info, MediaSettings())):
        pass
    return read_captions(chooser, reader, info.duration_s, SETTINGS)


def test_lower_thirds_and_channel_mark_over_time(tmp_path: Path, reader: TextReader) -> None:
    def picture(time_s: float) -> Image:
        lines = [channel_mark("海东卫视")]
        if 1.0 <= time_s < 3.0:
            lines += lower_third("林晓峰", "新闻主播")
        elif time_s >= 3.5:
            lines += lower_third("Harriet Calloway", "Evening News Anchor")
        return draw(moving(time_s), *lines)

    screen = screen_of(tmp_path, reader, picture, 5.0)
    found = {caption.text: caption for caption in screen.captions}
    assert list(found) == ["海东卫视", "林晓峰", "新闻主播", "Harriet Calloway", "Evening News Anchor"]
    roles = [caption.role for caption in screen.captions]
    assert roles == [CaptionRole.CHANNEL_MARK] + 4 * [CaptionRole.LOWER_THIRD]
    for text, start_s, end_s in (("海东卫视", 0, 5), ("林晓峰", 1, 3), ("Harriet Calloway", 3.5, 5)):
        assert found[text].span.start_s == pytest.approx(start_s, abs=0.3)
        assert found[text].span.end_s == pytest.approx(end_s, abs=0.3)
    assert screen.size == SIZE
    assert screen.legibility is not None
    assert screen.legibility.doubt < 0.05
    assert screen.readings
    assert all(0 <= span.start_s < span.end_s <= 5.3 for span, _ in screen.readings)


def test_label_of_origin_at_the_start(tmp_path: Path, reader: TextReader) -> None:
    large, small = Drawn("内容由AI生成", 0.55, 0.06, 0.07), Drawn("AI-generated", 0.55, 0.3, 0.032)
    screen = screen_of(
        tmp_path, reader, lambda time_s: draw(moving(time_s), *((large, small) if time_s < 2.5 else ())), 3.5
    )
    labels = {label.text: label for label in find_screen_labels(screen.captions, screen.size)}
    assert set(labels) == {"内容由AI生成", "AI-generated"}
    assert labels["内容由AI生成"].problems == ()
    assert labels["内容由AI生成"].height_share == pytest.approx(0.07, rel=0.15)
    assert len(labels["AI-generated"].problems) == 1  # too small, and nothing else


def test_strokes_that_are_no_script_score_higher_than_print(tmp_path: Path, reader: TextReader) -> None:
    random = np.random.default_rng(5)

    def picture(time_s: float) -> Image:
        return draw(moving(time_s), *lower_third("Harriet Calloway", "Evening News Anchor"))

    def garbled(time_s: float) -> Image:
        image = picture(time_s)
        top, bottom = round(0.74 * SIZE[1]), round(0.9 * SIZE[1])
        band = image[top:bottom].copy()
        for column in range(60, 420, 9):  # slices of letters are turned over and moved
            band[:, column : column + 9] = band[::-1, column : column + 9]
            band[:, column : column + 9] = np.roll(band[:, column : column + 9], int(random.integers(-6, 7)), axis=0)
        image = image.copy()
        image[top:bottom] = band
        return image

    still = garbled(0.0)
    clear = screen_of(tmp_path, reader, picture, 1.0).legibility
    mangled = screen_of(tmp_path, reader, lambda _: still, 1.0).legibility
    assert clear is not None
    assert mangled is None or mangled.doubt > clear.doubt + 0.05


def test_a_clip_without_text_has_no_captions_and_no_legibility(tmp_path: Path, reader: TextReader) -> None:
    screen = screen_of(tmp_path, reader, moving, 1.0)
    assert (screen.captions, screen.legibility, screen.readings) == ((), None, ())
    assert screen.frames_read >= 1


def test_what_stands_at_a_place_all_the_while_is_read_by_its_surest_reading() -> None:
    whole = Caption("车卫视", Span(0, 4), Box(10, 10, 110, 40), 30, CaptionRole.OTHER, 0.8)
    moment = replace(whole, text="海东卫视", span=Span(1.25, 1.5), confidence=0.99)
    next_line = replace(whole, text="某某", span=Span(4.2, 5.0))
    merged = _merged([whole, moment, next_line])
    assert {(item.text, item.span) for item in merged} == {("海东卫视", Span(0, 4)), ("某某", Span(4.2, 5.0))}
