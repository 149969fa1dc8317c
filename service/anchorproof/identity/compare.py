"""Probes against enrolled references: one score and one LLR per anchor, and who it is, if anybody enrolled."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import CalibrationUnavailable
from anchorproof.identity.cohort import Cohort
from anchorproof.identity.products import products
from anchorproof.identity.screen import ROUNDING, Screen
from anchorproof.settings import IdentitySettings
from anchorproof.types import (
    Acoustics,
    CalibrationMap,
    Comparison,
    LogoPicture,
    Question,
    Reference,
    RosterEntry,
    Template,
    Vector,
)

#: An anchor's score is the mean over this many best references: one lucky match weighs less than with the maximum,
#: and references of other years or haircuts do not pull it down as in the mean of all.
BEST_REFERENCES = 3
#: Anchors that are looked at closely at first.
CANDIDATES = 64

#: Scores of the references at some places of ``ModelReferences.rows``.
ScoresAt = Callable[[NDArray[np.intp]], Vector]


@dataclass(frozen=True, slots=True)
class ModelReferences:
    """All references made by one model.

    ``matrix`` is float32 ``(rows, d)``, one unit vector per row, in any order and possibly with rows that are nobody's
    (any more). ``rows`` ``(n,)`` are those that count, each anchor's together, in the order of ``anchor_ids``;
    ``owners`` ``(n,)`` says whose each is, as an index into ``anchor_ids``. ``qualities`` ``(rows,)`` and ``acoustics``
    ``(rows, 2)`` are those of the templates in ``matrix``; acoustics are NaN where they were not measured, and None
    where none were.
    """

    anchor_ids: tuple[str, ...]
    owners: NDArray[np.intp]
    rows: NDArray[np.intp]
    matrix: Vector
    qualities: Vector
    #: Of the beginning of ``matrix``.
    screen: Screen = field(default_factory=Screen)
    acoustics: Vector | None = None

    #: Where each anchor's rows begin in ``rows``, shape ``(anchors,)``.
    starts: NDArray[np.intp] = field(init=False)

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or self.owners.shape != self.rows.shape or len(self.qualities) != len(self.matrix):
            raise ValueError(f"one owner and one quality per row; got {self.owners.shape} and {self.qualities.shape}")
        starts = np.flatnonzero(np.diff(self.owners, prepend=-1))
        object.__setattr__(self, "starts", starts)
        if not np.array_equal(self.owners[starts], np.arange(len(self.anchor_ids))):
            raise ValueError("each anchor has rows, and they lie together in the order of the anchors")

    def cosines(self, probe: Vector) -> Vector:
        """Of the probe with each reference that counts, shape ``(n,)``."""
        return self.scores(probe, None)

    def scores(self, probe: Vector, cohort: Cohort | None) -> Vector:
        """Cosines of the probe with each reference that counts, normalised by the cohort if there is one, ``(n,)``."""
        scores = products(self.matrix, probe) if cohort is None else cohort.scores(self.matrix, probe)
        return np.asarray(scores[self.rows], np.float32)

    def cosines_at(self, places: NDArray[np.intp], probe: Vector) -> Vector:
        """As ``cosines``, of the references at these places of ``rows`` alone, ``(n,)``."""
        return products(self.matrix[self.rows[places]], probe)


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The enrolled references as one matrix per model, with the anchors' names; plain data that can be sent around."""

    names: Mapping[str, str]
    by_model: Mapping[str, ModelReferences]
    #: Names and outlets of all anchors, enrolled media or not, as captions could show them.
    roster: tuple[RosterEntry, ...] = ()
    #: Outlets' marks as pictures.
    logos: tuple[LogoPicture, ...] = ()

    @classmethod
    def of(cls, references: Iterable[Reference], names: Mapping[str, str]) -> ReferenceSet:
        """From single references; ``names`` maps anchor ids to display names.

        Raises:
            ValueError: an anchor without a name, or templates of one model that differ in length.
        """
        by_model: dict[str, dict[str, list[Template]]] = {}
        for reference in references:
            owned = by_model.setdefault(reference.template.model_id, {})
            owned.setdefault(reference.anchor_id, []).append(reference.template)
        return cls(names, {model_id: _stack(owned, names) for model_id, owned in by_model.items()})

    def __len__(self) -> int:
        """Templates of all models."""
        return sum(len(model.owners) for model in self.by_model.values())

    def anchors_with(self, model_id: str) -> tuple[str, ...]:
        """The anchors that have references of this model."""
        return self.by_model[model_id].anchor_ids if model_id in self.by_model else ()


def compare(
    probe: Template,
    references: ReferenceSet,
    calibration: CalibrationMap,
    limit: int,
    keep: Collection[str] = (),
    cohort: Cohort | None = None,
) -> tuple[Comparison, ...]:
    """The probe against every anchor that has references of its model, best LLR first.

    Args:
        probe: a template of the clip under test.
        references: who is enrolled.
        calibration: the probe's model's map from score to same-person LLR.
        limit: how many of the best to return.
        keep: anchors that are returned even when they are not among the best.
        cohort: what the model's scores are normalised by.

    Returns:
        One comparison per anchor; empty when nobody has references of this model.

    Raises:
        CalibrationUnavailable: the map was fitted for another model or question.
    """
    if calibration.slope <= 0:
        raise CalibrationUnavailable(f"calibration {calibration.calibration_id!r} falls with likeness")
    if calibration.model_id != probe.model_id or calibration.question is not Question.IDENTITY:
        raise CalibrationUnavailable(
            f"calibration {calibration.calibration_id!r} answers {calibration.question} for {calibration.model_id!r}; "
            f"needed: {Question.IDENTITY} for {probe.model_id!r}"
        )
    enrolled = references.by_model.get(probe.model_id)
    if enrolled is None:
        return ()
    best = screened_anchors(probe.vector, enrolled, limit, keep) if cohort is None else None
    if best is None:
        best = best_anchors(enrolled.scores(probe.vector, cohort), enrolled, limit, keep)
    ends = np.append(enrolled.starts[1:], len(enrolled.rows))
    return tuple(
        Comparison(
            modality=probe.modality,
            anchor_id=enrolled.anchor_ids[index],
            anchor_name=references.names[enrolled.anchor_ids[index]],
            model_id=probe.model_id,
            score=score,
            llr=_llr(score, probe, enrolled, mine, calibration),
            references=len(mine),
        )
        for index, score in best
        for mine in [enrolled.rows[int(enrolled.starts[index]) : int(ends[index])]]
    )


def _llr(
    score: float, probe: Template, enrolled: ModelReferences, mine: NDArray[np.intp], calibration: CalibrationMap
) -> float:
    """What the score is worth for an anchor with the references in these rows of the matrix.

    As good as the best of them; and with the acoustics, where the map asks for them, of those whose scores it is the
    mean of: the three that are most like the probe.
    """
    quality = min(probe.quality, float(enrolled.qualities[mine].max()))
    if calibration.acoustics is None or probe.acoustics is None or enrolled.acoustics is None:
        return calibration.llr(score, quality)
    known = enrolled.acoustics[mine]
    order = np.argsort(-products(enrolled.matrix[mine], probe.vector), kind="stable")[:BEST_REFERENCES]
    if np.isnan(known[order]).any():
        return calibration.llr(score, quality)
    fall_db, band_db = known[order].mean(axis=0, dtype=np.float64)
    return calibration.llr(score, quality, (probe.acoustics, Acoustics(float(fall_db), float(band_db))))


def best_anchors(
    row_scores: Vector, enrolled: ModelReferences, limit: int, keep: Collection[str]
) -> list[tuple[int, float]]:
    """The ``limit`` anchors with the highest scores, best first, and those to keep: index and score of each.

    An anchor's score is at most that of its best reference, so only those whose best could still be among the best are
    worked out; equals keep the order of the anchors.
    """
    anchors = len(enrolled.anchor_ids)
    tops = np.maximum.reduceat(row_scores, enrolled.starts)
    tried = min(anchors, max(CANDIDATES, 4 * limit))
    while True:
        edge = np.partition(tops, anchors - tried)[anchors - tried] if tried < anchors else -np.inf
        candidates = np.flatnonzero(tops >= edge)
        scores = _scores_of(row_scores.__getitem__, enrolled, candidates)
        order = np.argsort(-scores, kind="stable")[:limit]
        if tried == anchors or (len(order) == limit and scores[order[-1]] > edge):
            break
        tried = min(anchors, 16 * tried)
    chosen = {int(candidates[place]): float(scores[place]) for place in order}
    return _with_kept(chosen, row_scores.__getitem__, enrolled, keep)


def screened_anchors(
    probe: Vector, enrolled: ModelReferences, limit: int, keep: Collection[str]
) -> list[tuple[int, float]] | None:
    """What ``best_anchors`` finds by the cosines, without reading every reference.

    Returns:
        None where there is no screen, or where the references lie too close together for it: look at all of them.
    """
    if not enrolled.screen.rows:
        return None
    found, behind = enrolled.screen.shortlist(probe), np.arange(enrolled.screen.rows, len(enrolled.matrix))
    owner_of = np.full(len(enrolled.matrix), -1, np.intp)
    owner_of[enrolled.rows] = enrolled.owners
    owners = owner_of[np.concatenate([found.rows, behind])]
    limits = np.concatenate([found.limits, products(enrolled.matrix[enrolled.screen.rows :], probe) + ROUNDING])
    tops = np.full(len(enrolled.anchor_ids), -np.inf)
    np.maximum.at(tops, owners[owners >= 0], limits[owners >= 0])
    seen = np.flatnonzero(tops > -np.inf)
    ranked = seen[np.argsort(-tops[seen], kind="stable")]
    tried = max(CANDIDATES, 4 * limit)

    def cosines(places: NDArray[np.intp]) -> Vector:
        return enrolled.cosines_at(places, probe)

    while True:
        candidates = np.sort(ranked[:tried])
        scores = _scores_of(cosines, enrolled, candidates)
        order = np.argsort(-scores, kind="stable")[:limit]
        # An anchor that is not among them has no reference over this.
        rest = max(found.edge, float(tops[ranked[tried]]) if tried < len(ranked) else -np.inf)
        if len(order) == limit and (not limit or scores[order[-1]] > rest):
            chosen = {int(candidates[place]): float(scores[place]) for place in order}
            return _with_kept(chosen, cosines, enrolled, keep)
        if tried >= len(ranked) or rest == found.edge:
            return None
        tried *= 4


def _with_kept(
    chosen: dict[int, float], scores_at: ScoresAt, enrolled: ModelReferences, keep: Collection[str]
) -> list[tuple[int, float]]:
    """The best first, equals in the order of the anchors."""
    kept = [place for place, anchor_id in enumerate(enrolled.anchor_ids) if anchor_id in keep] if keep else []
    others = np.array([place for place in kept if place not in chosen], np.intp)
    chosen |= zip(map(int, others), map(float, _scores_of(scores_at, enrolled, others)), strict=True)
    return sorted(chosen.items(), key=lambda item: (-item[1], item[0]))


def _scores_of(scores_at: ScoresAt, enrolled: ModelReferences, chosen: NDArray[np.intp]) -> NDArray[np.float64]:
    """The scores of some of the anchors."""
    if not len(chosen):
        return np.zeros(0)
    ends = np.append(enrolled.starts[1:], len(enrolled.rows))
    sizes = ends[chosen] - enrolled.starts[chosen]
    owners = np.repeat(np.arange(len(chosen)), sizes)
    firsts = np.cumsum(sizes) - sizes
    places = np.arange(len(owners)) - firsts[owners] + enrolled.starts[chosen][owners]
    return anchor_scores(scores_at(places), owners, len(chosen))


def anchor_scores(cosines: Vector, owners: NDArray[np.intp], anchors: int) -> NDArray[np.float64]:
    """One score per anchor: the mean of its ``BEST_REFERENCES`` best cosines (of all, when it has fewer).

    Args:
        cosines: of the probe with each reference, shape ``(n,)``.
        owners: whose reference each is, in ``0 .. anchors - 1``, each at least once, rising, shape ``(n,)``.
        anchors: number of anchors.

    Returns:
        Scores in [-1, 1], shape ``(anchors,)``.
    """
    left = cosines.astype(np.float64)
    sums, wanted = np.zeros(anchors), np.minimum(np.bincount(owners, minlength=anchors), BEST_REFERENCES)
    counted = np.zeros(anchors, dtype=np.intp)
    first = np.searchsorted(owners, np.arange(anchors))
    for _ in range(BEST_REFERENCES):  # each round takes every anchor's best that is left, with its equals
        best = np.maximum.reduceat(left, first)
        is_best = left == best[owners]
        equals = np.minimum(np.add.reduceat(is_best, first, dtype=np.intp), wanted - counted)
        sums += np.where(equals > 0, best, 0.0) * equals
        counted += equals
        left[is_best] = -np.inf
    return np.asarray(sums / wanted, dtype=np.float64)


def recognise(comparisons: Sequence[Comparison], settings: IdentitySettings) -> str | None:
    """The anchor the probe is called to be, or None: nobody enrolled."""
    best = max(comparisons, key=lambda comparison: (comparison.llr, comparison.score), default=None)
    return best.anchor_id if best is not None and best.llr >= settings.recognised_llr else None


def _stack(owned: Mapping[str, Sequence[Template]], names: Mapping[str, str]) -> ModelReferences:
    if not names.keys() >= owned.keys():
        raise ValueError(f"anchors without a name: {sorted(owned.keys() - names.keys())}")
    owners = np.repeat(np.arange(len(owned)), [len(templates) for templates in owned.values()])
    matrix = np.stack([template.vector for templates in owned.values() for template in templates]).astype(np.float32)
    qualities = np.array([template.quality for templates in owned.values() for template in templates], np.float32)
    measured = [template.acoustics for templates in owned.values() for template in templates]
    acoustics = np.array([(one.fall_db, one.band_db) if one else (np.nan, np.nan) for one in measured], np.float32)
    return ModelReferences(tuple(owned), owners, np.arange(len(owners)), matrix, qualities, acoustics=acoustics)
