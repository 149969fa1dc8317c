"""Where one may be sent back to, and what a CSRF token is bound to."""

from __future__ import annotations

import pytest

from anchorproof.types import Role
from anchorproof.web.visitors import Visitor, local_path


@pytest.mark.parametrize("path", ["/", "/queue?decision=spoof", "/clips/a-b"])
def test_path_of_this_page_is_kept(path: str) -> None:
    assert local_path(path) == path


@pytest.mark.parametrize(
    "path", ["https://evil.example/", "//evil.example", "/\\evil.example", "queue", "", "javascript:x"]
)
def test_anything_else_leads_home(path: str) -> None:
    assert local_path(path) == "/"


def test_csrf_token_is_the_sessions_and_does_not_give_it_away() -> None:
    one, other = (Visitor(token, "rosa", "Rosa", Role.REVIEWER) for token in ("token-one", "token-two"))
    assert one.csrf != other.csrf
    assert one.csrf == Visitor("token-one", "x", "y", Role.VIEWER).csrf
    assert "token" not in one.csrf


def test_roles_may_do_what_those_before_them_may() -> None:
    reviewer = Visitor("t", "rosa", "Rosa", Role.REVIEWER)
    assert [reviewer.may(role) for role in ("viewer", "reviewer", "lead", "admin")] == [True, True, False, False]
