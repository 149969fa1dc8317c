from __future__ import annotations

import pytest

from anchorproof.identity.name_search import LEAST_SCORE, _changes, similarity


@pytest.mark.parametrize(
    ("query", "name", "least"),
    [
        ("Ada Example", "ada example", 1.0),
        ("Example, Ada", "Ada Example", 0.97),
        ("AdaExample", "Ada Example", 0.95),
        ("Zoe Nunez", "Zoë Núñez", 1.0),
        ("Ada Exmaple", "Ada Example", 0.8),
        ("Ada", "Ada Example", 0.6),
        ("康", "康辉", 0.6),
        ("康輝", "康辉", 0.0),
        ("ＣＣＴＶ", "cctv", 1.0),
    ],
)
def test_spellings_of_one_name_are_alike(query: str, name: str, least: float) -> None:
    assert similarity(query, name) >= least


@pytest.mark.parametrize(("query", "name"), [("Ada", "Bob"), ("Ada Example", "Wei Zhang"), ("", "Ada"), ("!!", "Ada")])
def test_other_names_are_not_found(query: str, name: str) -> None:
    assert similarity(query, name) < LEAST_SCORE


def test_same_name_beats_a_similar_one_and_that_a_part() -> None:
    scores = [similarity("Ana Lima", name) for name in ("Ana Lima", "Anna Lima", "Ana Lima Souza Albuquerque")]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == 3


def test_changes_count_a_swap_of_neighbours_once() -> None:
    # insert, delete, replace, swap: one each; "ca" -> "abc" takes 3 without moving a letter twice
    for one, other, expected in (
        ("ab", "abc", 1),
        ("abc", "ac", 1),
        ("abc", "adc", 1),
        ("abc", "acb", 1),
        ("ca", "abc", 3),
    ):
        assert _changes(one, other) == expected
