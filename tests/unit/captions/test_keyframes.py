from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.standing import standing_span
from anchorproof.types import Box, Frame, Span
from tests.caption_samples import Drawn, draw, studio
from tests.media_samples import Image

SIZE = (640, 360)
BACKGROUND = studio(SIZE)
LINE = Drawn("Evening News Anchor", 0.1, 0.8, 0.06, paper=(10, 30, 90))
BOX = Box(56, 276, 330, 318)


def watched(picture: Callable[[float], Image], seconds: float, limit: int = 6, step_s: float = 0.25) -> FrameChooser:
    chooser = FrameChooser(limit)
    times = np.arange(0, seconds, step_s)
    passed = list(chooser.watch(Frame(float(time_s), picture(float(time_s))) for time_s in times))
    assert len(passed) == len(times)
    return chooser


def times_of(frames: Sequence[Frame]) -> list[float]:
    return [frame.time_s for frame in frames]


def captioned(start_s: float, end_s: float) -> Callable[[float], Image]:
    with_line = draw(BACKGROUND, LINE)
    return lambda time_s: with_line if start_s <= time_s < end_s else BACKGROUND


def test_a_clip_in_which_nothing_changes_is_read_once() -> None:
    assert times_of(watched(lambda _: BACKGROUND, 5.0).chosen()) == [0.5]


def test_a_caption_that_appears_is_a_reason_to_read_again() -> None:
    chosen = times_of(watched(captioned(2.0, 4.0), 6.0).chosen())
    assert chosen[0] == 0.5
    assert any(2.0 <= time_s < 4.0 for time_s in chosen[1:])
    assert len(chosen) == 2


def test_never_more_pictures_than_allowed() -> None:
    scenes = [draw(studio(SIZE, seed), Drawn("x" * seed, 0.1, 0.1 + 0.03 * seed, 0.08)) for seed in range(1, 20)]
    chooser = watched(lambda time_s: scenes[int(time_s)], 19.0, limit=4)
    assert len(chooser.chosen()) == 4


def test_a_still_is_read() -> None:
    assert times_of(watched(lambda _: BACKGROUND, 0.1).chosen()) == [0.0]


def test_reading_can_be_switched_off() -> None:
    chooser = watched(captioned(1.0, 2.0), 3.0, limit=0)
    assert chooser.chosen() == []
    assert chooser.copies == []


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, 6.0), (2.0, 4.0), (5.0, 6.0)])
def test_a_caption_stands_from_its_first_to_its_last_picture(start_s: float, end_s: float) -> None:
    chooser = watched(captioned(start_s, end_s), 6.0)
    seen_s = next(copy.time_s for copy in chooser.copies if start_s <= copy.time_s < end_s)
    assert standing_span(BOX, seen_s, chooser.copies) == Span(start_s, end_s)


def test_a_caption_stands_though_the_picture_behind_it_moves_and_light_changes() -> None:
    def picture(time_s: float) -> Image:
        moved = np.roll(BACKGROUND, int(40 * time_s), axis=1).astype(np.int16) + int(10 * np.sin(time_s))
        return (
            draw(np.clip(moved, 0, 255).astype(np.uint8), LINE) if time_s < 4 else moved.clip(0, 255).astype(np.uint8)
        )

    assert standing_span(BOX, 1.0, watched(picture, 6.0).copies) == Span(0.0, 4.0)


def test_another_text_at_the_same_place_ends_it() -> None:
    one, other = (
        draw(BACKGROUND, LINE),
        draw(BACKGROUND, Drawn("Weather from Geneva", 0.1, 0.8, 0.06, paper=(10, 30, 90))),
    )
    chooser = watched(lambda time_s: one if time_s < 3 else other, 6.0)
    assert standing_span(BOX, 1.0, chooser.copies) == Span(0.0, 3.0)
