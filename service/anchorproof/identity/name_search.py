"""Find names that are written a little otherwise: accents, order, blanks, a letter wrong or missing."""

from __future__ import annotations

import unicodedata
from collections import Counter
from functools import lru_cache

#: Names less alike than this are not shown: one of two Chinese letters may differ.
LEAST_SCORE = 0.45
_LEAST_ALIKE = 0.5
_SAME_WORDS, _SAME_LETTERS, _CONTAINED = 0.97, 0.95, 0.6


def similarity(query: str, name: str) -> float:
    """1 for the same name, 0 for nothing in common.

    Case, accents, widths and punctuation do not count; words may come in another order or run together; a part of the
    name counts by its share of it; otherwise the share of letters that need not be changed.
    """
    asked, given = _words(query), _words(name)
    if not asked or not given:
        return 0.0
    if asked == given:
        return 1.0
    if sorted(asked) == sorted(given):
        return _SAME_WORDS
    one, other = "".join(asked), "".join(given)
    if one == other:
        return _SAME_LETTERS
    if _is_part(asked, given) or (len(one) >= 3 and one in other) or (not one.isascii() and one in other):
        return _CONTAINED + (0.9 - _CONTAINED) * len(one) / len(other)
    return max(_alike(one, other), _alike("".join(sorted(asked)), "".join(sorted(given)))) * 0.9


def _is_part(asked: tuple[str, ...], given: tuple[str, ...]) -> bool:
    """Is every word asked for a word of the name, or the beginning of one?"""
    return all(any(word.startswith(part) for word in given) for part in asked)


def _alike(one: str, other: str) -> float:
    longest = max(len(one), len(other))
    least_changes = longest - sum((Counter(one) & Counter(other)).values())
    if 1 - least_changes / longest < _LEAST_ALIKE:
        return 0.0
    return 1 - _changes(one, other) / longest


def _changes(one: str, other: str) -> int:
    """Letters to insert, delete, replace or swap with their neighbour (optimal string alignment)."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, theirs in enumerate(other, 1):
            cost = min(last[column] + 1, now[column - 1] + 1, last[column - 1] + (letter != theirs))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == theirs:
                cost = min(cost, before[column - 2] + 1)
            now.append(cost)
        before, last = last, now
    return last[-1]


@lru_cache(maxsize=200_000)
def _words(name: str) -> tuple[str, ...]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    kept = "".join(mark if mark.isalnum() else " " for mark in plain if not unicodedata.combining(mark))
    return tuple(kept.split())
