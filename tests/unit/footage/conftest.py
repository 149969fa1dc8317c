"""An archive of small programmes in memory."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from anchorproof.footage.chromaprint import Chromaprint
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.pictures import clip_pictures, picture_print
from anchorproof.footage.prints import Fingerprint
from anchorproof.footage.stretches import ClipPrints
from anchorproof.types import Frame, Image
from tests.footage_samples import frames, waveform

SEEDS = (1, 2, 3)
PROGRAMME_S = 24.0
Change = Callable[[Image], Image]


@pytest.fixture(scope="session")
def chromaprint() -> Chromaprint:
    return Chromaprint()


@pytest.fixture(scope="session")
def fingerprints(chromaprint: Chromaprint) -> dict[str, Fingerprint]:
    return {
        f"programme-{seed}": Fingerprint(
            picture_print(frames(seed, 0.0, PROGRAMME_S, 2.0)),
            chromaprint.sound_print(waveform(seed, 0.0, PROGRAMME_S)),
        )
        for seed in SEEDS
    }


@pytest.fixture(scope="session")
def archive(fingerprints: dict[str, Fingerprint]) -> ArchiveIndex:
    return ArchiveIndex(fingerprints)


@pytest.fixture(scope="session")
def clip_of(chromaprint: Chromaprint) -> Callable[..., ClipPrints]:
    """A clip of one programme's picture and, unless told otherwise, its sound."""

    def make(
        seed: int,
        start_s: float,
        seconds: float,
        sound_seed: int | None = None,
        speed: float = 1.0,
        change: Change = lambda image: image,
    ) -> ClipPrints:
        shown = (
            Frame(frame.time_s, np.ascontiguousarray(change(frame.image)))
            for frame in frames(seed, start_s, seconds, 4.0, speed)
        )
        sound = waveform(seed if sound_seed is None else sound_seed, start_s, seconds, speed)
        return ClipPrints(clip_pictures(shown), chromaprint.sound_print(sound))

    return make
