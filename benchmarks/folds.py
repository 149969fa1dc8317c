"""Who is held out together: leave-one-source-out, leave-one-generator-out and component folds over a manifest.

A fold tests rows that its training rows have no person, repository or generator in common with. What is neither tested
nor allowed to be trained on is left out of that fold altogether.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from benchmarks.manifests import Protocol, Row, applicable

#: Component folds: as many as can each hold several sources and generators.
COMPONENT_FOLDS = 6
#: Audio-only dubs of one genuine picture come in several versions; as pictures they are the same clip.
DUB_NOTE = "audio_only_fake=1"
NOBODY = frozenset({"", "none", "unknown"})


class By(StrEnum):
    """What is held out at a time."""

    SOURCE = "source"
    """Each bona fide repository by itself; its clips are tested."""
    GENERATOR = "generator"
    """Each generator by itself; its clips are tested."""
    COMPONENT = "component"
    """Six folds of whole components: clips tied by repository, generator or person, also through others."""
    PAIR = "pair"
    """Each bona fide source together with each generator: both classes tested by one model that saw neither."""


@dataclass(frozen=True, slots=True)
class Member:
    """A row as the folds see it. ``people`` and ``generators`` may be empty (unknown)."""

    row_id: str
    is_spoof: bool
    source: str
    generators: frozenset[str]
    people: frozenset[str]

    @property
    def keys(self) -> frozenset[str]:
        """What ties this row to others."""
        return frozenset(
            {f"source:{self.source}"}
            | {f"generator:{name}" for name in self.generators}
            | {f"person:{name}" for name in self.people}
        )

    @property
    def generator(self) -> str:
        """The generator, or the mixture of generators, as one name."""
        return "|".join(sorted(self.generators))


@dataclass(frozen=True, slots=True)
class Fold:
    """Ids to train on and ids to test; no person, source or generator is on both sides."""

    name: str
    train: frozenset[str]
    test: frozenset[str]


def members(rows: Sequence[Row], protocol: Protocol) -> list[Member]:
    """The protocol's rows whose truth is known, in manifest order."""
    truths = [(row, row.is_spoof(protocol)) for row in applicable(rows, protocol)]
    return [member(row, truth) for row, truth in truths if truth is not None]


def member(row: Row, is_spoof: bool) -> Member:
    """A row with its truth; a bona fide row has no generator, whatever its generator column says."""
    generators = frozenset(filter(None, row.generator.split("|"))) if is_spoof else frozenset()
    return Member(row.row_id, is_spoof, row.source, generators, people_of(row.columns.get("identity", "")))


def people_of(identity: str) -> frozenset[str]:
    """Names apart by ``;``, without what differs between sources: case, spaces, punctuation, remarks in brackets."""
    names = (re.sub(r"\(.*?\)|[^a-z0-9]", "", name.lower()) for name in identity.split(";"))
    return frozenset(name for name in names if name not in NOBODY)


def components(rows: Sequence[Member]) -> list[str]:
    """For each member the name of its connected component over shared keys: the component's smallest key."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            key = parent[key]
        return key

    for row in rows:
        first, *others = sorted(row.keys)
        for other in others:
            low, high = sorted((root(first), root(other)))
            parent[high] = low
    return [root(min(row.keys)) for row in rows]


def component_folds(rows: Sequence[Member], count: int = COMPONENT_FOLDS) -> dict[str, int]:
    """Fold number of every row id: whole components, largest first, each to where its classes are scarcest."""
    names = components(rows)
    groups: dict[str, list[Member]] = defaultdict(list)
    for row, name in zip(rows, names, strict=True):
        groups[name].append(row)
    totals = [max(1, sum(row.is_spoof == side for row in rows)) for side in (False, True)]
    load = [[0.0, 0.0] for _ in range(count)]
    fold_of: dict[str, int] = {}
    for name in sorted(groups, key=lambda key: (-len(groups[key]), key)):
        share = [sum(row.is_spoof == side for row in groups[name]) / totals[side] for side in (False, True)]
        fold = min(range(count), key=lambda k: (_overlap(share, load[k]), sum(load[k]), k))
        fold_of[name] = fold
        load[fold] = [part + more for more, part in zip(share, load[fold], strict=True)]
    return {row.row_id: fold_of[name] for row, name in zip(rows, names, strict=True)}


def make_folds(rows: Sequence[Member], by: By) -> list[Fold]:
    """The folds of a protocol.

    Raises:
        ValueError: a fold would have nothing to train on from one of the classes.
    """
    made = {
        By.COMPONENT: _component_folds,
        By.SOURCE: lambda given: _held_out(given, _sources(given)),
        By.GENERATOR: lambda given: _held_out(given, _generators(given)),
        By.PAIR: _pair_folds,
    }[by](rows)
    side = {row.row_id: row.is_spoof for row in rows}
    for fold in made:
        if len({side[row_id] for row_id in fold.train}) < 2:
            raise ValueError(f"fold {fold.name!r} leaves only one class to train on")
    return made


def _overlap(share: Iterable[float], load: Iterable[float]) -> float:
    return sum(part * there for part, there in zip(share, load, strict=True))


def _component_folds(rows: Sequence[Member]) -> list[Fold]:
    number = component_folds(rows)
    return [
        Fold(
            f"component-{fold}",
            frozenset(row_id for row_id, own in number.items() if own != fold),
            frozenset(row_id for row_id, own in number.items() if own == fold),
        )
        for fold in sorted(set(number.values()))
    ]


def _sources(rows: Sequence[Member]) -> Mapping[str, list[Member]]:
    return _grouped((row.source, row) for row in rows if not row.is_spoof)


def _generators(rows: Sequence[Member]) -> Mapping[str, list[Member]]:
    return _grouped((row.generator, row) for row in rows if row.is_spoof)


def _grouped(pairs: Iterable[tuple[str, Member]]) -> dict[str, list[Member]]:
    groups: dict[str, list[Member]] = defaultdict(list)
    for name, row in pairs:
        groups[name].append(row)
    return dict(sorted(groups.items()))


def _held_out(rows: Sequence[Member], groups: Mapping[str, Sequence[Member]]) -> list[Fold]:
    return [_fold(name, rows, tested) for name, tested in groups.items()]


def _pair_folds(rows: Sequence[Member]) -> list[Fold]:
    return [
        _fold(f"{source} + {generator}", rows, [*genuine, *false])
        for source, genuine in _sources(rows).items()
        for generator, false in _generators(rows).items()
    ]


def _fold(name: str, rows: Sequence[Member], tested: Sequence[Member]) -> Fold:
    """Trained on what shares no key with anything tested."""
    taken = frozenset().union(*(row.keys for row in tested))
    return Fold(
        name,
        frozenset(row.row_id for row in rows if not row.keys & taken),
        frozenset(row.row_id for row in tested),
    )
