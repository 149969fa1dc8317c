"""Who sent a clip, for people: the page tells the service by which account it sends."""

from __future__ import annotations

from anchorproof.types.reviews import PAGE_SOURCE
from anchorproof.web.words import Words


def page_client(account_id: str) -> str:
    """As whose the service counts what an account sends from the page."""
    return f"{PAGE_SOURCE}{account_id}"


def source_words(words: Words, source: str) -> str:
    """What a review's source says; of other clients as they call themselves."""
    if source.startswith(PAGE_SOURCE):
        return words("source.page", account=source.removeprefix(PAGE_SOURCE))
    return source
