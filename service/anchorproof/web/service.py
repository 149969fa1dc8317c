"""The page's way to the service: calls on behalf of whoever signed in, and errors that a browser can be told."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2

from anchorproof.logs import REQUEST_KEY, current
from anchorproof.v1 import (
    account_pb2_grpc,
    analysis_pb2_grpc,
    footage_pb2_grpc,
    jobs_pb2_grpc,
    registry_pb2_grpc,
    review_pb2_grpc,
    uploads_pb2_grpc,
)

TIMEOUT_S = 30.0
#: Enrolling and looking for footage decode media.
WORK_TIMEOUT_S = 1800.0
_LIMIT_RECEIVED_BYTES = 64 * 1024**2
_KEEPALIVE_MS = 30_000
#: Reads are repeated for a moment while the service restarts; the browser repeats decisions itself.
_READS = {
    "anchorproof.v1.ReviewService": ("ListReviews", "GetReview", "RecordView", "ListReviewAuditEntries"),
    "anchorproof.v1.AccountService": ("GetSession", "ListAccounts"),
    "anchorproof.v1.AnalysisService": ("GetReport", "ListModels"),
    "anchorproof.v1.RegistryService": ("GetAnchor", "ListAnchors", "SearchAnchors", "ListEnrolments", "ListOutlets"),
}
_STATUS = {
    "UNAUTHENTICATED": 401,
    "PERMISSION_DENIED": 403,
    "NOT_FOUND": 404,
    "ALREADY_EXISTS": 409,
    "ABORTED": 409,
    "FAILED_PRECONDITION": 409,
    "INVALID_ARGUMENT": 422,
    "OUT_OF_RANGE": 422,
    "RESOURCE_EXHAUSTED": 429,
    "UNAVAILABLE": 503,
    "DEADLINE_EXCEEDED": 503,
    "CANCELLED": 503,
    "DATA_LOSS": 409,
}


class PageError(Exception):
    """What a browser is told: a stable ``reason``, words, an HTTP status, and when to come back (0: not said)."""

    def __init__(self, reason: str, message: str, status: int, retry_s: int = 0) -> None:
        super().__init__(f"{message} [{reason}]")
        self.reason, self.message, self.status, self.retry_s = reason, message, status, retry_s


class Service:
    """One channel to the service, made inside the event loop that uses it."""

    def __init__(self, target: str) -> None:
        options = (
            ("grpc.service_config", json.dumps(_retries())),
            ("grpc.max_receive_message_length", _LIMIT_RECEIVED_BYTES),
            ("grpc.keepalive_time_ms", _KEEPALIVE_MS),
            ("grpc.initial_reconnect_backoff_ms", 200),
            ("grpc.max_reconnect_backoff_ms", 2000),
        )
        self._channel = grpc.aio.insecure_channel(target, options)
        self.reviews: Any = review_pb2_grpc.ReviewServiceStub(self._channel)
        self.accounts: Any = account_pb2_grpc.AccountServiceStub(self._channel)
        self.analyses: Any = analysis_pb2_grpc.AnalysisServiceStub(self._channel)
        self.registry: Any = registry_pb2_grpc.RegistryServiceStub(self._channel)
        self.footage: Any = footage_pb2_grpc.FootageServiceStub(self._channel)
        self.uploads: Any = uploads_pb2_grpc.UploadServiceStub(self._channel)
        self.jobs: Any = jobs_pb2_grpc.JobServiceStub(self._channel)

    async def close(self) -> None:
        await self._channel.close(None)

    async def call(
        self, method: Any, request: Any, token: str = "", actor: str = "", client: str = "", more_s: float = 0.0
    ) -> Any:
        """One message for one message; ``client`` is as whose the service counts it, ``more_s`` more time than usual.

        Raises:
            PageError
        """
        try:
            return await method(request, timeout=TIMEOUT_S + more_s, metadata=_metadata(token, actor, client))
        except grpc.aio.AioRpcError as error:
            raise page_error(error) from error

    async def send(self, method: Any, messages: AsyncIterator[Any], actor: str = "") -> Any:
        """A stream of messages for one message; raises PageError."""
        try:
            return await method(messages, timeout=WORK_TIMEOUT_S, metadata=_metadata("", actor))
        except grpc.aio.AioRpcError as error:
            raise page_error(error) from error

    async def stream(self, method: Any, request: Any, token: str = "") -> AsyncIterator[Any]:
        """The messages that come for one message; the call ends when whoever reads them leaves. Raises PageError."""
        call = method(request, timeout=WORK_TIMEOUT_S, metadata=_metadata(token, ""))
        try:
            async for message in call:
                yield message
        except grpc.aio.AioRpcError as error:
            raise page_error(error) from error
        finally:
            call.cancel()


def page_error(error: grpc.aio.AioRpcError) -> PageError:
    """The service's answer; where it is not its own (it cannot be reached, say), the gRPC code's name is the reason."""
    code = error.code().name
    reason, retry_s = code, 0
    for detail in _details(error):
        info, retry = error_details_pb2.ErrorInfo(), error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            reason = info.reason
        elif detail.Unpack(retry):
            retry_s = max(1, retry.retry_delay.seconds)
    own = reason != code
    message = (error.details() or "") if own else "the service cannot be reached or did not answer"
    return PageError(reason, message, _STATUS.get(code, 500), retry_s)


def _details(error: grpc.aio.AioRpcError) -> list[Any]:
    trailing: Any = error.trailing_metadata() or ()
    for key, value in trailing:
        if key == "grpc-status-details-bin":
            return list(status_pb2.Status.FromString(value).details)
    return []


def _metadata(token: str, actor: str, client: str = "") -> tuple[tuple[str, str | bytes], ...]:
    pairs: list[tuple[str, str | bytes]] = []
    if token:
        pairs.append(("authorization", f"Bearer {token}"))
    if actor:
        pairs.append(("anchorproof-actor-bin", actor.encode()))
    if client:
        pairs.append(("anchorproof-client", client))
    if request_id := current().request_id:  # one id through page, service and worker
        pairs.append((REQUEST_KEY, request_id))
    return tuple(pairs)


def _retries() -> dict[str, Any]:
    names = [{"service": service, "method": method} for service, methods in _READS.items() for method in methods]
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.2s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    return {"methodConfig": [{"name": names, "retryPolicy": policy}]}
