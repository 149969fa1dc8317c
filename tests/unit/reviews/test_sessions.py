from __future__ import annotations

from pathlib import Path

import pytest

from anchorproof.errors import AlreadyExists, LastAdmin, NotSignedIn, PasswordTooWeak, RequestInvalid, SignInThrottled
from anchorproof.reviews.desk import Desk
from anchorproof.reviews.sessions import csrf_token, is_csrf_token
from anchorproof.reviews.throttle import ACCOUNT, PAIR
from anchorproof.types import Account, Role
from tests.unit.reviews.conftest import PASSWORD, OpenDesk

HERE = "192.0.2.1"


def _reason(call: object) -> str:
    with pytest.raises(NotSignedIn) as refused:
        call()  # type: ignore[operator]
    return refused.value.reason


def test_a_token_stands_for_its_account_and_is_stored_nowhere(desk: Desk, rosa: Account, tmp_path: Path) -> None:
    token, info = desk.sessions.begin("rosa", PASSWORD, HERE)
    assert desk.sessions.find(token).account.account_id == info.account.account_id == rosa.account_id
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("reviews.sqlite3*"))
    assert token.encode() not in stored
    assert PASSWORD.encode() not in stored
    desk.sessions.end(token)
    desk.sessions.end(token)
    assert _reason(lambda: desk.sessions.find(token)) == "SESSION_ENDED"


@pytest.mark.usefixtures("rosa")
def test_sessions_end_when_idle_and_when_old(open_desk: OpenDesk) -> None:
    token, _ = open_desk().sessions.begin("rosa", PASSWORD, HERE)
    assert _reason(lambda: open_desk(session_idle_s=0.0).sessions.find(token)) == "SESSION_ENDED"
    assert _reason(lambda: open_desk(session_s=0.0).sessions.find(token)) == "SESSION_ENDED"
    open_desk().sessions.find(token)


@pytest.mark.usefixtures("rosa")
def test_nobody_learns_which_accounts_there_are(desk: Desk) -> None:
    with pytest.raises(NotSignedIn) as wrong_password:
        desk.sessions.begin("rosa", "not it at all", HERE)
    with pytest.raises(NotSignedIn) as no_account:
        desk.sessions.begin("nobody", "not it at all", HERE)
    assert str(wrong_password.value) == str(no_account.value)
    told = [entry.subject for entry in desk.entries()[0] if entry.action == "session.refused"]
    assert told == ["", "accounts/rosa"]


@pytest.mark.usefixtures("rosa")
def test_guessing_is_slowed_down_and_the_owner_elsewhere_is_not(desk: Desk) -> None:
    for _ in range(PAIR.free):
        assert _reason(lambda: desk.sessions.begin("rosa", "guess after guess", HERE)) == "SIGN_IN_FAILED"
    with pytest.raises(SignInThrottled) as slowed:
        desk.sessions.begin("rosa", PASSWORD, HERE)
    assert slowed.value.retry_s > 0
    desk.sessions.begin("rosa", PASSWORD, "198.51.100.9")


def test_waits_double_up_to_a_longest() -> None:
    assert [PAIR.wait_s(number) for number in (0, 4, 5, 6, 7)] == [0, 0, 1, 2, 4]
    assert PAIR.wait_s(1000) == PAIR.longest_s
    assert ACCOUNT.longest_s < PAIR.longest_s


def test_a_new_password_ends_the_other_sessions(desk: Desk, rosa: Account) -> None:
    one, _ = desk.sessions.begin("rosa", PASSWORD, HERE)
    other, _ = desk.sessions.begin("rosa", PASSWORD, HERE)
    assert _reason(lambda: desk.sessions.change_password(one, "wrong", "another grey heron", HERE)) == "SIGN_IN_FAILED"
    desk.sessions.change_password(one, PASSWORD, "another grey heron", HERE)
    desk.sessions.find(one)
    assert _reason(lambda: desk.sessions.find(other)) == "SESSION_ENDED"
    assert _reason(lambda: desk.sessions.begin("rosa", PASSWORD, HERE)) == "SIGN_IN_FAILED"
    assert rosa.role is Role.REVIEWER


@pytest.mark.parametrize(
    "password", ["short", "password1234", "rosarosarosarosa", "1234567890123", "a" * 30, "x" * 201]
)
def test_weak_passwords_are_refused(desk: Desk, password: str) -> None:
    with pytest.raises(PasswordTooWeak):
        desk.accounts.create("cli:test", "rosa", Role.VIEWER, password)


@pytest.mark.parametrize("account_id", ["", "Rosa", "a b", "-a", "a" * 65, "罗莎", "a/b"])
def test_account_ids_are_plain(desk: Desk, account_id: str) -> None:
    with pytest.raises(RequestInvalid):
        desk.accounts.create("cli:test", account_id, Role.VIEWER, PASSWORD)


def test_the_last_admin_stays(desk: Desk, rosa: Account) -> None:
    desk.accounts.create("cli:test", "adam", Role.ADMIN, PASSWORD)
    for change in ({"role": Role.LEAD}, {"is_disabled": True}):
        with pytest.raises(LastAdmin):
            desk.accounts.update("cli:test", "adam", **change)  # type: ignore[arg-type]
    desk.accounts.update("accounts/adam", rosa.account_id, role=Role.ADMIN)
    assert desk.accounts.update("accounts/rosa", "adam", is_disabled=True).is_disabled
    with pytest.raises(AlreadyExists):
        desk.accounts.create("cli:test", "adam", Role.ADMIN, PASSWORD)


def test_a_forms_token_fits_its_session_only() -> None:
    assert is_csrf_token("session", csrf_token("session"))
    assert not is_csrf_token("another", csrf_token("session"))
    assert not is_csrf_token("", csrf_token(""))
    assert not is_csrf_token("session", "ü")
