"""Tells clients that their jobs have ended: signed, to listed addresses only, again until it was taken.

A delivery may arrive twice: receivers know it by its id.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Sequence
from urllib.parse import urlsplit

import httpx

from anchorproof.errors import AnchorproofError, NotFound, RequestInvalid
from anchorproof.logs import REQUEST_KEY, LogContext, bind, current
from anchorproof.metrics.meters import Meters
from anchorproof.queue.queue import JobQueue
from anchorproof.settings import QueueSettings
from anchorproof.types import Delivery, Job

SIGNATURE = "Anchorproof-Signature"
LIMIT_URL = 2048
LOOK_EVERY_S = 1.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 3600.0

_log = logging.getLogger(__name__)


def check_webhook(url: str, allowed: Sequence[str]) -> None:
    """Raises RequestInvalid for an address under none of those that the operator listed."""
    if len(url) > LIMIT_URL:
        raise RequestInvalid(f"webhook_url has {len(url):,} characters; the limit is {LIMIT_URL:,}", "webhook_url")
    parts = urlsplit(url)
    is_plain = parts.scheme in ("http", "https") and "@" not in parts.netloc and ".." not in parts.path.split("/")
    if not (is_plain and any(_is_under(url, root) for root in allowed)):
        raise RequestInvalid(
            "webhook_url must lie under one of the addresses that this service may call (setting queue.webhooks)",
            "webhook_url",
        )


def _is_under(url: str, root: str) -> bool:
    parts, allowed = urlsplit(url), urlsplit(root)
    path = allowed.path.rstrip("/")
    is_same_host = (parts.scheme, parts.netloc) == (allowed.scheme, allowed.netloc)
    return is_same_host and (parts.path == path or parts.path.startswith(f"{path}/"))


def sign(secret: str, time_s: int, body: bytes) -> str:
    """The header's value: ``t=<seconds since 1970>,v1=<HMAC-SHA256 of "t.body", hexadecimal>``."""
    digest = hmac.new(secret.encode(), f"{time_s}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={time_s},v1={digest}"


def verify(secret: str, signature: str, body: bytes, now_s: float, tolerance_s: float = 300.0) -> bool:
    """What a receiver does: False for another secret, a changed body, or a time too far from now."""
    try:
        given = dict(part.split("=", 1) for part in signature.split(","))
        time_s = int(given["t"])
    except (KeyError, ValueError):
        return False
    is_fresh = abs(now_s - time_s) <= tolerance_s
    return is_fresh and hmac.compare_digest(sign(secret, time_s, body), signature)


def body_of(job: Job) -> bytes:
    """What is told: where the job is and where its report is; nothing of what the report says."""
    return json.dumps(
        {
            "id": job.job_id,
            "operation": f"operations/{job.job_id}",
            "state": job.state.name,
            "report": f"reports/{job.report_id}" if job.error is None else "",
            "error": {"reason": job.error.reason, "message": job.error.message} if job.error else None,
            "clipSha256": job.clip_sha256,
            "endTime": job.end_time.isoformat() if job.end_time else None,
        },
        ensure_ascii=False,
    ).encode()


class Courier:
    """Makes the deliveries that are due."""

    def __init__(self, queue: JobQueue, settings: QueueSettings, secret: str, meters: Meters | None = None) -> None:
        self._meters = meters or Meters()
        self._queue = queue
        self._settings = settings
        self._secret = secret

    async def run(self) -> None:
        limits = httpx.Timeout(self._settings.webhook_timeout_s)
        # Redirects could lead to addresses that nobody listed; a proxy from the environment would see what is told.
        async with httpx.AsyncClient(timeout=limits, follow_redirects=False, trust_env=False) as client:
            while True:
                try:
                    due = await asyncio.to_thread(self._queue.due_deliveries)
                    await asyncio.gather(*(self._deliver(client, delivery) for delivery in due))
                except AnchorproofError as error:
                    _log.warning("deliveries cannot be made: %s", error)
                    due = []
                if not due:
                    await asyncio.sleep(LOOK_EVERY_S)

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        try:
            job = await asyncio.to_thread(self._queue.get, delivery.job_id)
            check_webhook(delivery.url, self._settings.webhooks)  # the list may have changed since
        except (NotFound, RequestInvalid):
            self._meters.delivery("dropped")
            await asyncio.to_thread(self._queue.delivered, delivery.job_id)
            return
        bind(LogContext(job.request.call_id, job.job_id))
        if await self._post(client, delivery.url, body_of(job)):
            await asyncio.to_thread(self._queue.delivered, delivery.job_id)
            self._meters.delivery("delivered")
            return
        pause_s = min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2 ** (delivery.attempts - 1))
        is_over = _spent_s(delivery.attempts) > self._settings.webhook_give_up_s
        self._meters.delivery("given_up" if is_over else "failed")
        if is_over:
            _log.error("a client could not be told that its job ended; given up after %d tries", delivery.attempts)
        await asyncio.to_thread(self._queue.not_delivered, delivery.job_id, None if is_over else pause_s)

    async def _post(self, client: httpx.AsyncClient, url: str, body: bytes) -> bool:
        headers = {"Content-Type": "application/json", SIGNATURE: sign(self._secret, int(time.time()), body)}
        if request_id := current().request_id:
            headers[REQUEST_KEY] = request_id
        try:
            async with client.stream("POST", url, content=body, headers=headers) as answer:
                return answer.is_success
        except (httpx.HTTPError, httpx.InvalidURL):
            return False


def _spent_s(attempts: int) -> float:
    """All pauses up to this attempt."""
    return sum(min(_LONGEST_PAUSE_S, _FIRST_PAUSE_S * 2.0**number) for number in range(attempts))
