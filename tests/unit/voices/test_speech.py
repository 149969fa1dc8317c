from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.runtime import Model
from anchorproof.settings import VoiceSettings
from anchorproof.types import Span, Waveform
from anchorproof.voices import speech
from anchorproof.voices.speech import MARGIN_S, SHORTEST_PAUSE_S, find_speech, speech_probabilities

RATE_HZ = 16_000
SETTINGS = VoiceSettings()
SECONDS = np.arange(6 * RATE_HZ) / RATE_HZ

Say = Callable[..., NDArray[np.float32]]


def _pause(seconds: float) -> NDArray[np.float32]:
    return np.zeros(round(seconds * RATE_HZ), np.float32)


def _no_speech(name: str) -> NDArray[np.float32]:
    random = np.random.default_rng(1)
    notes = np.array([262, 330, 392, 523, 392, 330])[(SECONDS * 4).astype(int) % 6]
    chord = sum(
        np.sin(2 * np.pi * hertz * SECONDS) * np.exp(-3 * ((2 * SECONDS) % 1)) for hertz in (261, 329, 392, 523)
    )
    sounds = {
        "silence": np.zeros(len(SECONDS)),
        "noise": random.normal(0, 0.1, len(SECONDS)),
        "tone": 0.3 * np.sin(2 * np.pi * 440 * SECONDS),
        "chords": 0.1 * np.asarray(chord),
        "melody": 0.3 * np.sin(2 * np.pi * np.cumsum(notes) / RATE_HZ),
    }
    return sounds[name].astype(np.float32)


@pytest.mark.parametrize("name", ["silence", "noise", "tone", "chords", "melody"])
def test_no_speech_in(name: str, activity: Model) -> None:
    assert find_speech(Waveform(_no_speech(name), RATE_HZ), activity, SETTINGS) == []


def test_speech_between_pauses_is_found_where_it_is(activity: Model, say: Say) -> None:
    sound = np.concatenate([_pause(1), say(2, seed=1), _pause(1.5), say(2, seed=6), _pause(1)])
    spans = find_speech(Waveform(sound, RATE_HZ), activity, SETTINGS)
    assert spans[0].start_s == pytest.approx(1.0, abs=0.35)
    assert spans[-1].end_s == pytest.approx(6.5, abs=0.35)
    silences = [Span(0, 0.7), Span(3.3, 4.2), Span(6.9, 7.5)]
    assert all(span.overlap(silence) is None for span in spans for silence in silences)
    assert sum(span.duration_s for span in spans) == pytest.approx(4.0, abs=0.8)


def test_spans_are_in_order_and_inside_the_sound_on_its_timeline(activity: Model, say: Say) -> None:
    sound = np.concatenate([say(1.5), _pause(0.4), say(1.5, seed=3), _pause(0.6), say(1.5, seed=4)])
    waveform = Waveform(sound, RATE_HZ, start_s=12.5)
    spans = find_speech(waveform, activity, SETTINGS)
    assert len(spans) >= 2
    assert all(before.end_s < after.start_s for before, after in pairwise(spans))
    assert spans[0].start_s >= 12.5
    assert spans[-1].end_s <= 12.5 + waveform.duration_s


def test_a_later_start_only_shifts_the_spans(activity: Model, say: Say) -> None:
    sound = np.concatenate([_pause(0.5), say(2)])
    here = find_speech(Waveform(sound, RATE_HZ), activity, SETTINGS)
    later = find_speech(Waveform(sound, RATE_HZ, start_s=100.0), activity, SETTINGS)
    assert [span.start_s - 100 for span in later] == pytest.approx([span.start_s for span in here])


def test_a_blip_shorter_than_the_shortest_span_is_dropped(activity: Model, say: Say) -> None:
    sound = np.concatenate([_pause(1), say(0.6, seed=2), _pause(1)])
    assert find_speech(Waveform(sound, RATE_HZ), activity, replace(SETTINGS, shortest_span_s=0.2))
    assert find_speech(Waveform(sound, RATE_HZ), activity, replace(SETTINGS, shortest_span_s=0.9)) == []


def test_probabilities_do_not_depend_on_where_blocks_end(
    activity: Model, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = say(3, seed=5)
    at_once = speech_probabilities(sound, activity)
    monkeypatch.setattr(speech, "BLOCK_STEPS", 7)
    assert speech_probabilities(sound, activity) == pytest.approx(at_once, abs=1e-6)


@pytest.mark.parametrize(("samples", "steps"), [(0, 0), (1, 1), (512, 1), (513, 2)])
def test_one_probability_per_started_step(samples: int, steps: int, activity: Model) -> None:
    assert speech_probabilities(np.zeros(samples, np.float32), activity).shape == (steps,)


def test_no_sound_is_no_speech(activity: Model) -> None:
    assert find_speech(Waveform(np.zeros(0, np.float32), RATE_HZ), activity, SETTINGS) == []


def test_other_rates_are_refused(activity: Model) -> None:
    with pytest.raises(ValueError, match="16000 Hz; got 8000 Hz"):
        find_speech(Waveform(np.zeros(8000, np.float32), 8000), activity, SETTINGS)


def test_margin_is_less_than_half_a_pause() -> None:
    assert 2 * MARGIN_S < SHORTEST_PAUSE_S


@pytest.mark.data
def test_real_utterances_are_mostly_speech(activity: Model, recordings: dict[str, list[Waveform]]) -> None:
    shares = []
    for utterances in recordings.values():
        spans = find_speech(utterances[0], activity, SETTINGS)
        shares.append(sum(span.duration_s for span in spans) / utterances[0].duration_s)
    assert min(shares) > 0.2
    assert np.median(shares) > 0.6
