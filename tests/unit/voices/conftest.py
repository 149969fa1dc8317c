"""Speech made from nothing: vowels through formant resonators, people differ in pitch and length of vocal tract."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.signal import lfilter

from anchorproof.runtime import Model, ModelStore
from anchorproof.types import Waveform
from anchorproof.voices.templates import VoiceEmbedder

RATE_HZ = 16_000
#: Peterson and Barney, 1952: first three formants of vowels of men, in Hz, and a fourth.
FORMANTS_HZ = [(730, 1090, 2440, 3500), (270, 2290, 3010, 3600), (300, 870, 2240, 3400), (530, 1840, 2480, 3500)]
BANDWIDTHS_HZ = (80, 100, 140, 200)

Say = Callable[..., NDArray[np.float32]]


def _vowel(pitch_hz: float, tract: float, random: np.random.Generator) -> NDArray[np.float64]:
    """One syllable: a pulse train that rises and falls, through four resonances stretched by ``tract``."""
    length = int(random.uniform(0.12, 0.25) * RATE_HZ)
    pitch = pitch_hz * random.uniform(0.9, 1.1) * (1 + 0.15 * np.sin(np.linspace(0, np.pi, length)))
    sound = np.diff(np.floor(np.cumsum(pitch / RATE_HZ)), prepend=0) + 0.01 * random.normal(size=length)
    sound = lfilter([1], [1, -0.97], sound)
    for formant, bandwidth in zip(FORMANTS_HZ[random.integers(len(FORMANTS_HZ))], BANDWIDTHS_HZ, strict=True):
        radius = np.exp(-np.pi * bandwidth / RATE_HZ)
        poles = [1, -2 * radius * np.cos(2 * np.pi * formant * tract / RATE_HZ), radius**2]
        sound = lfilter([sum(poles)], poles, sound)
    sound = lfilter([1, -0.95], [1], sound)
    ramp = np.minimum(1, np.minimum(np.arange(length), np.arange(length)[::-1]) / (0.02 * RATE_HZ))
    return np.asarray(sound * ramp / np.sqrt(np.mean(sound**2)))


def _breath(random: np.random.Generator) -> NDArray[np.float64]:
    length = int(random.uniform(0.03, 0.07) * RATE_HZ)
    return 0.15 * np.diff(random.normal(size=length), prepend=0) * np.hanning(length)


def _say(seconds: float, pitch_hz: float = 110.0, tract: float = 1.0, seed: int = 0) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    parts: list[NDArray[np.float64]] = []
    while sum(map(len, parts)) < seconds * RATE_HZ:
        parts += [_vowel(pitch_hz, tract, random), _breath(random)]
    return (0.08 * np.concatenate(parts)[: round(seconds * RATE_HZ)]).astype(np.float32)


@pytest.fixture(scope="session")
def say() -> Say:
    """``say(seconds, pitch_hz, tract, seed)``: 16 kHz speech-like sound, shape ``(seconds * 16000,)``."""
    return _say


@pytest.fixture(scope="session")
def models() -> ModelStore:
    return ModelStore()


@pytest.fixture(scope="session")
def activity(models: ModelStore) -> Model:
    return models.load_default("speech_activity")


@pytest.fixture(scope="session")
def embedder(models: ModelStore) -> VoiceEmbedder:
    return VoiceEmbedder(models.load_default("voice_template"))


@pytest.fixture(scope="session")
def recordings() -> dict[str, list[Waveform]]:
    """Real utterances at 16 kHz by speaker, from the development media beside the checkout."""
    folder = Path(__file__).resolve().parents[4] / "shared" / "data"
    trials = folder / "protocols" / "speaker_trials.csv"
    if not trials.exists():
        pytest.skip("needs ../shared/data: real speech is not shipped with the tests")
    return _read_recordings(folder, trials)


def _read_recordings(folder: Path, trials: Path) -> dict[str, list[Waveform]]:
    import csv

    import soundfile
    from scipy.signal import resample_poly

    with trials.open(encoding="utf-8") as lines:
        paths = {row["path1"]: row["speaker1"] for row in csv.DictReader(lines)}
    utterances: dict[str, list[Waveform]] = {}
    for path, speaker in sorted(paths.items()):
        samples, rate_hz = soundfile.read(folder / path, dtype="float32", always_2d=True)
        mono = resample_poly(samples.mean(axis=1), RATE_HZ, rate_hz).astype(np.float32)
        utterances.setdefault(speaker, []).append(Waveform(mono, RATE_HZ))
    return utterances
