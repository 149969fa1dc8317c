"""Measure the detector: every clip by the network that never saw its source, generator or speakers.

Run as ``python -m models.build.audio.evaluate --work DIR --scores FILE``: writes the cross-fitted scores and
``DIR/results.json``, and prints the tables of the card.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from anchorproof.detectors import audio
from anchorproof.runtime import Model, ModelEntry
from anchorproof.types import HigherMeans, RawScore, Span, Waveform
from models.build.audio import augment, corpus, folds, pool, trivial
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples
from models.build.audio.export import ENTRY

Scores = NDArray[np.float64]
Condition = Callable[[Samples], Samples]

#: The codecs are tried on the first seconds of each clip; the first line of them is the comparison.
DEGRADED_S = 8
CONDITIONS: dict[str, Condition] = {
    "as it is": lambda samples: samples,
    "first 8 s": lambda samples: _head(samples),
    "first 8 s, AAC 32 kbit/s": lambda samples: augment.transcode(_head(samples), "adts", "aac", 32_000, 32_000),
    "first 8 s, telephone": lambda samples: augment.telephone(_head(samples)),
}
BOOTSTRAPS = 2_000


def network(path: Path) -> Model:
    """An exported network behind the service's own interface."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    entry = ModelEntry(**ENTRY | {"higher_means": HigherMeans.SPOOF}, sha256="", size_bytes=0)
    return Model(entry, ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))


def score_clips(clips: Sequence[Clip], speech: dict[str, Samples], nets: dict[str, Model], way: Condition) -> Scores:
    """Clip-level raw scores by the detector's own code; NaN where it has too little speech."""
    out = np.full(len(clips), np.nan)
    for index, clip in enumerate(clips):
        samples = speech[clip.clip_id]
        if len(samples) < SAMPLE_RATE_HZ * float(ENTRY["parameters"]["shortest_speech_s"]):
            continue
        waveform = Waveform(way(samples), SAMPLE_RATE_HZ)
        answer = audio.score(waveform, [Span(0.0, waveform.duration_s)], nets[folds.fold_of(clip)])
        if isinstance(answer, RawScore):
            out[index] = answer.score
    return out


def _head(samples: Samples) -> Samples:
    return samples[: DEGRADED_S * SAMPLE_RATE_HZ]


def auc(scores: Scores, spoof: NDArray[np.bool_]) -> float:
    return float(roc_auc_score(spoof, scores))


def eer(scores: Scores, spoof: NDArray[np.bool_]) -> float:
    """Rate at which misses and false alarms are equal."""
    alarms, hits, _ = roc_curve(spoof, scores)
    crossing = np.argmin(np.abs(alarms - (1 - hits)))
    return float((alarms[crossing] + 1 - hits[crossing]) / 2)


def interval(
    scores: Scores, spoof: NDArray[np.bool_], measure: Callable[[Scores, NDArray[np.bool_]], float]
) -> list[float]:
    """The measure with its 95 % bootstrap interval over clips, drawn within each class."""
    rng = np.random.default_rng(0)
    sides = [np.flatnonzero(spoof), np.flatnonzero(~spoof)]
    draws = []
    for _ in range(BOOTSTRAPS):
        chosen = np.concatenate([rng.choice(side, len(side)) for side in sides])
        draws.append(measure(scores[chosen], spoof[chosen]))
    low, high = np.quantile(draws, [0.025, 0.975])
    return [round(float(value), 3) for value in (measure(scores, spoof), low, high)]


def measure(scores: Scores, clips: list[Clip]) -> dict[str, Any]:
    """AUC and EER over all folds together, and the AUC of each fold and kind of media alone."""
    spoof = np.array([clip.is_spoof for clip in clips])
    fold = np.array([folds.fold_of(clip) for clip in clips])
    files = np.array([clip.modality == "audio" for clip in clips])
    return {
        "n": [int(spoof.sum()), int((~spoof).sum())],
        "auc": interval(scores, spoof, auc),
        "eer": interval(scores, spoof, eer),
        "auc_by_fold": {name: round(auc(scores[fold == name], spoof[fold == name]), 3) for name in folds.FOLDS},
        "auc_audio_files": round(auc(scores[files], spoof[files]), 3),
        "auc_videos": round(auc(scores[~files], spoof[~files]), 3),
    }


def tables(scores: Scores, clips: list[Clip]) -> dict[str, list[list[Any]]]:
    """Spoofs by generator and source, bona fide by source: n, mean score, share above the EER threshold, AUC."""
    spoof = np.array([clip.is_spoof for clip in clips])
    alarms, hits, thresholds = roc_curve(spoof, scores)
    threshold = thresholds[np.argmin(np.abs(alarms - (1 - hits)))]
    fold = np.array([folds.fold_of(clip) for clip in clips])
    out: dict[str, list[list[Any]]] = {"spoof": [], "bona fide": []}
    for is_spoof, name in ((True, "spoof"), (False, "bona fide")):
        groups = sorted({(c.source_repo, c.generator) for c in clips if c.is_spoof == is_spoof})
        for repo, generator in groups:
            inside = np.array([(c.source_repo, c.generator, c.is_spoof) == (repo, generator, is_spoof) for c in clips])
            others = (spoof != is_spoof) & np.isin(fold, np.unique(fold[inside]))
            chosen = inside | others
            row = [repo, generator, int(inside.sum()), round(float(scores[inside].mean()), 2)]
            row += [round(float((scores[inside] > threshold).mean()), 2), round(auc(scores[chosen], spoof[chosen]), 3)]
            out[name].append(row)
    return out


def copies(work: Path, nets: dict[str, Model]) -> dict[str, list[float]]:
    """Vocoded copies of left-out speech against their originals, by method: n, AUC, share above its own original.

    The speech was left out of training, the method was not.
    """
    stretches, rows = pool.load(work)
    groups: dict[str, list[tuple[float, float]]] = {}
    for index, stretch in enumerate(stretches):
        if stretch.kind == "twin":
            both = corpus.from_pcm(rows[[index, stretch.pair]])
            copy, original = nets[folds.fold_of(stretch)].run_one(both).tolist()
            groups.setdefault(stretch.made_by, []).append((copy, original))
    out = {}
    for name, pairs in sorted(groups.items()):
        values = np.array(pairs)
        spoof = np.repeat([[True, False]], len(values), axis=0)
        share = float((values[:, 0] > values[:, 1]).mean())
        out[name] = [len(values), round(auc(values.ravel(), spoof.ravel()), 3), round(share, 2)]
    return out


def write_scores(path: Path, clips: list[Clip], scores: Scores) -> None:
    columns = ["id", "label", "fake_type", "generator", "identity", "source_repo", "fold", "duration_s", "score"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for clip, value in zip(clips, scores, strict=True):
            row = [clip.clip_id, clip.label, clip.fake_type, clip.generator, clip.identity, clip.source_repo]
            writer.writerow([*row, folds.fold_of(clip), f"{clip.duration_s:.2f}", f"{value:.4f}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    arguments = parser.parse_args()
    clips, speech = corpus.load(arguments.work)
    clips = [clip for clip in clips if not clip.clip_id.endswith("+")]  # joined digits train only
    nets = {fold: network(arguments.work / f"net_{fold}.onnx") for fold in folds.FOLDS}
    by_condition = {name: score_clips(clips, speech, nets, way) for name, way in CONDITIONS.items()}
    scored = ~np.isnan(by_condition["as it is"])
    judged = [clip for clip, is_scored in zip(clips, scored, strict=True) if is_scored]
    results: dict[str, Any] = {"too little speech": int((~scored).sum())}
    results |= {name: measure(values[scored], judged) for name, values in by_condition.items()}
    results |= {f"trivial, {name}": measure(values, judged) for name, values in trivial.scores(judged, speech).items()}
    results |= {"copies": copies(arguments.work, nets)}
    results |= {"tables": tables(by_condition["as it is"][scored], judged)}
    write_scores(arguments.scores, judged, by_condition["as it is"][scored])
    (arguments.work / "results.json").write_text(json.dumps(results, indent=1))
    for name, rows in results.pop("tables").items():
        print(f"\n{name}")
        for row in rows:
            print("| " + " | ".join(map(str, row)) + " |")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
