"""Times as databases keep them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anchorproof.times import EPOCH, microseconds, now, to_number, to_time


@given(st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2200, 1, 1), timezones=st.just(UTC)))
def test_nothing_of_a_time_is_lost(moment: datetime) -> None:
    assert to_time(to_number(moment)) == moment


def test_zone_does_not_matter() -> None:
    there = datetime(2026, 1, 2, 8, 0, tzinfo=timezone(timedelta(hours=8)))
    assert to_number(there) == to_number(datetime(2026, 1, 2, tzinfo=UTC))
    assert to_time(to_number(there)).tzinfo is UTC


def test_time_without_a_zone_is_refused() -> None:
    with pytest.raises(TypeError):
        to_number(datetime(2026, 1, 2))


def test_units() -> None:
    assert to_number(EPOCH + timedelta(seconds=2)) == microseconds(2.0) == 2_000_000
    assert abs(now() - to_number(datetime.now(UTC))) < microseconds(60)
