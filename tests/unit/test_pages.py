from __future__ import annotations

import pytest

from anchorproof import pages
from anchorproof.errors import RequestInvalid


def test_page_size_has_a_default_and_a_ceiling() -> None:
    assert [pages.rows_per_page(size) for size in (0, 1, 1000, 5000)] == [50, 1, 1000, 1000]
    with pytest.raises(RequestInvalid, match="page_size"):
        pages.rows_per_page(-1)


def test_token_says_its_position_to_its_own_list_only() -> None:
    token = pages.write_token([1_700_000_000_000_000, 12], "reports of May")
    assert pages.read_token(token, "reports of May", 2) == (1_700_000_000_000_000, 12)
    with pytest.raises(RequestInvalid):
        pages.read_token(token, "reports of June", 2)
    with pytest.raises(RequestInvalid):
        pages.read_token(token, "reports of May", 1)


@pytest.mark.parametrize("token", ["x", "not a token", "ÄÖÜ", "AAAA", "=" * 8, "WzEsMl0"])
def test_anything_else_is_refused(token: str) -> None:
    with pytest.raises(RequestInvalid, match="page_token"):
        pages.read_token(token, "anchors", 1)


def test_token_can_stand_in_a_url() -> None:
    tokens = [pages.write_token([number], "anchors") for number in range(200)]
    assert all(mark.isalnum() or mark in "-_" for token in tokens for mark in token)
