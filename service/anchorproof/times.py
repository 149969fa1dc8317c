"""Times as databases keep them: whole microseconds since 1970-01-01 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def now() -> int:
    """This moment, in microseconds since ``EPOCH``."""
    return to_number(datetime.now(UTC))


def to_number(time: datetime) -> int:
    """Microseconds since ``EPOCH`` of a time with a zone, rounded down."""
    return (time - EPOCH) // timedelta(microseconds=1)


def to_time(number: int) -> datetime:
    """The time, in UTC, that is so many microseconds after ``EPOCH``."""
    return EPOCH + timedelta(microseconds=number)


def microseconds(seconds: float) -> int:
    """A duration in whole microseconds, to the nearest."""
    return round(seconds * 1_000_000)
