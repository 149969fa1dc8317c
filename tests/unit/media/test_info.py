"""What read_info says of media that the tests make."""

from __future__ import annotations

import hashlib
import os
import struct
import time
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from anchorproof.errors import (
    ClipEmpty,
    ClipTooComplex,
    ClipTooLarge,
    ClipTooLong,
    ClipUnreadable,
    NothingToAnalyse,
    PictureTooLarge,
)
from anchorproof.media.info import read_info
from anchorproof.settings import MediaSettings
from tests.media_samples import Track, VideoFormat, plain, tone, write_clip, write_sound, write_still

SETTINGS = MediaSettings()


def test_picture_and_sound_are_described(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", seconds=1.2, size=(160, 120), fps=25, sound=tone(440))
    info = read_info(clip, SETTINGS)
    assert info.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    assert info.size_bytes == clip.stat().st_size
    assert info.duration_s == pytest.approx(1.2, abs=0.05)
    assert info.video is not None
    assert (info.video.codec, info.video.width, info.video.height) == ("h264", 160, 120)
    assert info.video.frames_per_second == pytest.approx(25, rel=0.01)
    assert (info.video.rotation_deg, info.video.is_interlaced, info.video.bit_depth) == (0, False, 8)
    assert info.audio is not None
    assert (info.audio.codec, info.audio.sample_rate_hz, info.audio.channels, info.audio.tracks) == ("aac", 48000, 1, 1)
    assert info.warnings == ()


@pytest.mark.parametrize("ending", ["mkv", "mov", "avi", "ts", "mpg", "flv", "webm"])
def test_containers_of_moving_pictures_are_read(tmp_path: Path, ending: str) -> None:
    codecs = {"mpg": ("mpeg2video", "mp2"), "webm": ("libvpx", "libopus"), "flv": ("libx264", "aac")}
    video, audio = codecs.get(ending, ("libx264", "aac"))
    options = {"deadline": "realtime", "cpu-used": "8"} if video == "libvpx" else {}
    clip = write_clip(
        tmp_path / f"a.{ending}",
        seconds=1.2,
        video=VideoFormat(codec=video, options=options),
        tracks=[Track(tone(440), codec=audio)],
    )
    info = read_info(clip.rename(tmp_path / "without_ending"), SETTINGS)
    assert info.duration_s == pytest.approx(1.2, abs=0.12)
    assert info.video is not None
    assert info.audio is not None


@pytest.mark.parametrize(
    ("ending", "codec", "container"),
    [
        ("mp3", "libmp3lame", "mp3"),
        ("wav", "pcm_s16le", "wav"),
        ("flac", "flac", "flac"),
        ("ogg", "libopus", "ogg"),
        ("aac", "aac", "aac"),
        ("m4a", "aac", "mov,mp4,m4a,3gp,3g2,mj2"),
    ],
)
def test_sound_alone_is_enough(tmp_path: Path, ending: str, codec: str, container: str) -> None:
    muxer = {"aac": "adts", "m4a": "ipod"}.get(ending)
    clip = write_sound(tmp_path / f"a.{ending}", 2.0, [Track(tone(440), codec=codec)], muxer)
    info = read_info(clip, SETTINGS)
    assert info.container == container
    assert info.video is None
    assert info.audio is not None
    assert info.duration_s == pytest.approx(2.0, abs=0.1)


@pytest.mark.parametrize("codec", ["png", "mjpeg", "libwebp"])
def test_a_still_has_no_duration_and_no_rate(tmp_path: Path, codec: str) -> None:
    still = write_still(tmp_path / "a", plain((96, 64), (200, 100, 50))(0.0), codec)
    info = read_info(still, SETTINGS)
    assert info.duration_s == 0
    assert info.audio is None
    assert info.video is not None
    assert (info.video.width, info.video.height, info.video.frames_per_second) == (96, 64, None)


def test_size_is_as_displayed(tmp_path: Path) -> None:
    video = VideoFormat(rotation_deg=-90, pixel_aspect=Fraction(4, 3))
    info = read_info(write_clip(tmp_path / "a.mp4", 0.4, (120, 80), video=video), SETTINGS)
    assert info.video is not None
    assert (info.video.width, info.video.height) == (80, 160)
    assert info.video.rotation_deg == 90


def test_ten_bits_and_fields_are_told(tmp_path: Path) -> None:
    deep = write_clip(tmp_path / "a.mkv", 0.4, video=VideoFormat(pixel_format="yuv420p10le"))
    fields = write_clip(tmp_path / "b.mp4", 0.4, video=VideoFormat(options={"x264-params": "interlaced=1"}))
    deep_info, fields_info = read_info(deep, SETTINGS).video, read_info(fields, SETTINGS).video
    assert deep_info is not None
    assert fields_info is not None
    assert (deep_info.bit_depth, deep_info.is_interlaced) == (10, False)
    assert (fields_info.bit_depth, fields_info.is_interlaced) == (8, True)


@pytest.mark.parametrize(("fuller_is_default", "channels"), [(True, 2), (False, 1)])
def test_the_default_track_is_taken_then_the_fullest(tmp_path: Path, fuller_is_default: bool, channels: int) -> None:
    tracks = [Track(tone(300)), Track(tone(600), channels=2, is_default=fuller_is_default)]
    info = read_info(write_clip(tmp_path / "a.mp4", tracks=tracks), SETTINGS)
    assert info.audio is not None
    assert (info.audio.tracks, info.audio.channels) == (2, channels)


# --------------------------------------------------------------------------- refused


def test_no_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").touch()
    with pytest.raises(ClipEmpty):
        read_info(tmp_path / "a.mp4", SETTINGS)


def test_too_many_bytes(tmp_path: Path) -> None:
    (tmp_path / "a.mp4").write_bytes(b"x" * 101)
    with pytest.raises(ClipTooLarge, match="100 bytes"):
        read_info(tmp_path / "a.mp4", replace(SETTINGS, limit_bytes=100))


@pytest.mark.parametrize("content", [b"good evening, here is the news\n" * 200, b"\0" * 4096, os.urandom(8)])
def test_what_is_not_media(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(ClipUnreadable, match="not a media format"):
        read_info(tmp_path / "a.mp4", SETTINGS)


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mp4")
    with pytest.raises(ClipUnreadable, match="regular file"):
        read_info(tmp_path / "a.mp4", SETTINGS)


def test_a_script_of_other_files_opens_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_clip(tmp_path / "sibling.mp4", 0.4)
    monkeypatch.chdir(tmp_path)
    for name, text in {
        "a.mp4": "ffconcat version 1.0\nfile sibling.mp4\n",
        "b.mp4": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsibling.mp4\n#EXT-X-ENDLIST\n",
        "c.mp4": f"v=0\nc=IN IP4 127.0.0.1\na=control:file://{tmp_path}/sibling.mp4\nm=video 9 RTP/AVP 96\n",
    }.items():
        (tmp_path / name).write_text(text)
        if name == "a.mp4":  # the trick is a real one: libavformat left to itself reads the sibling
            with av.open("a.mp4") as naive:
                assert naive.streams.video[0].codec_context.width == 160
        with pytest.raises(ClipUnreadable):
            read_info(tmp_path / name, SETTINGS)


def test_an_mp4_without_its_index_says_so(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "a.mp4", sound=tone(440)).read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: whole.index(b"moov") - 4])
    with pytest.raises(ClipUnreadable, match="index"):
        read_info(tmp_path / "b.mp4", SETTINGS)


def test_a_lost_tail_is_a_warning(tmp_path: Path) -> None:
    options = {"movflags": "faststart"}
    whole = write_clip(tmp_path / "a.mp4", 4.0, sound=tone(440), container_options=options).read_bytes()
    (tmp_path / "b.mp4").write_bytes(whole[: len(whole) // 2])
    info = read_info(tmp_path / "b.mp4", SETTINGS)
    assert 0.5 < info.duration_s < 3.5
    assert len(info.warnings) == 1
    assert "its header says 4.0 s" in info.warnings[0]


def test_too_long_by_its_header_is_refused_at_once(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 0.4)
    content = bytearray(clip.read_bytes())
    at = content.index(b"\x44\x89\x88") + 3  # Duration, eight bytes: a float in milliseconds (RFC 9559)
    content[at : at + 8] = struct.pack(">d", 36_000_000.0)
    clip.write_bytes(content)
    begun = time.monotonic()
    with pytest.raises(ClipTooLong, match=r"36000\.0 s"):
        read_info(clip, SETTINGS)
    assert time.monotonic() - begun < 5


def test_too_long_by_its_timestamps(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.ts", video=VideoFormat(times_s=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]))
    with pytest.raises(ClipTooLong):
        read_info(clip, replace(SETTINGS, limit_duration_s=2.5))


def test_too_many_streams(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 0.4, tracks=[Track(tone(100 * n)) for n in (3, 4, 5)])
    with pytest.raises(ClipTooComplex, match="4 streams"):
        read_info(clip, replace(SETTINGS, limit_streams=3))


def test_too_many_packets(tmp_path: Path) -> None:
    with pytest.raises(ClipTooComplex, match="packets"):
        read_info(write_clip(tmp_path / "a.mp4"), replace(SETTINGS, limit_decoded_frames=20))


@pytest.mark.parametrize("codec", ["png", "mjpeg", "libwebp", "libx264"])
def test_too_many_pixels(tmp_path: Path, codec: str) -> None:
    settings = replace(SETTINGS, limit_pixels=100 * 100)
    clip = tmp_path / "a.mp4"
    if codec == "libx264":
        write_clip(clip, 0.2, (200, 160))
    else:
        write_still(clip, np.zeros((160, 200, 3), np.uint8), codec)
    with pytest.raises(PictureTooLarge, match="200 x 160"):
        read_info(clip, settings)


def test_a_bomb_of_8192_by_8192_stays_small(tmp_path: Path) -> None:
    bomb = tmp_path / "a.png"
    bomb.write_bytes(black_png(8192, 8192))
    assert bomb.stat().st_size < 50_000
    with pytest.raises(PictureTooLarge, match="8192 x 8192"):
        read_info(bomb, replace(SETTINGS, limit_memory_bytes=400 * 1024**2))


def test_a_codec_without_a_decoder_is_nothing_to_analyse(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 0.4)
    clip.write_bytes(clip.read_bytes().replace(b"avc1", b"zzzz"))
    with pytest.raises(NothingToAnalyse):
        read_info(clip, SETTINGS)


def black_png(width: int, height: int) -> bytes:
    """One bit per pixel, so that the file is small and made at once (RFC 2083)."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(bytes(height * (1 + width // 8)), 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
