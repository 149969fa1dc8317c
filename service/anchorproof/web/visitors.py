"""Who looks at the page: session cookie, CSRF token, role; and the rules that every request must keep."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from fastapi import Request, Response

from anchorproof.types import Role
from anchorproof.v1 import account_pb2
from anchorproof.web.service import PageError, Service

COOKIE = "anchorproof_session"
LANGUAGE_COOKIE, THEME_COOKIE, BLUR_COOKIE = "anchorproof_language", "anchorproof_theme", "anchorproof_blur"
CSRF_HEADER = "x-csrf-token"
_SAFE = ("GET", "HEAD")

#: No inline script or style anywhere; pictures and sound are this page's own.
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; media-src 'self' blob:; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in. ``token`` goes to the service and never into a page."""

    token: str
    account_id: str
    display_name: str
    role: Role

    @property
    def csrf(self) -> str:
        """Only this page can tell it, and only to those who hold the session's cookie."""
        return hmac.new(self.token.encode(), b"anchorproof csrf", hashlib.sha256).hexdigest()

    def may(self, role: str) -> bool:
        return self.role.may(Role(role))


async def visitor_of(request: Request) -> Visitor | None:
    """Who asks; None: nobody, or the session ended.

    Raises:
        PageError: the service cannot be reached.
    """
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    service: Service = request.app.state.service
    try:
        answer = await service.call(service.accounts.GetSession, account_pb2.GetSessionRequest(), token)
    except PageError as error:
        if error.status == 401:
            return None
        raise
    account = answer.session.account
    role = Role(account_pb2.Role.Name(account.role).removeprefix("ROLE_").lower())
    return Visitor(token, account.name.removeprefix("accounts/"), account.display_name, role)


class At:
    """A dependency: who asks, of at least this role; anything that changes something must carry the CSRF token."""

    def __init__(self, role: Role) -> None:
        self._role = role

    async def __call__(self, request: Request) -> Visitor:
        visitor = await visitor_of(request)
        if visitor is None:
            raise PageError("SESSION_ENDED", "nobody is signed in, or the session ended: sign in again", 401)
        if not visitor.role.may(self._role):
            needed, own = self._role.value, visitor.role.value
            raise PageError("ROLE_TOO_LOW", f"this needs the role {needed}; yours is {own}: ask an admin", 403)
        if request.method not in _SAFE:
            await _check_csrf(request, visitor)
        request.state.visitor = visitor
        return visitor


VIEWER, REVIEWER, LEAD, ADMIN = (At(role) for role in (Role.VIEWER, Role.REVIEWER, Role.LEAD, Role.ADMIN))


async def _check_csrf(request: Request, visitor: Visitor) -> None:
    said = request.headers.get(CSRF_HEADER, "")
    kind = request.headers.get("content-type", "")
    if not said and kind.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        said = str((await request.form()).get("csrf", ""))
    if not hmac.compare_digest(said.encode(), visitor.csrf.encode()):
        raise PageError("CSRF", "the form did not come from this page: load the page again", 403)


def check_origin(request: Request) -> None:
    """Raises PageError when another site's page asks for a change."""
    if request.method in _SAFE:
        return
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    if foreign or request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise PageError("CSRF", "the request came from another site", 403)


def keep_session(response: Response, token: str, is_https: bool) -> None:
    """Until the browser closes; the service ends the session before, when it is idle or old."""
    response.set_cookie(COOKIE, token, httponly=True, samesite="strict", secure=is_https, path="/")


def drop_session(response: Response, is_https: bool) -> None:
    response.delete_cookie(COOKIE, httponly=True, samesite="strict", secure=is_https, path="/")


def is_https(request: Request) -> bool:
    return bool(request.app.state.settings.web.https) or request.url.scheme == "https"


def local_path(text: str) -> str:
    """A path of this page, to come back to; "/" for anything else."""
    parts = urlsplit(text)
    is_local = not parts.scheme and not parts.netloc and text.startswith("/") and not text.startswith(("//", "/\\"))
    return text if is_local and "\\" not in text else "/"


def sign_in_path(request: Request) -> str:
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return f"/sign-in?back={quote(here)}" if here != "/" else "/sign-in"


def wants_html(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "")


def state(request: Request) -> Any:
    return request.app.state
