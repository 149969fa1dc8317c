"""The real networks on drawn captions."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.captions.finder import TextArea, in_reading_order
from anchorproof.captions.reader import TextReader
from anchorproof.runtime import ModelStore
from anchorproof.settings import CaptionSettings
from tests.caption_samples import Drawn, channel_mark, draw, lower_third, studio


@pytest.fixture(scope="module")
def reader() -> TextReader:
    return TextReader(ModelStore(), CaptionSettings())


def test_chinese_and_latin_are_read_in_reading_order(reader: TextReader) -> None:
    image = draw(
        studio((960, 540)),
        channel_mark("海东卫视"),
        *lower_third("林晓峰", "新闻主播"),
        Drawn("Ada Example", 0.55, 0.76, 0.05, paper=(90, 10, 10)),
    )
    lines = reader.read(image)
    assert [line.text for line in lines] == ["海东卫视", "林晓峰", "Ada Example", "新闻主播"]
    assert min(line.confidence for line in lines) > 0.9
    assert lines[1].height_px == pytest.approx(1.4 * 0.05 * 540, rel=0.15)
    assert 0.05 * 960 < lines[1].box.x1 < 0.1 * 960


def test_a_picture_without_text_reads_as_nothing(reader: TextReader) -> None:
    assert reader.read(studio((640, 360))) == []
    assert reader.read(np.zeros((360, 640, 3), np.uint8)) == []


def test_the_tallest_lines_are_read_when_there_are_too_many() -> None:
    few = TextReader(ModelStore(), CaptionSettings(limit_lines=1))
    lines = few.read(draw(studio((960, 540)), *lower_third("林晓峰", "新闻主播")))
    assert [line.text for line in lines] == ["林晓峰"]


def test_a_tiny_picture_is_no_error(reader: TextReader) -> None:
    assert reader.read(np.full((3, 5, 3), 200, np.uint8)) == []


def area(x: float, y: float, width: float = 100, height: float = 20) -> TextArea:
    return TextArea(np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float32), 0.9)


def test_rows_go_from_left_to_right_though_one_stands_a_little_higher() -> None:
    right, left, below = area(300, 100), area(10, 105), area(10, 140)
    assert in_reading_order([below, right, left]) == [left, right, below]
