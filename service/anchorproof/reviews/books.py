"""What all parts of the desk share: its database, and the key of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from anchorproof.databases import Database, Session
from anchorproof.reviews import log
from anchorproof.reviews.keys import LogKey


@dataclass(frozen=True, slots=True)
class Books:
    """The database and the key; ``note`` writes into the log, in the transaction of what it tells."""

    database: Database
    key: LogKey

    def note(self, session: Session, actor: str, action: str, subject: str, **details: Any) -> None:
        log.note(session, self.key, actor, action, subject, details)


def account_name(account_id: str) -> str:
    """How the log names an account."""
    return f"accounts/{account_id}"


def review_name(review_id: str) -> str:
    """How the log names a review."""
    return f"reviews/{review_id}"
