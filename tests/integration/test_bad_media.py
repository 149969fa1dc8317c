"""Hostile and broken media: each has its reason, leaves nothing behind, and the server goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from anchorproof.client import Client, ServiceError
from tests.integration.conftest import LIMIT_BYTES, Running
from tests.media_samples import VideoFormat, tone, write_clip, write_still

GOOD_NAME = "good.mp4"


@dataclass(frozen=True)
class Bad:
    """One kind of bad media and the reason it is answered with."""

    name: str
    make: Callable[[Path], object]
    reason: str


def _empty(path: Path) -> None:
    path.touch()


def _text(path: Path) -> None:
    path.write_text("this is no media\n" * 100)


def _ffconcat(path: Path) -> None:
    """A list that names a sibling which does decode: a demuxer that follows it gives a report."""
    write_clip(path.with_name("sibling.mp4"), 0.5)
    path.write_text(f"ffconcat version 1.0\nfile '{path.with_name('sibling.mp4')}'\n")


def _hls(path: Path) -> None:
    write_clip(path.with_name("sibling.mp4"), 0.5)
    sibling = path.with_name("sibling.mp4")
    path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://{sibling}\n#EXT-X-ENDLIST\n")


def _truncated(path: Path) -> None:
    """The index of an MP4 stands at its end."""
    whole = write_clip(path.with_name("whole.mp4"), 2.0, sound=tone(440)).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])


def _huge_picture(path: Path) -> None:
    write_still(path, np.zeros((8192, 8192, 3), np.uint8), codec="mjpeg")


def _too_long(path: Path) -> None:
    write_clip(path, 6.0, size=(32, 32), fps=5, video=VideoFormat(options={"preset": "ultrafast"}))


def _too_large(path: Path) -> None:
    path.write_bytes(b"\0" * (LIMIT_BYTES + 1))


BAD = [
    Bad("empty", _empty, "CLIP_EMPTY"),
    Bad("text", _text, "CLIP_UNREADABLE"),
    Bad("ffconcat", _ffconcat, "CLIP_UNREADABLE"),
    Bad("hls", _hls, "CLIP_UNREADABLE"),
    Bad("truncated", _truncated, "CLIP_UNREADABLE"),
    Bad("huge-picture", _huge_picture, "PICTURE_TOO_LARGE"),
    Bad("too-long", _too_long, "CLIP_TOO_LONG"),
    Bad("too-large", _too_large, "CLIP_TOO_LARGE"),
]


@pytest.fixture(scope="module", params=BAD, ids=lambda bad: bad.name)
def bad(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    kind: Bad = request.param
    path = tmp_path_factory.mktemp("media") / f"{kind.name}.mp4"
    kind.make(path)
    return path, kind.reason


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("media") / GOOD_NAME, 0.5, sound=tone(440))


def test_bad_clip_is_refused_with_its_reason_and_the_server_goes_on(
    server: Running, client: Client, bad: tuple[Path, str], good: Path
) -> None:
    path, reason = bad
    with pytest.raises(ServiceError) as caught:
        client.analyze(path)
    assert (caught.value.reason, caught.value.code) == (reason, "INVALID_ARGUMENT")
    assert str(server.settings.data_dir) not in caught.value.message
    assert server.spooled == []
    assert client.analyze(good).clip_name == GOOD_NAME


def test_bad_media_cannot_be_enrolled(server: Running, client: Client, bad: tuple[Path, str]) -> None:
    path, reason = bad
    anchor = client.create_anchor(f"For {path.name}")
    with pytest.raises(ServiceError) as caught:
        client.enrol(anchor.anchor_id, path)
    assert caught.value.reason == reason
    assert list(client.enrolments(anchor.anchor_id)) == []
    assert server.spooled == []
