"""``kill -9`` of the service, the page's server or the browser's tab while a reviewer decides in a real browser.

Each decision must be wholly there or not at all, and the page, once it has its servers again, must say which.
"""

from __future__ import annotations

import contextlib
import json
import random
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Error as PlaywrightError

from anchorproof.reports.opening import open_reports
from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.types import Review, ReviewOutcome, ReviewState
from benchmarks.reviews.filling import PASSWORD, fill, reports
from tests.browsers import chromium

#: What is killed, in turn.
VICTIMS = ("service", "page", "both", "tab")
#: So long, at most, after the browser sent the decision: the way to the disk and back takes some of it.
LATEST_KILL_S = 0.03
#: The browser sends at once when the key was pressed.
SENT_WITHIN_S = 10.0
#: A kill that came when all had been said does not count; so many are tried for each that does.
TRIES = 6
START_S, PATIENCE_S = 60.0, 120.0


@dataclass
class Tally:
    """What the kills met. Of a tab that was closed nobody can tell whether the answer had come: each counts."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    cut_off: dict[str, int] = field(default_factory=lambda: dict.fromkeys(VICTIMS, 0))
    there: int = 0
    not_there: int = 0
    said_not_saved_yet: int = 0
    faults: list[str] = field(default_factory=list)
    #: Rounds that the browser's driver broke off.
    given_up: list[str] = field(default_factory=list)


def run(data_dir: Path, kills: int, seed: int, browser: Any = None) -> dict[str, Any]:
    """So many kills that hit a decision, in ``browser`` or one of its own; the figures, and what went wrong."""
    settings = Settings(data_dir=data_dir)
    with open_desk(settings) as desk, open_reports(settings) as store:
        fill(desk, 0, seed)
        for report in reports(TRIES * kills, seed):
            store.save(report)
    dice, tally = random.Random(seed), Tally()
    with contextlib.ExitStack() as stack:
        servers = stack.enter_context(contextlib.closing(Servers(data_dir)))
        browser = browser or stack.enter_context(chromium())
        context = browser.new_context(locale="en-GB", viewport={"width": 1366, "height": 768})
        context.set_default_timeout(1000 * PATIENCE_S)
        tab = _signed_in(context, servers)
        for number in range(TRIES * kills):
            if _servers_hit(tally) >= kills:
                break
            # A tab is closed less often: what is asked for are kills of servers.
            victim = "tab" if number % 9 == 8 else VICTIMS[number % 3]
            try:
                tab = _round(context, tab, servers, settings, victim, dice, tally)
            except PlaywrightError as error:  # of the browser's driver; counted, and on with another tab
                tally.given_up.append(f"{victim}: {str(error).splitlines()[0]}")
                servers.start_missing()
                tab = context.new_page()
            print(json.dumps(asdict(tally)), flush=True)
        context.close()
    with open_desk(settings) as desk:
        check = desk.verify()
    return {
        "seed": seed,
        "kills": tally.kills,
        "decisions_cut_off": tally.cut_off,
        "decisions_cut_off_by_servers": _servers_hit(tally),
        "of_these_there_before_the_restart": tally.there,
        "of_these_not_there_before_the_restart": tally.not_there,
        "page_said_not_saved_yet": tally.said_not_saved_yet,
        "faults": tally.faults,
        "rounds_given_up": tally.given_up,
        "audit_entries": check.entries,
        "audit_log_sound": check.is_sound,
    }


def _servers_hit(tally: Tally) -> int:
    return sum(count for victim, count in tally.cut_off.items() if victim != "tab")


class Servers:
    """The service and the page's server, each a process of its own at an address that stays."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._target, self._listen = (f"127.0.0.1:{_free_port()}" for _ in range(2))
        self.address = f"http://{self._listen}"
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.start("service", "page")

    def start(self, *names: str) -> None:
        """Those that do not run; returns when they answer."""
        commands = {
            "service": ["benchmarks.reviews.child", str(self._data_dir), self._target],
            "page": [
                *("anchorproof.cli", "--data-dir", str(self._data_dir), "web"),
                *("--listen", self._listen, "--server", self._target),
            ],
        }
        for name in names:
            command = [sys.executable, "-m", *commands[name]]
            self._running[name] = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + START_S
        for probe in (self._is_service_there, self._is_page_there):
            while not probe():
                if time.monotonic() > deadline:
                    raise TimeoutError(f"{', '.join(names)} did not start")
                time.sleep(0.05)

    def start_missing(self) -> None:
        """What is not running any more."""
        self.start(*[name for name, process in self._running.items() if process.poll() is not None])

    def kill(self, *names: str) -> None:
        for name in names:
            self._running[name].send_signal(signal.SIGKILL)
        for name in names:
            self._running[name].wait()

    def close(self) -> None:
        for process in self._running.values():
            process.kill()
            process.wait()

    def _is_service_there(self) -> bool:
        host, port = self._target.split(":")
        with contextlib.suppress(OSError), socket.create_connection((host, int(port)), 1):
            return True
        return False

    def _is_page_there(self) -> bool:
        with contextlib.suppress(httpx.TransportError):
            return httpx.get(f"{self.address}/sign-in", timeout=5).status_code == 200
        return False


def _signed_in(context: Any, servers: Servers) -> Any:
    tab = context.new_page()
    tab.goto(f"{servers.address}/sign-in")
    tab.keyboard.type("rosa")
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#clips")
    return tab


def _round(
    context: Any, tab: Any, servers: Servers, settings: Settings, victim: str, dice: random.Random, tally: Tally
) -> Any:
    """One decision by keyboard with a kill in its middle; the tab to go on with."""
    review_id = _open_next(tab, servers)
    broken: list[str] = []
    killer = _Killer(servers, victim, dice.uniform(0.0, LATEST_KILL_S))
    with _watched(tab, broken, killer):
        for key in ("1", "w", "Enter"):
            tab.keyboard.press(key)
        deadline = time.monotonic() + SENT_WITHIN_S
        while not killer.is_done and time.monotonic() < deadline:
            tab.wait_for_timeout(5)
        killer.join()
        if victim == "tab":
            tab.close()
        else:
            tab.wait_for_timeout(500)  # what fails is told meanwhile
    tally.kills[victim] += 1
    before = _found(settings, review_id, tally)
    if victim == "tab":
        return _after_tab(context, servers, settings, review_id, before, tally)
    said = _wait_until_told(tab, servers, review_id, killer.names)
    after = _found(settings, review_id, tally)
    if broken or said.not_yet:
        tally.cut_off[victim] += 1
        tally.there, tally.not_there = tally.there + _is_there(before), tally.not_there + (not _is_there(before))
        tally.said_not_saved_yet += said.not_yet
    if not said.saved:
        tally.faults.append(f"{review_id}: after the {victim} came back the page says {said.words!r}")
    with contextlib.suppress(PlaywrightError):  # it goes on to the next clip, unless it was told that it cannot
        tab.wait_for_url(lambda address: review_id not in address, timeout=5000)
    if not _is_there(after) or after.outcome is not ReviewOutcome.CONFIRMED_SPOOF:
        tally.faults.append(f"{review_id}: the page says it is saved, and it is not there")
    return tab


def _open_next(tab: Any, servers: Servers) -> str:
    """The next clip, held by the reviewer; its id."""
    for _ in range(5):
        with contextlib.suppress(PlaywrightError):  # the page goes on to the next clip by itself, and may be quicker
            tab.goto(f"{servers.address}/queue")
            break
        tab.wait_for_load_state()
    tab.wait_for_selector("#clips")
    with tab.expect_response(lambda answer: answer.url.endswith("/lease") and answer.ok):
        tab.keyboard.press("Enter")
    tab.wait_for_selector("#save:not([disabled])")
    return str(tab.url.rpartition("/")[2].partition("?")[0])


@contextlib.contextmanager
def _watched(tab: Any, broken: list[str], killer: _Killer) -> Iterator[None]:
    """Starts the killer with the first request for the decision, and notes those that come to nothing."""

    def sent(request: Any) -> None:
        if request.url.endswith("/decision") and killer.ident is None:
            killer.start()

    def failed(request: Any) -> None:
        if request.url.endswith("/decision"):
            broken.append("failed")

    def answered(response: Any) -> None:
        if response.url.endswith("/decision") and response.status == 503:
            broken.append("503")

    listeners = {"request": sent, "requestfailed": failed, "response": answered}
    for name, listener in listeners.items():
        tab.on(name, listener)
    yield
    for name, listener in listeners.items():
        tab.remove_listener(name, listener)


class _Killer(threading.Thread):
    """Kills after a while, by a clock of its own."""

    def __init__(self, servers: Servers, victim: str, after_s: float) -> None:
        super().__init__()
        self.names = {"both": ("service", "page"), "tab": ()}.get(victim, (victim,))
        self._servers, self._after_s = servers, after_s
        self.is_done = False

    def run(self) -> None:
        time.sleep(self._after_s)
        self._servers.kill(*self.names)
        self.is_done = True


@dataclass
class Said:
    """What the page said: whether it ever was "not saved yet", and at last."""

    not_yet: bool
    saved: bool
    words: str


def _wait_until_told(tab: Any, servers: Servers, review_id: str, names: tuple[str, ...]) -> Said:
    """Waits a moment with the servers gone, starts them again, and waits for the last word.

    A page that goes on to the next clip while its server is gone shows the browser's own fault, or says so in a note:
    what it had said before is in the tab's memory, and shown by the next page.
    """
    tab.wait_for_timeout(1500)
    line = tab.locator("#saving")
    not_yet = line.count() > 0 and "Not saved yet" in line.inner_text()
    servers.start(*names)
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        words = _words(tab, review_id)
        if re.search("Saved: Confirmed spoof", words):
            return Said(not_yet, True, words)
        if "Not saved:" in words:
            return Said(not_yet, False, words)
        if tab.url.startswith("chrome-error"):
            tab.goto(f"{servers.address}/queue")
        tab.wait_for_timeout(100)
    return Said(not_yet, False, "nothing")


def _words(tab: Any, review_id: str) -> str:
    """What the clip's own page says or, once another is there, its note about the last decision, if of this clip."""
    with contextlib.suppress(PlaywrightError):  # between two pages
        if review_id in tab.url:
            return str(tab.locator("#saving").inner_text(timeout=1000))
        last = tab.evaluate("JSON.parse(sessionStorage.getItem('anchorproof.last') ?? '{}').review")
        if last == review_id:
            return str(tab.locator(".toast").first.inner_text(timeout=1000))
    return ""


def _after_tab(context: Any, servers: Servers, settings: Settings, review_id: str, before: Review, tally: Tally) -> Any:
    """The browser's tab was closed in the middle: what a new one shows must be so."""
    tab = context.new_page()
    tab.goto(f"{servers.address}/clips/{review_id}")
    tab.wait_for_selector("#decision, .decided")
    shown = tab.locator(".decided").count() > 0
    after = _found(settings, review_id, tally)
    tally.cut_off["tab"] += 1
    tally.there, tally.not_there = tally.there + _is_there(before), tally.not_there + (not _is_there(before))
    if shown is not _is_there(after):
        tally.faults.append(f"{review_id}: a new tab shows decided={shown}, and it is otherwise")
    return tab


def _found(settings: Settings, review_id: str, tally: Tally) -> Review:
    """The review as it is on disk; in part there is a fault."""
    with open_desk(settings) as desk:
        review = desk.get(review_id)
        logged = [entry for entry in desk.log_of(review_id) if entry.action == "review.decided"]
    if (len(review.decisions), review.state, len(logged)) not in (
        (1, ReviewState.DECIDED, 1),
        (0, ReviewState.OPEN, 0),
    ):
        tally.faults.append(f"{review_id}: a decision is there in part, or twice")
    return review


def _is_there(review: Review) -> bool:
    return review.state is ReviewState.DECIDED


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
