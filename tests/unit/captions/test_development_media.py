"""Lower thirds drawn on real footage of talking people, through the decoder and back."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from anchorproof.captions.captions import read_captions
from anchorproof.captions.keyframes import FrameChooser
from anchorproof.captions.matching import find_claims
from anchorproof.captions.reader import TextReader
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.runtime import ModelStore
from anchorproof.settings import CaptionSettings, MediaSettings
from anchorproof.types import CaptionRole, RosterEntry
from tests.caption_samples import channel_mark, draw, lower_third
from tests.media_samples import Image, VideoFormat, write_clip

DATA = Path(__file__).parents[4] / "shared" / "data"
SIZE = (1280, 720)
ROSTER = (RosterEntry("lin", ("林晓峰",), "海东卫视"), RosterEntry("harriet", ("Harriet Calloway",), "Northbay News"))

pytestmark = [
    pytest.mark.data,
    pytest.mark.skipif(not (DATA / "manifest.csv").exists(), reason="the development media are not at ../shared/data"),
]


def real_pictures(seconds: float) -> list[Image]:
    """Four a second of a bona fide clip of at least 480 lines, filling the size."""
    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as manifest:
        row = next(
            row
            for row in csv.DictReader(manifest)
            if row["label"] == "bonafide"
            and row["modality"] == "av"
            and int(row["height"] or 0) >= 480
            and int(row["width"] or 0) > int(row["height"] or 0)
            and float(row["duration_s"] or 0) >= seconds + 1
        )
    clip = DATA / row["path"]
    frames = sample_frames(clip, read_info(clip, MediaSettings()), MediaSettings())
    return [np.asarray(Pillow.fromarray(frame.image).resize(SIZE)) for frame in frames if frame.time_s < seconds]


@pytest.mark.parametrize(
    ("mark", "name", "role", "anchor_id", "outlet"),
    [
        ("海东卫视", "林晓峰", "新闻主播", "lin", "海东卫视"),
        ("NORTHBAY NEWS", "Harriet Calloway", "Evening News Anchor", "harriet", "Northbay News"),
    ],
)
def test_lower_third_and_mark_on_real_footage(
    tmp_path: Path, mark: str, name: str, role: str, anchor_id: str, outlet: str
) -> None:
    pictures = real_pictures(3.0)
    video = VideoFormat(options={"preset": "veryfast", "crf": "28"})
    clip = write_clip(
        tmp_path / "clip.mp4",
        3.0,
        SIZE,
        fps=4,
        picture=lambda time_s: draw(
            pictures[min(len(pictures) - 1, int(4 * time_s))], channel_mark(mark), *lower_third(name, role)
        ),
        video=video,
    )
    info = read_info(clip, MediaSettings())
    chooser = FrameChooser(6)
    for _ in chooser.watch(sample_frames(clip, info, MediaSettings())):
        pass
    screen = read_captions(chooser, TextReader(ModelStore(), CaptionSettings()), info.duration_s, CaptionSettings())
    anchors, outlets = find_claims(screen.captions, ROSTER)
    assert [claim.anchor_id for claim in anchors] == [anchor_id]
    assert [claim.outlet for claim in outlets] == [outlet]
    (third,) = [caption for caption in screen.captions if caption.text == name]
    assert third.role is CaptionRole.LOWER_THIRD
    assert third.span.duration_s == pytest.approx(3.0, abs=0.5)
