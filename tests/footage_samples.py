"""Small programmes that tests make: pictures and sound that change all the time, different for every seed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from anchorproof.types import Frame, Image, Waveform
from tests.media_samples import Picture, Wave, write_clip

SIZE = (192, 144)
SHOT_S = 3.0
RATE_HZ = 16_000


def scenery(seed: int, size: tuple[int, int] = SIZE) -> Picture:
    """Soft shapes that drift; every ``SHOT_S`` another shot."""
    width, height = size

    def picture(time_s: float) -> Image:
        random = np.random.default_rng([seed, int(time_s / SHOT_S)])
        large = np.zeros((2 * height, 2 * width, 3), np.float32)
        for cells, weight in ((6, 0.5), (18, 0.3), (54, 0.2)):  # coarse and fine, as in photographs
            field = random.random((cells, cells * 4 // 3, 3)).astype(np.float32)
            large += weight * cv2.resize(field, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
        shift = int(12 * (time_s % SHOT_S))
        return np.asarray(np.clip(255 * large[shift : shift + height, shift : shift + width], 0, 255), np.uint8)

    return picture


def melody(seed: int) -> Wave:
    """A chord of four tones, another one every quarter of a second."""

    def wave(times: NDArray[np.float64]) -> NDArray[np.float64]:
        samples = np.zeros_like(times)
        for step in np.unique((times / 0.25).astype(int)):
            here = (times / 0.25).astype(int) == step
            pitches = 110 * 2 ** (np.random.default_rng([seed, int(step)]).integers(0, 36, 4) / 12)
            samples[here] = sum(0.15 * np.sin(2 * np.pi * pitch * times[here]) for pitch in pitches)
        return samples

    return wave


def frames(seed: int, start_s: float, seconds: float, rate: float, speed: float = 1.0) -> Iterator[Frame]:
    picture = scenery(seed)
    for number in range(round(seconds * rate)):
        time_s = number / rate
        yield Frame(time_s, picture(start_s + speed * time_s))


def waveform(seed: int, start_s: float, seconds: float, speed: float = 1.0) -> Waveform:
    times = start_s + speed * np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    # Evaluated at the programme's times, so that a speed shifts pitch too.
    return Waveform(melody(seed)(times).astype(np.float32), RATE_HZ)


def write_programme(path: Path, seed: int, seconds: float = 12.0, with_sound: bool = True) -> Path:
    return write_clip(path, seconds, SIZE, 12, scenery(seed), melody(seed) if with_sound else None)


def excerpt(picture: Picture, start_s: float) -> Picture:
    return lambda time_s: picture(time_s + start_s)


def later(wave: Wave, start_s: float) -> Wave:
    return lambda times: wave(times + start_s)


def write_excerpt(path: Path, seed: int, start_s: float, seconds: float, sound_seed: int | None = None) -> Path:
    """A part of a programme; with ``sound_seed``, the sound of another one."""
    voice = melody(seed if sound_seed is None else sound_seed)
    return write_clip(path, seconds, SIZE, 12, excerpt(scenery(seed), start_s), later(voice, start_s))
