"""Sound fingerprints from the library that the package carries."""

from __future__ import annotations

import numpy as np
import pytest

from anchorproof.errors import ModelUnavailable
from anchorproof.footage import chromaprint as module
from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.prints import SOUND_BITS, SOUND_STEP_S
from anchorproof.types import Waveform
from tests.footage_samples import melody

RATE = 16_000


@pytest.fixture(scope="module")
def chromaprint() -> Chromaprint:
    return Chromaprint()


def _waveform(seed: int, start_s: float, seconds: float) -> Waveform:
    times = start_s + np.arange(round(seconds * RATE)) / RATE
    return Waveform(melody(seed)(times).astype(np.float32), RATE)


def _share(one: np.ndarray, other: np.ndarray) -> float:  # type: ignore[type-arg]
    count = min(len(one), len(other))
    return float(np.bitwise_count(one[:count] ^ other[:count]).mean()) / SOUND_BITS


def test_an_excerpt_has_the_items_of_its_place(chromaprint: Chromaprint) -> None:
    whole = chromaprint.sound_print(_waveform(1, 0.0, 12.0))
    places = round(3.0 / SOUND_STEP_S)
    part = chromaprint.sound_print(_waveform(1, places * SOUND_STEP_S, 6.0))
    assert _share(whole.items[places:], part.items) < 0.15


def test_other_sound_differs_in_about_half_of_the_bits(chromaprint: Chromaprint) -> None:
    one, other = (chromaprint.sound_print(_waveform(seed, 0.0, 8.0)) for seed in (1, 2))
    assert _share(one.items, other.items) > 0.3


def test_the_same_sound_gives_the_same_items_every_time(chromaprint: Chromaprint) -> None:
    first = chromaprint.sound_print(_waveform(3, 0.0, 5.0))
    again = Chromaprint().sound_print(_waveform(3, 0.0, 5.0))
    assert np.array_equal(first.items, again.items)


def test_sound_too_short_for_one_item_gives_none(chromaprint: Chromaprint) -> None:
    assert len(chromaprint.sound_print(_waveform(1, 0.0, 2.0))) == 0


def test_items_are_about_eight_a_second(chromaprint: Chromaprint) -> None:
    print_ = chromaprint.sound_print(_waveform(1, 0.0, 12.0))
    assert len(print_) == pytest.approx((12.0 - 2.6) / SOUND_STEP_S, abs=2)


def test_silence_says_nothing(chromaprint: Chromaprint) -> None:
    print_ = chromaprint.sound_print(Waveform(np.zeros(RATE * 8, np.float32), RATE))
    assert not print_.telling().any()
    assert chromaprint.sound_print(_waveform(1, 0.0, 8.0)).telling().mean() > 0.8


def test_a_library_that_is_not_ours_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHA256", "0" * 64)
    with pytest.raises(ModelUnavailable, match="not the one"):
        Chromaprint().sound_print(_waveform(1, 0.0, 4.0))
