"""How well a lag is told: truths that hold without knowing a recording's own delay, and a confidence that means it."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.detectors.sync import LagCurve, SyncRules
from anchorproof.types import Span
from models.build.sync import offsets

CLIPS, WINDOWS = 24, 4


def curve(lag_steps: float, height: float, rng: np.random.Generator) -> LagCurve:
    lags = np.arange(-25, 26)
    noise = rng.normal(0, 0.03, len(lags))
    return LagCurve("face-1", Span(0, 5), height * np.exp(-(((lags - lag_steps) / 2) ** 2)) + noise)


def material(seed: int) -> tuple[list[LagCurve], list[LagCurve], dict[int, list[LagCurve]], list[str], np.ndarray]:
    """Each clip has a delay of its own; in every fourth of its windows nobody can tell."""
    rng = np.random.default_rng(seed)
    own, shifted, clips = [], [], []
    for clip in range(CLIPS):
        delay = float(rng.uniform(-5, 5))
        for window in range(WINDOWS):
            height = 0.0 if window == 0 else 0.5
            own.append(curve(delay, height, rng))
            shifted.append(curve(delay + 10, height, rng))
            clips.append(f"clip {clip}")
    other = [curve(0, 0.0, rng) for _ in own]
    return own, other, {10: shifted}, clips, np.arange(len(own)) // WINDOWS % 3


def test_delays_of_the_recordings_count_against_no_lag_but_not_against_the_clips_own() -> None:
    found = offsets.measure(*material(1), limit=0.5)
    assert found["of_none"]["share"] < 0.55
    assert found["of_the_clips_own"]["share"] == pytest.approx(0.75, abs=0.08)  # three windows in four can tell
    assert found["moves_with_the_sound"]["+0.4 s"]["share"] == pytest.approx(0.75, abs=0.1)


def test_windows_that_cannot_tell_are_not_told() -> None:
    told = offsets.measure(*material(2), limit=0.5)["told"]
    assert told["genuine_windows_told"]["share"] == pytest.approx(0.75, abs=0.05)
    assert told["revoiced_windows_told"]["share"] < 0.05
    assert told["of_the_clips_own"]["share"] > 0.95


def test_own_offsets_are_medians_of_the_clip_or_of_its_other_windows() -> None:
    values, clips = np.array([0.0, 0.2, 0.4, 0.1]), ["a", "a", "a", "b"]
    own = offsets.own_offsets(values, clips)
    assert own[:3] == pytest.approx([0.2, 0.2, 0.2])
    assert np.isnan(own[3])  # a single window has nothing to be held against
    assert offsets.own_offsets(values, clips, others=True)[:3] == pytest.approx([0.3, 0.2, 0.1])


def test_shipped_weights_are_those_that_the_service_applies() -> None:
    own, *_ = material(3)
    weights = (-4.0, 3.0, 2.0)
    by_table = offsets.confidences(weights, offsets.features(own))
    rules = SyncRules(6.0, 2.0, 2, 2, 40.0, 25, 3, 9, 0.01, 0.5, weights, 0.5)
    assert [one.confidence(rules) for one in own] == pytest.approx(by_table.tolist())
