"""Pages of a list: sizes, and opaque tokens that say where the next page starts."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Sequence

from anchorproof.errors import RequestInvalid

DEFAULT_PAGE_SIZE = 50
LARGEST_PAGE_SIZE = 1000

_CHECK_LENGTH = 6


def rows_per_page(page_size: int) -> int:
    """0 gives the default; more than the largest gives the largest (AIP-158).

    Raises:
        RequestInvalid: below 0.
    """
    if page_size < 0:
        raise RequestInvalid(f"page_size must be 0 (for {DEFAULT_PAGE_SIZE}) or more; got {page_size}", "page_size")
    return min(page_size or DEFAULT_PAGE_SIZE, LARGEST_PAGE_SIZE)


def write_token(position: Sequence[int], scope: str) -> str:
    """Where the last row of this page lies in its list's order; ``scope`` names the list and its filters."""
    content = json.dumps(list(position), separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(_check(content, scope) + content).decode().rstrip("=")


def read_token(token: str, scope: str, length: int) -> tuple[int, ...]:
    """The position in a token made by ``write_token`` for the same list.

    Raises:
        RequestInvalid: not such a token.
    """
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError) as error:
        raise _invalid() from error
    check, content = raw[:_CHECK_LENGTH], raw[_CHECK_LENGTH:]
    if check != _check(content, scope):
        raise _invalid()
    position = tuple(int(number) for number in json.loads(content))
    if len(position) != length:
        raise _invalid()
    return position


def _check(content: bytes, scope: str) -> bytes:
    """Not a secret: it tells a token of another list, or a mangled one, from a good one."""
    return hashlib.sha256(scope.encode() + b"\0" + content).digest()[:_CHECK_LENGTH]


def _invalid() -> RequestInvalid:
    return RequestInvalid(
        "page_token is not one that this list gave with these filters; start again without it", "page_token"
    )
