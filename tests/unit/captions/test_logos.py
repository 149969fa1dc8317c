"""Outlets' logos found again: smaller, larger, half transparent, after H.264, and not where they are not."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np
import pytest

from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.logos import check_logo, find_logos, look_for
from anchorproof.errors import LogoUnfit
from anchorproof.settings import CaptionSettings
from anchorproof.types import Frame, LogoPicture
from tests.caption_samples import studio
from tests.logo_samples import Rgba, kite, laid, waves

LEAST = CaptionSettings().least_logo_score
SIZE = (854, 480)


LOGOS = tuple(
    LogoPicture(name, outlet, check_logo(picture))
    for name, outlet, picture in (("k", "Kite TV", kite()), ("w", "Wave News", waves()))
)


def clip_of(logo: Rgba | None, height: int = 50, opacity: float = 1.0, crf: int = 26, count: int = 8) -> FrameChooser:
    """A moving studio, encoded and decoded, as the chooser saw it."""
    background = studio((1000, 480))
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        video = container.add_stream("libx264", rate=4, options={"crf": str(crf), "preset": "veryfast"})
        video.width, video.height, video.pix_fmt = *SIZE, "yuv420p"
        for number in range(count):
            picture = np.ascontiguousarray(background[:, 12 * number : 12 * number + SIZE[0]])
            if logo is not None:
                picture = laid(picture, logo, height, (SIZE[0] - 260, 24), opacity)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 4)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
    file.seek(0)
    chooser = FrameChooser(6)
    with av.open(file, "r") as decoded:
        frames = (
            Frame(float(frame.time or 0), np.asarray(frame.to_ndarray(format="rgb24"), np.uint8), 1.0, False)
            for frame in decoded.decode(video=0)
        )
        for _ in chooser.watch(frames):
            pass
    return chooser


@pytest.mark.parametrize(("height", "opacity", "crf"), [(44, 1.0, 26), (50, 1.0, 35), (100, 1.0, 30), (64, 0.5, 30)])
@pytest.mark.parametrize("place", [0, 1])
def test_a_logo_is_found_at_other_sizes_half_transparent_and_after_compression(
    place: int, height: int, opacity: float, crf: int
) -> None:
    logo = LOGOS[place]
    chooser = clip_of(logo.picture, height, opacity, crf)
    (claim,) = find_logos(chooser.chosen(), chooser.copies, LOGOS, LEAST)
    assert (claim.outlet, claim.logo_id, claim.text) == (logo.outlet, logo.logo_id, "")
    assert claim.box is not None
    assert claim.box.height == pytest.approx(height, rel=0.1)
    assert claim.box.x1 == pytest.approx(SIZE[0] - 260, abs=5)
    assert claim.box.y1 == pytest.approx(24, abs=5)
    assert claim.spans[0].start_s == 0
    assert claim.spans[-1].end_s == pytest.approx(2.0, abs=0.3)


def test_where_there_is_none_none_is_found() -> None:
    chooser = clip_of(None)
    assert find_logos(chooser.chosen(), chooser.copies, LOGOS, LEAST) == []
    # Another outlet's logo is not taken for this one's.
    chooser = clip_of(LOGOS[0].picture)
    scores = {found.logo.logo_id: found.score for found in look_for(chooser.chosen(), LOGOS)}
    assert scores["k"] > LEAST > scores["w"]


def test_nothing_to_look_at_or_for_finds_nothing() -> None:
    chooser = clip_of(None, count=2)
    assert find_logos([], [], LOGOS, LEAST) == []
    assert find_logos(chooser.chosen(), chooser.copies, (), LEAST) == []


def test_what_is_transparent_around_a_logo_is_cut_away() -> None:
    assert check_logo(kite()).shape == (181, 381, 4)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((50, 50, 4), np.uint8), "transparent"),
        (np.full((12, 40, 4), 255, np.uint8), "12 pixels"),
        (np.full((30, 500, 4), 255, np.uint8), "times as long"),
        (np.full((200, 200, 4), 255, np.uint8), "few edges"),
    ],
)
def test_a_picture_that_could_not_be_found_again_is_refused_with_what_to_do(picture: Rgba, words: str) -> None:
    with pytest.raises(LogoUnfit, match=words):
        check_logo(picture)
