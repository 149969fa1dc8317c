"""What recordings go through on their way: rooms, noise, filters, bandwidths, codecs. The same for both classes.

A chain is drawn from a seed alone, so a bona fide stretch and its vocoded copy can take the very same way.
"""

from __future__ import annotations

import io

import av
import numpy as np
import soxr
from scipy.signal import butter, fftconvolve, firwin2, sosfilt

from models.build.audio.corpus import SAMPLE_RATE_HZ, Samples

#: container, codec, sample rates, bit rates
CODECS = (
    ("mp3", "libmp3lame", (16_000, 22_050, 24_000, 44_100), (32_000, 48_000, 64_000, 128_000)),
    ("adts", "aac", (16_000, 22_050, 44_100, 48_000), (24_000, 32_000, 48_000, 64_000, 96_000, 128_000)),
    ("ogg", "libopus", (16_000, 24_000, 48_000), (12_000, 16_000, 24_000, 32_000, 64_000)),
)
TELEPHONE = (("wav", "pcm_mulaw", (8_000,), (64_000,)), ("wav", "pcm_alaw", (8_000,), (64_000,)))


def chain(samples: Samples, noises: list[Samples], seed: int) -> Samples:
    """``samples`` after a random way; one in seven stays nearly as it is.

    Args:
        noises: bona fide speech to make babble from.
        seed: decides everything.
    """
    rng = np.random.default_rng(seed)
    out = _levelled(samples, -23.0)
    if rng.random() > 0.15:
        out = _room(out, rng) if rng.random() < 0.25 else out
        out = _noise(out, noises, rng) if rng.random() < 0.4 else out
        out = _equalise(out, rng) if rng.random() < 0.5 else out
        out = _clip(out, rng) if rng.random() < 0.08 else out
        out = _narrow(out, rng) if rng.random() < 0.35 else out
        for _ in range(rng.choice([0, 1, 2], p=[0.35, 0.5, 0.15])):
            out = random_codec(out, rng)
    out = _fit(out, len(samples)) + np.float32(10 ** rng.uniform(-5.5, -4)) * _normal(rng, len(samples))
    return _levelled(out, rng.uniform(-32, -14))


def random_codec(samples: Samples, rng: np.random.Generator) -> Samples:
    """One encode and decode with a random codec, sample rate and bit rate; one in eight by telephone."""
    table = TELEPHONE if rng.random() < 0.12 else CODECS
    container, codec, rates, bits = table[rng.integers(len(table))]
    rate, bit_rate = int(rng.choice(rates)), int(rng.choice(bits))
    if codec == "libmp3lame" and rate < 32_000:
        bit_rate = min(bit_rate, 64_000)
    return transcode(samples, container, codec, rate, bit_rate)


def transcode(samples: Samples, container: str, codec: str, rate: int, bit_rate: int) -> Samples:
    """``samples`` (16 kHz) encoded at ``rate`` and ``bit_rate``, decoded, back at 16 kHz and their length."""
    memory = io.BytesIO()
    pcm = np.clip(soxr.resample(samples, SAMPLE_RATE_HZ, rate), -1, 1).astype(np.float32)
    with av.open(memory, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate, layout="mono")
        stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        frame = av.AudioFrame.from_ndarray(pcm[None], format="fltp", layout="mono")
        frame.sample_rate = rate
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    memory.seek(0)
    with av.open(memory) as container_in:
        to_float = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        parts = [p.to_ndarray()[0] for f in container_in.decode(audio=0) for p in to_float.resample(f)]
        parts += [p.to_ndarray()[0] for p in to_float.resample(None)]
    return _fit(np.concatenate(parts).astype(np.float32), len(samples))


def telephone(samples: Samples) -> Samples:
    """300 to 3,400 Hz and mu-law at 8 kHz."""
    band = butter(6, [300, 3_400], "bandpass", fs=SAMPLE_RATE_HZ, output="sos")
    return transcode(sosfilt(band, samples).astype(np.float32), "wav", "pcm_mulaw", 8_000, 64_000)


def _room(samples: Samples, rng: np.random.Generator) -> Samples:
    """A synthetic room: noise that decays by 60 dB in .1 to .7 s behind a direct path."""
    decay_s, dry = rng.uniform(0.1, 0.7), rng.uniform(0.3, 2.0)
    length = int(decay_s * SAMPLE_RATE_HZ)
    tail = rng.standard_normal(length) * 10 ** (-3 * np.arange(length) / length)
    tail /= np.linalg.norm(tail)
    tail[0] += dry
    return fftconvolve(samples, tail)[: len(samples)].astype(np.float32)


def _noise(samples: Samples, noises: list[Samples], rng: np.random.Generator) -> Samples:
    """Coloured noise, babble or a bed of tones at 3 to 30 dB."""
    kind, count = rng.choice(["coloured", "babble", "tones"], p=[0.5, 0.25, 0.25]), len(samples)
    if kind == "coloured":
        spectrum = np.fft.rfft(rng.standard_normal(count))
        noise = np.fft.irfft(spectrum / np.maximum(np.arange(len(spectrum)), 20) ** rng.uniform(0, 1), count)
    elif kind == "babble":
        noise = np.sum([np.resize(noises[rng.integers(len(noises))], count) for _ in range(5)], axis=0)
    else:
        time_s = np.arange(count) / SAMPLE_RATE_HZ
        beats = np.floor(time_s * rng.uniform(1, 5)).astype(int)
        roots = 110 * 2 ** (rng.integers(0, 24, beats.max() + 1) / 12)
        phase = 2 * np.pi * np.cumsum(roots[beats]) / SAMPLE_RATE_HZ
        noise = np.sum([np.sin(ratio * phase) / n for n, ratio in enumerate((1, 1.25, 1.5, 2, 3, 4), 1)], axis=0)
    level = np.sqrt(np.mean(np.square(samples)) / (np.mean(np.square(noise)) + 1e-12))
    return (samples + noise * level * 10 ** (-rng.uniform(3, 30) / 20)).astype(np.float32)


def _equalise(samples: Samples, rng: np.random.Generator) -> Samples:
    """A smooth random filter, up to 12 dB either way."""
    points = np.concatenate([[0], np.sort(rng.uniform(0.02, 0.98, 6)), [1]])
    gains = 10 ** (rng.uniform(-12, 12, len(points)) / 20)
    return fftconvolve(samples, firwin2(129, points, gains), mode="same").astype(np.float32)


def _clip(samples: Samples, rng: np.random.Generator) -> Samples:
    limit = np.float32(np.quantile(np.abs(samples), rng.uniform(0.97, 0.999)))
    return np.clip(samples, -limit, limit)


def _narrow(samples: Samples, rng: np.random.Generator) -> Samples:
    """Band-limited: through a lower sample rate, or a filter of random steepness."""
    if rng.random() < 0.5:
        rate = int(rng.choice([8_000, 10_000, 11_025, 12_000, 14_000]))
        quality = str(rng.choice(["HQ", "LQ", "QQ"]))
        return soxr.resample(soxr.resample(samples, SAMPLE_RATE_HZ, rate, quality), rate, SAMPLE_RATE_HZ, quality)
    band = butter(int(rng.choice([2, 4, 8])), rng.uniform(3_400, 7_600), fs=SAMPLE_RATE_HZ, output="sos")
    return sosfilt(band, samples).astype(np.float32)


def _levelled(samples: Samples, level_db: float) -> Samples:
    gain = 10 ** (level_db / 20) / np.sqrt(np.mean(np.square(samples)) + 1e-10)
    return np.clip(samples * np.float32(gain), -1, 1)


def _fit(samples: Samples, length: int) -> Samples:
    return np.pad(samples, (0, max(0, length - len(samples))))[:length].astype(np.float32)


def _normal(rng: np.random.Generator, length: int) -> Samples:
    return rng.standard_normal(length).astype(np.float32)
