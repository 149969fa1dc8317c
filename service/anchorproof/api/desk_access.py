"""Who calls, and may they? The table of what each role may do at the desk."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import Mapping

from anchorproof.api.status import Context
from anchorproof.errors import NotAllowed
from anchorproof.reviews.sessions import Sessions
from anchorproof.types import Account, Role

#: The least role for each call of ReviewService and AccountService; one that is not here is open to anybody (SignIn,
#: SignOut) or to whoever is signed in.
RIGHTS: Mapping[str, Role] = {
    "ListReviews": Role.VIEWER,
    "GetReview": Role.VIEWER,
    "RecordView": Role.VIEWER,
    "LeaseReview": Role.REVIEWER,
    "LeaseNextReview": Role.REVIEWER,
    "RenewLease": Role.REVIEWER,
    "ReleaseReview": Role.REVIEWER,
    "SubmitDecision": Role.REVIEWER,
    "UndoDecision": Role.REVIEWER,
    "ExportReview": Role.REVIEWER,
    "ReopenReview": Role.LEAD,
    "ListReviewAuditEntries": Role.LEAD,
    "VerifyReviewAudit": Role.LEAD,
    "GetSession": Role.VIEWER,
    "ChangePassword": Role.VIEWER,
    "ListAccounts": Role.ADMIN,
    "CreateAccount": Role.ADMIN,
    "UpdateAccount": Role.ADMIN,
}
_BEARER = "bearer "


class Access:
    """Asks the sessions who stands behind a call."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    async def account(self, context: Context, call: str) -> Account:
        """Who calls.

        Raises:
            NotSignedIn: SESSION_MISSING, SESSION_ENDED
            NotAllowed: ROLE_TOO_LOW
        """
        account = (await asyncio.to_thread(self._sessions.find, token_of(context))).account
        needed = RIGHTS[call]
        if not account.role.may(needed):
            raise NotAllowed(
                "ROLE_TOO_LOW", f"this needs the role {needed.value}; yours is {account.role.value}: ask an admin"
            )
        return account


def token_of(context: Context) -> str:
    """The session's token in the call's metadata; empty: there is none."""
    for key, value in context.invocation_metadata() or ():
        if key == "authorization" and isinstance(value, str) and value[: len(_BEARER)].lower() == _BEARER:
            return value[len(_BEARER) :].strip()
    return ""


def address_of(context: Context, said: str) -> str:
    """Where failed sign-ins are counted: the caller's address; what the caller says, if it is this machine."""
    kind, _, rest = context.peer().partition(":")
    host = rest.rpartition(":")[0].strip("[]").replace("%5B", "").replace("%5D", "")
    if kind == "unix" or _is_loopback(host):
        return said or "this machine"
    return host


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
