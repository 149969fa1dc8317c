"""How many jobs of each client wait and run: kept by the triggers of the database with every change of a job, so that
neither accepting a job nor leasing one goes through all that wait."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from anchorproof.databases import Row, Session
from anchorproof.errors import Overloaded
from anchorproof.queue.rows import columns
from anchorproof.queue.transitions import Now
from anchorproof.settings import QueueSettings
from anchorproof.times import microseconds
from anchorproof.types import JobRequest

#: So many jobs of one client before another are counted; where there are more, the rest is reckoned.
EXACT = 100


class Room:
    """How much more the queue takes, looked up once for all requests of one transaction.

    Args:
        requests: the new ones and the repeated ones.
    """

    def __init__(self, session: Session, settings: QueueSettings, requests: Sequence[JobRequest]) -> None:
        self._settings = settings
        wanted = {(request.client, request.request_id): None for request in requests}
        looks = [{"client": client, "request_id": request_id or None} for client, request_id in wanted]
        found = session.ask_many("room", looks).rows()
        self._queued = int(found[0]["queued"]) if found else 0
        self._of_client = {client: int(row["unfinished"]) for (client, _), row in zip(wanted, found, strict=True)}
        #: By request id, the jobs that earlier requests led to.
        self.earlier: dict[str, str] = {
            request_id: row["earlier"] for (_, request_id), row in zip(wanted, found, strict=True) if row["earlier"]
        }

    def take(self, client: str) -> None:
        """Raises Overloaded: the queue, or the client's share of it, is full."""
        if self._queued >= self._settings.limit_queued:
            raise Overloaded(f"{self._queued:,} analyses are waiting already; try again later")
        unfinished = self._of_client[client]
        if unfinished >= self._settings.limit_per_client:
            raise Overloaded(f"you have {unfinished:,} analyses waiting or running, which is your share; wait for some")
        self._queued += 1
        self._of_client[client] += 1


def new_job(request: JobRequest, now: Now) -> dict[str, Any]:
    """The columns of a job that is accepted now, but for its sequence."""
    limit = request.time_limit_s
    return {
        "job_id": _new_id(now),
        "report_id": _new_id(now),
        "create_time": now.wall_us,
        "deadline": None if limit is None else now.steady_us + microseconds(limit),
        **columns(request),
    }


def _new_id(now: Now) -> str:
    """32 hexadecimal digits, of which 80 bits are by chance. The time comes first: neighbours in time are neighbours in
    an index, so that a million that wait do not make each change of a job write to pages all over it."""
    return f"{now.wall_us // 1000 % 2**48:012x}{secrets.token_hex(10)}"


def count_before(session: Session, row: Row) -> int:
    """How many waiting jobs are more urgent than this one, or as urgent and accepted before it: exactly, unless a
    client has more than ``EXACT`` of the latter. Of those it is reckoned as if they had come evenly since its first."""
    number = row["number"]
    found = session.rows("position", priority=row["priority"], number=number, exact=EXACT)
    return sum(_before(standing, number) for standing in found)


def _before(standing: Row, number: int) -> int:
    queued, before = int(standing["queued"]), standing["before"]
    if standing["is_all_before"]:
        return queued
    if before < EXACT:
        return int(before)
    first = standing["first"]
    share = (number - first) / max(1, standing["newest"] - first)
    return min(queued, max(EXACT, int(queued * share)))


def are_true(session: Session) -> bool:
    """Whether counting all jobs gives what is kept."""
    return not session.rows("false_standings")


def count_anew(session: Session) -> None:
    """Goes through all that wait. Only needed after somebody changed jobs with the triggers off, such as by restoring
    parts of a database."""
    session.ask("empty_standings")
    session.ask("count_standings")
