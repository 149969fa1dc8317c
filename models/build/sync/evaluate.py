"""``python -m models.build.sync.evaluate --data DIR --work DIR``: measures the folds' networks.

Every figure is of clips whose source and people were left out of the network that scored them.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression

from anchorproof.detectors.sync import LagCurve, SyncRules
from calibration.metrics import auc
from models.build.sync import offsets
from models.build.sync.entry import ENTRY
from models.build.sync.material import MARGIN, Piece, folds_of, load, read_rows, usable
from models.build.sync.plot import draw
from models.build.sync.still import STILL
from models.build.sync.trials import (
    Judge,
    Stretch,
    bootstrap_over,
    other_clips,
    other_sounds,
    served,
    stretches,
    synthetic_speech,
    whole,
)

SEED = 7
ROUNDS = 1000
WINDOW = 125
#: Offsets within 80 ms.
CLOSE = 2
_UPPER, _LOWER = 35, 25
Floats = NDArray[np.float64]


class Bench:
    """Scores of one set of stretches with their own sound and with others."""

    def __init__(self, judge: Judge, chosen: Sequence[Stretch]) -> None:
        self.judge = judge
        self.chosen = list(chosen)
        self.clips = [stretch.piece.clip_id for stretch in chosen]
        self.genuine = [self._curve(stretch, stretch.mel, stretch.heard) for stretch in chosen]

    def _curve(self, stretch: Stretch, mel: NDArray[np.float32], heard: NDArray[np.bool_]) -> LagCurve:
        return self.judge.curve(stretch.piece, stretch.lips, mel, heard)

    def shifted(self, shift: int) -> list[LagCurve]:
        return [self._curve(one, one.sound_at(shift), one.heard_at(shift)) for one in self.chosen]

    def swapped(self, seed: int) -> list[LagCurve]:
        others = other_sounds(self.chosen, seed)
        return [self._curve(one, other.mel, other.heard) for one, other in zip(self.chosen, others, strict=True)]

    def spoken_over(self, speech: Sequence[NDArray[np.float32]]) -> list[LagCurve]:
        return [spoken_over(self.judge, one, speech[number % len(speech)]) for number, one in enumerate(self.chosen)]

    def scores(self, curves: Sequence[LagCurve]) -> Floats:
        return np.array([curve.score(self.judge.rules) for curve in curves])

    def told_apart(self, spoofed: Sequence[LagCurve]) -> dict[str, Any]:
        """AUC of the score, larger for genuine, with its interval over clips."""
        return figure_of(self.scores(self.genuine), self.scores(spoofed), self.clips)


def spoken_over(judge: Judge, stretch: Stretch, speech: NDArray[np.float32]) -> LagCurve:
    """With this log mel in place of its sound, repeated where it ends."""
    frames = 4 * (stretch.length + 2 * MARGIN)
    mel = np.resize(np.roll(speech, -4 * stretch.start, axis=0), (frames, stretch.mel.shape[1]))
    return judge.curve(stretch.piece, stretch.lips, mel, np.ones(frames // 4, bool))


def figure_of(genuine: Floats, spoofed: Floats, clips: Sequence[str]) -> dict[str, Any]:
    values = [auc(genuine[chosen], spoofed[chosen]) for chosen in bootstrap_over(clips, ROUNDS, SEED)]
    low, high = np.quantile(values, [0.025, 0.975])
    return {
        "auc": round(auc(genuine, spoofed), 4),
        "low": round(float(low), 4),
        "high": round(float(high), 4),
        "n": len(genuine),
        "clips": len(set(clips)),
    }


# --------------------------------------------------------------------------- baselines


def opening_follows_energy(lips: NDArray[np.float32], mel: NDArray[np.float32]) -> float:
    """Largest correlation of the lips' opening with the sound's energy at lags of up to 120 ms: no learning at all."""
    points = lips.reshape(len(lips), -1, 3)
    opening = np.linalg.norm(points[:, _UPPER] - points[:, _LOWER], axis=1)
    energy = np.log(np.exp(mel).sum(axis=1) + 1e-6).reshape(-1, 4).mean(axis=1)
    starts = range(MARGIN - CLOSE - 1, MARGIN + CLOSE + 2)
    return max(_correlation(opening, energy[start : start + len(opening)]) for start in starts)


def _correlation(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    one, other = one - one.mean(), other - other.mean()
    return float(one @ other / np.sqrt((one @ one) * (other @ other) + 1e-9))


def trivial_facts(stretch: Stretch, mel: NDArray[np.float32]) -> list[float]:
    """Facts of picture and sound that say nothing about whether they belong together."""
    middle = mel[4 * MARGIN : -4 * MARGIN]
    return [
        float(middle.mean()), float(middle.std()), float(middle[:, -8:].mean() - middle.mean()),
        stretch.piece.face_px, float(stretch.lips.std()), stretch.length,
    ]  # fmt: skip


def trivial_baseline(bench: Bench, seed: int) -> dict[str, Any]:
    """Logistic regression on those facts, each fold scored by a fit on the others."""
    others = other_sounds(bench.chosen, seed)
    own = np.array([trivial_facts(one, one.mel) for one in bench.chosen])
    swapped = np.array([trivial_facts(one, other.mel) for one, other in zip(bench.chosen, others, strict=True)])
    folds = np.array([bench.judge.fold(one.piece) for one in bench.chosen])
    found = np.full((2, len(own)), np.nan)
    for fold in np.unique(folds):
        out = folds == fold
        table = np.concatenate([own[~out], swapped[~out]])
        middle, spread = table.mean(axis=0), table.std(axis=0) + 1e-9
        truth = np.arange(len(table)) < (~out).sum()
        fit = LogisticRegression(max_iter=1000).fit((table - middle) / spread, truth)
        found[0, out], found[1, out] = (fit.decision_function((part[out] - middle) / spread) for part in (own, swapped))
    return figure_of(found[0], found[1], bench.clips)


# --------------------------------------------------------------------------- the whole page


def measure(judge: Judge, pieces: Sequence[Piece], data: Path, rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    genuine = [piece for piece in pieces if piece.row["label"] == "bonafide" and piece.number == 0]
    bench = Bench(judge, stretches(genuine, WINDOW, WINDOW // 2, judge.rules))
    speech = synthetic_speech(data, rows, 24, SEED)
    others = other_sounds(bench.chosen, SEED)
    baseline = figure_of(
        np.array([opening_follows_energy(one.lips, one.mel) for one in bench.chosen]),
        np.array(
            [opening_follows_energy(one.lips, other.mel) for one, other in zip(bench.chosen, others, strict=True)]
        ),
        bench.clips,
    )
    shifted = {steps: bench.shifted(steps) for steps in (-10, -5, 5, 10, 25)}
    swapped_curves = bench.swapped(SEED)
    near_zero = np.abs(offsets.offsets_of(bench.genuine)) <= offsets.CLOSE_S
    sources = np.array([one.piece.row["source_repo"] for one in bench.chosen])
    own, swapped = bench.scores(bench.genuine), bench.scores(swapped_curves)
    return {
        "windows_5_s": {
            "swapped_speech": bench.told_apart(swapped_curves),
            "text_to_speech": bench.told_apart(bench.spoken_over(speech)),
            "shifted_0.2_s": bench.told_apart(shifted[5]),
            "shifted_0.4_s": bench.told_apart(shifted[10]),
            "shifted_1.0_s": bench.told_apart(shifted[25]),
            "opening_follows_energy": baseline,
            "trivial_facts": trivial_baseline(bench, SEED),
        },
        "offset": offsets.measure(
            bench.genuine,
            swapped_curves,
            {steps: curves for steps, curves in shifted.items() if abs(steps) <= 10},
            bench.clips,
            np.array([judge.fold(one.piece) for one in bench.chosen]),
            judge.rules.least_offset_confidence,
        )
        | {"per_clip_ms": _per_clip(bench)},
        "by_source": {
            source: {
                "windows": int((sources == source).sum()),
                "auc": round(auc(own[sources == source], swapped), 3),
                "offset_within_80_ms_of_none": round(float(near_zero[sources == source].mean()), 3),
            }
            for source in sorted(set(sources.tolist()))
        },
        "by_face_px": _by_size(bench, own, swapped),
        "shorter": {f"{seconds} s": _of_length(judge, genuine, 25 * seconds) for seconds in (2, 3)},
    }


def _of_length(judge: Judge, genuine: Sequence[Piece], steps: int) -> dict[str, Any]:
    bench = Bench(judge, stretches(genuine, steps, steps, judge.rules))
    return bench.told_apart(bench.swapped(SEED))


def _per_clip(bench: Bench) -> dict[str, list[int]]:
    clips, found = np.array(bench.clips), offsets.offsets_of(bench.genuine)
    return {str(clip): [round(1000 * float(one)) for one in found[clips == clip]] for clip in dict.fromkeys(clips)}


def _by_size(bench: Bench, own: Floats, swapped: Floats) -> dict[str, Any]:
    sizes = np.array([one.piece.face_px for one in bench.chosen])
    found = {}
    for low, high in ((0, 80), (80, 150), (150, 10_000)):
        here = (sizes >= low) & (sizes < high)
        if here.sum() >= 5:
            found[f"{low}-{high} px"] = {"windows": int(here.sum()), "auc": round(auc(own[here], swapped[here]), 3)}
    return found


def dub_scores(judge: Judge, pieces: Sequence[Piece]) -> dict[str, Any]:
    """Dubs of genuine pictures against genuine clips of the same source, whole clips."""
    groups = {piece.group for piece in pieces if piece.row["label"] == "fake"}
    here = [piece for piece in pieces if piece.group in groups and piece.number == 0]
    sides = {
        side: Bench(judge, whole([one for one in here if one.row["label"] == side], judge.rules))
        for side in ("bonafide", "fake")
    }
    own, dubbed = (bench.scores(bench.genuine) for bench in sides.values())
    found: dict[str, Any] = {"genuine": len(own), "dubs": len(dubbed)}
    if len(own) and len(dubbed):
        found["auc"] = round(auc(own, dubbed), 4)
        generators = np.array([one.piece.row["generator"] for one in sides["fake"].chosen])
        found["by_generator"] = {
            name: {"clips": int((generators == name).sum()), "auc": round(auc(own, dubbed[generators == name]), 3)}
            for name in sorted(set(generators.tolist()))
        }
    return found


def poor_copies(judge: Judge, work: Path, pieces: Sequence[Piece], rows: Sequence[dict[str, str]]) -> dict[str, Any]:
    """Poor copies and the originals of the same clips, 5 s windows; ``{}`` when no copies were made."""
    copies = load(work / "poor", rows, STILL)
    ids = {piece.clip_id for piece in copies}
    sides = {"original": [one for one in pieces if one.clip_id in ids and one.number == 0], "copy": copies}
    found: dict[str, Any] = {}
    for side, here in sides.items():
        if here:
            bench = Bench(judge, stretches(here, WINDOW, WINDOW // 2, judge.rules))
            found[side] = bench.told_apart(bench.swapped(SEED))
            close = np.abs(offsets.offsets_of(bench.genuine)) <= offsets.CLOSE_S
            found[side]["offset_within_80_ms_of_none"] = round(float(close.mean()), 3)
            found[side]["median_face_px"] = round(float(np.median([one.piece.face_px for one in bench.chosen])))
    return found


def draw_page(judge: Judge, pieces: Sequence[Piece], path: Path) -> None:
    genuine = [piece for piece in pieces if piece.row["label"] == "bonafide" and piece.number == 0]
    bench = Bench(judge, stretches(genuine, WINDOW, WINDOW // 2, judge.rules))
    sides = {"own sound": bench.genuine, "another's speech": bench.swapped(SEED), "own, 0.4 s late": bench.shifted(10)}
    draw(
        path,
        {name: np.stack([curve.likeness for curve in curves]) for name, curves in sides.items()},
        {name: bench.scores(curves) for name, curves in sides.items()},
        offsets.offsets_of(bench.genuine),
    )


def write_scores(path: Path, judge: Judge, pieces: Sequence[Piece], speech: Sequence[NDArray[np.float32]]) -> int:
    """One line per clip as it is, with another's speech, and with synthetic speech over it; windows as served."""
    genuine = [piece for piece in pieces if piece.row["label"] == "bonafide" and piece.number == 0]
    clips = served(genuine, judge.rules)
    sides = {
        ("bonafide", "none"): clips,
        ("fake", "swapped speech"): other_clips(clips, SEED),
        ("fake", "text to speech"): clips,
    }
    header = ("id", "label", "fake_type", "generator", "identity", "source_repo", "fold", "duration_s", "score")
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        for (label, kind), sounds in sides.items():
            for number, (windows, sound) in enumerate(zip(clips, sounds, strict=True)):
                if kind == "text to speech":
                    curves = [spoken_over(judge, one, speech[number % len(speech)]) for one in windows]
                else:
                    curves = [
                        judge.curve(one.piece, one.lips, other.mel, other.heard)
                        for one, other in zip(windows, sound, strict=True)
                    ]
                row, lengths = windows[0].piece.row, [one.length for one in windows]
                score = np.average([curve.score(judge.rules) for curve in curves], weights=lengths)
                # Trials over one source's pictures depend on each other, whatever is said over them.
                generator = "none" if label == "bonafide" else f"revoiced {row['source_repo']}"
                fold = judge.fold(windows[0].piece)
                cells = (row["id"], label, kind, generator, row["identity"], row["source_repo"], fold)
                writer.writerow([*cells, f"{sum(lengths) / 25:.2f}", f"{score:.4f}"])
    return len(clips)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--scores", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    all_rows = read_rows(arguments.data / "manifest.csv")
    rows = usable(all_rows)
    pieces = load(arguments.work / "mouths", rows, STILL)
    rules = SyncRules(**{name: ENTRY["parameters"][name] for name in SyncRules.__dataclass_fields__})
    judge = Judge(arguments.work, rules, folds_of(rows))
    if arguments.scores:
        speech = synthetic_speech(arguments.data, all_rows, 24, SEED)
        print(write_scores(arguments.scores, judge, pieces, speech), "clips scored")
    if arguments.out:
        results = {"seed": SEED, "clips_looked_at": len({piece.clip_id for piece in pieces})}
        results |= measure(judge, pieces, arguments.data, all_rows)
        results |= {"dubs": dub_scores(judge, pieces), "poor_copies": poor_copies(judge, arguments.work, pieces, rows)}
        print(json.dumps(results, indent=1))
        arguments.out.mkdir(parents=True, exist_ok=True)
        draw_page(judge, pieces, arguments.out / "lags.png")
        (arguments.out / "detector.json").write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
