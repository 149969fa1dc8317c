"""Failed sign-ins slow the next ones down: of the account from this address, of the address, of the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from anchorproof.databases import Session
from anchorproof.errors import SignInThrottled
from anchorproof.times import microseconds, now


@dataclass(frozen=True, slots=True)
class Limit:
    """From ``free`` failures on, each further one doubles the wait, from 1 s up to ``longest_s``."""

    kind: str
    free: int
    longest_s: float

    def wait_s(self, failures: int) -> float:
        over = failures - self.free
        return 0.0 if over < 0 else min(self.longest_s, 2.0 ** min(over, 20))


#: Somebody who guesses one account's password from many addresses must not keep its owner out for long, so the limit
#: that counts all addresses is wide and its wait short.
PAIR, ADDRESS, ACCOUNT = Limit("pair", 5, 900.0), Limit("address", 20, 900.0), Limit("account", 50, 30.0)
#: Failures are forgotten after this long without another one.
FORGOTTEN_S = 3600.0


def check(session: Session, account_id: str, address: str) -> None:
    """Raises SignInThrottled."""
    moment = now()
    longest = 0.0
    for limit, counted_by in _counted(account_id, address):
        row = session.row("get_failures", counted_by=counted_by, since=moment - microseconds(FORGOTTEN_S))
        if row is not None:
            passed_s = (moment - row["last_time"]) / microseconds(1)
            longest = max(longest, limit.wait_s(row["failures"]) - passed_s)
    if longest > 0:
        raise SignInThrottled(longest)


def count_failure(session: Session, account_id: str, address: str) -> None:
    moment = now()
    since = moment - microseconds(FORGOTTEN_S)
    session.run("forget_failures", before=since)
    for _, counted_by in _counted(account_id, address):
        session.run("count_failure", counted_by=counted_by, now=moment)


def forget(session: Session, account_id: str, address: str) -> None:
    """After a success, which was counted too; what others did from the address, or to the account, stays counted."""
    (_, pair), *others = _counted(account_id, address)
    session.run("forget_failures_of", counted_by=pair)
    for _, counted_by in others:
        session.run("forgive_failure", counted_by=counted_by)


def _counted(account_id: str, address: str) -> Iterator[tuple[Limit, str]]:
    yield PAIR, f"pair {account_id} {address}"
    yield ADDRESS, f"address {address}"
    yield ACCOUNT, f"account {account_id}"
