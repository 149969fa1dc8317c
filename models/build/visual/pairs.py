"""What an artefact leaves behind, learnt from twins: the direction from a bona fide clip to its twin, view by view.

A twin shares source, codec and person with its original, so this direction cannot point at a source. There is one for
each way of making twins; they are added to the discriminants of ``heads.py`` at ``PAIR_WEIGHTS``. A small decoder
blurs, and so does a poor copy; so the way from clips to their poor copies is held against them, or poor recordings
would look like spoofs.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from benchmarks.equalise import POOR_DRAW
from models.build.visual.corpus import Clip
from models.build.visual.forgeries import FORGED
from models.build.visual.heads import SHRINKAGE, Example, Fit, Head, fit, principal
from models.build.visual.twins import TWIN_MARK, name_of
from models.build.visual.views import VIEWS

Floats = NDArray[np.float64]

COMPONENTS = 100
#: Deviations that one deviation of a direction is worth in a view, by the way the twins were made.
PAIR_WEIGHTS = dict.fromkeys(("decoder", *FORGED), 0.15)
#: What the scatter from clips to their poor copies weighs in the direction's own.
POOR_WEIGHT = 10.0


def original_of(clip_id: str) -> str:
    """The clip that a twin was made from."""
    return clip_id.split(TWIN_MARK)[0]


def way_of(twin: Clip) -> str:
    """``decoder``, or one of ``forgeries.WAYS``."""
    way = twin.row["generator"].split("/")[0]
    return way if way in FORGED else "decoder"


def as_clips(twin_ids: Sequence[str], clips: Sequence[Clip]) -> list[Clip]:
    """Twins as clips: spoofs by their decoder, in the component and fold of their original."""
    by_id = {clip.clip_id: clip for clip in clips}
    found = []
    for twin_id in twin_ids:
        original, number = by_id[original_of(twin_id)], int(twin_id.split(TWIN_MARK)[1])
        row = {**original.row, "generator": name_of(original.clip_id, number)}
        found.append(dataclasses.replace(original, clip_id=twin_id, is_spoof=True, row=row))
    return found


def with_pairs(
    head: Head, examples: Sequence[Example], twins: Sequence[Example], weights: Mapping[str, float] = PAIR_WEIGHTS
) -> Head:
    """The head with the directions from originals to twins added to every view.

    Args:
        examples: what the head was fitted on, and poor copies (later draws) of some of it.
        twins: those of clips that are not among the examples are left out.
        weights: by way of making twins; twins of other ways are left out.
    """
    rows = np.stack([example.values for example in examples if example.draw == 0])
    centre, spread = rows.mean(0), rows.std(0) + 1e-6
    poor = _changes([example for example in examples if example.draw == POOR_DRAW], examples)
    slopes, offsets = head.slopes.copy(), head.offsets.copy()
    for way, weight in weights.items():
        apart = _changes([twin for twin in twins if way_of(twin.clip) == way], examples)
        parts = (np.split(array / spread, len(VIEWS), axis=-1) for array in (rows - centre, apart, poor))
        for view, (scaled, difference, poorer) in enumerate(zip(*parts, strict=True)):
            own = slice(view * scaled.shape[1], (view + 1) * scaled.shape[1])
            slope = weight * _direction(scaled, difference, poorer) / spread[own]
            slopes[view] += slope
            offsets[view] -= float(centre[own] @ slope)
    return replace(head, slopes=slopes, offsets=offsets)


def taught_by(twins: Sequence[Example]) -> Fit:
    """Fits heads with the direction that twins give; of the twins only those whose original is there to learn from."""
    return lambda examples: with_pairs(fit(examples), examples, twins)


def _changes(versions: Sequence[Example], examples: Sequence[Example]) -> Floats:
    """What changes from clips to these versions of theirs, ``(n, values)``; versions of other clips are left out."""
    originals = {example.clip.clip_id: example.values for example in examples if example.draw == 0}
    known = [(one, original_of(one.clip.clip_id)) for one in versions]
    return np.stack([one.values - originals[clip_id] for one, clip_id in known if clip_id in originals])


def _direction(scaled: Floats, difference: Floats, poorer: Floats) -> Floats:
    """Mean difference against the scatter of differences and clips, shrunk, and of poor copies; of unit deviation."""
    sizes, axes = principal(scaled, COMPONENTS)
    whiten = axes.T / (sizes / np.sqrt(len(scaled)))
    apart, clips, poor = difference @ whiten, scaled @ whiten, poorer @ whiten
    scatter = np.cov(apart.T) + np.cov(clips.T)
    sphere = np.trace(scatter) / len(scatter) * np.eye(len(scatter))
    adverse = (1 - SHRINKAGE) * scatter + SHRINKAGE * sphere + POOR_WEIGHT * (poor.T @ poor) / len(poor)
    full = whiten @ np.linalg.solve(adverse, apart.mean(0))
    return np.asarray(full / (scaled @ full).std(), np.float64)
