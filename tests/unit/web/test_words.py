"""The catalogues: complete, alike, and chosen as the browser asks."""

from __future__ import annotations

import re
import string
from importlib.resources import files
from pathlib import Path

import pytest

from anchorproof.review_words import outcome_words, reason_words
from anchorproof.types import (
    Decision,
    ReviewAge,
    ReviewHolder,
    ReviewOrder,
    ReviewOutcome,
    ReviewReason,
    ReviewState,
    Role,
)
from anchorproof.web.words import LANGUAGES, Words, catalogue, choose

ROOT = Path(str(files("anchorproof.web")))


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


def test_both_languages_have_the_same_words_with_the_same_gaps() -> None:
    english, chinese = catalogue("en"), catalogue("zh")
    assert english.keys() == chinese.keys()
    assert [key for key in english if gaps(english[key]) != gaps(chinese[key])] == []
    assert [key for key, text in (english | chinese).items() if not text.strip()] == []


def test_every_word_that_templates_ask_for_is_there() -> None:
    asked = set()
    for template in ROOT.glob("templates/*.html"):
        asked |= set(re.findall(r"\bt\('([a-z_.A-Z]+)'[,)]", template.read_text("utf-8")))
    assert len(asked) > 100
    assert asked - catalogue("en").keys() == set()


def test_every_word_that_scripts_ask_for_is_there() -> None:
    asked = set()
    for script in ROOT.glob("static/*.js"):
        asked |= set(re.findall(r"\bt\(\"([a-z_.A-Z]+)\"", script.read_text("utf-8")))
    assert len(asked) > 30
    assert {f"js.{key}" for key in asked} - catalogue("en").keys() == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_choice_has_a_word(language: str) -> None:
    words = Words(language)
    kinds = {
        "decision": Decision,
        "state": ReviewState,
        "age": ReviewAge,
        "order": ReviewOrder,
        "holder": ReviewHolder,
        "role": Role,
    }
    assert all(words(f"{prefix}.{member.value}") for prefix, kind in kinds.items() for member in kind)
    for outcome in ReviewOutcome:  # as the evidence report says it
        assert words(f"outcome.{outcome.value}") == words.script_words()[f"outcome.{outcome.value}"]
        assert words(f"outcome.{outcome.value}") == outcome_words(outcome, language)
    assert all(words(f"reason.{reason.value}") == reason_words(reason, language) for reason in ReviewReason)


@pytest.mark.parametrize(
    ("cookie", "accept", "chosen"),
    [
        (None, "", "en"),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        (None, "de-DE,de;q=0.9,en;q=0.5,zh;q=0.6", "zh"),
        (None, "de", "en"),
        (None, "zh;q=0, en", "en"),
        (None, "zh;q=nonsense", "en"),
        ("en", "zh-CN", "en"),
        ("xx", "zh-CN", "zh"),
    ],
)
def test_language_is_the_cookies_else_the_browsers_best(cookie: str | None, accept: str, chosen: str) -> None:
    assert choose(cookie, accept) == chosen


def test_share_is_never_certain() -> None:
    words = Words("en")
    assert [words.percent(share) for share in (0.0, 0.004, 0.5, 0.999)] == ["1 %", "1 %", "50 %", "99 %"]


def test_clock_shows_hours_only_where_there_are_some() -> None:
    words = Words("zh")
    assert [words.clock(seconds) for seconds in (0.0, 67.9, 3723.0)] == ["0:00", "1:07", "1:02:03"]
