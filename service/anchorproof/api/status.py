"""Errors as gRPC statuses: handlers raise, this interceptor answers by one table."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from anchorproof import errors
from anchorproof.errors import AnchorproofError
from anchorproof.logs import REQUEST_KEY, current

DOMAIN = "anchorproof"
RETRY_AFTER_S = 5
DETAILS_KEY = "grpc-status-details-bin"

_log = logging.getLogger(__name__)

#: The first class that fits decides, so subclasses stand before their base.
_CODES: tuple[tuple[type[AnchorproofError], grpc.StatusCode], ...] = (
    (errors.ClipRejected, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.RequestInvalid, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.NotFound, grpc.StatusCode.NOT_FOUND),
    (errors.AlreadyExists, grpc.StatusCode.ALREADY_EXISTS),
    (errors.ChangedMeanwhile, grpc.StatusCode.ABORTED),
    (errors.LeaseLost, grpc.StatusCode.ABORTED),
    (errors.EnrolmentRejected, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.NotSignedIn, grpc.StatusCode.UNAUTHENTICATED),
    (errors.NotAllowed, grpc.StatusCode.PERMISSION_DENIED),
    (errors.SignInThrottled, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.ReviewRefused, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.LastAdmin, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ExtraMissing, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.AuditKeyUnusable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ResourceInUse, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.RegistryLocked, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ArchiveUnreadable, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.BundleInvalid, grpc.StatusCode.INVALID_ARGUMENT),
    (errors.BundleKeyUnusable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.ModelUnavailable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.CalibrationUnavailable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.TrustListUnavailable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.StorageFull, grpc.StatusCode.RESOURCE_EXHAUSTED),
    (errors.StorageUnavailable, grpc.StatusCode.UNAVAILABLE),
    (errors.StorageFailed, grpc.StatusCode.INTERNAL),
    (errors.OffsetWrong, grpc.StatusCode.OUT_OF_RANGE),
    (errors.ChunkCorrupt, grpc.StatusCode.DATA_LOSS),
    (errors.UploadIncomplete, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.UploadCorrupt, grpc.StatusCode.DATA_LOSS),
    (errors.UploadFault, grpc.StatusCode.ABORTED),
    (errors.SourceUnreachable, grpc.StatusCode.FAILED_PRECONDITION),
    (errors.JobCancelled, grpc.StatusCode.CANCELLED),
    (errors.DeadlinePassed, grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.UploadStalled, grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.AnalysisTimedOut, grpc.StatusCode.DEADLINE_EXCEEDED),
    (errors.AnalysisFailed, grpc.StatusCode.INTERNAL),
    (errors.Overloaded, grpc.StatusCode.RESOURCE_EXHAUSTED),
)


def code_of(error: AnchorproofError) -> grpc.StatusCode:
    """The gRPC code of an error; INTERNAL for one the table does not name."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), grpc.StatusCode.INTERNAL)


def status_of(error: Exception) -> status_pb2.Status:
    """The whole status: code, message and details. Errors outside our tree say "internal error" and nothing else."""
    if isinstance(error, AnchorproofError):
        code, message, details = code_of(error), str(error), _details(error)
    else:
        code, message, details = grpc.StatusCode.INTERNAL, "internal error", [_info("INTERNAL", {})]
    status = status_pb2.Status(code=code.value[0], message=message)
    for detail in details:
        status.details.add().Pack(detail)
    return status


def _details(error: AnchorproofError) -> list[Message]:
    details: list[Message] = [_info(error.reason, _metadata(error))]
    if isinstance(error, errors.RequestInvalid) and error.field:
        violation = error_details_pb2.BadRequest.FieldViolation(field=error.field, description=str(error))
        details.append(error_details_pb2.BadRequest(field_violations=[violation]))
    if isinstance(error, errors.Overloaded | errors.StorageUnavailable):
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=RETRY_AFTER_S)))
    if isinstance(error, errors.SignInThrottled):
        details.append(error_details_pb2.RetryInfo(retry_delay=Duration(seconds=math.ceil(error.retry_s))))
    return details


def _metadata(error: AnchorproofError) -> dict[str, str]:
    if isinstance(error, errors.EnrolmentRejected) and error.codes:
        return {"rejections": ",".join(error.codes)}
    if isinstance(error, errors.OffsetWrong):
        return {"offset": str(error.offset)}
    return {}


def _info(reason: str, metadata: dict[str, str]) -> error_details_pb2.ErrorInfo:
    request_id = current().request_id  # what to ask the operator for
    known = {"request_id": request_id} if request_id else {}
    return error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=metadata | known)


# --------------------------------------------------------------------------- the interceptor

Context: TypeAlias = "grpc.aio.ServicerContext[Any, Any]"
Behaviour = Callable[[Any, Context], Awaitable[Any]]


#: How the methods that we serve ourselves begin.
OURS = ("/anchorproof.", "/google.longrunning.")


class StatusInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in its stubs only
    """Turns what our handlers raise into statuses; other services' handlers are left alone."""

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        handler = await continuation(handler_call_details)
        if handler is None or not handler_call_details.method.startswith(OURS):
            return handler
        return rewrapped(handler, lambda behaviour: _answering(behaviour, handler_call_details.method))


def rewrapped(handler: Any, wrap: Callable[[Behaviour], Behaviour]) -> Any:
    """The handler with its behaviour wrapped, whichever side streams."""
    kind = f"{'stream' if handler.request_streaming else 'unary'}_{'stream' if handler.response_streaming else 'unary'}"
    make: Any = getattr(grpc, f"{kind}_rpc_method_handler")
    return make(wrap(getattr(handler, kind)), handler.request_deserializer, handler.response_serializer)


def _answering(behaviour: Behaviour, method: str) -> Behaviour:
    async def answer(request: Any, context: Context) -> Any:
        try:
            return await behaviour(request, context)
        except AnchorproofError as error:
            if code_of(error) is grpc.StatusCode.INTERNAL:
                _log.error("%s failed: %s", method, error, exc_info=error)
            else:
                _log.debug("%s is refused: %s", method, error.reason)
            await _abort(context, status_of(error))
        except Exception as error:
            _log.exception("%s failed", method)
            await _abort(context, status_of(error))

    return answer


async def _abort(context: Context, status: status_pb2.Status) -> None:
    code = next(code for code in grpc.StatusCode if code.value[0] == status.code)
    details: tuple[tuple[str, str | bytes], ...] = ((DETAILS_KEY, status.SerializeToString()),)
    if request_id := current().request_id:
        details += ((REQUEST_KEY, request_id),)
    await context.abort(code, status.message, trailing_metadata=details)
