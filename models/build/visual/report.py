"""Writes down what was measured: the scores themselves, and the figures of the model card."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from benchmarks.folds import By, Fold
from models.build.visual.corpus import FOLDS, Clip
from models.build.visual.heads import Example, Fit, left_out
from models.build.visual.measure import auc, auc_interval, by_generator, by_source, eer, trivial_baseline

#: Sources and generators with fewer clips make no pair: an AUC of so few comparisons says nothing.
FEWEST_IN_PAIR = 5
Scores = dict[tuple[str, int], float]

COLUMNS = ["id", "label", "fake_type", "generator", "identity", "source_repo", "fold", "duration_s", "score"]


def write_scores(path: Path, scores: Scores, clips: list[Clip]) -> None:
    """Cross-fitted scores of draw 0; ``label`` is the picture's."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for clip in sorted(clips, key=lambda clip: clip.clip_id):
            if (clip.clip_id, 0) in scores:
                writer.writerow(_row(clip, scores[clip.clip_id, 0]))


def write_report(path: Path, scores: Scores, clips: list[Clip]) -> None:
    """Everything the card states, as JSON, and its main lines on the screen."""
    report = {f"draw {draw}": _figures(scores, clips, draw) for draw in sorted({draw for _, draw in scores})}
    for draw in sorted({draw for _, draw in scores} - {0}):
        shared = [clip for clip in clips if (clip.clip_id, draw) in scores and (clip.clip_id, 0) in scores]
        equalised = [scores[clip.clip_id, 0] for clip in shared]
        report[f"draw {draw}"]["auc of the same clips in draw 0"] = auc(equalised, [clip.is_spoof for clip in shared])
    scored = [clip for clip in clips if (clip.clip_id, 0) in scores]
    side = [clip.is_spoof for clip in scored]
    report["trivial"] = {
        name: {"auc": auc(found, side), "interval": auc_interval(found, side), "eer": eer(found, side)}
        for name, found in trivial_baseline(scored).items()
    }
    report["not scored"] = [clip.clip_id for clip in clips if (clip.clip_id, 0) not in scores]
    path.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


def write_left_out(folder: Path, examples: list[Example], clips: list[Clip], fit_head: Fit) -> None:
    """Leave-one-source-out and leave-one-generator-out: ``left-out.csv``; and one of each at once: ``pairs.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    by_id = {clip.clip_id: clip for clip in clips}
    with (folder / "left-out.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(COLUMNS)
        for by in (By.SOURCE, By.GENERATOR):
            for fold, scores in left_out(examples, by, fit_head):
                for clip_id, score in scores.items():
                    row = _row(by_id[clip_id], score)
                    row[COLUMNS.index("fold")] = fold.name
                    writer.writerow(row)
    common = [example for example in examples if _group_size(example.clip, clips) >= FEWEST_IN_PAIR]
    pairs = [_pair(fold, scores, by_id) for fold, scores in left_out(examples, By.PAIR, fit_head, common)]
    mean = float(np.mean([pair["auc"] for pair in pairs]))
    weighted = float(np.average([pair["auc"] for pair in pairs], weights=[pair["comparisons"] for pair in pairs]))
    found = {"pairs": len(pairs), "mean_auc": mean, "auc_over_comparisons": weighted, "of_each": pairs}
    (folder / "pairs.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"pairs of a source and a generator left out at once: mean AUC {mean:.3f}, over comparisons {weighted:.3f}")


def _group_size(clip: Clip, clips: list[Clip]) -> int:
    """Clips of the same generator, or of the same bona fide source."""
    return sum(_group_of(other) == _group_of(clip) for other in clips)


def _group_of(clip: Clip) -> tuple[bool, str]:
    return clip.is_spoof, clip.generator if clip.is_spoof else clip.source


def _pair(fold: Fold, scores: dict[str, float], by_id: dict[str, Clip]) -> dict[str, object]:
    values = np.array(list(scores.values()))
    side = np.array([by_id[clip_id].is_spoof for clip_id in scores])
    return {"pair": fold.name, "comparisons": int(side.sum() * (~side).sum()), "auc": round(auc(values, side), 4)}


def _row(clip: Clip, score: float) -> list[object]:
    label, kind = ("fake", clip.row["fake_type"]) if clip.is_spoof else ("bonafide", "none")
    row = clip.row
    return [
        clip.clip_id,
        label,
        kind,
        clip.generator,
        row["identity"],
        clip.source,
        clip.fold,
        row["duration_s"],
        f"{score:.5f}",
    ]


def _figures(scores: Scores, clips: list[Clip], draw: int) -> dict[str, object]:
    chosen = [clip for clip in clips if (clip.clip_id, draw) in scores]
    found = {clip.clip_id: scores[clip.clip_id, draw] for clip in chosen}
    values, side = np.array(list(found.values())), np.array([clip.is_spoof for clip in chosen])
    fold = np.array([clip.fold for clip in chosen])
    return {
        "clips": {"bona fide": int((~side).sum()), "spoof": int(side.sum())},
        "auc": auc(values, side),
        "interval": auc_interval(values, side),
        "eer": eer(values, side),
        "auc by fold": [auc(values[fold == k], side[fold == k]) for k in range(FOLDS)],
        "generators (clips, mean, AUC)": {name: rest for name, *rest in by_generator(found, chosen)},
        "bona fide sources (clips, mean)": {name: rest for name, *rest in by_source(found, chosen)},
    }
