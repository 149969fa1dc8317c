"""Lower thirds on real video, asked of the service: laid over a genuine clip, and those that clips came with."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from anchorproof.client import Client
from anchorproof.jobs.tasks import LOAD
from anchorproof.media.frames import sample_bursts
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from anchorproof.types import CaptionRole, PictureClaims, Span
from tests.caption_samples import channel_mark, draw, lower_third
from tests.integration.conftest import Running, start_server
from tests.media_samples import Image, VideoFormat, write_clip

DATA = Path(__file__).parents[3] / "shared" / "data"
SIZE = (1280, 720)
FPS = 8
#: A clip of a talking woman without any graphics.
PLAIN = "x00073"

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "manifest.csv").exists(), reason="the development media are not at ../shared/data"),
]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with start_server(tmp_path_factory.mktemp("data"), load=LOAD) as running:
        yield running


def real_pictures(clip_id: str, span: Span, size: tuple[int, int] | None = None) -> list[Image]:
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        path = DATA / next(row["path"] for row in csv.DictReader(manifest) if row["id"] == clip_id)
    settings = MediaSettings(burst_frames_per_second=FPS)
    frames = sample_bursts(path, read_info(path, settings), settings, [span], settings.long_side_px)
    pictures = [Pillow.fromarray(frame.image) for frame in frames]
    even = size or tuple(side // 2 * 2 for side in pictures[0].size)
    return [np.asarray(picture.resize(even)) for picture in pictures]  # type: ignore[arg-type]


def claims_of(client: Client, clip: Path) -> PictureClaims:
    report = client.analyze(clip)
    assert report.claims is not None
    assert client.get_report(report.report_id).claims == report.claims
    return report.claims


def encoded(path: Path, pictures: list[Image]) -> Path:
    height, width, _ = pictures[0].shape
    video = VideoFormat(options={"preset": "veryfast", "crf": "26"})

    def picture(time_s: float) -> Image:
        return pictures[min(len(pictures) - 1, int(FPS * time_s + 0.5))]

    return write_clip(path, len(pictures) / FPS, (width, height), fps=FPS, picture=picture, video=video)


@pytest.mark.parametrize(
    ("name", "role", "mark", "outlet"),
    [
        ("林晓峰", "新闻主播", "海东卫视", "海东卫视"),
        ("Harriet Calloway", "Evening News Anchor", "NORTHBAY NEWS", "Northbay News"),
    ],
)
def test_a_lower_third_over_a_genuine_clip_claims_anchor_and_outlet_for_as_long_as_it_stands(
    client: Client, tmp_path: Path, name: str, role: str, mark: str, outlet: str
) -> None:
    anchor = client.create_anchor(name, outlet=outlet)
    pictures = real_pictures(PLAIN, Span(1.0, 5.0), SIZE)
    shown = [
        draw(picture, channel_mark(mark), *(lower_third(name, role) if FPS <= place < 3 * FPS else ()))
        for place, picture in enumerate(pictures)
    ]
    claims = claims_of(client, encoded(tmp_path / "clip.mp4", shown))
    (who,) = claims.anchors
    (whose,) = claims.outlets
    assert (who.anchor_id, who.name, who.text) == (anchor.anchor_id, name, name)
    assert (whose.outlet, whose.text) == (outlet, mark)
    assert who.spans[0].start_s == pytest.approx(1.0, abs=0.3)
    assert who.spans[-1].end_s == pytest.approx(3.0, abs=0.3)
    assert whose.spans[0].start_s == pytest.approx(0.0, abs=0.3)
    assert whose.spans[-1].end_s == pytest.approx(4.0, abs=0.4)
    client.delete_anchor(anchor.anchor_id)


@pytest.mark.parametrize(
    ("clip_id", "span", "name", "outlet", "found"),
    [
        # A museum's hall under a broadcaster's graphics; the mark is read with a dot.
        ("x00016", Span(1.0, 4.0), "Ada Example", "C-SPAN", "outlet"),
        # A news item inside a political advertisement.
        ("x00060", Span(58.5, 60.5), "Ada Example", "CBS News", "outlet"),
        # A channel's block of programmes, marked under an episode.
        ("x00034", Span(0.0, 2.5), "示例", "第1剧场", "outlet"),
        # The guest of an interview by name.
        ("x00027", Span(0.0, 2.5), "Sean Pablo", "Example Radio", "anchor"),
    ],
)
def test_lower_thirds_that_clips_came_with(
    client: Client, tmp_path: Path, clip_id: str, span: Span, name: str, outlet: str, found: str
) -> None:
    anchor = client.create_anchor(name, outlet=outlet)
    claims = claims_of(client, encoded(tmp_path / "clip.mp4", real_pictures(clip_id, span)))
    if found == "outlet":
        (whose,) = claims.outlets
        assert whose.outlet == outlet
        assert whose.spans[-1].end_s > whose.spans[0].start_s
        assert claims.anchors == ()
    else:
        (who,) = claims.anchors
        assert who.name == name
        assert who.spans[-1].end_s - who.spans[0].start_s > 1.5
        assert claims.outlets == ()
    client.delete_anchor(anchor.anchor_id)


def test_chinese_subtitles_are_read_as_they_change(client: Client, tmp_path: Path) -> None:
    claims = claims_of(client, encoded(tmp_path / "clip.mp4", real_pictures("x00012", Span(0.0, 2.5))))
    thirds = [caption for caption in claims.captions if caption.role is CaptionRole.LOWER_THIRD]
    assert [caption.text for caption in thirds] == ["大王若是聖明", "自然知道我張儀就是掉了腦袋"]
    assert thirds[0].span.end_s <= thirds[1].span.start_s + 0.3
