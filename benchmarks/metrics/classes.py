"""Several classes at once: which scenario was named for which."""

from __future__ import annotations

from collections.abc import Sequence

Pairs = Sequence[tuple[str, str]]


def class_f1(pairs: Pairs) -> dict[str, float]:
    """F1 of each true class; ``pairs`` are (true, predicted), and a prediction may be no class at all.

    F1 is 2 hits / (times true + times predicted): the harmonic mean of precision and recall (van Rijsbergen 1979).
    """
    found = {}
    for name in sorted({true for true, _ in pairs}):
        hits = sum(true == name == said for true, said in pairs)
        found[name] = 2 * hits / (sum(said == name for _, said in pairs) + sum(true == name for true, _ in pairs))
    return found


def macro_f1(pairs: Pairs) -> float:
    """Mean F1 over the true classes, each counting alike however rare.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("macro-F1 of no cases is not defined")
    each = class_f1(pairs)
    return sum(each.values()) / len(each)


def accuracy(pairs: Pairs) -> float:
    """Share of cases whose prediction is the truth.

    Raises:
        ValueError: there are no pairs.
    """
    if not pairs:
        raise ValueError("accuracy of no cases is not defined")
    return sum(true == said for true, said in pairs) / len(pairs)


def confusion(pairs: Pairs) -> dict[str, dict[str, int]]:
    """How often each class was taken for each: ``{true: {predicted: count}}``, both sorted."""
    found: dict[str, dict[str, int]] = {}
    for true, said in sorted(pairs):
        row = found.setdefault(true, {})
        row[said] = row.get(said, 0) + 1
    return found
