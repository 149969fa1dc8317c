"""The audit trail: one entry per change, written in the change's own transaction."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from anchorproof.databases import Session
from anchorproof.errors import RequestInvalid
from anchorproof.times import now

ACTOR_LENGTH = 200
#: Stands where the caller did not say who they are.
UNKNOWN_ACTOR = "unknown"


def check_actor(actor: str) -> str:
    """Raises RequestInvalid when it cannot be shown on one line."""
    actor = unicodedata.normalize("NFC", actor).strip() or UNKNOWN_ACTOR
    if len(actor) > ACTOR_LENGTH or any(unicodedata.category(mark) in ("Cc", "Cs") for mark in actor):
        raise RequestInvalid(f"the actor must be one line of at most {ACTOR_LENGTH} characters", "actor")
    return actor


def note(session: Session, actor: str, action: str, subject: str, **details: Any) -> None:
    """Write one entry; ``details`` must not hold names, templates or anything else of the person."""
    shown = {key: value for key, value in details.items() if value not in ("", None, [])}
    session.run(
        "insert_audit",
        now=now(),
        actor=actor,
        action=action,
        subject=subject,
        details=json.dumps(shown, ensure_ascii=False),
    )
