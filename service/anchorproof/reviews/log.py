"""The audit log: append-only, each entry's hash covers the hash before it, the newest entry is signed.

An entry is written in the transaction of what it tells. A byte changed, an entry taken out, put in or moved breaks the
chain at that entry; entries cut off the end are missed by the signed head. Who holds the key and the database can forge
both: keep a head elsewhere (``reviews verify --expect``) against that, and against an older copy put in its place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from anchorproof import pages
from anchorproof.databases import Row, Session
from anchorproof.reviews.keys import LogKey
from anchorproof.times import now, to_time
from anchorproof.types import LogEntry

#: What the first entry's hash covers.
BEGINNING = hashlib.sha256(b"anchorproof reviewers' desk: audit log").hexdigest()
#: The actor of what nobody asked for.
SYSTEM = "system"

Details = Mapping[str, Any]


def note(session: Session, key: LogKey, actor: str, action: str, subject: str, details: Details | None = None) -> int:
    """Append one entry and sign the new head; its number. ``details`` hold no names, templates or notes."""
    number, before = _head(session, key)
    return _append(session, key, number + 1, before, (actor, action, subject, details or {}))


def entry_hash(before: str, row: Row | Mapping[str, Any]) -> str:
    """Of an entry and the hash before it; ``details`` is the text as it is stored."""
    fields = [row[name] for name in ("number", "time", "actor", "action", "subject", "details")]
    return hashlib.sha256(json.dumps([before, *fields], ensure_ascii=False).encode()).hexdigest()


def head_content(number: int, sha256: str) -> bytes:
    """What is signed."""
    return f"anchorproof audit head {number}:{sha256}".encode()


def is_head_signed(head: Row, key: LogKey) -> bool:
    content = head_content(head["number"], head["sha256"])
    return head["key_id"] == key.key_id and key.is_signed(content, head["signature"])


def list_entries(
    session: Session, page_size: int, page_token: str, subject: str = "", actor: str = "", action: str = ""
) -> tuple[list[LogEntry], str]:
    """The newest first. ``action`` is a beginning, such as ``review.``.

    Raises:
        RequestInvalid: a page token of another list or of other filters.
    """
    limit = pages.rows_per_page(page_size)
    scope = "log " + json.dumps([subject, actor, action])
    (before,) = pages.read_token(page_token, scope, 1) if page_token else (2**62,)
    rows = session.rows(
        _list_query(subject, actor), before=before, subject=subject, actor=actor, action=action, rows=limit + 1
    )
    token = pages.write_token([rows[limit - 1]["number"]], scope) if len(rows) > limit else ""
    return [entry_from(row) for row in rows[:limit]], token


def entry_from(row: Row) -> LogEntry:
    details = json.loads(row["details"])
    return LogEntry(
        number=row["number"],
        time=to_time(row["time"]),
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        details=tuple((str(name), str(value)) for name, value in details.items()),
        sha256=row["sha256"],
    )


def _list_query(subject: str, actor: str) -> str:
    if subject:
        return "list_log_of_subject"
    return "list_log_of_actor" if actor else "list_log"


def _head(session: Session, key: LogKey) -> tuple[int, str]:
    """Number and hash to go on from.

    A head that this key did not sign (the key was lost, or somebody wrote past us) is not signed anew in silence: that
    goes on record first, and stays there.
    """
    head = session.row("get_head")
    last = session.row("last_log") if head is None else head
    if last is None:
        return 0, BEGINNING
    number, sha256 = last["number"], last["sha256"]
    if head is not None and is_head_signed(head, key):
        return number, sha256
    details = {"head": f"{number}:{sha256}", "key_before": head["key_id"] if head else "", "key": key.key_id}
    number = _append(session, key, number + 1, sha256, (SYSTEM, "log.head_not_signed_by_this_key", "", details))
    renewed = session.row("get_head")
    assert renewed is not None
    return number, renewed["sha256"]


def _append(
    session: Session, key: LogKey, number: int, before: str, what: tuple[str, str, str, Mapping[str, Any]]
) -> int:
    actor, action, subject, details = what
    shown = {name: value for name, value in sorted(details.items()) if value not in ("", None, [])}
    entry: dict[str, Any] = {
        "number": number,
        "time": now(),
        "actor": actor,
        "action": action,
        "subject": subject,
        "details": json.dumps(shown, ensure_ascii=False),
    }
    sha256 = entry_hash(before, entry)
    session.run("insert_log", **entry, sha256=sha256)
    signature = key.sign(head_content(number, sha256))
    session.run("put_head", number=number, sha256=sha256, key_id=key.key_id, signature=signature)
    return number
