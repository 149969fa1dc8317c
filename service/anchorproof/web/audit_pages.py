"""The audit log, for leads: who saw and decided what, and whether the log is whole."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from anchorproof.api import review_convert
from anchorproof.v1 import review_pb2
from anchorproof.web.pages import page
from anchorproof.web.service import Service
from anchorproof.web.visitors import LEAD, Visitor, state

router = APIRouter()
PAGE_SIZE = 100
ACTIONS = ("review.", "material.viewed", "session.", "account.")


@router.get("/audit")
async def audit(
    request: Request,
    actor: str = "",
    action: str = "",
    subject: str = "",
    token: str = "",
    visitor: Visitor = Depends(LEAD),
) -> Response:
    service: Service = state(request).service
    wanted = review_pb2.ListReviewAuditEntriesRequest(
        page_size=PAGE_SIZE,
        page_token=token,
        subject=subject.strip(),
        actor=actor.strip() if "/" in actor or not actor.strip() else f"accounts/{actor.strip()}",
        action=action,
    )
    answer = await service.call(service.reviews.ListReviewAuditEntries, wanted, visitor.token)
    return page(
        request,
        "audit.html",
        entries=[review_convert.read_entry(one) for one in answer.entries],
        next_token=answer.next_page_token,
        actor=actor.strip(),
        action=action,
        subject=subject.strip(),
        actions=ACTIONS,
    )


@router.post("/api/audit/verify")
async def verify(request: Request, visitor: Visitor = Depends(LEAD)) -> dict[str, Any]:
    service: Service = state(request).service
    answer = await service.call(service.reviews.VerifyReviewAudit, review_pb2.VerifyReviewAuditRequest(), visitor.token)
    check = review_convert.read_check(answer)
    return {
        "sound": check.is_sound,
        "entries": check.entries,
        "head": check.head,
        "faults": [{"number": one.number, "code": one.code, "message": one.message} for one in check.faults],
    }
