"""Parts of a file for players that seek: byte ranges as RFC 9110 section 14 has them, one range at a time."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class Unsatisfiable(Exception):
    """The range lies outside of the file."""


def read_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Start and length of what is asked for; None: all of it (no range, several, or one that is not understood).

    Raises:
        Unsatisfiable
    """
    found = _RANGE.fullmatch(header.strip()) if header else None
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:  # the last so many bytes
        start, end = max(0, size_bytes - int(last)), size_bytes - 1
        if int(last) == 0 or size_bytes == 0:
            raise Unsatisfiable
    else:
        start, end = int(first), min(int(last) if last else size_bytes - 1, size_bytes - 1)
    if start >= size_bytes or (last and first and int(last) < int(first)):
        raise Unsatisfiable
    return start, end - start + 1
