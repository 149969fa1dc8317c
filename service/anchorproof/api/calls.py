"""Every call counted, timed, and known by an id in all that is logged of it, whatever becomes of it."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any

import grpc

from anchorproof.api.status import OURS, Behaviour, Context, rewrapped
from anchorproof.logs import REQUEST_KEY, LogContext, bind, request_id_from
from anchorproof.metrics.meters import Meters

_log = logging.getLogger(__name__)
_NAMES = {code.value[0]: code.name for code in grpc.StatusCode}


class CallInterceptor(grpc.aio.ServerInterceptor):  # type: ignore[type-arg]  # generic in its stubs only
    """Stands before all other interceptors, so that it sees what the client is answered.

    Health checks and reflection are left alone: they say nothing about our work.
    """

    def __init__(self, meters: Meters) -> None:
        self._meters = meters
        #: A server's handlers stay what they are: each is wrapped once, not at every call.
        self._handlers: dict[str, Any] = {}

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> Any:
        method = handler_call_details.method
        if method in self._handlers:
            return self._handlers[method]
        handler = await continuation(handler_call_details)
        if not method.startswith(OURS):
            return handler
        if handler is None:
            self._meters.call_unknown()
            return None
        service, _, name = method.removeprefix("/").partition("/")
        made = self._handlers[method] = rewrapped(handler, lambda behaviour: self._measured(behaviour, service, name))
        return made

    def _measured(self, behaviour: Behaviour, service: str, method: str) -> Behaviour:
        meter = self._meters.calls(service, method)

        async def measured(request: Any, context: Context) -> Any:
            begun = time.perf_counter()
            meter.begun()
            request_id = _request_id(context)
            bind(LogContext(request_id))
            context.set_trailing_metadata(((REQUEST_KEY, request_id),))
            code = "UNKNOWN"
            try:
                answer = await behaviour(request, context)
                code = code_name(context)
                return answer
            except asyncio.CancelledError:
                code = "DEADLINE_EXCEEDED" if _is_late(context) else "CANCELLED"
                raise
            except grpc.aio.AbortError:
                code = code_name(context)
                raise
            finally:
                seconds = time.perf_counter() - begun
                meter.ended(code, seconds)
                _log.debug("%s was answered %s after %.3f s", method, code, seconds)

        return measured


def _request_id(context: Context) -> str:
    given = next((value for key, value in context.invocation_metadata() or () if key == REQUEST_KEY), None)
    return request_id_from(given)


def code_name(context: Context) -> str:
    """What the call was answered, by the name of its gRPC code."""
    code: Any = context.code()
    return code.name if isinstance(code, grpc.StatusCode) else _NAMES.get(code or 0, "UNKNOWN")


def _is_late(context: Context) -> bool:
    left: Any = context.time_remaining()
    return left is not None and left <= 0
