"""What a clip's file says of itself, before anything is made of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from anchorproof.errors import ClipRejected, ClipUnreadable
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import Message, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, FileStatements, Tag

_LIMIT_PAYLOAD_BYTES = 16 * 1024**2
_LIMIT_TAGS = 256
_LIMIT_PACKETS = 16


def read_statements(clip: Path, info: ClipInfo, settings: MediaSettings, trust_list: Path | None) -> FileStatements:
    """Tags, XMP packets, label texts and the C2PA manifest store, as the confined child found them.

    Nothing is fetched and nothing is believed: what a child that broke off had found so far is kept, and
    ``failure`` says what happened to it.
    """
    job = job_for(Task.DECLARATIONS, settings, info.duration_s, trust_list=str(trust_list or ""))
    parts: dict[str, Any] = {}
    failure = ""
    try:
        for message in run_child(clip, job, _LIMIT_PAYLOAD_BYTES):
            parts[message.kind] = _content(message)
    except ClipRejected as error:
        failure = str(error)
    try:
        return _statements(parts, failure)
    except (KeyError, TypeError, ValueError):
        return FileStatements(failure="what the file says of itself could not be read")


def _content(message: Message) -> Any:
    try:
        return json.loads(bytes(message.payload))
    except ValueError as error:
        raise ClipUnreadable("what the file says of itself could not be read") from error


def _statements(parts: dict[str, Any], failure: str) -> FileStatements:
    packets = [(str(kind), str(text)) for kind, text in parts.get("packets", [])[:_LIMIT_PACKETS]]
    credentials = parts.get("credentials", {"store": "", "error": ""})
    return FileStatements(
        tags=tuple(Tag(str(where), str(key), str(value)) for where, key, value in parts.get("tags", [])[:_LIMIT_TAGS]),
        xmp_packets=tuple(text for kind, text in packets if kind == "xmp"),
        label_texts=tuple(text for kind, text in packets if kind == "label"),
        manifest_store=str(credentials["store"]),
        credential_error=str(credentials["error"]),
        failure=failure,
    )
