"""The audio detector with the network that is shipped."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest

from anchorproof.detectors.audio import filled, join_speech, score, window_starts
from anchorproof.runtime import Model, ModelStore
from anchorproof.types import HigherMeans, RawScore, Span, Unassessed, Waveform
from tests.tiny_networks import mean_and_largest

RATE = 16_000
DATA = Path(__file__).resolve().parents[4] / "shared" / "data"
SCORES = Path(__file__).resolve().parents[3] / "calibration" / "scores"


@pytest.fixture(scope="module")
def model() -> Model:
    return ModelStore(threads=1).load_default("audio_detector")


def voiced(duration_s: float, seed: int = 0, start_s: float = 0.0) -> Waveform:
    """A wavering harmonic tone in noise: loud where a voice would be, so the network has something to judge."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(duration_s * RATE)) / RATE
    pitch = 120 + 20 * np.sin(2 * np.pi * 0.7 * time_s)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    tone = sum(np.sin(n * phase) / n for n in range(1, 30)) * (1.2 + np.sin(2 * np.pi * 4 * time_s))
    samples = 0.05 * tone + 0.005 * rng.standard_normal(len(time_s))
    return Waveform(samples.astype(np.float32), RATE, start_s)


def scored(waveform: Waveform, speech: list[Span], model: Model) -> RawScore:
    answer = score(waveform, speech, model)
    assert isinstance(answer, RawScore)
    return answer


def test_no_speech_is_a_stated_reason(model: Model) -> None:
    answer = score(voiced(5), [], model)
    assert isinstance(answer, Unassessed)
    assert (answer.source, answer.reason) == ("audio", "NO_SPEECH")


def test_under_a_second_of_speech_is_a_stated_reason(model: Model) -> None:
    answer = score(voiced(5), [Span(1.0, 1.4), Span(3.0, 3.5)], model)
    assert isinstance(answer, Unassessed)
    assert (answer.source, answer.reason) == ("audio", "SPEECH_TOO_SHORT")
    assert "0.9 s" in answer.message


def test_another_sample_rate_is_a_programming_mistake(model: Model) -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        score(Waveform(np.zeros(8_000, np.float32), 8_000), [Span(0, 1)], model)


def test_clip_score_is_the_mean_of_four_second_windows_every_second(model: Model) -> None:
    answer = scored(voiced(8), [Span(0, 8)], model)
    assert answer.model_id == model.model_id
    assert [segment.span.start_s for segment in answer.segments] == pytest.approx([0, 1, 2, 3, 4])
    assert [segment.span.duration_s for segment in answer.segments] == pytest.approx([4.0] * 5)
    assert answer.score == pytest.approx(np.mean([segment.score for segment in answer.segments]))


def test_segments_are_on_the_presentation_timeline_across_a_pause(model: Model) -> None:
    waveform = voiced(12, start_s=100.0)
    answer = scored(waveform, [Span(101, 104), Span(109, 112)], model)
    # 6 s of joined speech: windows at 0, 1 and 2 s; the pause of 5 s lies inside each of them
    assert [segment.span.start_s for segment in answer.segments] == pytest.approx([101, 102, 103])
    assert [segment.span.end_s for segment in answer.segments] == pytest.approx([110, 111, 112])


def test_what_lies_outside_the_speech_does_not_change_the_score(model: Model) -> None:
    waveform, speech = voiced(10), [Span(2, 7)]
    loud = waveform.samples.copy()
    loud[: 2 * RATE] = 0.9
    loud[8 * RATE :] = 0
    assert scored(Waveform(loud, RATE), speech, model).score == pytest.approx(scored(waveform, speech, model).score)


def test_level_does_not_change_the_score(model: Model) -> None:
    waveform = voiced(5)
    quiet = Waveform(waveform.samples * np.float32(0.1), RATE)
    assert scored(quiet, [Span(0, 5)], model).score == pytest.approx(
        scored(waveform, [Span(0, 5)], model).score, abs=0.02
    )


def test_a_splice_moves_only_the_windows_that_hold_it(model: Model) -> None:
    first, second = voiced(16), voiced(16)
    spliced = first.samples.copy()
    spliced[12 * RATE :] = np.random.default_rng(1).standard_normal(4 * RATE).astype(np.float32) * 0.05
    before = scored(second, [Span(0, 16)], model).segments
    after = scored(Waveform(spliced, RATE), [Span(0, 16)], model).segments
    moved = [abs(a.score - b.score) > 1e-3 for a, b in zip(after, before, strict=True)]
    # windows start at 0, 1, ... 12 s and last 4 s; the last one is faded out with the stretch it ends
    assert moved == [False] * 9 + [True] * 4


def test_long_speech_is_scored_the_same_in_batches(model: Model) -> None:
    waveform = voiced(24)
    whole = scored(waveform, [Span(0, 24)], model).segments
    alone = scored(waveform.cut(Span(19, 23.5)), [Span(19, 23.5)], model).segments
    assert len(whole) == 21
    assert alone[0].score == pytest.approx(whole[19].score, abs=0.05)


def test_direction_and_budget_are_in_the_manifest(model: Model) -> None:
    assert model.entry.higher_means is HigherMeans.SPOOF
    assert model.entry.task == "audio_detector"
    assert model.entry.size_bytes < 25 * 1024**2


def test_the_int8_variant_hears_much_the_same(model: Model) -> None:
    full = ModelStore(threads=1).load(model.model_id.removesuffix("-int8"))
    assert full.model_id != model.model_id
    assert model.entry.size_bytes < 0.8 * full.entry.size_bytes
    waveform, speech = voiced(6), [Span(0, 6)]
    assert scored(waveform, speech, model).score == pytest.approx(scored(waveform, speech, full).score, abs=0.5)


def test_a_networks_quality_is_pooled_beside_its_score(model: Model, tmp_path: Path) -> None:
    file = tmp_path / "tiny.onnx"
    file.write_bytes(mean_and_largest())
    session = ort.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    tiny = Model(replace(model.entry, model_id="tiny"), session)
    samples = np.full(8 * RATE, 0.1, np.float32)
    samples[RATE], samples[7 * RATE] = 0.2, 0.8
    found = scored(Waveform(samples, RATE), [Span(0, 8)], tiny)
    # Windows from 0 to 4 s on; geometric mean of their largest samples: (.2 * .2 * .1 * .1 * .8) ** (1 / 5).
    assert len(found.segments) == 5
    assert found.quality == pytest.approx(0.2, rel=1e-3)
    assert found.score == pytest.approx(0.1, abs=1e-3)
    assert scored(voiced(6), [Span(0, 6)], model).quality is None  # the shipped one has no such output


def test_joined_speech_holds_the_stretches_without_the_pauses() -> None:
    waveform = Waveform(np.ones(10 * RATE, np.float32), RATE, 5.0)
    joined = join_speech(waveform, [Span(6, 7), Span(9, 11)])
    assert len(joined.samples) == 3 * RATE
    assert joined.starts == (0, RATE)
    assert joined.samples[RATE // 2] == 1
    assert joined.samples[RATE] == 0  # faded at the joint
    span = joined.timeline(RATE // 2, 2 * RATE)
    assert (span.start_s, span.end_s) == pytest.approx((6.5, 10.0))


def test_joined_speech_of_spans_beyond_the_sound_is_empty() -> None:
    assert len(join_speech(voiced(1), [Span(2, 3)]).samples) == 0


def test_short_speech_is_repeated_to_fill_the_window() -> None:
    np.testing.assert_array_equal(filled(np.array([1, 2, 3], np.float32), 7), [1, 2, 3, 1, 2, 3, 1])
    np.testing.assert_array_equal(filled(np.array([1, 2, 3], np.float32), 2), [1, 2])


@pytest.mark.parametrize(
    ("total", "starts"),
    [(2, [0]), (4, [0]), (5, [0, 1]), (6, [0, 1, 2])],
)
def test_windows_start_every_hop(total: int, starts: list[int]) -> None:
    assert window_starts(total, window=4, hop=1) == starts


def test_windows_end_flush_when_over_half_a_hop_is_left() -> None:
    assert window_starts(45, window=40, hop=10) == [0]
    assert window_starts(47, window=40, hop=10) == [0, 7]


def test_cross_fitted_scores_are_larger_for_spoofs(model: Model) -> None:
    with (SCORES / f"{model.model_id}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    spoof = [float(row["score"]) for row in rows if row["label"] == "fake"]
    genuine = [float(row["score"]) for row in rows if row["label"] == "bonafide"]
    assert len(spoof) > 300
    assert len(genuine) > 300
    assert np.median(spoof) > np.median(genuine)


@pytest.mark.data
@pytest.mark.skipif(not DATA.exists(), reason="the development media (../shared/data) are not here")
def test_old_and_new_synthetic_voices_score_above_their_genuine_twins(model: Model) -> None:
    import soundfile

    def of(row: dict[str, str]) -> float:
        samples, rate = soundfile.read(DATA / row["path"], dtype="float32")
        assert rate == RATE
        return scored(Waveform(samples, RATE), [Span(0, len(samples) / RATE)], model).score

    with (DATA / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["source_repo"] == "Edresson/YourTTS"]
    long = [row for row in rows if float(row["duration_s"]) > 3]
    spoof = [of(row) for row in [row for row in long if row["label"] == "fake"][:6]]
    genuine = [of(row) for row in [row for row in long if row["label"] == "bonafide"][:6]]
    assert np.mean(spoof) > np.mean(genuine)
