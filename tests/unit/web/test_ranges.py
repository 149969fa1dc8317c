"""Byte ranges as players ask for them."""

from __future__ import annotations

import pytest

from anchorproof.web.ranges import Unsatisfiable, read_range


@pytest.mark.parametrize(
    ("header", "part"),
    [
        (None, None),
        ("bytes=0-", (0, 100)),
        ("bytes=10-19", (10, 10)),
        ("bytes=90-400", (90, 10)),
        ("bytes=-30", (70, 30)),
        ("bytes=-300", (0, 100)),
        ("bytes=-", None),
        ("bytes=0-1,5-6", None),
        ("pages=1-2", None),
    ],
)
def test_range_is_read(header: str | None, part: tuple[int, int] | None) -> None:
    assert read_range(header, 100) == part


@pytest.mark.parametrize("header", ["bytes=100-", "bytes=5-4", "bytes=-0"])
def test_range_outside_of_the_file_is_said_so(header: str) -> None:
    with pytest.raises(Unsatisfiable):
        read_range(header, 100)
