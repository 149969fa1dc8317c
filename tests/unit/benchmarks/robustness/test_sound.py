"""Each sound rung does what its name says, and not more."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.robustness.rungs import REFERENCE, SOUND
from benchmarks.robustness.sound import RATE_HZ, read_sound
from tests.media_samples import Track, tone, write_clip, write_sound

RUNGS = {rung.name: rung for rung in SOUND}
SECONDS = 2.0


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tone of 1 kHz and a weaker one of 6 kHz."""

    def wave(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return tone(1_000, 0.3)(times) + tone(6_000, 0.1)(times)

    folder = tmp_path_factory.mktemp("sound")
    return write_sound(folder / "tones.wav", SECONDS, [Track(wave, codec="pcm_s16le", sample_rate_hz=16_000)])


def treated(name: str, clip: Path, folder: Path, seconds: float = 0.0) -> Path:
    return RUNGS[name].make(clip, folder, seconds)


def level_at(path: Path, frequency_hz: float) -> float:
    """Amplitude of a tone in the file."""
    samples = read_sound(path, 0.0)
    times = np.arange(len(samples)) / RATE_HZ
    return float(2 * np.abs(np.mean(samples * np.exp(-2j * np.pi * frequency_hz * times))))


def codec_of(path: Path) -> tuple[str, int]:
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        return stream.codec_context.name, stream.codec_context.sample_rate


def test_the_reference_keeps_the_sound_and_its_first_seconds(clip: Path, tmp_path: Path) -> None:
    samples = read_sound(treated(REFERENCE, clip, tmp_path, 0.5), 0.0)
    assert len(samples) == RATE_HZ // 2
    whole = read_sound(clip, 0.0)[: len(samples)]
    assert np.abs(samples - whole)[100:-100].max() < 1e-3


@pytest.mark.parametrize(
    ("name", "codec"), [("AAC 64 kbit/s", "aac"), ("AAC 32 kbit/s", "aac"), ("Opus 16 kbit/s", "opus")]
)
def test_a_codec_rung_is_coded_and_keeps_the_voice_band(name: str, codec: str, clip: Path, tmp_path: Path) -> None:
    out = treated(name, clip, tmp_path)
    assert codec_of(out)[0] == codec
    assert level_at(out, 1_000) == pytest.approx(0.3, rel=0.15)


def test_fewer_bits_make_a_smaller_file(tmp_path: Path) -> None:
    hiss = np.random.default_rng(0)
    noisy = write_sound(tmp_path / "n.wav", 3, [Track(lambda t: 0.2 * hiss.standard_normal(len(t)), codec="pcm_s16le")])
    sizes = []
    for name in ("AAC 64 kbit/s", "AAC 32 kbit/s", "Opus 16 kbit/s"):
        folder = tmp_path / name.replace("/", " ")
        folder.mkdir()
        sizes.append(treated(name, noisy, folder).stat().st_size)
    assert sizes[0] > 1.3 * sizes[1] > 1.3 * sizes[2]


def test_the_telephone_loses_what_is_above_its_band(clip: Path, tmp_path: Path) -> None:
    out = treated("telephone 8 kHz", clip, tmp_path)
    assert codec_of(out) == ("pcm_mulaw", 8_000)
    assert level_at(out, 1_000) == pytest.approx(0.3, rel=0.15)
    assert level_at(out, 6_000) < 0.002


@pytest.mark.parametrize(("name", "level_db"), [("noise 20 dB", 20), ("noise 10 dB", 10)])
def test_noise_is_as_far_below_the_sound_as_named(name: str, level_db: float, clip: Path, tmp_path: Path) -> None:
    out, before = read_sound(treated(name, clip, tmp_path), 0.0), read_sound(clip, 0.0)
    length = min(len(out), len(before))
    noise = out[:length] - before[:length]
    ratio_db = 10 * np.log10(np.mean(before[:length] ** 2) / np.mean(noise**2))
    assert ratio_db == pytest.approx(level_db, abs=0.3)


@pytest.mark.parametrize(("name", "factor"), [("speed +5 %", 1.05), ("speed -5 %", 0.95)])
def test_speed_changes_length_and_pitch_together(name: str, factor: float, clip: Path, tmp_path: Path) -> None:
    out = treated(name, clip, tmp_path)
    samples = read_sound(out, 0.0)
    assert len(samples) == pytest.approx(SECONDS * RATE_HZ / factor, rel=0.002)
    spectrum = np.abs(np.fft.rfft(samples))
    assert np.argmax(spectrum) * RATE_HZ / len(samples) == pytest.approx(1_000 * factor, rel=0.002)


def test_a_clip_without_sound_is_refused(tmp_path: Path) -> None:
    silent = write_clip(tmp_path / "silent.mp4", 0.5)
    with pytest.raises(ValueError, match="no sound"):
        treated(REFERENCE, silent, tmp_path)
