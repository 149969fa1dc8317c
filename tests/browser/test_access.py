"""Who may look, for how long and over which connection; and whether the log is whole."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from anchorproof.types import ClipInfo, ReviewOutcome
from tests.desks import PASSWORD, DeskUnderTest, made_report, running_desk
from tests.integration.conftest import start_server
from tests.tls import tls_in_front

OpenTab = Any


def sign_in(tab: Any, account: str = "rosa") -> None:
    tab.fill("input[name=account]", account)
    tab.fill("input[name=password]", PASSWORD)
    tab.press("input[name=password]", "Enter")


def let_time_pass(desk: DeskUnderTest, seconds: float) -> None:
    """All sessions are older by so much, and were used so much longer ago."""
    with closing(sqlite3.connect(desk.settings.data_dir / "reviews.sqlite3")) as connection, connection:
        past = round(seconds * 1e6)
        connection.execute("UPDATE sessions SET create_time = create_time - ?, seen_time = seen_time - ?", (past, past))


def test_session_ends_by_time_and_the_queue_is_not_left_in_sight(desk: DeskUnderTest, open_tab: OpenTab) -> None:
    tab = open_tab("rosa")
    tab.goto(f"{desk.page}/queue?decision=spoof")
    let_time_pass(desk, desk.settings.reviews.session_idle_s + 1)
    tab.wait_for_url(re.compile("/sign-in"))  # by itself: nobody touches it
    sign_in(tab)
    tab.wait_for_url(re.compile(r"/queue\?decision=spoof"))


def test_decision_after_the_session_ended_waits_until_somebody_signs_in(
    desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo
) -> None:
    desk.add(made_report("late-1", clip))
    tab = open_tab("rosa")
    with tab.expect_response(lambda answer: answer.url.endswith("/lease") and answer.ok):
        tab.goto(f"{desk.page}/clips/late-1?anchor=nobody")
    tab.wait_for_selector("#save:not([disabled])")
    let_time_pass(desk, desk.settings.reviews.session_s + 1)
    tab.keyboard.press("2")
    tab.keyboard.press("w")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".saving.bad")
    assert "the session ended" in tab.inner_text("#saving")
    other = tab.context.new_page()
    other.goto(f"{desk.page}/queue")
    sign_in(other)
    other.wait_for_selector("#clips, .empty")
    with desk.signed_in("lena") as client:
        assert client.get_review("late-1")[0].decisions == ()
    tab.bring_to_front()
    tab.click("#save")
    tab.wait_for_url(re.compile("/queue"))
    tab.wait_for_selector(".toast")
    assert "Saved: Bona fide" in tab.inner_text(".toast")
    with desk.signed_in("lena") as client:
        assert client.get_review("late-1")[0].outcome is ReviewOutcome.BONA_FIDE


def test_idle_page_does_not_keep_its_session_alive(desk: DeskUnderTest, open_tab: OpenTab) -> None:
    """The queue's counts are asked for only while somebody is there."""
    tab = open_tab("rosa")
    tab.clock.install()
    tab.goto(f"{desk.page}/queue")
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url) if "/counts" in request.url else None)
    tab.mouse.move(100, 100)
    tab.clock.run_for(60_000)
    while_there = len(asked)
    tab.clock.run_for(600_000)
    tab.wait_for_timeout(1500)  # until the last of them are told
    asked.clear()
    tab.clock.run_for(600_000)
    assert while_there > 5
    assert asked == []
    tab.mouse.move(200, 200)
    tab.clock.run_for(20_000)
    tab.wait_for_timeout(1500)
    assert len(asked) > 2


@pytest.fixture
def https_desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[tuple[str, DeskUnderTest]]:
    """A desk behind a proxy that speaks TLS, and the address that browsers use."""
    assert browser
    with (
        start_server(tmp_path_factory.mktemp("data"), web={"https": True}, reviews={"poll_s": 0.1}) as server,
        running_desk(server) as found,
        tls_in_front(found.page.removeprefix("http://")) as address,
    ):
        yield f"https://{address}", found


def test_behind_https_the_session_travels_over_https_only_and_the_log_is_verified(
    browser: Any, https_desk: tuple[str, DeskUnderTest]
) -> None:
    """One desk of its own for both, because the second one damages it."""
    address, desk = https_desk
    context = browser.new_context(locale="en-GB", ignore_https_errors=True)
    context.set_default_timeout(60_000)
    tab = context.new_page()
    tab.goto(f"{address}/sign-in")
    sign_in(tab, "lena")
    tab.wait_for_selector("#clips, .empty")
    (cookie,) = [one for one in context.cookies() if one["name"] == "anchorproof_session"]
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")

    tab.goto(f"{address}/audit")
    tab.focus("#verify")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#verified.ok")
    assert re.search(r"The log is whole: \d+ entries", tab.inner_text("#verified"))
    flip_a_byte(desk, 2)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#verified.bad")
    assert re.search("tampered with: 2:", tab.inner_text("#verified"))
    context.close()


def flip_a_byte(desk: DeskUnderTest, number: int) -> None:
    """One bit of one letter of one entry, by somebody who can write the file."""
    with closing(sqlite3.connect(desk.settings.data_dir / "reviews.sqlite3")) as connection, connection:
        connection.execute("DROP TRIGGER log_keeps_what_is_written")
        (actor,) = connection.execute("SELECT actor FROM log WHERE number = ?", (number,)).fetchone()
        changed = chr(ord(actor[0]) ^ 1) + actor[1:]
        connection.execute("UPDATE log SET actor = ? WHERE number = ?", (changed, number))


def test_decision_is_not_saved_as_somebody_else_who_signed_in_meanwhile(
    desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo
) -> None:
    desk.add(made_report("late-2", clip))
    tab = open_tab("rosa")
    with tab.expect_response(lambda answer: answer.url.endswith("/lease") and answer.ok):
        tab.goto(f"{desk.page}/clips/late-2?anchor=nobody")
    tab.wait_for_selector("#save:not([disabled])")
    other = tab.context.new_page()
    other.goto(f"{desk.page}/account")
    other.click("details.menu summary")
    other.click("form[action='/sign-out'] button")
    sign_in(other, "wei")
    other.wait_for_selector("#clips, .empty")
    tab.bring_to_front()
    tab.keyboard.press("2")
    tab.keyboard.press("w")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".saving.bad")
    assert "Load the page again" in tab.inner_text("#saving")
    with desk.signed_in("lena") as client:
        assert client.get_review("late-2")[0].decisions == ()
