"""Which ways of making twins help on what was left out: each alone, together, and with weights chosen in the folds."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.equalise import POOR_DRAW
from models.build.visual.corpus import FOLDS
from models.build.visual.heads import VIEW_LIMIT, Example, Head, fit
from models.build.visual.measure import auc, auc_interval
from models.build.visual.pairs import way_of, with_pairs
from models.build.visual.views import VIEWS

Floats = NDArray[np.float64]
Weights = Mapping[str, float]

#: Tried alone; and the grid for weights that are chosen within the training folds.
ALONE, GRID = (0.15, 0.25, 0.5), (0.0, 0.15, 0.3)
RECALL = 0.6
ROUNDS = 2000
#: What draws beside the first are called.
DRAWN = {POOR_DRAW: "poor", 2: "H.265", 3: "VP9"}


@dataclass(frozen=True)
class Parts:
    """What a head that was fitted on some folds says of every example: views ``(n, VIEWS)`` before they are bounded,
    ``voices`` ``(n,)``, and by way what its direction adds to the views at weight 1."""

    views: Floats
    voices: Floats
    ways: Mapping[str, Floats]

    def score(self, weights: Weights) -> Floats:
        views = self.views + sum(weight * self.ways[way] for way, weight in weights.items() if weight)
        return np.asarray(views.clip(-VIEW_LIMIT, VIEW_LIMIT).sum(1) + self.voices)


@dataclass(frozen=True)
class Trials:
    """All examples with their parts by the folds that were left out (one, or two for choosing)."""

    examples: Sequence[Example]
    parts: Mapping[tuple[int, ...], Parts]

    @property
    def fold(self) -> NDArray[np.int64]:
        return np.array([example.clip.fold for example in self.examples])

    @property
    def draw(self) -> NDArray[np.int64]:
        return np.array([example.draw for example in self.examples])

    @property
    def is_spoof(self) -> NDArray[np.bool_]:
        return np.array([example.clip.is_spoof for example in self.examples])

    def scores(self, weights: Weights | Sequence[Weights]) -> Floats:
        """Of every example by the head that saw nothing of its fold; ``weights`` may be given by fold."""
        found = np.full(len(self.examples), np.nan)
        for fold in range(FOLDS):
            own = weights if isinstance(weights, Mapping) else weights[fold]
            inside = self.fold == fold
            found[inside] = self.parts[(fold,)].score(own)[inside]
        return found

    def chosen(self, fold: int, grid: Sequence[Weights]) -> Weights:
        """The weights of the grid that do best on the other folds, each scored by heads that saw neither."""

        def worth(weights: Weights) -> float:
            found = np.full(len(self.examples), np.nan)
            for other in range(FOLDS):
                if other != fold:
                    inside = self.fold == other
                    found[inside] = self.parts[(min(fold, other), max(fold, other))].score(weights)[inside]
            kept = (self.fold != fold) & (self.draw == 0)
            return auc(found[kept], self.is_spoof[kept]) - false_alarms(found[kept], self.is_spoof[kept]) / 2

        return max(grid, key=worth)


def try_ways(examples: Sequence[Example], twins: Sequence[Example]) -> Trials:
    """Heads without every fold and every two folds, and the directions of each way for them."""
    names = sorted({way_of(twin.clip) for twin in twins})
    outside = [(fold,) for fold in range(FOLDS)] + list(itertools.combinations(range(FOLDS), 2))
    parts: dict[tuple[int, ...], Parts] = {}
    for left_out in outside:
        train = [example for example in examples if example.clip.fold not in left_out]
        head = fit(train)
        plain = _views(head, examples)
        ways = {way: _views(with_pairs(head, train, twins, {way: 1.0}), examples) - plain for way in names}
        parts[left_out] = Parts(plain, _voices(head, examples), ways)
    return Trials(examples, parts)


def write_ways(path: Path, trials: Trials) -> None:
    """Figures of every way alone, all together, and chosen in a nested fashion; and what they add, as intervals."""
    names = sorted(trials.parts[(0,)].ways)
    plain = trials.scores({})
    tried: dict[str, Weights] = {"none": {}}
    tried |= {f"{name} at {weight}": {name: weight} for name in names for weight in ALONE}
    tried |= {f"all at {weight}": dict.fromkeys(names, weight) for weight in ALONE}
    tried |= {f"all but {name} at 0.25": {o: 0.25 for o in names if o != name} for name in names}
    found: dict[str, object] = {}
    for label, weights in tried.items():
        found[label] = _figures(trials, trials.scores(weights), plain)
    grid = [dict(zip(names, row, strict=True)) for row in itertools.product(GRID, repeat=len(names))]
    chosen = [trials.chosen(fold, grid) for fold in range(FOLDS)]
    found["chosen by fold"] = {"weights": chosen, **_figures(trials, trials.scores(chosen), plain)}
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    for label, figures in found.items():
        print(label, json.dumps(figures))


def false_alarms(scores: Floats, is_spoof: NDArray[np.bool_]) -> float:
    """Share of bona fide clips at or above the threshold that finds ``RECALL`` of the spoofs."""
    return float((scores[~is_spoof] >= _threshold(scores, is_spoof)).mean())


def _threshold(scores: Floats, is_spoof: NDArray[np.bool_]) -> float:
    return float(np.quantile(scores[is_spoof], 1 - RECALL, method="lower"))


def _figures(trials: Trials, scores: Floats, plain: Floats) -> dict[str, object]:
    first, side = trials.draw == 0, trials.is_spoof
    limit = _threshold(scores[first], side[first])
    sources = np.array([example.clip.source for example in trials.examples])
    above = [float(scores[mine].mean()) > limit for mine in _groups(sources, first & ~side)]
    figures: dict[str, object] = {
        "auc": _tidy(auc(scores[first], side[first])),
        "interval": [_tidy(value) for value in auc_interval(scores[first], side[first])],
        "more than none": _paired(scores[first], plain[first], side[first]),
        "false alarms": _tidy(false_alarms(scores[first], side[first])),
        "sources above": sum(above),
    }
    ids = np.array([example.clip.clip_id for example in trials.examples])
    for number, name in DRAWN.items():
        own = trials.draw == number
        if own.any():
            same = first & np.isin(ids, ids[own])
            figures[name] = {
                "clips": [int((own & ~side).sum()), int((own & side).sum())],
                "auc": _tidy(auc(scores[own], side[own])),
                "auc of the same clips": _tidy(auc(scores[same], side[same])),
                "false alarms": _tidy(float((scores[own & ~side] >= limit).mean())),
                "of the same clips": _tidy(float((scores[same & ~side] >= limit).mean())),
            }
    return figures


def _paired(scores: Floats, plain: Floats, is_spoof: NDArray[np.bool_]) -> list[float]:
    """95 % of the difference in AUC over clips, the same resampled clips for both."""
    rng, rows = np.random.default_rng(0), (np.flatnonzero(is_spoof), np.flatnonzero(~is_spoof))
    found = []
    for _ in range(ROUNDS):
        own = np.concatenate([rng.choice(side, len(side)) for side in rows])
        found.append(auc(scores[own], is_spoof[own]) - auc(plain[own], is_spoof[own]))
    return [_tidy(value) for value in np.percentile(found, [2.5, 97.5])]


def _groups(names: NDArray[np.str_], where: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    for name in np.unique(names[where]):
        yield where & (names == name)


def _views(head: Head, examples: Sequence[Example]) -> Floats:
    rows = np.stack([example.values for example in examples]).reshape(len(examples), len(VIEWS), -1)
    return np.asarray(np.einsum("nvf,vf->nv", rows, head.slopes) + head.offsets)


def _voices(head: Head, examples: Sequence[Example]) -> Floats:
    rows = [zip(head.voices, example.measures, strict=True) for example in examples]
    return np.array([sum(voice.score(value) for voice, value in row) for row in rows])


def _tidy(value: float) -> float:
    return round(float(value), 3)
