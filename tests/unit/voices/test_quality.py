from __future__ import annotations

import numpy as np
import pytest

from anchorproof.types import Span, Waveform
from anchorproof.voices.quality import measure, reject

RATE_HZ = 16_000


def _speech(noise: float = 0.001, seconds: float = 4.0, gain: float = 0.3) -> Waveform:
    """A tone that comes and goes like syllables, over noise."""
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    syllables = (np.sin(2 * np.pi * 2 * at) > 0).astype(np.float64)
    samples = gain * syllables * np.sin(2 * np.pi * 220 * at)
    samples += noise * np.random.default_rng(0).standard_normal(len(at))
    return Waveform(samples.clip(-1, 1).astype(np.float32), RATE_HZ)


def test_signal_to_noise_is_what_was_put_in() -> None:
    found = measure(_speech(noise=0.01), Span(0, 4))
    # A tone of amplitude .3 has power .045, the noise 1e-4: 26.5 dB.
    assert found.snr_db == pytest.approx(26.5, abs=1.0)
    assert (found.speech_s, found.clipped, found.overlap) == (4.0, 0.0, 0.0)
    assert reject(found) is None


def test_noisy_clipped_and_overlapped_speech_is_refused_for_its_reason() -> None:
    noisy = measure(_speech(noise=0.3), Span(0, 4))
    clipped = measure(_speech(gain=5.0), Span(0, 4))
    overlapped = measure(_speech(), Span(0, 4), [Span(1, 2), Span(3, 9)])
    assert overlapped.overlap == pytest.approx(0.5)
    reasons = [fault.reason if (fault := reject(quality)) else None for quality in (noisy, clipped, overlapped)]
    assert reasons == ["SPEECH_NOISY", "SPEECH_CLIPPED", "SPEECH_OVERLAPPED"]


def test_single_peak_at_full_scale_is_no_clipping() -> None:
    waveform = _speech()
    waveform.samples[100] = 1.0
    assert measure(waveform, Span(0, 4)).clipped == 0.0


def test_stretch_too_short_to_measure_is_not_called_noisy() -> None:
    assert reject(measure(_speech(), Span(0, 0.05))) is None
