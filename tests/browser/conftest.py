"""The browser, and a desk to look at with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browsers import NoBrowser, chromium
from tests.desks import PASSWORD, DeskUnderTest, clip_with_sound, running_desk
from tests.integration.conftest import start_server


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Ends with the module: while Playwright runs, no other test of this thread can run an event loop."""
    try:
        with chromium() as found:
            yield found
    except NoBrowser as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Iterator[DeskUnderTest]:  # noqa: ARG001
    data = tmp_path_factory.mktemp("data")
    reviews, queue = {"poll_s": 0.1}, {"keep_other_clips_days": 1.0}
    with start_server(data, reviews=reviews, queue=queue) as server, running_desk(server) as found:
        yield found


@pytest.fixture(scope="module")
def clip(desk: DeskUnderTest, tmp_path_factory: pytest.TempPathFactory) -> Any:
    return desk.keep(clip_with_sound(tmp_path_factory.mktemp("clip") / "clip.mp4"))


OpenTab = Callable[..., Any]


@pytest.fixture
def open_tab(browser: Any, desk: DeskUnderTest) -> Iterator[OpenTab]:
    """``open_tab("rosa")``: a browser of their own, signed in; what its pages complain of fails the test."""
    contexts, complaints = [], []

    def open_it(account: str, locale: str = "en-GB") -> Any:
        context = browser.new_context(locale=locale, viewport={"width": 1366, "height": 768})
        context.set_default_timeout(60_000)
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: complaints.append(str(error)))
        tab.on("console", lambda said: complaints.append(said.text) if is_complaint(said) else None)
        tab.goto(f"{desk.page}/sign-in")
        tab.wait_for_selector("input[name=account]:focus")  # a browser gives the focus some time after the page loaded
        tab.keyboard.type(account)
        tab.keyboard.press("Tab")
        tab.keyboard.type(PASSWORD)
        tab.keyboard.press("Enter")
        tab.wait_for_selector("#clips, .empty")
        return tab

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []


def is_complaint(said: Any) -> bool:
    """What answers of 4xx and 5xx, and lost connections, leave on the console is looked at by the tests themselves."""
    return said.type == "error" and "Failed to load resource" not in said.text
