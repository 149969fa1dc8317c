"""The labelled sound of the development corpus: which rows count, decoded to 16 kHz mono and trimmed to speech.

Run as ``python -m models.build.audio.corpus --data ../shared/data --work DIR``: writes ``DIR/corpus.npz``.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from anchorproof.detectors.audio import join_speech
from anchorproof.runtime import Model, ModelStore
from anchorproof.settings import VoiceSettings
from anchorproof.types import Waveform
from anchorproof.voices.speech import find_speech

SAMPLE_RATE_HZ = 16_000
Samples = NDArray[np.float32]

#: Fake types whose sound certainly holds a synthetic voice; other fake clips often carry real speech.
SYNTHETIC_VOICE = {"tts", "vc", "vocoder"}
#: Single spoken digits, far under a second each: several are joined to one utterance per speaker.
DIGITS_REPO = "Jakobovski/free-spoken-digit-dataset"
DIGITS_JOINED = 15


@dataclass(frozen=True)
class Clip:
    """One trial: its manifest columns and how much speech was found in it."""

    clip_id: str
    path: str
    modality: str
    label: str
    fake_type: str
    generator: str
    identity: str
    source_repo: str
    duration_s: float
    speech_s: float
    sample_rate_hz: int
    bits_per_second: float
    level_db: float

    @property
    def is_spoof(self) -> bool:
        return self.label == "fake"


def usable_rows(manifest: Path) -> list[dict[str, str]]:
    """Rows whose sound has a known status: bona fide ones, and fakes with a synthetic voice."""
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["modality"] in ("audio", "av")]
    return [row for row in rows if row["label"] == "bonafide" or row["fake_type"] in SYNTHETIC_VOICE]


def read_samples(path: Path) -> tuple[Samples, int]:
    """The first sound stream as mono at 16 kHz, and its own sample rate."""
    parts = []
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="flt", layout="mono", rate=SAMPLE_RATE_HZ)
        for frame in container.decode(stream):
            parts += [out.to_ndarray()[0] for out in resampler.resample(frame)]
        parts += [out.to_ndarray()[0] for out in resampler.resample(None)]
        rate = int(stream.codec_context.sample_rate)
    return np.concatenate(parts).astype(np.float32), rate


def trim(samples: Samples, vad: Model) -> Samples:
    """The speech, its stretches joined exactly as the detector joins them."""
    waveform = Waveform(samples, SAMPLE_RATE_HZ)
    return join_speech(waveform, find_speech(waveform, vad, VoiceSettings())).samples


def build(data: Path, work: Path) -> None:
    """Decode and trim every usable row; digits are joined per speaker."""
    vad = ModelStore().load_default("speech_activity")
    clips: list[Clip] = []
    speech: dict[str, Samples] = {}
    for row in usable_rows(data / "manifest.csv"):
        path = data / row["path"]
        samples, rate = read_samples(path)
        joined = trim(samples, vad)
        speech[row["id"]] = joined
        clips.append(_clip(row, samples, joined, rate, path.stat().st_size))
    clips, speech = _join_digits(clips, speech)
    np.savez(work / "corpus.npz", **{key: to_pcm(value) for key, value in speech.items()})
    (work / "corpus.json").write_text(json.dumps([asdict(clip) for clip in clips], indent=0))
    digest = hashlib.sha256((data / "manifest.csv").read_bytes()).hexdigest()
    (work / "manifest.sha256").write_text(digest)
    print(f"{len(clips)} clips, {sum(clip.speech_s for clip in clips) / 60:.1f} min of speech, manifest {digest[:12]}")


def load(work: Path) -> tuple[list[Clip], dict[str, Samples]]:
    """What ``build`` wrote."""
    clips = [Clip(**raw) for raw in json.loads((work / "corpus.json").read_text())]
    with np.load(work / "corpus.npz") as archive:
        return clips, {clip.clip_id: from_pcm(archive[clip.clip_id]) for clip in clips}


def to_pcm(samples: Samples) -> NDArray[np.int16]:
    return np.round(np.clip(samples, -1, 1) * 32_767).astype(np.int16)


def from_pcm(samples: NDArray[np.int16]) -> Samples:
    return samples.astype(np.float32) / 32_767


def _clip(row: dict[str, str], samples: Samples, joined: Samples, rate: int, size_bytes: int) -> Clip:
    duration_s = len(samples) / SAMPLE_RATE_HZ
    return Clip(
        clip_id=row["id"],
        path=row["path"],
        modality=row["modality"],
        label=row["label"],
        fake_type=row["fake_type"],
        generator=row["generator"],
        identity=row["identity"],
        source_repo=row["source_repo"],
        duration_s=duration_s,
        speech_s=len(joined) / SAMPLE_RATE_HZ,
        sample_rate_hz=rate,
        bits_per_second=8 * size_bytes / max(duration_s, 1e-3),
        level_db=float(10 * np.log10(np.mean(np.square(samples)) + 1e-10)),
    )


def _join_digits(clips: list[Clip], speech: dict[str, Samples]) -> tuple[list[Clip], dict[str, Samples]]:
    digits: dict[str, list[Clip]] = {}
    for clip in clips:
        if clip.source_repo == DIGITS_REPO:
            digits.setdefault(clip.identity, []).append(clip)
    kept = [clip for clip in clips if clip.source_repo != DIGITS_REPO]
    for members in digits.values():
        for first in range(0, len(members) - DIGITS_JOINED + 1, DIGITS_JOINED):
            group = members[first : first + DIGITS_JOINED]
            joined = np.concatenate([speech[clip.clip_id] for clip in group])
            raw = asdict(group[0]) | {"clip_id": f"{group[0].clip_id}+", "speech_s": len(joined) / SAMPLE_RATE_HZ}
            kept.append(Clip(**raw))
            speech[kept[-1].clip_id] = joined
    return kept, {clip.clip_id: speech[clip.clip_id] for clip in kept}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    build(arguments.data, arguments.work)
