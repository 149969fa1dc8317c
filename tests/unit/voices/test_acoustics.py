"""Echo and noise make the falls of speech shallow; a telephone's band shows above 5 kHz; loudness changes neither."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from anchorproof.types import Span, Waveform
from anchorproof.voices.acoustics import measure

RATE_HZ = 16_000
Samples = NDArray[np.float32]


def _measured(samples: Samples) -> tuple[float, float]:
    found = measure(samples.astype(np.float32), RATE_HZ)
    assert found is not None
    return found.fall_db, found.band_db


def test_falls_are_as_steep_as_what_was_put_in() -> None:
    # Half a second of tone, then 20 ms frames each 7 dB below the last, again and again: the steepest tenth is those.
    levels = np.concatenate([np.zeros(25), -7.0 * np.arange(1, 6)])
    gains = np.repeat(np.tile(10 ** (levels / 20), 10), 320)
    tone = np.sin(2 * np.pi * 1000 * np.arange(len(gains)) / RATE_HZ)
    fall_db, _ = _measured(0.5 * gains * tone)
    assert fall_db == pytest.approx(-7.0, abs=0.1)


def test_band_is_the_difference_of_levels_put_in() -> None:
    random = np.random.default_rng(0)
    spectrum = np.fft.rfft(random.standard_normal(4 * RATE_HZ))
    at = np.fft.rfftfreq(4 * RATE_HZ, 1 / RATE_HZ)
    spectrum[at > 4200] *= 10 ** (-25 / 20)
    _, band_db = _measured(0.01 * np.fft.irfft(spectrum))
    assert band_db == pytest.approx(25, abs=1.0)


def test_echo_noise_and_telephone_are_told_from_a_quiet_studio(say) -> None:
    dry = say(4.0)
    random = np.random.default_rng(1)
    echo = random.standard_normal(RATE_HZ // 2) * 10 ** (-3 * np.arange(RATE_HZ // 2) / (RATE_HZ // 2))
    echoing = dry + fftconvolve(dry, echo / np.linalg.norm(echo))[: len(dry)]
    noisy = dry + 0.1 * np.std(dry) * random.standard_normal(len(dry))
    telephone = sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE_HZ, output="sos"), dry)
    fall_db, band_db = _measured(dry)
    assert _measured(echoing)[0] > fall_db + 2
    assert _measured(noisy)[0] > fall_db + 1
    assert _measured(telephone)[1] > band_db + 10


def test_loudness_changes_neither(say) -> None:
    dry = say(3.0)
    assert _measured(0.05 * dry) == pytest.approx(_measured(dry), abs=0.01)


def test_silence_and_a_blink_of_sound_are_not_measured() -> None:
    assert measure(np.zeros(RATE_HZ, np.float32), RATE_HZ) is None
    assert measure(np.ones(3000, np.float32), RATE_HZ) is None


def test_a_voice_template_says_it(embedder, say) -> None:
    samples = say(4.0)
    made = embedder.embed(Waveform(samples, RATE_HZ), [Span(0.0, 4.0)])
    assert made is not None
    assert made.acoustics == measure(samples, RATE_HZ)
