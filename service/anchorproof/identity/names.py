"""Names and ids of anchors: what is allowed, when two are the same, and an id made from a name."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable
from datetime import datetime

from anchorproof.errors import RequestInvalid
from anchorproof.types import LocalizedName

ANCHOR_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
#: BCP 47, as far as names need it: language, script, region.
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?")
ANCHOR_ID_LENGTH = 63
NAME_LENGTH = 200
NOTES_LENGTH = 10_000
LIMIT_ALIASES = 50
SHORT_TEXT_LENGTH = 500
MEDIA_NAME_LENGTH = 1024

#: Marks that reorder text, so that a name could be shown as another one (Unicode TR 36, section 2.6).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def check_anchor_id(anchor_id: str, field: str = "anchor_id") -> str:
    """Raises RequestInvalid unless it can stand in a resource name."""
    called = field.replace("_", " ")
    if not ANCHOR_ID.fullmatch(anchor_id):
        raise RequestInvalid(
            f"an {called} holds 1 to {ANCHOR_ID_LENGTH} of a-z, 0-9 and -, and starts with a letter or "
            f"digit; got {anchor_id[:80]!r}",
            field,
        )
    return anchor_id


def check_name(field: str, name: str, is_required: bool = True) -> str:
    """The name in any script, composed (NFC) and without blanks around it.

    Raises:
        RequestInvalid: empty though required, too long, or with characters that cannot be shown.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if is_required and not name:
        raise RequestInvalid(f"{field} must not be empty", field)
    if len(name) > NAME_LENGTH:
        raise RequestInvalid(f"{field} must have at most {NAME_LENGTH} characters; got {len(name)}", field)
    if any(map(_cannot_be_shown, name)):
        raise RequestInvalid(f"{field} must be one line of text without control characters", field)
    return name


def check_aliases(aliases: tuple[str, ...]) -> tuple[str, ...]:
    """Each alias once, in the order given; raises RequestInvalid as ``check_name`` does."""
    if len(aliases) > LIMIT_ALIASES:
        raise RequestInvalid(f"an anchor has at most {LIMIT_ALIASES} aliases; got {len(aliases)}", "aliases")
    return tuple(dict.fromkeys(check_name("aliases", alias) for alias in aliases))


def check_notes(notes: str) -> str:
    if len(notes) > NOTES_LENGTH:
        raise RequestInvalid(f"notes must have at most {NOTES_LENGTH:,} characters; got {len(notes):,}", "notes")
    if any(unicodedata.category(mark) == "Cs" or mark == "\0" for mark in notes):
        raise RequestInvalid("notes must be text", "notes")
    return notes


def check_localized_names(localized: tuple[LocalizedName, ...]) -> tuple[LocalizedName, ...]:
    """One name per language and script; raises RequestInvalid."""
    if len(localized) > LIMIT_ALIASES:
        raise RequestInvalid(f"an anchor has at most {LIMIT_ALIASES} localized names", "localized_names")
    for name in localized:
        if not LANGUAGE.fullmatch(name.language):
            raise RequestInvalid(
                f"language must be a BCP 47 tag such as zh-Hans, zh-Latn or en; got {name.language[:40]!r}",
                "localized_names",
            )
    if len({name.language.lower() for name in localized}) < len(localized):
        raise RequestInvalid("localized_names must hold one name per language", "localized_names")
    return tuple(LocalizedName(name.language, check_name("localized_names", name.text)) for name in localized)


def check_line(field: str, text: str, limit: int = SHORT_TEXT_LENGTH) -> str:
    """One line of text, possibly empty; raises RequestInvalid."""
    text = unicodedata.normalize("NFC", text).strip()
    if len(text) > limit or any(map(_cannot_be_shown, text)):
        raise RequestInvalid(f"{field} must be one line of at most {limit} characters", field)
    return text


def check_validity(valid_from: datetime | None, valid_until: datetime | None) -> None:
    """Raises RequestInvalid for a period that ends before it begins."""
    if valid_from and valid_until and valid_until <= valid_from:
        raise RequestInvalid("valid_until must lie after valid_from", "valid_until")


def clean_media_name(name: str) -> str:
    """A file's name fit to be shown: files may be called anything, so what cannot be shown is replaced, not refused.

    Raises:
        RequestInvalid: too long.
    """
    if len(name) > MEDIA_NAME_LENGTH:
        raise RequestInvalid(
            f"media_name must have at most {MEDIA_NAME_LENGTH} characters; got {len(name)}", "media_name"
        )
    return "".join("\N{REPLACEMENT CHARACTER}" if _cannot_be_shown(mark) else mark for mark in name)


def _cannot_be_shown(mark: str) -> bool:
    return unicodedata.category(mark) in ("Cc", "Cs", "Zl", "Zp") or mark in _REORDERING


def name_key(name: str) -> str:
    """Equal for two spellings of one name: letter case, widths and blanks do not count."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def free_id(base: str, is_taken: Callable[[str], bool]) -> str:
    """``base``, or ``base-2``, ``base-3``, ... where that is taken."""
    candidate, number = base, 1
    while is_taken(candidate):
        number += 1
        suffix = f"-{number}"
        candidate = base[: ANCHOR_ID_LENGTH - len(suffix)] + suffix
    return candidate


def slug(name: str) -> str:
    """An anchor id that resembles the name, or a random one for a name without Latin letters or digits."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    latin_letters = sum(mark.isascii() and mark.isalnum() for mark in plain)
    letters = sum(mark.isalnum() for mark in name)
    if 2 * latin_letters <= letters:
        return f"anchor-{secrets.token_hex(4)}"
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:ANCHOR_ID_LENGTH].strip("-")
