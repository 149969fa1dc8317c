"""Calls that a client may repeat: the same id with the same content is answered with the first result."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from anchorproof.databases import Session
from anchorproof.errors import RequestInvalid
from anchorproof.times import now

#: A repeated request is recognised for this long.
REQUESTS_KEPT = timedelta(days=7)
REQUEST_ID_LENGTH = 200


class Request:
    """One call that a client may repeat; without an id nothing is remembered."""

    def __init__(self, method: str, request_id: str, content: Mapping[str, Any]) -> None:
        if len(request_id) > REQUEST_ID_LENGTH:
            raise RequestInvalid(
                f"request_id must have at most {REQUEST_ID_LENGTH} characters; got {len(request_id)}", "request_id"
            )
        self._method = method
        self._request_id = request_id
        self._content_sha256 = hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()

    def result(self, session: Session) -> str | None:
        """The id of what this request made the first time.

        Raises:
            RequestInvalid: the id was used for another call.
        """
        row = session.row("find_request", request_id=self._request_id) if self._request_id else None
        if row is None:
            return None
        if (row["method"], row["content_sha256"]) != (self._method, self._content_sha256):
            raise RequestInvalid(
                f"request_id {self._request_id!r} was used before for a call with other content; "
                "send a new request_id with every new request, and repeat one only with the same content",
                "request_id",
            )
        return str(row["result_id"])

    def remember(self, session: Session, result_id: str) -> None:
        if not self._request_id:
            return
        moment = now()
        session.run("forget_requests", before=moment - REQUESTS_KEPT // timedelta(microseconds=1))
        session.run(
            "insert_request",
            request_id=self._request_id,
            method=self._method,
            content_sha256=self._content_sha256,
            result_id=result_id,
            now=moment,
        )
