"""The page's words in English and Chinese: catalogues, and which language a browser wants."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "zh")
DEFAULT = "en"
#: Of the `lang` attribute, so that browsers take the right glyphs.
TAGS = {"en": "en", "zh": "zh-Hans"}


class Words:
    """One language's words: ``words("queue.title")``; gaps are filled by name."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.tag = TAGS[language]
        self.catalogue = catalogue(language)

    def __call__(self, key: str, **values: object) -> str:
        """Raises KeyError for a key that no catalogue has: a mistake of ours that tests find."""
        return self.catalogue[key].format(**values)

    def maybe(self, key: str, otherwise: str) -> str:
        """The words for a code that the service may have got since; ``otherwise`` where there are none."""
        return self.catalogue.get(key, otherwise)

    def time(self, moment: datetime) -> str:
        return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")

    def ago(self, moment: datetime, now: datetime | None = None) -> str:
        """How long ago, in the largest unit that fits."""
        seconds = max(0.0, ((now or datetime.now(UTC)) - moment).total_seconds())
        for unit, length in (("days", 86400), ("hours", 3600), ("minutes", 60)):
            if seconds >= length:
                return self(f"ago.{unit}", n=int(seconds // length))
        return self("ago.now")

    def percent(self, share: float) -> str:
        """Never 0 % or 100 %: nothing is certain."""
        return (
            f"{min(99, max(1, round(share * 100)))} %"
            if self.language == "en"
            else f"{min(99, max(1, round(share * 100)))}%"
        )

    def clock(self, seconds: float) -> str:
        """``0:07`` or ``1:02:03``."""
        whole = int(seconds)
        hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
        return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"

    def script_words(self) -> dict[str, str]:
        """What the page's scripts say."""
        return {key[3:]: text for key, text in self.catalogue.items() if key.startswith("js.")}


@cache
def catalogue(language: str) -> Mapping[str, str]:
    content: dict[str, str] = json.loads(
        (files("anchorproof.web") / "messages" / f"{language}.json").read_text("utf-8")
    )
    return content


def choose(cookie: str | None, accept: str) -> str:
    """The language asked for by cookie, else the best of Accept-Language (RFC 9110, 12.5.4), else English."""
    if cookie in LANGUAGES:
        return cookie
    ranked = []
    for place, part in enumerate(accept.split(",")):
        tag, _, rest = part.strip().partition(";")
        ranked.append((-_weight(rest), place, tag.lower().split("-")[0]))
    return next((tag for weight, _, tag in sorted(ranked) if weight < 0 and tag in LANGUAGES), DEFAULT)


def _weight(text: str) -> float:
    name, _, value = text.strip().partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
