"""The page put together: routes, what every answer carries, and errors in words."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator
from importlib.resources import as_file, files

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from anchorproof.errors import AnchorproofError
from anchorproof.identity.opening import open_registry
from anchorproof.logs import REQUEST_KEY, LogContext, bind, request_id_from
from anchorproof.metrics.page import PageMeters
from anchorproof.settings import Settings
from anchorproof.storage.opening import open_clips
from anchorproof.web import (
    account_pages,
    anchor_pages,
    audit_pages,
    clip_pages,
    decision_pages,
    media_pages,
    model_pages,
    queue_pages,
    upload_pages,
)
from anchorproof.web.desk import Reviews, Views
from anchorproof.web.material import Material
from anchorproof.web.pages import page, words_for
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import HEADERS, check_origin, drop_session, is_https, sign_in_path, wants_html

_log = logging.getLogger(__name__)
_SWEEP_EVERY_S = 3600.0


def create_app(settings: Settings, target: str, meters: PageMeters | None = None) -> FastAPI:
    """The page of the service at ``target``; it opens the clip store and the registry that the settings name."""

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        clips = open_clips(settings)
        registry = open_registry(settings)
        service = Service(target)
        app.state.settings, app.state.clips, app.state.service = settings, clips, service
        app.state.material = Material(settings, clips, registry)
        app.state.views, app.state.reviews = Views(service), Reviews(service)
        app.state.pairs = {}
        sweeping = asyncio.create_task(_sweep(app.state.material))
        try:
            yield
        finally:
            sweeping.cancel()
            await service.close()
            registry.close()
            clips.close()

    app = FastAPI(title="anchorproof", lifespan=lifespan, docs_url=None, redoc_url=None, openapi_url=None)
    for pages in (
        account_pages,
        queue_pages,
        clip_pages,
        decision_pages,
        media_pages,
        anchor_pages,
        upload_pages,
        model_pages,
        audit_pages,
    ):
        app.include_router(pages.router)
    with as_file(files("anchorproof.web") / "static") as folder:
        app.mount("/static", StaticFiles(directory=folder), name="static")
    app.add_middleware(Guard)
    app.add_middleware(Counted, meters=meters or PageMeters())
    app.exception_handler(PageError)(_page_error)
    app.exception_handler(AnchorproofError)(_own_error)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(HTTPException)(_http_error)
    app.exception_handler(ClientDisconnect)(_gone)
    app.exception_handler(Exception)(_fault)
    return app


async def _sweep(material: Material) -> None:
    while True:
        try:
            await asyncio.to_thread(material.sweep)
        except OSError:
            _log.exception("what was made of clips could not be tidied up")
        await asyncio.sleep(_SWEEP_EVERY_S)


class Counted:
    """Every request counted and timed by the route that answered it, and known by an id in the logs."""

    def __init__(self, app: ASGIApp, meters: PageMeters) -> None:
        self._app = app
        self._meters = meters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 0
        request_id = request_id_from(Headers(scope=scope).get(REQUEST_KEY))
        bind(LogContext(request_id))

        async def send_noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[REQUEST_KEY] = request_id
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            self._meters.answered(_route(scope), scope["method"], status, time.perf_counter() - begun)


def _route(scope: Scope) -> str:
    """The template of the route, never the path: that names reviews and anchors."""
    if scope["path"].startswith("/static/"):
        return "/static"
    return str(getattr(scope.get("route"), "path", "other"))


class Guard:
    """Other sites' requests are refused; every answer says what a browser may do with it.

    Plain ASGI: a middleware that wraps requests would keep streams from flowing.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if request.url.path.startswith("/static/"):
                    headers["Cache-Control"] = "no-cache"  # asked again, answered 304
            await send(message)

        try:
            check_origin(request)
        except PageError as error:
            response = await _page_error(request, error)
            await response(scope, receive, send_guarded)
        else:
            await self._app(scope, receive, send_guarded)


async def _page_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, PageError)
    if error.reason in ("SESSION_ENDED", "SESSION_MISSING") and wants_html(request) and request.method == "GET":
        response: Response = RedirectResponse(sign_in_path(request), 303)
        drop_session(response, is_https(request))
        return response
    words = words_for(request)
    message = words.maybe(f"error.{error.reason}", error.message).format(seconds=error.retry_s)
    if wants_html(request):
        return page(request, "error.html", error.status, reason=error.reason, message=message)
    body = {"reason": error.reason, "message": message, "retry_s": error.retry_s}
    return JSONResponse(body, error.status)


async def _own_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AnchorproofError)
    return await _page_error(request, PageError(error.reason, str(error), 422))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    fields = ", ".join(sorted({str(fault["loc"][-1]) for fault in error.errors()}))
    return await _page_error(request, PageError("INVALID_ARGUMENT", f"missing or malformed: {fields}", 422))


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    reason = {404: "PAGE_NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}.get(error.status_code, "INVALID_ARGUMENT")
    return await _page_error(request, PageError(reason, "there is no such page", error.status_code))


async def _gone(_: Request, __: Exception) -> Response:
    """The browser left before it had said all: nobody reads this answer."""
    return Response(status_code=400)


async def _fault(request: Request, error: Exception) -> Response:
    _log.error("a fault of ours at %s", _route(request.scope), exc_info=error)
    return await _page_error(request, PageError("INTERNAL", "internal error", 500))
