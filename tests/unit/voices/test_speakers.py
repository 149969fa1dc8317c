from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.settings import VoiceSettings
from anchorproof.types import Span, SpeakerTurns, Waveform
from anchorproof.voices import speakers
from anchorproof.voices.speakers import find_speakers
from anchorproof.voices.templates import VoiceEmbedder

RATE_HZ = 16_000
#: Made voices are nearer to each other than real ones are, so they need a stricter cosine than the default.
STRICT = replace(VoiceSettings(), same_speaker_cosine=0.85)
LOW = {"pitch_hz": 105.0, "tract": 1.0}
HIGH = {"pitch_hz": 230.0, "tract": 1.25}

Say = Callable[..., NDArray[np.float32]]


def _dialogue(say: Say, seconds: list[float]) -> tuple[Waveform, list[Span]]:
    """Low and high voice in turn, with 0.3 s between; the spans are where they speak."""
    sound: list[NDArray[np.float32]] = []
    spans: list[Span] = []
    for number, length in enumerate(seconds):
        start_s = sum(map(len, sound)) / RATE_HZ
        spans.append(Span(start_s, start_s + length))
        sound += [say(length, **(LOW, HIGH)[number % 2], seed=number), np.zeros(round(0.3 * RATE_HZ), np.float32)]
    return Waveform(np.concatenate(sound), RATE_HZ), spans


def _said_by(speaker: SpeakerTurns, spans: list[Span]) -> float:
    shared = (turn.overlap(span) for turn in speaker.spans for span in spans)
    return sum(part.duration_s for part in shared if part)


def test_one_voice_stays_one_speaker(embedder: VoiceEmbedder, say: Say) -> None:
    spans = [Span(0, 5), Span(5.5, 9)]
    found = find_speakers(Waveform(say(9), RATE_HZ), spans, embedder, VoiceSettings())
    assert [speaker.speaker_id for speaker in found] == ["speaker-1"]
    assert found[0].spans == tuple(spans)


def test_two_voices_in_turn_are_kept_apart(embedder: VoiceEmbedder, say: Say) -> None:
    waveform, spans = _dialogue(say, [4, 3, 5, 3])
    found = find_speakers(waveform, spans, embedder, STRICT)
    assert len(found) == 2
    assert found[0].speech_s > found[1].speech_s
    assert _said_by(found[0], spans[::2]) / found[0].speech_s > 0.95
    assert _said_by(found[1], spans[1::2]) / found[1].speech_s > 0.95


def test_a_change_of_voice_without_a_pause_is_found(embedder: VoiceEmbedder, say: Say) -> None:
    waveform = Waveform(np.concatenate([say(6, **LOW), say(5, **HIGH)]), RATE_HZ)
    found = find_speakers(waveform, [Span(0, 11)], embedder, STRICT)
    assert len(found) == 2
    assert found[0].spans[0].end_s == pytest.approx(6, abs=0.7)


def test_all_speech_is_given_to_somebody_once(embedder: VoiceEmbedder, say: Say) -> None:
    waveform, spans = _dialogue(say, [4, 0.6, 2.2, 3, 0.5])
    found = find_speakers(waveform, spans, embedder, STRICT)
    turns = sorted(turn for speaker in found for turn in speaker.spans)
    assert sum(turn.duration_s for turn in turns) == pytest.approx(sum(span.duration_s for span in spans))
    assert all(before.end_s <= after.start_s for before, after in pairwise(turns))


def test_who_speaks_too_briefly_is_counted_with_the_most_similar(embedder: VoiceEmbedder, say: Say) -> None:
    waveform, spans = _dialogue(say, [5, 1.2, 4])
    assert len(find_speakers(waveform, spans, embedder, STRICT)) == 1
    assert len(find_speakers(waveform, spans, embedder, replace(STRICT, shortest_speech_s=1.0))) == 2


def test_spans_stay_on_the_timeline_of_a_sound_that_starts_later(embedder: VoiceEmbedder, say: Say) -> None:
    waveform = Waveform(say(4), RATE_HZ, start_s=20.0)
    (speaker,) = find_speakers(waveform, [Span(20.5, 23.5)], embedder, VoiceSettings())
    assert speaker.spans == (Span(20.5, 23.5),)


@pytest.mark.parametrize("speech", [[], [Span(90, 95)]])
def test_no_speech_is_nobody(speech: list[Span], embedder: VoiceEmbedder, say: Say) -> None:
    assert find_speakers(Waveform(say(1), RATE_HZ), speech, embedder, VoiceSettings()) == []


def test_silence_taken_for_speech_is_one_speaker(embedder: VoiceEmbedder) -> None:
    silence = Waveform(np.zeros(5 * RATE_HZ, np.float32), RATE_HZ)
    assert len(find_speakers(silence, [Span(0, 2), Span(3, 5)], embedder, VoiceSettings())) == 1


def test_long_speech_is_sampled_more_coarsely(
    embedder: VoiceEmbedder, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = []
    embed_frames = embedder.embed_frames
    monkeypatch.setattr(speakers, "LIMIT_PARTIALS", 8)
    monkeypatch.setattr(embedder, "embed_frames", lambda *given: counted.append(len(given[1])) or embed_frames(*given))
    waveform, spans = _dialogue(say, [10, 8])
    found = find_speakers(waveform, spans, embedder, replace(STRICT, same_speaker_cosine=0.75))
    assert [speaker.spans for speaker in found] == [(spans[0],), (spans[1],)]
    assert sum(counted) <= 10


@pytest.mark.data
def test_real_voices_in_turn_are_kept_apart(embedder: VoiceEmbedder, recordings: dict[str, list[Waveform]]) -> None:
    """Utterances of two people in turn, for pairs of people from two collections: two speakers, nearly no confusion."""
    talkers = [list(utterances) for utterances in recordings.values() if _is_talkative(utterances)]
    right, confusion = 0, []
    for one, other in pairwise(talkers):
        sound = [one[0], other[0], one[1], other[1]]
        edges = np.cumsum([0, *(waveform.duration_s for waveform in sound)])
        spans = [Span(float(start), float(end)) for start, end in pairwise(edges)]
        waveform = Waveform(np.concatenate([waveform.samples for waveform in sound]), RATE_HZ)
        found = find_speakers(waveform, spans, embedder, VoiceSettings())
        right += len(found) == 2
        mistaken = [min(_said_by(speaker, spans[::2]), _said_by(speaker, spans[1::2])) for speaker in found]
        confusion.append(sum(mistaken) / waveform.duration_s)
    assert len(talkers) >= 8
    assert right >= 0.75 * (len(talkers) - 1)
    assert np.mean(confusion) < 0.1


def _is_talkative(utterances: list[Waveform]) -> bool:
    return len(utterances) >= 2 and all(waveform.duration_s > 3 for waveform in utterances[:2])
