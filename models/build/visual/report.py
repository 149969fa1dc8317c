"""Writes down what was measured: the scores themselves, and the figures of the model card."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np

from models.build.visual.corpus import FOLDS, Clip
from models.build.visual.measure import auc, auc_interval, by_generator, by_source, eer, trivial_baseline

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
    scored = [clip for clip in clips if (clip.clip_id, 0) in scores]
    side = [clip.is_spoof for clip in scored]
    report["trivial"] = {
        name: {"auc": auc(found, side), "interval": auc_interval(found, side), "eer": eer(found, side)}
        for name, found in trivial_baseline(scored).items()
    }
    report["not scored"] = [clip.clip_id for clip in clips if (clip.clip_id, 0) not in scores]
    path.write_text(json.dumps(report, indent=1))
    print(json.dumps(report, indent=1))


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
