"""Sound rungs: what platforms, telephones and rooms do to a voice.

Sound is mono float32 in [-1, 1] at :data:`RATE_HZ`, whatever the clip had, so that the encoders meet both classes at
one rate.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, resample_poly, sosfilt

RATE_HZ = 48_000
TELEPHONE_HZ = 8_000
TELEPHONE_BAND_HZ = (300, 3_400)
#: One seed: a clip gets the same noise on every run.
NOISE_SEED = 7

Samples = NDArray[np.float32]
Way = Callable[[Samples], Samples]


def read_sound(clip: Path, seconds: float, rate_hz: int = RATE_HZ) -> Samples:
    """The first ``seconds`` (0: all) of the first sound stream, mono at ``rate_hz``.

    Raises:
        ValueError: the clip has no sound.
    """
    parts: list[Samples] = []
    limit = round(seconds * rate_hz) if seconds else 0
    with av.open(str(clip)) as container:
        if not container.streams.audio:
            raise ValueError("the clip has no sound")
        resampler = av.AudioResampler(format="flt", layout="mono", rate=rate_hz)
        for frame in container.decode(container.streams.audio[0]):
            parts += [part.to_ndarray()[0] for part in resampler.resample(frame)]
            if limit and sum(map(len, parts)) >= limit:
                break
        else:
            parts += [part.to_ndarray()[0] for part in resampler.resample(None)]
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    return samples[:limit] if limit else samples


def write_sound(path: Path, samples: Samples, codec: str, rate_hz: int = RATE_HZ, bit_rate: int = 0) -> None:
    """Encode; the name's ending says the container. ``samples`` are at :data:`RATE_HZ` and resampled to ``rate_hz``."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=rate_hz, layout="mono")
        if bit_rate:
            stream.bit_rate = bit_rate
        frame = av.AudioFrame.from_ndarray(np.clip(samples, -1, 1)[None].astype(np.float32), "fltp", "mono")
        frame.sample_rate = RATE_HZ
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate_hz)
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))


def as_it_is(samples: Samples) -> Samples:
    return samples


def with_noise(level_db: float) -> Way:
    """White noise this far below the clip's mean power."""

    def add(samples: Samples) -> Samples:
        noise = np.random.default_rng(NOISE_SEED).standard_normal(len(samples))
        gain = np.sqrt(np.mean(np.square(samples, dtype=np.float64))) * 10 ** (-level_db / 20)
        return (samples + gain * noise).astype(np.float32)

    return add


def at_speed(up: int, down: int) -> Way:
    """Played ``down / up`` times as fast, pitch and all, as a quick re-upload is."""
    return lambda samples: resample_poly(samples, up, down).astype(np.float32)


def telephone_band(samples: Samples) -> Samples:
    """What an analogue telephone line lets through."""
    band = butter(6, TELEPHONE_BAND_HZ, "bandpass", fs=RATE_HZ, output="sos")
    return sosfilt(band, samples).astype(np.float32)
