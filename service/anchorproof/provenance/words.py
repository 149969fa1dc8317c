"""Words from strangers, fit to be stored and shown."""

from __future__ import annotations

import unicodedata

LIMIT_WORDS = 300

#: Marks that reorder text (Unicode TR 36, section 2.6).
_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean(value: object) -> str:
    """One line without control characters and without marks that reorder it, at most ``LIMIT_WORDS`` long."""
    kept = (mark if _is_shown(mark) else " " for mark in str(value)[: 2 * LIMIT_WORDS])
    return " ".join("".join(kept).split())[:LIMIT_WORDS]


def _is_shown(mark: str) -> bool:
    return unicodedata.category(mark) not in ("Cc", "Cs", "Zl", "Zp") and mark not in _REORDERING
