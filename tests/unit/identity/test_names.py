from __future__ import annotations

import pytest

from anchorproof.errors import RequestInvalid
from anchorproof.identity import names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Anna Example", "anna-example"),
        ("  Zoë  Núñez-O'Neill ", "zoe-nunez-o-neill"),
        ("ＡＢＣ", "abc"),
        ("Anchor " + "x" * 100, "anchor-" + "x" * 56),
        ("7 News", "7-news"),
    ],
)
def test_slug_resembles_a_latin_name(name: str, expected: str) -> None:
    assert names.slug(name) == expected
    assert names.check_anchor_id(names.slug(name))


@pytest.mark.parametrize("name", ["康辉", "Μαρία", "محمد", "🎙", "李 A"])
def test_slug_of_another_script_is_random_and_valid(name: str) -> None:
    first, second = names.slug(name), names.slug(name)
    assert first != second
    assert names.check_anchor_id(first).startswith("anchor-")


@pytest.mark.parametrize(
    ("one", "other"), [("Ana Lima", " ANA   lima "), ("ＣＣＴＶ", "cctv"), ("Straße", "STRASSE"), ("é", "e\u0301")]
)
def test_spellings_of_one_name_have_one_key(one: str, other: str) -> None:
    assert names.name_key(one) == names.name_key(other)


def test_accents_keep_names_apart() -> None:
    assert names.name_key("Nunez") != names.name_key("Núñez")


def test_names_of_any_script_pass_composed_and_stripped() -> None:
    assert names.check_name("display_name", " Ame\u0301lie ") == "Amélie"
    for name in ("康辉", "علی\u200cرضا", "क्षमा", "Ægir Þór"):
        assert names.check_name("display_name", name) == name


@pytest.mark.parametrize(
    "name", ["", "   ", "x" * 201, "two\nlines", "nul\0", "\u202eesrever", "half\ud800", "line\u2028separator"]
)
def test_names_that_cannot_be_shown_are_refused(name: str) -> None:
    with pytest.raises(RequestInvalid, match="display_name"):
        names.check_name("display_name", name)


def test_aliases_are_kept_once_in_order_and_limited() -> None:
    assert names.check_aliases(("B", "A", " B ")) == ("B", "A")
    with pytest.raises(RequestInvalid, match="at most 50"):
        names.check_aliases(tuple(str(number) for number in range(51)))


def test_notes_may_have_lines_but_an_end() -> None:
    assert names.check_notes("one\ntwo") == "one\ntwo"
    with pytest.raises(RequestInvalid, match="notes"):
        names.check_notes("x" * 10_001)


def test_media_names_are_made_fit_to_be_shown() -> None:
    assert names.clean_media_name("新闻 8 мая.mp4") == "新闻 8 мая.mp4"
    assert names.clean_media_name("a\tb\udcff\u202e.mp4") == "a\ufffdb\ufffd\ufffd.mp4"
    with pytest.raises(RequestInvalid, match="media_name"):
        names.clean_media_name("x" * 1025)
