"""How good a stretch of speech is: noise, clipping, somebody else speaking at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from anchorproof.types import Span, Vector, Waveform

FRAME_S = 0.02
#: A sample this close to full scale counts as clipped when its neighbour does too.
CLIPPED_LEVEL = 0.985
#: The quietest and the loudest share of frames stand for noise and for speech.
NOISE_QUANTILE, SPEECH_QUANTILE = 0.1, 0.9

#: Limits beyond which speech is not enrolled: a judgement, not a measurement. What noise costs a comparison is in
#: models/cards/ge2e-1.md.
LEAST_SNR_DB = 6.0
LARGEST_CLIPPED = 0.02
LARGEST_OVERLAP = 0.3


class Fault(NamedTuple):
    """Why speech is not used: a stable code, and words for the person who sent it."""

    reason: str
    message: str


class SpeechQuality(NamedTuple):
    """Of one stretch: seconds, level of speech over noise in dB, share of clipped samples, share spoken over."""

    speech_s: float
    snr_db: float
    clipped: float
    overlap: float


def measure(waveform: Waveform, span: Span, others: Sequence[Span] = ()) -> SpeechQuality:
    """Of the sound in ``span``; ``others`` are the times at which another person speaks."""
    samples = waveform.cut(span).samples
    overlap_s = sum(shared.duration_s for other in others if (shared := span.overlap(other)))
    share = min(1.0, overlap_s / span.duration_s) if span.duration_s else 0.0
    return SpeechQuality(span.duration_s, _snr_db(samples, waveform.sample_rate_hz), _clipped(samples), share)


def reject(quality: SpeechQuality) -> Fault | None:
    """The first thing that makes this speech unfit for a template, or None when it is fit."""
    if quality.snr_db < LEAST_SNR_DB:
        limit = LEAST_SNR_DB
        return Fault("SPEECH_NOISY", f"speech {quality.snr_db:.0f} dB above the noise; at least {limit:.0f} are needed")
    if quality.clipped > LARGEST_CLIPPED:
        return Fault("SPEECH_CLIPPED", f"{quality.clipped:.0%} of the samples are at full scale: recorded too loud")
    if quality.overlap > LARGEST_OVERLAP:
        return Fault("SPEECH_OVERLAPPED", "somebody else speaks at the same time")
    return None


def _snr_db(samples: Vector, sample_rate_hz: int) -> float:
    """Loud against quiet frames; speech pauses even within a sentence, so quiet frames show the noise."""
    length = round(FRAME_S * sample_rate_hz)
    count = len(samples) // length
    if count < 5:
        return 60.0
    energies = np.square(samples[: count * length].reshape(count, length), dtype=np.float64).mean(axis=1) + 1e-12
    noise, speech = np.quantile(energies, [NOISE_QUANTILE, SPEECH_QUANTILE])
    return float(min(60.0, 10 * np.log10(speech / noise)))


def _clipped(samples: Vector) -> float:
    """Runs of samples at full scale; a single peak is none."""
    loud = np.abs(samples) >= CLIPPED_LEVEL
    return float(np.mean(loud[1:] & loud[:-1])) if len(samples) > 1 else 0.0
