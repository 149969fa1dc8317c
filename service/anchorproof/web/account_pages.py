"""Signing in and out, language, one's own password."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response

from anchorproof.v1 import account_pb2
from anchorproof.web.pages import page, words_for
from anchorproof.web.service import PageError, Service
from anchorproof.web.visitors import (
    LANGUAGE_COOKIE,
    VIEWER,
    Visitor,
    drop_session,
    is_https,
    keep_session,
    local_path,
    state,
    visitor_of,
)
from anchorproof.web.words import LANGUAGES

router = APIRouter()
_YEAR_S = 365 * 24 * 3600


@router.get("/sign-in")
async def sign_in_page(request: Request, back: str = "/") -> Response:
    if await visitor_of(request):
        return RedirectResponse(local_path(back), 303)
    return page(request, "sign-in.html", back=local_path(back), account="", fault="")


@router.post("/sign-in")
async def sign_in(
    request: Request,
    account: str = Form("", max_length=200),
    password: str = Form("", max_length=1000),
    back: str = Form("/"),
) -> Response:
    service: Service = state(request).service
    address = request.client.host if request.client else ""
    wanted = account_pb2.SignInRequest(account_id=account.strip(), password=password, client_address=address)
    try:
        answer = await service.call(service.accounts.SignIn, wanted)
    except PageError as error:
        words = words_for(request)
        fault = words.maybe(f"error.{error.reason}", error.message).format(seconds=error.retry_s)
        return page(request, "sign-in.html", error.status, back=local_path(back), account=account.strip(), fault=fault)
    response = RedirectResponse(local_path(back), 303)
    keep_session(response, answer.token, is_https(request))
    return response


@router.post("/sign-out")
async def sign_out(request: Request, visitor: Visitor = Depends(VIEWER)) -> Response:
    service: Service = state(request).service
    await service.call(service.accounts.SignOut, account_pb2.SignOutRequest(), visitor.token)
    response = RedirectResponse("/sign-in", 303)
    drop_session(response, is_https(request))
    return response


@router.get("/api/session")
async def session(visitor: Visitor = Depends(VIEWER)) -> dict[str, str]:
    """For a page that was open when its session ended and another one began: whose it is, and its token for forms."""
    return {"account": visitor.account_id, "csrf": visitor.csrf}


@router.get("/language/{language}")
async def set_language(request: Request, language: str, back: str = "/") -> Response:
    response = RedirectResponse(local_path(back), 303)
    if language in LANGUAGES:
        response.set_cookie(
            LANGUAGE_COOKIE, language, max_age=_YEAR_S, samesite="strict", secure=is_https(request), httponly=True
        )
    return response


@router.get("/account")
async def account_page(request: Request, _: Visitor = Depends(VIEWER)) -> Response:
    return page(request, "account.html", fault="", is_done=False)


@router.post("/account")
async def change_password(
    request: Request,
    old: str = Form("", max_length=1000),
    new: str = Form("", max_length=1000),
    again: str = Form("", max_length=1000),
    visitor: Visitor = Depends(VIEWER),
) -> Response:
    service: Service = state(request).service
    words = words_for(request)
    if new != again:
        return page(request, "account.html", 422, fault=words("account.differ"), is_done=False)
    wanted = account_pb2.ChangePasswordRequest(old_password=old, new_password=new)
    try:
        await service.call(service.accounts.ChangePassword, wanted, visitor.token)
    except PageError as error:
        if error.reason in ("SESSION_ENDED", "SESSION_MISSING"):
            raise
        fault = words.maybe(f"error.{error.reason}", error.message).format(seconds=error.retry_s)
        return page(request, "account.html", error.status, fault=fault, is_done=False)
    return page(request, "account.html", fault="", is_done=True)
