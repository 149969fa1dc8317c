"""Score pairs of voice recordings with a voice model, for calibration and for the model's card.

    python models/build/voice_scores.py --data ../shared/data [--model ge2e-1]

Templates are made as the service makes them: sound decoded by the media room (in this process: the corpus is trusted),
speech found, the main speaker's speech embedded. The result, ``calibration/scores/<model>.csv``, holds ids and numbers
only. Its rows are

- ``protocol``: the trials of ``protocols/speaker_trials.csv``, mostly two utterances of one recording session;
- ``cut``: the same with the second side's speech cut to its first ``length_s`` seconds;
- ``telephone``, ``room`` and ``noise``: the same with the second side's sound band-limited, made to echo, or noisy, a
  third of the clips each;
- ``both_telephone``, ``both_room`` and ``both_noise``: both sides alike, so that strangers resemble each other;
- ``same_repository`` and ``other_repository``: bona fide clips with one named speaker outside the protocol, two of a
  person (at most 12 pairs each, different repositories first) or one pair for every two people. Copies of one recording
  are left out; one person's other recordings were mostly made in a similar way, except the interviews of VoxCeleb.

A pair with a side of too little speech for a template (0.4 s) is left out and counted. ``score`` is the cosine
normalised by the model's cohort, as the service does; trials of people who are in the cohort are normalised without
them. ``fall_db`` and ``band_db`` of each side are what its acoustics were measured to be. ``--make-cohort`` writes the
cohort first: mean and covariance of the people outside of the protocol, one vector each.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import combinations, product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, fftconvolve, sosfilt

from anchorproof.errors import ClipRejected
from anchorproof.identity.cohort import Cohort
from anchorproof.media.process import job_for
from anchorproof.media.protocol import Task
from anchorproof.media.sound import decode
from anchorproof.runtime import ModelStore
from anchorproof.settings import Settings
from anchorproof.types import Span, Template, Waveform
from anchorproof.voices.speakers import find_speakers
from anchorproof.voices.speech import find_speech
from anchorproof.voices.templates import VoiceEmbedder

MODELS_DIR = Path(__file__).resolve().parents[1]
SCORES_DIR = MODELS_DIR.parent / "calibration" / "scores"
LENGTHS_S = (2.0, 4.0, 8.0)
LIMIT_PAIRS_PER_PERSON = 12
SHORTEST_CLIP_S = 3.0
COLUMNS = ["id1", "id2", "same", "group1", "group2", "score", "quality", "cosine", "length_s", "condition"]
COLUMNS += ["fall_db1", "band_db1", "fall_db2", "band_db2"]
#: Identities that name a whole corpus, several people, or isolated digits of under a second.
NOT_ONE_PERSON = ("av2av_", "VCTK", "LibriTTS", "LibriSpeech", "AISHELL3", "FSDD_", "MSDWILD_")
ALIASES = {"AlexandriaOcasioCortez": "Alexandria Ocasio-Cortez", "908": "Libri-TTS_908", "p335": "VCTK_p335"}

#: Copies of a recording that another clip holds (their sound correlates by over 0.99).
COPIES = {"v06495", "v06517", "v00860", "v06501"}
RATE_HZ = 16_000

Row = dict[str, str]
Samples = NDArray[np.floating]


@dataclass(frozen=True, slots=True)
class Pair:
    """A trial to score; ``length_s`` None: all speech of the second side."""

    id1: str
    id2: str
    group1: str
    group2: str
    condition: str
    length_s: float | None = None
    distortion: str = ""
    first_distortion: str = ""


class Voices:
    """Templates of the corpus's clips, each made once."""

    def __init__(self, data: Path, model_id: str) -> None:
        self._data = data
        self._settings = Settings()
        models = ModelStore()
        self._activity = models.load_default("speech_activity")
        self._embedder = VoiceEmbedder(models.load(model_id), self._settings.voices.shortest_probe_s)
        with (data / "manifest.csv").open(newline="", encoding="utf-8") as file:
            self.rows = {row["id"]: row for row in csv.DictReader(file)}
        self.template = cache(self._template)
        self._speech = cache(self._find_speech)

    def _template(self, clip_id: str, length_s: float | None = None, distortion: str = "") -> Template | None:
        waveform, spans = self._speech(clip_id, distortion)
        if length_s is None:
            return self._embedder.embed(waveform, spans)
        kept = list(_first_seconds(spans, length_s))
        return self._embedder.embed(waveform, kept) if sum(span.duration_s for span in kept) > length_s - 0.01 else None

    def _find_speech(self, clip_id: str, distortion: str) -> tuple[Waveform, tuple[Span, ...]]:
        try:
            waveform = self._decode(self._data / self.rows[clip_id]["path"])
        except ClipRejected as error:
            print(f"{clip_id}: {error}", file=sys.stderr)
            return Waveform(np.zeros(0, np.float32), self._embedder.mel.sample_rate_hz), ()
        if distortion:
            distorted = DISTORTIONS[distortion](waveform.samples, np.random.default_rng(int(clip_id[1:])))
            waveform = Waveform(distorted.astype(np.float32).clip(-1, 1), waveform.sample_rate_hz)
        speech = find_speech(waveform, self._activity, self._settings.voices)
        speakers = find_speakers(waveform, speech, self._embedder, self._settings.voices)
        return waveform, speakers[0].spans if speakers else ()

    def _decode(self, path: Path) -> Waveform:
        job = job_for(Task.SOUND, self._settings.media, self._settings.media.limit_duration_s)
        with path.open("rb") as media:
            parts = [np.frombuffer(bytes(message.payload), np.float32) for message in decode(media, job)]
        return Waveform(np.concatenate(parts).clip(-1, 1), job.sample_rate_hz)


def _telephone(samples: Samples, random: np.random.Generator) -> Samples:  # noqa: ARG001 - all distortions look alike
    return np.asarray(sosfilt(butter(4, (300, 3400), "bandpass", fs=RATE_HZ, output="sos"), samples))


def _room(samples: Samples, random: np.random.Generator) -> Samples:
    """Echo that falls by 60 dB in half a second, as strong as the direct sound."""
    seconds = np.arange(round(0.5 * RATE_HZ)) / RATE_HZ
    echo = random.normal(size=len(seconds)) * 10 ** (-3 * seconds / 0.5)
    echo[: RATE_HZ // 200] = 0
    echo /= np.linalg.norm(echo)
    return (samples + fftconvolve(samples, echo)[: len(samples)]) / 2


def _noise(samples: Samples, random: np.random.Generator) -> Samples:
    """Pink noise, 12 dB below the sound."""
    spectrum = np.fft.rfft(random.normal(size=len(samples)))
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1), len(samples))
    return samples + pink * np.std(samples) / np.std(pink) * 10 ** (-12 / 20)


DISTORTIONS: dict[str, Callable[[Samples, np.random.Generator], Samples]] = {
    "telephone": _telephone,
    "room": _room,
    "noise": _noise,
}


def _first_seconds(spans: tuple[Span, ...], length_s: float) -> Iterator[Span]:
    for span in spans:
        if length_s <= 0:
            return
        yield Span(span.start_s, min(span.end_s, span.start_s + length_s))
        length_s -= span.duration_s


def protocol_pairs(path: Path) -> list[Pair]:
    """The protocol's trials: whole, with the second side cut to each length, with one or both sides distorted."""
    with path.open(newline="", encoding="utf-8") as file:
        trials = [(row["id1"], row["id2"], row["speaker1"], row["speaker2"]) for row in csv.DictReader(file)]
    whole = [Pair(*trial, "protocol") for trial in trials]
    cut = [Pair(*trial, "cut", length_s) for length_s in LENGTHS_S for trial in trials]
    one_side = [Pair(*trial, name, None, name) for trial in trials for name in [_distortion_of(trial[1])]]
    both = [Pair(*trial, f"both_{name}", None, name, name) for trial in trials for name in [_distortion_of(trial[1])]]
    return [*whole, *cut, *one_side, *both]


def _distortion_of(clip_id: str) -> str:
    """A third of the clips each."""
    return list(DISTORTIONS)[int(clip_id[1:]) % len(DISTORTIONS)]


def other_pairs(rows: dict[str, Row], seen: set[str]) -> list[Pair]:
    """Pairs among the named people's clips outside the protocol; the people of the protocol are among them."""
    people: dict[str, list[Row]] = {}
    for row in rows.values():
        if row["id"] not in seen | COPIES and _is_one_voice(row):
            people.setdefault(ALIASES.get(row["identity"], row["identity"]), []).append(row)
    pairs = []
    for person, clips in people.items():
        ranked = sorted(combinations(clips, 2), key=lambda pair: pair[0]["source_repo"] == pair[1]["source_repo"])
        pairs += [_pair(one, other, person, person) for one, other in ranked[:LIMIT_PAIRS_PER_PERSON]]
    random = np.random.default_rng(20)
    for (one, mine), (other, theirs) in combinations(people.items(), 2):
        choices = list(product(mine, theirs))
        pairs.append(_pair(*choices[random.integers(len(choices))], one, other))
    return pairs


def _is_one_voice(row: Row) -> bool:
    named = row["identity"] and not row["identity"].startswith(NOT_ONE_PERSON) and ";" not in row["identity"]
    named = named or row["identity"].startswith("VCTK_")
    audible = row["modality"] in ("audio", "av") and row["label"] == "bonafide"
    return bool(named) and audible and float(row["duration_s"] or 0) >= SHORTEST_CLIP_S


def _pair(one: Row, other: Row, group1: str, group2: str) -> Pair:
    is_same_repository = one["source_repo"] == other["source_repo"]
    condition = "same_repository" if is_same_repository else "other_repository"
    return Pair(one["id"], other["id"], group1, group2, condition)


class Cohorts:
    """The model's cohort, and the same without some people."""

    def __init__(self, vectors: dict[str, Samples]) -> None:
        self._people = list(vectors)
        self._vectors = np.stack(list(vectors.values()))
        self.without = cache(self._without)

    def _without(self, *people: str) -> Cohort:
        kept = [place for place, person in enumerate(self._people) if person not in people]
        return Cohort(*statistics(self._vectors[kept]))


def statistics(vectors: Samples) -> tuple[Samples, Samples]:
    """Mean ``(d,)``, and the factor ``(d, k)`` of the covariance."""
    mean = vectors.mean(axis=0)
    _, sizes, axes = np.linalg.svd((vectors - mean) / np.sqrt(len(vectors)), full_matrices=False)
    kept = sizes > 1e-6 * sizes[0]
    return mean.astype(np.float32), (axes[kept] * sizes[kept, None]).T.astype(np.float32)


def cohort_vectors(pairs: list[Pair], voices: Voices) -> dict[str, Samples]:
    """One unit vector per person outside of the protocol: the mean of their recordings'."""
    protocol = {pair.group1 for pair in pairs if pair.condition == "protocol"}
    outside = [pair for pair in pairs if pair.condition.endswith("repository")]
    clips = {pair.id1: pair.group1 for pair in outside} | {pair.id2: pair.group2 for pair in outside}
    found: dict[str, list[Samples]] = {}
    for clip_id, person in sorted(clips.items()):
        template = voices.template(clip_id)
        if person not in protocol and template is not None:
            found.setdefault(person, []).append(template.vector)
    means = {person: np.mean(vectors, axis=0) for person, vectors in sorted(found.items())}
    return {person: mean / np.linalg.norm(mean) for person, mean in means.items()}


def write_cohort(model_id: str, vectors: dict[str, Samples]) -> None:
    """The statistics as a file beside the model, and its checksum in the manifest."""
    mean, factor = statistics(np.stack(list(vectors.values())))
    path = MODELS_DIR / f"{model_id}-cohort.npz"
    np.savez(path, mean=mean, factor=factor)
    manifest = json.loads((MODELS_DIR / "manifest.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in manifest["models"] if entry["model_id"] == model_id)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    entry["parameters"]["cohort"] = {"file": path.name, "sha256": digest, "people": len(vectors)}
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    (MODELS_DIR / "manifest.json").write_text(text, encoding="utf-8")


def score(pair: Pair, voices: Voices, cohorts: Cohorts) -> dict[str, object] | None:
    """The pair's row; None when a side has too little speech."""
    one = voices.template(pair.id1, None, pair.first_distortion)
    other = voices.template(pair.id2, pair.length_s, pair.distortion)
    if one is None or other is None:
        return None
    normalised = cohorts.without(*sorted({pair.group1, pair.group2})).score(one.vector, other.vector)
    values = (
        pair.id1,
        pair.id2,
        int(pair.group1 == pair.group2),
        pair.group1,
        pair.group2,
        f"{normalised:.6f}",
        f"{min(one.quality, other.quality):.2f}",
        f"{float(one.vector @ other.vector):.6f}",
        "" if pair.length_s is None else f"{pair.length_s:g}",
        pair.condition,
        *_acoustics(one),
        *_acoustics(other),
    )
    return dict(zip(COLUMNS, values, strict=True))


def _acoustics(template: Template) -> tuple[str, str]:
    found = template.acoustics
    return ("", "") if found is None else (f"{found.fall_db:.2f}", f"{found.band_db:.2f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder with manifest.csv and protocols/")
    parser.add_argument("--model", default="ge2e-1")
    parser.add_argument("--make-cohort", action="store_true", help="write the cohort and the manifest's checksum of it")
    arguments = parser.parse_args()
    voices = Voices(arguments.data, arguments.model)
    pairs = protocol_pairs(arguments.data / "protocols" / "speaker_trials.csv")
    pairs += other_pairs(voices.rows, {clip_id for pair in pairs for clip_id in (pair.id1, pair.id2)})
    vectors = cohort_vectors(pairs, voices)
    print(f"cohort: {len(vectors)} people")
    if arguments.make_cohort:
        write_cohort(arguments.model, vectors)
    cohorts = Cohorts(vectors)
    SCORES_DIR.mkdir(parents=True, exist_ok=True)
    path = SCORES_DIR / f"{arguments.model}.csv"
    counts: Counter[tuple[str, float | None, bool]] = Counter()
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        for pair in pairs:
            row = score(pair, voices, cohorts)
            counts[pair.condition, pair.length_s, row is not None] += 1
            if row is not None:
                writer.writerow(row)
    for (condition, length_s, is_scored), count in counts.items():
        print(f"{condition} {length_s or ''}: {count} {'scored' if is_scored else 'left out, too little speech'}")


if __name__ == "__main__":
    main()
