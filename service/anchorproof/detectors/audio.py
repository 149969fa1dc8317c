"""Is this voice synthetic? Scores windows of joined speech with the audio classifier and pools them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.runtime import Model
from anchorproof.types import RawScore, SegmentScore, Span, Unassessed, Waveform

SOURCE = "audio"
#: Windows per run of the network: bounds the memory of a long clip.
BATCH = 4
#: Each stretch of speech is faded in and out, so that joining them makes no click.
FADE_S = 0.005
#: Name of the output that says how much a window's sound says.
QUALITY = "quality"
#: A quality is a ratio, and pooled by its logarithm.
LEAST_QUALITY = 1e-3

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class JoinedSpeech:
    """Stretches of speech set end to end: ``samples`` of shape ``(n,)`` and where each stretch lies.

    ``starts`` are first indices in ``samples``, ascending from 0; ``spans`` are the stretches on the
    presentation timeline, one per start.
    """

    samples: Samples
    sample_rate_hz: int
    starts: tuple[int, ...]
    spans: tuple[Span, ...]

    def timeline(self, first: int, last: int) -> Span:
        """What samples ``[first, last)`` cover on the presentation timeline, gaps between stretches included."""
        return Span(self._time_s(first), self._time_s(last - 1) + 1 / self.sample_rate_hz)

    def _time_s(self, index: int) -> float:
        stretch = int(np.searchsorted(self.starts, index, side="right")) - 1
        return self.spans[stretch].start_s + (index - self.starts[stretch]) / self.sample_rate_hz


def score(waveform: Waveform, speech: Sequence[Span], model: Model) -> RawScore | Unassessed:
    """How synthetic the speech of a clip sounds: the mean of its windows' raw scores, larger for spoof.

    Args:
        waveform: mono, at the sample rate the manifest entry names.
        speech: where someone speaks, on the presentation timeline.
        model: takes ``(windows, samples)`` float32 and answers ``(windows,)`` raw scores; and, where it has an output
            ``quality``, how much each window's sound says, positive, ``(windows,)``.

    Raises:
        ValueError: the waveform has another sample rate.
        ModelUnavailable: the model refused its input.
    """
    parameters = model.entry.parameters
    rate = int(parameters["sample_rate_hz"])
    if waveform.sample_rate_hz != rate:
        raise ValueError(f"the audio detector needs {rate} Hz; got {waveform.sample_rate_hz}")
    joined = join_speech(waveform, speech)
    found_s, needed_s = len(joined.samples) / rate, float(parameters["shortest_speech_s"])
    if found_s == 0:
        return Unassessed(SOURCE, "NO_SPEECH", "no speech was found in the sound")
    if found_s < needed_s:
        message = f"only {found_s:.1f} s of speech; the audio detector needs {needed_s:.1f} s"
        return Unassessed(SOURCE, "SPEECH_TOO_SHORT", message)
    window, hop = round(parameters["window_s"] * rate), round(parameters["hop_s"] * rate)
    segments, qualities = _score_windows(joined, window, hop, model)
    clip_score = float(np.mean([segment.score for segment in segments]))
    quality = float(np.exp(np.mean(np.log(qualities)))) if qualities else None
    return RawScore(SOURCE, model.model_id, clip_score, segments, quality=quality)


def join_speech(waveform: Waveform, speech: Sequence[Span]) -> JoinedSpeech:
    """The speech without the pauses, so that silence can be no cue; training data are made by this too."""
    fade = round(FADE_S * waveform.sample_rate_hz)
    parts: list[Samples] = []
    starts: list[int] = []
    spans: list[Span] = []
    total = 0
    for span in speech:
        piece = waveform.cut(span)
        if len(piece.samples) <= 2 * fade:
            continue
        parts.append(_faded(piece.samples, fade))
        starts.append(total)
        spans.append(Span(piece.start_s, piece.start_s + piece.duration_s))
        total += len(piece.samples)
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return JoinedSpeech(samples, waveform.sample_rate_hz, tuple(starts), tuple(spans))


def filled(samples: Samples, length: int) -> Samples:
    """The first ``length`` samples; a shorter stretch is repeated until it fills them."""
    return np.resize(samples, length) if len(samples) < length else samples[:length]


def window_starts(total: int, window: int, hop: int) -> list[int]:
    """First samples of the windows: every hop, and one flush with the end when over half a hop would be left out."""
    if total <= window:
        return [0]
    starts = list(range(0, total - window + 1, hop))
    if total - window - starts[-1] > hop // 2:
        starts.append(total - window)
    return starts


def _score_windows(
    joined: JoinedSpeech, window: int, hop: int, model: Model
) -> tuple[tuple[SegmentScore, ...], list[float]]:
    """Scores of the windows, and their qualities, none where the model has no such output."""
    total = len(joined.samples)
    starts = window_starts(total, window, hop)
    scores: list[float] = []
    qualities: list[float] = []
    for first in range(0, len(starts), BATCH):
        batch = np.stack([filled(joined.samples[start:], window) for start in starts[first : first + BATCH]])
        answers = model.run({model.input_names[0]: batch})
        qualities += np.maximum(answers.pop(QUALITY, np.zeros(0)).reshape(-1), LEAST_QUALITY).tolist()
        scores += next(iter(answers.values())).reshape(-1).tolist()
    spans = [joined.timeline(start, min(start + window, total)) for start in starts]
    return tuple(SegmentScore(span, value) for span, value in zip(spans, scores, strict=True)), qualities


def _faded(samples: Samples, fade: int) -> Samples:
    ramp = np.linspace(0, 1, fade, endpoint=False, dtype=np.float32)
    out = samples.astype(np.float32, copy=True)
    out[:fade] *= ramp
    out[-fade:] *= ramp[::-1]
    return out
