"""What is heard, and when."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import ClipTooLong, ClipUnreadable
from anchorproof.media.audio import read_audio
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Span, Waveform
from tests.media_samples import Track, VideoFormat, click_at, tone, write_clip, write_sound

SETTINGS = MediaSettings()
PCM = "pcm_s16le"


def info_of(duration_s: float) -> ClipInfo:
    """Reading sound needs the duration only, for its budget."""
    return ClipInfo("0" * 64, 1, "mp4", duration_s, None, None)


def sound_of(clip: Path, settings: MediaSettings = SETTINGS) -> Waveform:
    return read_audio(clip, info_of(2.0), settings)


def pitch_hz(waveform: Waveform) -> float:
    spectrum = np.abs(np.fft.rfft(waveform.samples * np.hanning(len(waveform.samples))))
    return float(spectrum.argmax() * waveform.sample_rate_hz / len(waveform.samples))


def loudest_s(waveform: Waveform) -> float:
    loud = np.flatnonzero(np.abs(waveform.samples) > 0.3)
    return float(waveform.start_s + loud[0] / waveform.sample_rate_hz)


@pytest.mark.parametrize(
    ("ending", "codec", "rate", "channels"),
    [("wav", PCM, 44_100, 2), ("flac", "flac", 48_000, 1), ("mka", "pcm_f32le", 8_000, 6), ("m4a", "aac", 48_000, 2)],
)
def test_a_tone_arrives_mono_at_16_khz(tmp_path: Path, ending: str, codec: str, rate: int, channels: int) -> None:
    track = Track(tone(1000, 0.5), codec=codec, sample_rate_hz=rate, channels=channels)
    muxer = {"mka": "matroska", "m4a": "ipod"}.get(ending)
    waveform = sound_of(write_sound(tmp_path / f"a.{ending}", 2.0, [track], muxer))
    assert waveform.sample_rate_hz == 16_000
    assert waveform.samples.dtype == np.float32
    assert waveform.duration_s == pytest.approx(2.0, abs=0.05)
    assert pitch_hz(waveform) == pytest.approx(1000, abs=1.5)
    middle = waveform.cut(Span(0.5, 1.5)).samples
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


@pytest.mark.parametrize("ending", ["mp4", "mkv", "ts"])
def test_a_click_lands_where_it_was(tmp_path: Path, ending: str) -> None:
    clip = write_clip(tmp_path / f"a.{ending}", 2.0, sound=click_at(1.2))
    assert loudest_s(sound_of(clip)) == pytest.approx(1.2, abs=0.03)


def test_late_sound_starts_late(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mkv", 2.0, tracks=[Track(click_at(0.5), start_s=0.8, codec=PCM)])
    waveform = sound_of(clip)
    assert waveform.start_s == pytest.approx(0.8, abs=0.03)
    assert loudest_s(waveform) == pytest.approx(1.3, abs=0.02)


def test_late_picture_does_not_move_the_sound(tmp_path: Path) -> None:
    late = VideoFormat(times_s=[0.6 + n / 25 for n in range(20)])
    waveform = sound_of(write_clip(tmp_path / "a.mkv", 1.5, video=late, tracks=[Track(click_at(1.0), codec=PCM)]))
    assert waveform.start_s == pytest.approx(0.0, abs=0.01)
    assert loudest_s(waveform) == pytest.approx(1.0, abs=0.02)


def test_a_hole_becomes_silence(tmp_path: Path) -> None:
    track = Track(tone(440), codec=PCM, holes_s=[(0.5, 1.0)])
    waveform = sound_of(write_clip(tmp_path / "a.mkv", 2.0, tracks=[track]))
    assert waveform.duration_s == pytest.approx(2.0, abs=0.03)
    assert np.abs(waveform.cut(Span(0.56, 0.96)).samples).max() < 1e-3
    for loud in (Span(0.1, 0.45), Span(1.1, 1.9)):
        assert np.abs(waveform.cut(loud).samples).max() > 0.4


def test_a_spliced_transport_stream_goes_on(tmp_path: Path) -> None:
    one = write_clip(tmp_path / "a.ts", 2.0, sound=tone(440)).read_bytes()
    (tmp_path / "b.ts").write_bytes(one + one)
    waveform = sound_of(tmp_path / "b.ts")
    assert waveform.duration_s == pytest.approx(4.0, abs=0.15)
    assert np.abs(waveform.cut(Span(2.3, 3.7)).samples).max() > 0.4


def test_the_default_track_is_heard(tmp_path: Path) -> None:
    tracks = [Track(tone(300), is_default=False), Track(tone(900))]
    assert pitch_hz(sound_of(write_clip(tmp_path / "a.mkv", tracks=tracks))) == pytest.approx(900, abs=3)


def test_over_full_scale_is_clipped(tmp_path: Path) -> None:
    track = Track(tone(440, 3.0), codec="pcm_f32le")
    samples = sound_of(write_sound(tmp_path / "a.mkv", 0.5, [track])).samples
    assert np.abs(samples).max() == 1.0


def test_a_muted_clip_has_no_sound(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "a.mp4", 0.4)
    with pytest.raises(ClipUnreadable, match="no sound"):
        sound_of(clip)


def test_too_much_sound_is_caught_while_decoding(tmp_path: Path) -> None:
    clip = write_sound(tmp_path / "a.wav", 3.0, [Track(tone(440), codec=PCM)])
    with pytest.raises(ClipTooLong):
        sound_of(clip, replace(SETTINGS, limit_duration_s=2.0))
