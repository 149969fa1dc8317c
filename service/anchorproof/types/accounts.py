"""Who works at the reviewers' desk."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Role(StrEnum):
    """What an account may do; each role may do what those before it may."""

    VIEWER = "viewer"
    """Sees the queue, the clips and their reports."""
    REVIEWER = "reviewer"
    """Takes clips and decides on them, exports."""
    LEAD = "lead"
    """Reads and verifies the audit log, gives up others' leases, opens decided reviews again."""
    ADMIN = "admin"
    """Keeps the accounts."""

    def may(self, needed: Role) -> bool:
        ranks = list(Role)
        return ranks.index(self) >= ranks.index(needed)


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in; ``last_sign_in`` None: never."""

    account_id: str
    display_name: str
    role: Role
    is_disabled: bool
    create_time: datetime
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class SessionInfo:
    """One person signed in; the session ends at ``expire_time``, or at ``idle_expire_time`` without a call before."""

    account: Account
    expire_time: datetime
    idle_expire_time: datetime
