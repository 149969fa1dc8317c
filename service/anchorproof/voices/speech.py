"""Where somebody speaks: Silero VAD over 32 ms steps, joined to spans with hysteresis."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from anchorproof.runtime import Model
from anchorproof.settings import VoiceSettings
from anchorproof.types import Span, Waveform

#: Speech ends only when the probability falls this far below the threshold at which it starts (Silero's own default).
HYSTERESIS = 0.15
#: A pause shorter than this is part of the speech around it.
SHORTEST_PAUSE_S = 0.25
#: Kept on both sides of a span, so that soft onsets and endings are not cut off.
MARGIN_S = 0.05
#: Steps per call of the network: 33 s of sound, which bounds memory.
BLOCK_STEPS = 1024


def find_speech(waveform: Waveform, model: Model, settings: VoiceSettings) -> list[Span]:
    """Spans of speech on the presentation timeline, in order, never touching.

    Args:
        waveform: mono sound at the model's rate (16 kHz).
        model: the ``speech_activity`` network.
        settings: threshold, and the shortest span worth keeping.

    Raises:
        ValueError: the sound is at another rate.
    """
    rate_hz = int(model.entry.parameters["sample_rate_hz"])
    if waveform.sample_rate_hz != rate_hz:
        raise ValueError(f"speech is found at {rate_hz} Hz; got {waveform.sample_rate_hz} Hz")
    step_s = model.entry.parameters["step_samples"] / rate_hz
    probabilities = speech_probabilities(waveform.samples, model)
    runs = _runs(probabilities, settings.speech_threshold, round(SHORTEST_PAUSE_S / step_s))
    end_s = waveform.start_s + waveform.duration_s
    spans = (_padded(first * step_s, last * step_s, waveform.start_s, end_s) for first, last in runs)
    return [span for span in spans if span.duration_s - 2 * MARGIN_S >= settings.shortest_span_s]


def speech_probabilities(samples: NDArray[np.float32], model: Model) -> NDArray[np.float32]:
    """One speech probability per step of 512 samples, shape ``(ceil(n / 512),)``.

    Each step is seen with the 64 samples before it (zeros before the first); the last one is filled up with zeros.
    """
    parameters = model.entry.parameters
    context, step, size = parameters["context_samples"], parameters["step_samples"], parameters["state_size"]
    padded = np.pad(samples.astype(np.float32, copy=False), (context, -len(samples) % step))
    windows = np.lib.stride_tricks.sliding_window_view(padded, context + step)[::step] if len(samples) else padded[:0]
    hidden = cell = np.zeros((1, 1, size), np.float32)
    blocks = [np.zeros(0, np.float32)]
    for first in range(0, len(windows), BLOCK_STEPS):
        block = np.ascontiguousarray(windows[first : first + BLOCK_STEPS])
        outputs = model.run({"input": block, "h": hidden, "c": cell})
        hidden, cell = outputs["hn"], outputs["cn"]
        blocks.append(outputs["speech_probs"].reshape(-1))
    return np.concatenate(blocks)


def _runs(probabilities: NDArray[np.float32], threshold: float, pause: int) -> Iterator[tuple[int, int]]:
    """Steps ``[first, last)`` of speech: entered at ``threshold``, left after ``pause`` steps well below it."""
    first: int | None = None
    last = 0
    for index, probability in enumerate(probabilities.tolist()):
        if first is None:
            if probability >= threshold:
                first, last = index, index + 1
        elif probability >= threshold - HYSTERESIS:
            last = index + 1
        elif index + 1 - last >= pause:
            yield first, last
            first = None
    if first is not None:
        yield first, last


def _padded(first_s: float, last_s: float, start_s: float, end_s: float) -> Span:
    """A span with its margins, inside the sound; pauses are longer than two margins, so spans never touch."""
    return Span(max(start_s, start_s + first_s - MARGIN_S), min(end_s, start_s + last_s + MARGIN_S))
