"""Probes against enrolled references: one score and one LLR per anchor, and who it is, if anybody enrolled."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from anchorproof.errors import CalibrationUnavailable
from anchorproof.settings import IdentitySettings
from anchorproof.types import CalibrationMap, Comparison, Question, Reference, RosterEntry, Template, Vector

#: An anchor's score is the mean over this many best references: one lucky match weighs less than with the maximum,
#: and references of other years or haircuts do not pull it down as in the mean of all.
BEST_REFERENCES = 3


@dataclass(frozen=True, slots=True)
class ModelReferences:
    """All references made by one model.

    ``matrix`` is float32 ``(n, d)``, one unit vector per row; ``owners`` ``(n,)`` says whose each row is, as an index
    into ``anchor_ids``; each anchor's rows lie together, in the order of ``anchor_ids``.
    """

    anchor_ids: tuple[str, ...]
    owners: NDArray[np.intp]
    matrix: Vector

    def __post_init__(self) -> None:
        if self.matrix.ndim != 2 or self.owners.shape != self.matrix.shape[:1]:
            raise ValueError(f"one owner per row; got {self.owners.shape} for a matrix {self.matrix.shape}")
        if not np.array_equal(np.unique(self.owners), np.arange(len(self.anchor_ids))) or np.any(
            np.diff(self.owners) < 0
        ):
            raise ValueError("each anchor has rows, and they lie together in the order of the anchors")


@dataclass(frozen=True, slots=True)
class ReferenceSet:
    """The enrolled references as one matrix per model, with the anchors' names; plain data that can be sent around."""

    names: Mapping[str, str]
    by_model: Mapping[str, ModelReferences]
    #: Names and outlets of all anchors, enrolled media or not, as captions could show them.
    roster: tuple[RosterEntry, ...] = ()

    @classmethod
    def of(cls, references: Iterable[Reference], names: Mapping[str, str]) -> ReferenceSet:
        """From single references; ``names`` maps anchor ids to display names.

        Raises:
            ValueError: an anchor without a name, or templates of one model that differ in length.
        """
        by_model: dict[str, dict[str, list[Vector]]] = {}
        for reference in references:
            owned = by_model.setdefault(reference.template.model_id, {})
            owned.setdefault(reference.anchor_id, []).append(reference.template.vector)
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
) -> tuple[Comparison, ...]:
    """The probe against every anchor that has references of its model, best LLR first.

    Args:
        probe: a template of the clip under test.
        references: who is enrolled.
        calibration: the probe's model's map from score to same-person LLR.
        limit: how many of the best to return.
        keep: anchors that are returned even when they are not among the best.

    Returns:
        One comparison per anchor; empty when nobody has references of this model.

    Raises:
        CalibrationUnavailable: the map was fitted for another model or question.
    """
    if calibration.model_id != probe.model_id or calibration.question is not Question.IDENTITY:
        raise CalibrationUnavailable(
            f"calibration {calibration.calibration_id!r} answers {calibration.question} for {calibration.model_id!r}; "
            f"needed: {Question.IDENTITY} for {probe.model_id!r}"
        )
    enrolled = references.by_model.get(probe.model_id)
    if enrolled is None:
        return ()
    scores = anchor_scores(enrolled.matrix @ probe.vector, enrolled.owners, len(enrolled.anchor_ids))
    counts = np.bincount(enrolled.owners, minlength=len(enrolled.anchor_ids))
    order = np.argsort(-scores * np.sign(calibration.slope), kind="stable")
    chosen = [index for place, index in enumerate(order) if place < limit or enrolled.anchor_ids[index] in keep]
    return tuple(
        Comparison(
            modality=probe.modality,
            anchor_id=enrolled.anchor_ids[index],
            anchor_name=references.names[enrolled.anchor_ids[index]],
            model_id=probe.model_id,
            score=float(scores[index]),
            llr=calibration.llr(float(scores[index])),
            references=int(counts[index]),
        )
        for index in chosen
    )


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


def _stack(owned: Mapping[str, Sequence[Vector]], names: Mapping[str, str]) -> ModelReferences:
    if not names.keys() >= owned.keys():
        raise ValueError(f"anchors without a name: {sorted(owned.keys() - names.keys())}")
    owners = np.repeat(np.arange(len(owned)), [len(vectors) for vectors in owned.values()])
    matrix = np.stack([vector for vectors in owned.values() for vector in vectors]).astype(np.float32)
    return ModelReferences(tuple(owned), owners, matrix)
