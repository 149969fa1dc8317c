from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.voices import mel
from anchorproof.voices.mel import MelSettings, level_gain, mel_energies
from anchorproof.voices.templates import VoiceEmbedder

Say = Callable[..., NDArray[np.float32]]


@pytest.fixture
def settings(embedder: VoiceEmbedder) -> MelSettings:
    return embedder.mel


def test_a_tone_lies_in_the_band_around_its_frequency(settings: MelSettings) -> None:
    """Slaney's scale is linear to 1 kHz, 3 mel per 200 Hz; 40 bands to 8 kHz lie 45.25 / 41 = 1.10 mel apart."""
    tone = np.sin(2 * np.pi * 500 * np.arange(16_000) / 16_000).astype(np.float32)
    energies = mel_energies(tone, settings)
    assert energies.shape == (101, 40)
    assert np.argmax(energies[50]) == round(500 * 3 / 200 / (45.245 / 41)) - 1


def test_energies_grow_with_the_square_of_the_level(settings: MelSettings, say: Say) -> None:
    sound = say(1)
    assert mel_energies(3 * sound, settings) == pytest.approx(9 * mel_energies(sound, settings), rel=1e-3, abs=1e-6)


def test_energies_do_not_depend_on_where_blocks_end(
    settings: MelSettings, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = say(1)
    at_once = mel_energies(sound, settings)
    monkeypatch.setattr(mel, "BLOCK_FRAMES", 7)
    assert mel_energies(sound, settings) == pytest.approx(at_once, rel=1e-5, abs=1e-9)


def test_energies_are_those_of_the_library_the_encoder_was_trained_with(settings: MelSettings, say: Say) -> None:
    from librosa.feature import melspectrogram

    sound = say(2, seed=3)
    expected = melspectrogram(y=sound, sr=16_000, n_fft=400, hop_length=160, n_mels=40).T
    assert mel_energies(sound, settings) == pytest.approx(expected, rel=1e-3, abs=1e-7)


def test_quiet_sound_is_lifted_to_the_level_and_loud_sound_is_left() -> None:
    rms_by_level = {-50.0: -30.0, -30.0: -30.0, -12.0: -12.0}
    for before_db, after_db in rms_by_level.items():
        samples = np.full(1000, 10 ** (before_db / 20), np.float32)
        lifted = samples * level_gain(samples, -30.0)
        assert 20 * np.log10(np.sqrt(np.mean(lifted**2))) == pytest.approx(after_db, abs=0.01)


@pytest.mark.parametrize("samples", [0, 100])
def test_digital_silence_has_no_level_to_lift(samples: int) -> None:
    assert level_gain(np.zeros(samples, np.float32), -30.0) == 1
