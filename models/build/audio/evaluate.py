"""Measure the detector: every clip by the network that never saw its source, generator or speakers.

Run as ``python -m models.build.audio.evaluate --work DIR --scores FILE``: writes the cross-fitted scores,
``DIR/results.json`` and ``DIR/models.csv`` (which network never saw which clip), and prints the tables of the card.
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
import torch
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score, roc_curve

from anchorproof.detectors import audio
from anchorproof.runtime import Model, ModelEntry
from anchorproof.types import HigherMeans, RawScore, Span, Waveform
from models.build.audio import corpus, export, folds, ladder, pool, trivial
from models.build.audio.corpus import SAMPLE_RATE_HZ, Clip, Samples
from models.build.audio.export import ENTRY
from models.build.audio.network import AudioNet

Scores = NDArray[np.float64]
SHORTEST_S = float(ENTRY["parameters"]["shortest_speech_s"])
BOOTSTRAPS = 2_000
#: Clips whose scores are held against the service's own code, which fades the end of the 10 s once more.
CHECKED, LARGEST_DIFFERENCE = 12, 1e-2


def network(path: Path) -> Model:
    """An exported network behind the service's own interface."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    entry = ModelEntry(**ENTRY | {"higher_means": HigherMeans.SPOOF}, sha256="", size_bytes=0)
    return Model(entry, ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]))


def score_clips(clips: Sequence[Clip], work: Path, nets: dict[str, AudioNet]) -> Scores:
    """Clip-level raw scores: the mean over the first 10 s of windows; NaN where there is too little speech."""
    windows, features = pool.load(work)
    rows: dict[str, list[int]] = {}
    for index, window in enumerate(windows):
        if window.kind == "clip":
            rows.setdefault(window.clip_id, []).append(index)
    out = np.full(len(clips), np.nan)
    for index, clip in enumerate(clips):
        if clip.speech_s >= SHORTEST_S:
            out[index] = pooled(nets[folds.fold_of(clip)], features[rows[clip.clip_id]])
    return out


def pooled(net: AudioNet, features: NDArray[np.float32]) -> float:
    """A clip's score from its windows' features, as the service pools them."""
    with torch.inference_mode():
        return float(net.answer(torch.from_numpy(features)).mean())


def check(clips: Sequence[Clip], scores: Scores, speech: dict[str, Samples], work: Path) -> float:
    """Largest difference between these scores and what the service's code gives with the exported networks."""
    differences = []
    for index in np.flatnonzero(np.isfinite(scores))[:: max(1, len(clips) // CHECKED)]:
        clip = clips[index]
        waveform = Waveform(pool.judged(speech[clip.clip_id]), SAMPLE_RATE_HZ)
        model = network(work / f"net_{folds.fold_of(clip)}-int8.onnx")
        answer = audio.score(waveform, [Span(0.0, waveform.duration_s)], model)
        differences.append(abs(answer.score - scores[index]) if isinstance(answer, RawScore) else np.inf)
    return float(max(differences))


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


def write_scores(path: Path, clips: Sequence[Clip], scores: Scores) -> None:
    columns = ["id", "label", "fake_type", "generator", "identity", "source_repo", "fold", "duration_s", "score"]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for clip, value in zip(clips, scores, strict=True):
            row = [clip.clip_id, clip.label, clip.fake_type, clip.generator, clip.identity, clip.source_repo]
            writer.writerow([*row, folds.fold_of(clip), f"{clip.duration_s:.2f}", f"{value:.4f}"])


def on_rungs(clips: Sequence[Clip], work: Path, nets: dict[str, AudioNet], threshold: float) -> dict[str, Any]:
    """The ladder's clips, one window of each on every rung: AUC, and shares above the threshold."""
    known = {clip.clip_id: clip for clip in clips}
    windows, features = ladder.load(work)
    found = {}
    for rung in ladder.RUNGS:
        places = [place for place, one in enumerate(windows) if one.kind == rung and one.clip_id in known]
        here = [known[windows[place].clip_id] for place in places]
        with torch.inference_mode():
            answers = [
                float(nets[folds.fold_of(clip)].answer(torch.from_numpy(features[[place]])))
                for place, clip in zip(places, here, strict=True)
            ]
        scores, spoof = np.array(answers), np.array([clip.is_spoof for clip in here])
        found[rung] = {
            "n": [int(spoof.sum()), int((~spoof).sum())],
            "auc": interval(scores, spoof, auc),
            "false alarms": round(float((scores[~spoof] > threshold).mean()), 3),
            "recall": round(float((scores[spoof] > threshold).mean()), 3),
        }
    return found


def write_networks(path: Path, clips: Sequence[Clip]) -> None:
    """The table of ``id,model`` for ``python -m benchmarks robustness --models``."""
    lines = [f"{clip.clip_id},net_{folds.fold_of(clip)}-int8.onnx" for clip in clips]
    path.write_text("\n".join(["id,model", *lines]) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scores", type=Path, required=True)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    clips, speech = corpus.load(arguments.work)
    clips = [clip for clip in clips if not clip.clip_id.endswith("+")]  # joined digits train only
    nets = {fold: export.load(arguments.work / f"net_{fold}.pt") for fold in folds.FOLDS}
    scores = score_clips(clips, arguments.work, nets)
    scored = ~np.isnan(scores)
    judged = [clip for clip, is_scored in zip(clips, scored, strict=True) if is_scored]
    write_scores(arguments.scores, judged, scores[scored])
    difference = check(clips, scores, speech, arguments.work)
    if difference > LARGEST_DIFFERENCE:
        raise SystemExit(f"the service scores up to {difference:.4f} otherwise than the pool")
    scores = scores[scored]
    results: dict[str, Any] = {"too little speech": int((~scored).sum()), "difference to the service": difference}
    results |= {"as it is": measure(scores, judged)}
    alarm = float(np.quantile([score for score, clip in zip(scores, judged, strict=True) if not clip.is_spoof], 0.95))
    results |= {"on rungs": on_rungs(judged, arguments.work, nets, alarm)}
    results |= {f"trivial, {name}": measure(values, judged) for name, values in trivial.scores(judged, speech).items()}
    results |= {"tables": tables(scores, judged)}
    write_networks(arguments.work / "models.csv", judged)
    (arguments.work / "results.json").write_text(json.dumps(results, indent=1))
    for name, rows in results.pop("tables").items():
        print(f"\n{name}")
        for row in rows:
            print("| " + " | ".join(map(str, row)) + " |")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
