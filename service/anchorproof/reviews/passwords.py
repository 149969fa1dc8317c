"""Passwords: argon2id, with the library's defaults (RFC 9106, low-memory profile)."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from anchorproof.errors import ExtraMissing, PasswordTooWeak

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST, LONGEST = 12, 200
#: Each check takes 64 MiB and some tens of milliseconds: not more than this many at once.
_TURNS = threading.BoundedSemaphore(2)
_COMMON = ("password", "passwort", "qwertyuiop", "1234567890", "anchorproof", "letmein", "iloveyou", "welcome", "admin")


def check_strength(password: str, account_id: str) -> None:
    """Length counts; made of what everybody tries, or of the account's own name, it does not.

    Raises:
        PasswordTooWeak
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordTooWeak(f"a password has {SHORTEST} to {LONGEST} characters; three or four words are good")
    rest = password.casefold()
    for word in (account_id.casefold(), *_COMMON):
        rest = rest.replace(word, "")
    if len(set(rest)) < 5:
        raise PasswordTooWeak("the password is made of what everybody tries first; three or four odd words are good")


def hash_password(password: str) -> str:
    """Raises ExtraMissing."""
    with _TURNS:
        return _hasher().hash(_normal(password))


def fits(password_hash: str, password: str) -> bool:
    """Takes as long whether there is a hash or not (empty), so that nobody learns which accounts exist.

    Raises:
        ExtraMissing
    """
    hasher = _hasher()
    from argon2.exceptions import InvalidHashError, VerificationError

    with _TURNS:
        try:
            return hasher.verify(password_hash or _nobodys_hash(), _normal(password)) and bool(password_hash)
        except (VerificationError, InvalidHashError):
            return False


def needs_rehash(password_hash: str) -> bool:
    """The library's defaults have grown since."""
    return _hasher().check_needs_rehash(password_hash)


@cache
def _hasher() -> PasswordHasher:
    try:
        from argon2 import PasswordHasher
    except ImportError as error:
        raise ExtraMissing("signing in", "web") from error
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_hex(16))


def _normal(password: str) -> str:
    """The same keys pressed give the same bytes on every system."""
    return unicodedata.normalize("NFKC", password)
