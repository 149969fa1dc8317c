"""Linear heads with strong shrinkage, every source one vote: anything richer learns so few sources by heart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.folds import By, Fold, make_folds
from models.build.visual.corpus import FOLDS, Clip
from models.build.visual.features import Seen
from models.build.visual.views import VIEWS

Floats = NDArray[np.float64]

#: Directions are fitted in the leading components of each size and averaged, so that none has to be chosen.
COMPONENTS = (50, 100, 200)
#: Share of the within-source scatter that is replaced by a sphere.
SHRINKAGE = 0.9
#: A view's say ends here, in deviations over its training rows: what nobody showed it must not decide a clip alone.
VIEW_LIMIT = 2.0
#: What is measured without a network; each has one voice, as each view has. Less of it speaks for spoof.
MEASURES = ("motion", "evenness")
#: A measure is clamped to these percentiles of the training clips.
MEASURE_RANGE = (5, 95)


@dataclass(frozen=True)
class Example:
    """One draw of one clip, its tracks averaged by weight."""

    clip: Clip
    draw: int
    values: Floats
    measures: tuple[float | None, ...]
    shares: Floats


@dataclass(frozen=True)
class Voice:
    """What one measure says: ``slope * (centre - clamp(measure))``, larger for spoof; ``usual`` where it is unseen."""

    slope: float
    centre: float
    limits: tuple[float, float]
    usual: float

    def score(self, measure: float | None) -> float:
        return self.slope * (self.centre - float(np.clip(self.usual if measure is None else measure, *self.limits)))


@dataclass(frozen=True)
class Head:
    """Raw score: clamp(values @ slope + offset) of every view, and the voice of every measure.

    ``slopes`` are ``(views, values)``, ``offsets`` ``(views,)``. Larger for spoof.
    """

    slopes: Floats
    offsets: Floats
    voices: tuple[Voice, ...]

    def score(self, example: Example) -> float:
        views = (example.values.reshape(len(VIEWS), -1) * self.slopes).sum(1) + self.offsets
        measured = sum(voice.score(value) for voice, value in zip(self.voices, example.measures, strict=True))
        return float(views.clip(-VIEW_LIMIT, VIEW_LIMIT).sum()) + measured

    def where(self, shares: Floats) -> Floats:
        """What each cell of the crop adds to the score by way of the views of the crop: ``(cells,)``; see ``Seen``."""
        of_crop = len(shares)
        slopes = self.slopes[:of_crop].reshape(of_crop, 2, -1)
        return np.asarray(np.einsum("vkf,vkfc->c", slopes, shares), np.float64)


#: Makes a head from the examples it may learn from.
Fit = Callable[[list[Example]], Head]


def gather(seen: list[Seen], clips: list[Clip]) -> list[Example]:
    """One example per clip and draw."""
    by_id = {clip.clip_id: clip for clip in clips}
    groups: dict[tuple[str, int], list[Seen]] = defaultdict(list)
    for track in seen:
        groups[track.clip_id, track.draw].append(track)
    return [_example(by_id[clip_id], draw, tracks) for (clip_id, draw), tracks in sorted(groups.items())]


def fit(examples: list[Example]) -> Head:
    """A head from the first draws among these examples; poor copies are for measuring only."""
    examples = [example for example in examples if example.draw == 0]
    rows = np.stack([example.values for example in examples])
    clips = [example.clip for example in examples]
    views = [fit_values(part, clips) for part in np.split(rows, len(VIEWS), axis=1)]
    slopes, offsets = np.stack([slope for slope, _ in views]), np.array([offset for _, offset in views])
    return Head(slopes, offsets, tuple(_fit_voice(examples, place) for place in range(len(MEASURES))))


def _fit_voice(examples: list[Example], place: int) -> Voice:
    """Zero half way between the classes, of unit deviation over the clips in which the measure was seen."""
    pairs = [(example.clip, example.measures[place]) for example in examples]
    seen = [(clip, value) for clip, value in pairs if value is not None]
    values = np.array([value for _, value in seen], float)
    share, side = _votes([clip for clip, _ in seen]), np.array([clip.is_spoof for clip, _ in seen])
    low, high = (float(value) for value in np.percentile(values, MEASURE_RANGE))
    clamped = np.clip(values, low, high)
    centre = sum(float(np.average(clamped[mask], weights=share[mask])) for mask in (side, ~side)) / 2
    return Voice(1 / float(clamped.std()), centre, (low, high), float(np.median(values)))


def usual_where(head: Head, examples: list[Example]) -> Floats:
    """``Head.where`` of an average clip, half way between the classes: where nothing stands out."""
    chosen = [example for example in examples if example.draw == 0]
    found = np.stack([head.where(example.shares) for example in chosen])
    return np.asarray(np.average(found, axis=0, weights=_votes([example.clip for example in chosen])), np.float64)


def cross_fit(
    examples: list[Example], fit_head: Fit, scored: list[Example] | None = None
) -> dict[tuple[str, int], float]:
    """Score of every clip and draw by the head that saw nothing of its source, generators or people.

    ``scored``: other versions of the same clips (by an int8 network), to be scored by the heads of these examples.
    """
    scores: dict[tuple[str, int], float] = {}
    for fold in range(FOLDS):
        head = fit_head([example for example in examples if example.clip.fold != fold])
        held_out = [example for example in scored or examples if example.clip.fold == fold]
        scores |= {(example.clip.clip_id, example.draw): head.score(example) for example in held_out}
    return scores


def left_out(
    examples: list[Example], by: By, fit_head: Fit, tested: list[Example] | None = None
) -> Iterator[tuple[Fold, dict[str, float]]]:
    """Every fold of a protocol with its first draws' scores, by a head that saw nothing of theirs.

    ``tested``: only folds that test none but these.
    """
    firsts = {example.clip.clip_id: example for example in examples if example.draw == 0}
    draws: dict[str, list[Example]] = defaultdict(list)
    for example in examples:
        draws[example.clip.clip_id].append(example)
    wanted = {example.clip.clip_id for example in tested or examples}
    for fold in make_folds([example.clip.member for example in firsts.values()], by):
        if fold.test <= wanted:
            head = fit_head([example for clip_id in sorted(fold.train) for example in draws[clip_id]])
            yield fold, {clip_id: head.score(firsts[clip_id]) for clip_id in sorted(fold.test)}


def _example(clip: Clip, draw: int, tracks: list[Seen]) -> Example:
    share = np.array([track.weight for track in tracks])
    values = np.average([track.values for track in tracks], axis=0, weights=share)
    measures = tuple(_mean([getattr(track, name) for track in tracks], share) for name in MEASURES)
    shares = np.average([track.shares for track in tracks], axis=0, weights=share)
    return Example(clip, draw, np.asarray(values, np.float64), measures, np.asarray(shares, np.float32))


def _mean(values: list[float | None], share: Floats) -> float | None:
    """Of those that were seen, by weight."""
    seen = [place for place, value in enumerate(values) if value is not None]
    return float(np.average([values[place] for place in seen], weights=share[seen])) if seen else None


def fit_values(rows: Floats, clips: list[Clip]) -> tuple[Floats, float]:
    """Mean of discriminants over ``COMPONENTS``, each scaled to unit deviation over its training rows."""
    centre, spread = rows.mean(0), rows.std(0) + 1e-6
    scaled = (rows - centre) / spread
    sizes, axes = principal(scaled, max(COMPONENTS))
    slope, offset = np.zeros(rows.shape[1]), 0.0
    for count in COMPONENTS:
        whiten = axes[:count].T / (sizes[:count] / np.sqrt(len(rows)))
        direction, bias = _discriminant(scaled @ whiten, clips)
        full = whiten @ direction
        unit = float((scaled @ full).std()) * len(COMPONENTS)
        slope, offset = slope + full / unit, offset + bias / unit
    return slope / spread, offset - float(centre @ (slope / spread))


def principal(rows: Floats, count: int) -> tuple[Floats, Floats]:
    """Leading singular values ``(k,)`` and axes ``(k, d)`` of fewer rows than columns, by the small Gram matrix."""
    squares, left = np.linalg.eigh(rows @ rows.T)
    order = np.argsort(squares)[::-1][: min(count, len(rows) - 1)]
    sizes = np.sqrt(squares[order])
    return sizes, (left[:, order] / sizes).T @ rows


def _discriminant(rows: Floats, clips: list[Clip]) -> tuple[Floats, float]:
    """Fisher's discriminant with the scatter within sources, shrunk; zero half way between the classes."""
    share, side = _votes(clips), np.array([clip.is_spoof for clip in clips])
    spoof, bona_fide = (np.average(rows[mask], axis=0, weights=share[mask]) for mask in (side, ~side))
    groups = np.array([_group(clip) for clip in clips])
    residual = rows.copy()
    for name in np.unique(groups):
        residual[groups == name] -= rows[groups == name].mean(0)
    scatter = (residual * share[:, None]).T @ residual
    sphere = np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    direction = np.linalg.solve((1 - SHRINKAGE) * scatter + SHRINKAGE * sphere, spoof - bona_fide)
    return direction, -float(direction @ (spoof + bona_fide)) / 2


def _group(clip: Clip) -> str:
    """A generator, or a bona fide source."""
    return f"spoof:{clip.generator}" if clip.is_spoof else f"bona fide:{clip.source}"


def _votes(clips: list[Clip]) -> Floats:
    """Weights: every group counts the same within its class, every class the same."""
    names = [_group(clip) for clip in clips]
    sizes = {name: names.count(name) for name in set(names)}
    groups = {side: len({name for name in sizes if name.startswith(side)}) for side in ("spoof", "bona fide")}
    return np.array([1 / sizes[name] / groups[name.split(":")[0]] for name in names])
