from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from anchorproof.runtime import ModelStore
from anchorproof.types import Modality, Span, Waveform
from anchorproof.voices import templates
from anchorproof.voices.templates import VoiceEmbedder, partial_starts

RATE_HZ = 16_000

Say = Callable[..., NDArray[np.float32]]


def _vector(embedder: VoiceEmbedder, samples: NDArray[np.float32]) -> NDArray[np.float32]:
    template = embedder.embed(Waveform(samples, RATE_HZ), [Span(0, len(samples) / RATE_HZ)])
    assert template is not None
    return template.vector


def test_one_voice_resembles_itself_more_than_another(embedder: VoiceEmbedder, say: Say) -> None:
    one, again = (_vector(embedder, say(4, pitch_hz=105, tract=1.0, seed=seed)) for seed in (1, 2))
    other = _vector(embedder, say(4, pitch_hz=220, tract=1.2, seed=3))
    assert one @ again > 0.9
    assert one @ other < one @ again - 0.1


def test_a_template_says_what_it_was_made_from(embedder: VoiceEmbedder, say: Say) -> None:
    waveform = Waveform(say(6), RATE_HZ, start_s=10.0)
    template = embedder.embed(waveform, [Span(11, 13), Span(14, 15.5)])
    assert template is not None
    assert template.modality is Modality.VOICE
    assert template.model_id == "ge2e-1"
    assert template.quality == pytest.approx(3.5, abs=0.001)
    assert template.span == Span(11, 15.5)
    assert template.vector.shape == (256,)
    assert template.vector.dtype == np.float32


def test_only_the_sound_inside_the_spans_counts(embedder: VoiceEmbedder, say: Say) -> None:
    one, other = say(3, pitch_hz=105), say(3, pitch_hz=220, tract=1.2)
    waveform = Waveform(np.concatenate([one, other]), RATE_HZ)
    template = embedder.embed(waveform, [Span(0, 3)])
    assert template is not None
    assert template.vector == pytest.approx(_vector(embedder, one), abs=1e-5)


def test_a_quiet_recording_gives_the_same_template(embedder: VoiceEmbedder, say: Say) -> None:
    sound = say(3)
    quiet, quieter = _vector(embedder, 0.02 * sound), _vector(embedder, 0.004 * sound)
    assert quiet == pytest.approx(quieter, abs=1e-4)


@pytest.mark.parametrize("spans", [[], [Span(0, 0.3)], [Span(0, 0.1), Span(1, 1.2)], [Span(50, 60)]])
def test_too_little_speech_gives_no_template(spans: list[Span], embedder: VoiceEmbedder, say: Say) -> None:
    assert embedder.embed(Waveform(say(3), RATE_HZ), spans) is None


def test_a_word_is_compared_as_if_it_were_repeated(embedder: VoiceEmbedder, say: Say) -> None:
    word = say(0.8)
    once = embedder.embed(Waveform(word, RATE_HZ), [Span(0, 0.8)])
    twice = embedder.embed(Waveform(np.tile(word, 2), RATE_HZ), [Span(0, 1.6)])
    assert once is not None
    assert twice is not None
    assert once.vector @ twice.vector > 0.97


def test_how_much_speech_is_needed_can_be_set(models: ModelStore, say: Say) -> None:
    model = models.load_default("voice_template")
    waveform = Waveform(say(3), RATE_HZ)
    assert VoiceEmbedder(model, shortest_s=0.5).embed(waveform, [Span(0, 0.6)]) is not None
    assert VoiceEmbedder(model, shortest_s=2.5).embed(waveform, [Span(0, 2.4)]) is None


def test_other_rates_are_refused(embedder: VoiceEmbedder, say: Say) -> None:
    with pytest.raises(ValueError, match="16000 Hz; got 44100 Hz"):
        embedder.embed(Waveform(say(3), 44_100), [Span(0, 1)])


@pytest.mark.parametrize(
    ("samples", "starts"),
    [
        (1_600, [0]),  # a tenth of a second still gives one partial
        (25_600, [0]),  # exactly one partial
        (25_600 + 5_000, [0]),  # the second would hold 18,280 of 25,600 samples, 71 %
        (25_600 + 6_000, [0, 77]),  # 19,280 of 25,600, 75.3 %
        (25_600 + 2 * 12_320, [0, 77, 154]),
    ],
)
def test_partials_cover_the_sound_and_are_at_least_three_quarters_full(
    samples: int, starts: list[int], embedder: VoiceEmbedder
) -> None:
    assert partial_starts(samples, embedder.mel) == starts


def test_partials_are_embedded_in_batches_of_any_size(embedder: VoiceEmbedder, say: Say) -> None:
    from anchorproof.voices.mel import mel_energies

    energies = mel_energies(say(4), embedder.mel)
    starts = list(range(0, len(energies) - 160, 3))
    together = embedder.embed_frames(energies, starts)
    assert together.shape == (len(starts), 256)
    assert together[-1:] == pytest.approx(embedder.embed_frames(energies, starts[-1:]), abs=1e-5)
    assert np.linalg.norm(together, axis=1) == pytest.approx(1, abs=1e-5)


def test_long_speech_costs_no_more_than_its_limit_of_partials(
    embedder: VoiceEmbedder, say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = say(12)
    all_of_it = _vector(embedder, sound)
    monkeypatch.setattr(templates, "LIMIT_PARTIALS", 5)
    assert len(embedder.embed_partials(sound)) == 5
    assert _vector(embedder, sound) @ all_of_it > 0.99


@pytest.mark.data
def test_real_voices_resemble_themselves_more_than_others(
    embedder: VoiceEmbedder, recordings: dict[str, list[Waveform]]
) -> None:
    """Every speaker with two utterances over 3 s: closer to the own second utterance than to any other's first."""
    pairs = []
    for utterances in recordings.values():
        long = [_vector(embedder, waveform.samples) for waveform in utterances if waveform.duration_s > 3][:2]
        if len(long) == 2:
            pairs.append(long)
    similarity = np.stack([first for first, _ in pairs]) @ np.stack([second for _, second in pairs]).T
    assert len(pairs) >= 10
    assert np.mean(np.argmax(similarity, axis=1) == np.arange(len(pairs))) > 0.9
