"""Templates into answers: what every page of the desk needs."""

from __future__ import annotations

from functools import cache
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from anchorproof import __version__
from anchorproof.web.visitors import BLUR_COOKIE, LANGUAGE_COOKIE, THEME_COOKIE, Visitor
from anchorproof.web.words import Words, choose

THEMES = ("auto", "light", "dark")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("anchorproof.web"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["version"] = __version__
    return environment


def words_for(request: Request) -> Words:
    return Words(choose(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language", "")))


def page(request: Request, name: str, status: int = 200, **values: Any) -> HTMLResponse:
    """The template ``name`` with what all of them use: words, visitor, theme."""
    words = words_for(request)
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    theme = request.cookies.get(THEME_COOKIE, "auto")
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    content = (
        _environment()
        .get_template(name)
        .render(
            t=words,
            visitor=visitor,
            theme=theme if theme in THEMES else "auto",
            blur=request.cookies.get(BLUR_COOKIE) == "1",
            here=here,
            idle_s=request.app.state.settings.reviews.session_idle_s,
            **values,
        )
    )
    return HTMLResponse(content, status, headers={"Cache-Control": "no-store"})
