"""Lips and sound on one clock of 25 steps a second."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.detectors.lips import MEL_BANDS, STILL_POINTS, lips_of, mel_of
from anchorproof.types import MouthMotion, Waveform

RATE = 16_000
STILL = np.random.default_rng(3).normal(size=(STILL_POINTS, 3)).astype(np.float32)


def motion(points: np.ndarray, times_s: np.ndarray) -> MouthMotion:
    return MouthMotion("face-1", times_s, points.astype(np.float32), np.ones(len(points), np.float32), 120.0)


def moving(times_s: np.ndarray) -> np.ndarray:
    """Still points as in the template, one more that goes up and down."""
    mouth = np.stack([np.zeros_like(times_s), 1 + 0.2 * np.sin(7 * times_s), np.zeros_like(times_s)], axis=1)
    return np.concatenate([np.repeat(STILL[None], len(times_s), axis=0), mouth[:, None]], axis=1)


def turned(points: np.ndarray, angle: float) -> np.ndarray:
    rotation = np.array([[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]])
    return points @ rotation.T


def test_the_heads_own_movement_is_taken_away() -> None:
    times_s = np.arange(50) / 25
    plain = moving(times_s)
    nodding = np.stack(
        [turned(frame, 0.3 * np.sin(3 * time_s)) * (80 + 5 * time_s) + [200 + 40 * time_s, 90, 0]
         for frame, time_s in zip(plain, times_s, strict=True)]
    )  # fmt: skip
    assert lips_of(motion(nodding, times_s), STILL).shape == pytest.approx(plain[:, -1], abs=1e-3)


def test_pictures_at_another_rate_are_laid_on_the_clock() -> None:
    times_s = 0.51 + np.arange(60) / 29.97
    lips = lips_of(motion(moving(times_s), times_s), STILL)
    assert lips.start_s == pytest.approx(0.52)
    assert lips.start_s + (len(lips.shape) - 1) / 25 <= times_s[-1]
    grid_s = lips.start_s + np.arange(len(lips.shape)) / 25
    assert lips.shape[:, 1] == pytest.approx(1 + 0.2 * np.sin(7 * grid_s), abs=0.01)


def test_a_click_is_where_it_sounds() -> None:
    samples = np.zeros(3 * RATE, np.float32)
    samples[round(1.5 * RATE)] = 1.0
    mel = mel_of(Waveform(samples, RATE, start_s=0.2), start_s=0.5, steps=50)
    assert mel.shape == (200, MEL_BANDS)
    # The click is at 1.7 s of the clip: 1.2 s after the first step, 100 frames a second.
    assert abs(int(mel.sum(axis=1).argmax()) - 120) <= 1


def test_where_there_is_no_sound_there_is_silence() -> None:
    noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    mel = mel_of(Waveform(noise, RATE), start_s=-1.0, steps=75).mean(axis=1)
    assert mel[:90].max() < mel[110:190].min()
    assert mel[210:] == pytest.approx(mel[0])


def test_another_sample_rate_is_a_programming_mistake() -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        mel_of(Waveform(np.zeros(100, np.float32), 8_000), 0.0, 10)
