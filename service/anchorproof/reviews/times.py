"""Times as the desk's database keeps them: microseconds since 1970, UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    return to_number(datetime.now(UTC))


def to_number(time: datetime) -> int:
    return (time - EPOCH) // timedelta(microseconds=1)


def to_time(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
