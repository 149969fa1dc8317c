"""Clips on the ladder's rungs as features: what codecs, telephones and noise do to a score, for the map to learn.

Run as ``python -m models.build.audio.ladder --data DIR --work DIR``: writes ``DIR/ladder.npy`` (one row of features per
clip and rung) and ``DIR/ladder.json``. The clip's own file is treated, not its speech at 16 kHz, for an encoder
shares its bits over all that it is given. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import av
import numpy as np
import onnxruntime as ort
import torch
from numpy.typing import NDArray

from anchorproof.detectors.audio import filled
from anchorproof.runtime import Model, ModelStore
from benchmarks.robustness import sound
from models.build.audio import corpus, front, pool
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples
from models.build.audio.network import FEATURES, WINDOW_SAMPLES
from models.build.audio.pool import Window

#: Of one source and generator at most so many clips.
LIMIT_ALIKE = 6
#: Seconds of a file that are treated.
TREATED_S = 8.0
SAVED_EVERY = 256

Features = NDArray[np.float32]
#: Way, file ending, codec, sample rate and bit rate, as the bench's ladder has them.
RUNGS: Mapping[str, tuple[Callable[[Samples], Samples], str, str, int, int]] = {
    "AAC 32 kbit/s": (sound.as_it_is, ".m4a", "aac", sound.RATE_HZ, 32_000),
    "Opus 16 kbit/s": (sound.as_it_is, ".ogg", "libopus", sound.RATE_HZ, 16_000),
    "telephone 8 kHz": (sound.telephone_band, ".wav", "pcm_mulaw", sound.TELEPHONE_HZ, 0),
    "noise 20 dB": (sound.with_noise(20), ".wav", "pcm_s16le", sound.RATE_HZ, 0),
    "noise 10 dB": (sound.with_noise(10), ".wav", "pcm_s16le", sound.RATE_HZ, 0),
}


def chosen(clips: Sequence[Clip]) -> list[Clip]:
    """The first clips of every source and generator that have a second of speech."""
    seen: Counter[tuple[str, str]] = Counter()
    kept = []
    for clip in clips:
        if clip.clip_id.endswith("+") or clip.speech_s < 1.0:
            continue
        seen[clip.source_repo, clip.generator] += 1
        if seen[clip.source_repo, clip.generator] <= LIMIT_ALIKE:
            kept.append(clip)
    return kept


def treated(path: Path, rung: str, vad: Model) -> Samples:
    """The first seconds on this rung: joined speech at 16 kHz, one window from its middle; empty where none is left."""
    way, ending, codec, rate_hz, bit_rate = RUNGS[rung]
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / f"sound{ending}"
        sound.write_sound(out, way(sound.read_sound(path, TREATED_S)), codec, rate_hz, bit_rate)
        heard = np.clip(sound.read_sound(out, 0.0, SAMPLE_RATE_HZ), -1, 1)
    speech = corpus.trim(heard, vad)
    if len(speech) < pool.SHORTEST_S * SAMPLE_RATE_HZ:
        return np.zeros(0, np.float32)
    return filled(speech[max(0, len(speech) - WINDOW_SAMPLES) // 2 :], WINDOW_SAMPLES)


def material(data: Path, work: Path) -> Iterator[tuple[Window, Callable[[], Samples]]]:
    """Every clip on every rung, made when asked for. The window's kind is the rung's name."""
    vad = ModelStore().load_default("speech_activity")
    clips, _ = corpus.load(work)
    for clip in chosen(clips):
        for rung in RUNGS:
            yield pool.window_of(clip, rung), lambda clip=clip, rung=rung: treated(data / clip.path, rung, vad)


def build(data: Path, work: Path) -> None:
    """Write the ladder; ``ladder.part.npy`` is what a stopped run had. Rows without speech are NaN."""
    session, begun = front.session(work / "features-int8.onnx"), time.monotonic()
    part = work / "ladder.part.npy"
    rows = list(np.load(part)) if part.exists() else []
    windows: list[Window] = []
    for number, (window, make) in enumerate(material(data, work)):
        windows.append(window)
        if number < len(rows):
            continue
        rows.append(_features(make, session))
        if len(rows) % SAVED_EVERY == 0:
            np.save(part, np.stack(rows))
            print(f"{time.monotonic() - begun:.0f} s, {len(rows)} windows", flush=True)
    np.save(work / "ladder.npy", np.stack(rows).astype(np.float32))
    (work / "ladder.json").write_text(json.dumps([asdict(window) for window in windows]))
    part.unlink(missing_ok=True)
    print(f"{len(rows)} windows in {time.monotonic() - begun:.0f} s")


def _features(make: Callable[[], Samples], session: ort.InferenceSession) -> Features:
    try:
        samples = make()
    except (av.FFmpegError, ValueError):
        samples = np.zeros(0, np.float32)
    if not len(samples):
        return np.full(FEATURES, np.nan, np.float32)
    return np.asarray(session.run(None, {"samples": samples[None]})[0][0], np.float32)


def load(work: Path) -> tuple[list[Window], Features]:
    """What ``build`` wrote, less the rows without speech."""
    windows = [Window(**raw) for raw in json.loads((work / "ladder.json").read_text())]
    features = np.load(work / "ladder.npy")
    there = np.isfinite(features[:, 0])
    return [window for window, is_there in zip(windows, there, strict=True) if is_there], features[there]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    build(arguments.data, arguments.work)
