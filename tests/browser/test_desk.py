"""The desk in a real browser, by keyboard."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Error

from anchorproof.types import ClipInfo, Review, ReviewFilters, ReviewOutcome, ReviewReason, ReviewState
from tests.desks import PASSWORD, DeskUnderTest, clip_with_sound, made_report, no_clip

OpenTab = Any


def decided(desk: DeskUnderTest, review_id: str) -> Review:
    with desk.signed_in("lena") as client:
        return client.get_review(review_id)[0]


def goto_clip(tab: Any, desk: DeskUnderTest, review_id: str, query: str = "") -> None:
    tab.goto(f"{desk.page}/clips/{review_id}{query}")
    tab.wait_for_selector("#timeline canvas")


def wait_until_held(tab: Any) -> None:
    with tab.expect_response(lambda answer: answer.url.endswith("/lease") and answer.ok):
        tab.reload()
    tab.wait_for_selector("#timeline canvas")


def tab_to(tab: Any, selector: str, limit: int = 60) -> None:
    """Tab until the element has the focus: who has no mouse gets there."""
    for _ in range(limit):
        if tab.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        tab.keyboard.press("Tab")
    raise AssertionError(f"{selector} is not reached by Tab")


def test_whole_way_from_upload_to_exported_report_by_keyboard(
    desk: DeskUnderTest, open_tab: OpenTab, tmp_path: Path
) -> None:
    """After signing in nothing but keys: no click, no address typed, no focus set."""
    tab = open_tab("rosa")
    tab.keyboard.press("g")
    tab.keyboard.press("u")
    tab.wait_for_selector("input[type=file]")
    tab_to(tab, "input[type=file]")
    with tab.expect_file_chooser() as chooser:
        tab.keyboard.press("Space")
    chooser.value.set_files(clip_with_sound(tmp_path / "evening news.mp4"))
    tab.wait_for_selector("#jobs a", timeout=120_000)
    report_id = tab.get_attribute("#jobs a", "href").rpartition("/")[2]
    desk.wait_for(report_id)
    with tab.expect_response(lambda answer: answer.url.endswith("/lease") and answer.ok):
        tab.keyboard.press("Enter")  # the link has the focus
    tab.wait_for_selector("#save:not([disabled])")
    assert tab.inner_text("h1") == "evening news.mp4"
    tab.wait_for_function("() => document.getElementById('video').readyState >= 1")

    tab.keyboard.press("l")
    tab.keyboard.press(",")
    assert tab.evaluate("document.getElementById('video').currentTime") > 2
    tab.keyboard.press("4")
    tab.keyboard.press("q")
    tab.keyboard.press("n")
    tab.keyboard.type("hard to hear")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_url(re.compile(f"/(queue|clips)(?!/{report_id})"), wait_until="load")
    tab.wait_for_selector(".toast")

    review = decided(desk, report_id)
    assert review.outcome is ReviewOutcome.CANNOT_TELL
    (made,) = review.decisions
    assert (made.reason, made.note, made.account_id) == (ReviewReason.QUALITY_TOO_LOW, "hard to hear", "rosa")

    tab.keyboard.press("g")
    with tab.expect_navigation():
        tab.keyboard.press("q")
    tab.keyboard.press("/")
    tab.keyboard.type("Decided")  # in the filter by state
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile("state=decided"), wait_until="load")
    tab_to(tab, f"[data-id='{report_id}'] a")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".decided")
    tab_to(tab, ".clip-head details summary")
    tab.keyboard.press("Enter")
    for kind, begins in (("pdf", b"%PDF"), ("zip", b"PK"), ("json", b"{")):
        tab.keyboard.press("Tab")
        with tab.expect_download() as download:
            tab.keyboard.press("Enter")
        assert Path(download.value.path()).read_bytes().startswith(begins), kind
    with desk.signed_in("lena") as client:
        actions = [(entry.actor, entry.action) for entry in client.log_entries(f"reviews/{report_id}")]
        assert client.verify_log().is_sound
    assert {"review.leased", "review.decided", "material.viewed", "review.exported"} <= {
        action for actor, action in actions if actor == "accounts/rosa"
    }


def test_ten_clips_are_decided_by_keyboard_alone_and_one_is_taken_back(
    desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo
) -> None:
    ids = [f"ten-{number}" for number in range(10)]
    desk.add(*[made_report(one, clip) for one in ids])
    tab = open_tab("wei")
    tab.goto(f"{desk.page}/queue?anchor=ada")
    tab.keyboard.press("Enter")
    seen = []
    for number in range(10):
        tab.wait_for_url(re.compile("/clips/"), wait_until="load")
        tab.wait_for_selector("#save:not([disabled])")
        seen.append(tab.url.rpartition("/")[2].partition("?")[0])
        with tab.expect_navigation():
            tab.keyboard.press(str(number % 3 + 1))
            tab.keyboard.press("q")
            tab.keyboard.press("Enter")
    assert sorted(seen) == ids
    tab.wait_for_url(re.compile("/queue"))
    assert all(decided(desk, one).state is ReviewState.DECIDED for one in ids)

    tab.keyboard.press("z")
    tab.wait_for_url(re.compile(f"/clips/{seen[-1]}"))
    tab.wait_for_selector("#decision")
    assert decided(desk, seen[-1]).outcome is None
    with desk.signed_in("lena") as client:
        log = [entry for entry in client.log_entries(actor="accounts/wei") if entry.action == "review.decided"]
        seen = [entry for entry in client.log_entries(actor="accounts/wei") if entry.action == "material.viewed"]
        assert client.verify_log().is_sound
    assert {entry.subject.split("/")[1] for entry in log} >= set(ids)
    shown = {entry.subject.split("/")[1] for entry in seen if dict(entry.details)["material"] == "report"}
    assert shown >= set(ids)  # who decided had seen it


def test_two_reviewers_never_hold_one_clip(desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo) -> None:
    desk.add(made_report("pair-1", clip), made_report("pair-2", clip))
    rosa, wei = open_tab("rosa"), open_tab("wei")
    goto_clip(rosa, desk, "pair-1")
    wait_until_held(rosa)
    goto_clip(wei, desk, "pair-1")
    wei.wait_for_selector("#lease:not([hidden])")
    assert "Rosa Reviewer" in wei.inner_text("#lease")
    assert wei.locator("#save").is_disabled()
    wei.keyboard.press("1")
    assert wei.locator("input[name=outcome]:checked").count() == 0

    wei.goto(f"{desk.page}/queue?anchor=ada&state=open")
    assert "Rosa Reviewer" in wei.inner_text('[data-id="pair-1"]')
    wei.keyboard.press("Enter")
    wei.wait_for_url(re.compile("/clips/"))
    assert "/clips/pair-1" not in wei.url


def is_ready_to_decide(tab: Any) -> bool:
    try:
        return bool(tab.evaluate("document.readyState === 'complete' && !!document.querySelector('#save:enabled')"))
    except Error:  # between two pages
        return False


def test_two_reviewers_empty_one_queue_at_once_and_nothing_is_decided_twice(
    desk: DeskUnderTest, open_tab: OpenTab
) -> None:
    ids = [f"both-{number}" for number in range(6)]
    desk.add(*[made_report(one, no_clip(5.0), faces=(), voices=(), identity=(), claims=None) for one in ids])
    tabs = {"rosa": open_tab("rosa"), "wei": open_tab("wei")}
    for tab in tabs.values():
        tab.goto(f"{desk.page}/queue?scenario=A1&order=newest_first")
    for tab in tabs.values():
        tab.keyboard.press("Enter")  # both ask for the next clip at once
    done: dict[str, str] = {}
    deadline = time.monotonic() + 120
    while len(done) < len(ids):
        assert time.monotonic() < deadline, done
        for account, tab in tabs.items():  # each waits only for itself
            held = tab.url.rpartition("/")[2].partition("?")[0]
            if held in ids and held not in done and is_ready_to_decide(tab):
                done[held] = account
                for key in ("1", "q", "Enter"):
                    tab.keyboard.press(key)
        tabs["rosa"].wait_for_timeout(50)
    for tab in tabs.values():
        tab.wait_for_function("ids => !ids.some((id) => location.href.includes(id))", arg=ids)
    made = {one: [decision.account_id for decision in decided(desk, one).decisions] for one in ids}
    assert made == {one: [account] for one, account in done.items()}
    assert set(done.values()) == {"rosa", "wei"}


def test_page_says_whether_a_decision_is_saved_when_the_connection_is_lost(
    desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo
) -> None:
    desk.add(made_report("lost-1", clip))
    tab = open_tab("rosa")
    goto_clip(tab, desk, "lost-1", "?anchor=nobody")
    wait_until_held(tab)
    sent = []

    def lose(route: Any) -> None:
        """The first request arrives and its answer is lost; the second does not even arrive."""
        sent.append(route.request.post_data_json["request_id"])
        if len(sent) == 1:
            route.fetch()
        if len(sent) <= 2:
            route.abort("connectionreset")
        else:
            route.continue_()

    tab.route("**/decision", lose)
    tab.keyboard.press("1")
    tab.keyboard.press("w")
    tab.keyboard.press("Enter")
    tab.wait_for_function("() => document.getElementById('saving').textContent.includes('Not saved yet')")
    tab.wait_for_url(re.compile("/queue"))
    tab.wait_for_selector(".toast")
    assert "Saved: Confirmed spoof" in tab.inner_text(".toast")
    assert len(sent) == 3
    assert len(set(sent)) == 1
    assert len(decided(desk, "lost-1").decisions) == 1


def test_page_that_is_loaded_again_goes_on_saving(desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo) -> None:
    desk.add(made_report("lost-2", clip))
    tab = open_tab("rosa")
    goto_clip(tab, desk, "lost-2", "?anchor=nobody")
    wait_until_held(tab)
    tab.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    tab.route("**/decision", lambda route: route.abort("connectionreset"))
    tab.keyboard.press("2")
    tab.keyboard.press("w")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".saving.wait")
    assert decided(desk, "lost-2").decisions == ()
    tab.unroute("**/decision")
    tab.reload()
    tab.wait_for_url(re.compile("/queue"))
    review = decided(desk, "lost-2")
    assert review.outcome is ReviewOutcome.BONA_FIDE
    assert len(review.decisions) == 1


def test_decision_of_somebody_else_is_not_overwritten(desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo) -> None:
    desk.add(made_report("race-1", clip))
    tab = open_tab("rosa")
    goto_clip(tab, desk, "race-1")
    wait_until_held(tab)
    with desk.signed_in("lena") as client:
        client.release("race-1")
        review = client.lease("race-1")
        client.decide(review, ReviewOutcome.BONA_FIDE, ReviewReason.NOTHING_FOUND)
    tab.keyboard.press("1")
    tab.keyboard.press("q")
    tab.keyboard.press("Enter")
    tab.wait_for_selector(".saving.bad")
    assert "Not saved" in tab.inner_text("#saving")
    assert decided(desk, "race-1").outcome is ReviewOutcome.BONA_FIDE


def test_timeline_of_two_hours_is_drawn_zoomed_and_sought(desk: DeskUnderTest, open_tab: OpenTab) -> None:
    desk.add(made_report("long-1", no_clip(7200.0)))
    tab = open_tab("lena")
    goto_clip(tab, desk, "long-1")
    assert tab.locator(".gone").is_visible()
    lanes = tab.locator("#timeline .lane")
    assert lanes.count() >= 6
    inked = tab.evaluate(
        """() => [...document.querySelectorAll('#timeline .lane canvas')].map((canvas) => {
          const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          return data.some((value, at) => at % 4 === 3 && value > 0);
        })"""
    )
    assert all(inked)
    tab.keyboard.press("p")  # to what drove the verdict: the second half
    assert tab.get_attribute("#timeline", "aria-valuenow") == "3600.00"
    assert "1:00:00" in tab.inner_text("#clock")
    for _ in range(6):
        tab.keyboard.press("+")
    tab.focus("#timeline")
    tab.keyboard.press("ArrowRight")
    assert tab.get_attribute("#timeline", "aria-valuenow") == "3601.00"
    assert "0.90" in tab.get_attribute("#timeline", "aria-valuetext")
    box = lanes.first.locator(".plot").bounding_box()
    tab.mouse.click(box["x"] + box["width"] / 2, box["y"] + 10)
    sought = float(tab.get_attribute("#timeline", "aria-valuenow"))
    assert 3500 < sought < 3700  # zoomed in to 1/64 around the hour


def test_chinese_page_says_everything_in_chinese(desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo) -> None:
    desk.add(made_report("zh-1", clip))
    tab = open_tab("wei", "zh-CN")
    assert tab.inner_text("h1").startswith("审核队列")
    assert tab.get_attribute("html", "lang") == "zh-Hans"
    goto_clip(tab, desk, "zh-1")
    text = tab.inner_text("main")
    assert "声音不是示例主播本人的。" in text
    assert "突发新闻 BREAKING" in text
    wait_until_held(tab)
    tab.keyboard.press("1")
    assert "声音不是主播本人" in tab.inner_text(".why:not([hidden])")
    tab.click("text=English")
    tab.wait_for_selector("html[lang=en]")
    assert "The voice is not Ada Example's." in tab.inner_text("main")


PAGES = (
    "/queue?state=all",
    "/clips/axe-1",
    "/clips/axe-2",
    "/upload",
    "/anchors",
    "/anchors/new",
    "/anchors/ada",
    "/models",
)
MORE_PAGES = ("/models/tiny-1", "/audit", "/account", "/nowhere")


@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
@pytest.mark.parametrize("look", ["light", "dark"])
def test_no_page_has_a_serious_violation(
    look: str, language: str, desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo
) -> None:
    from axe_playwright_python.sync_playwright import Axe

    with desk.signed_in("lena") as client:
        if "ada" not in {anchor.anchor_id for anchor in client.anchors()}:
            client.create_anchor("Ada Example", "Example News", anchor_id="ada")
            desk.add(made_report("axe-1", clip), made_report("axe-2", clip))
            client.decide(client.lease("axe-2"), ReviewOutcome.CONFIRMED_SPOOF, ReviewReason.VOICE_SYNTHETIC)
    tab = open_tab("lena", language)
    tab.emulate_media(color_scheme=look, reduced_motion="reduce")
    found = {}
    for path in (*PAGES, *MORE_PAGES):
        tab.goto(desk.page + path)
        if path.startswith("/clips"):
            tab.wait_for_selector("#timeline canvas")
            tab.keyboard.press("1")
        if path == "/upload":
            tab.set_input_files("input[type=file]", {"name": "x.mp4", "mimeType": "video/mp4", "buffer": b"no clip"})
            tab.wait_for_selector("#jobs .fault")
        found[path] = _serious(Axe().run(tab))
    tab.goto(f"{desk.page}/clips/axe-2")
    tab.wait_for_selector("#timeline canvas")
    tab.keyboard.press("?")
    tab.wait_for_selector("#shortcuts[open]")
    found["shortcuts"] = _serious(Axe().run(tab))
    tab.context.clear_cookies()
    tab.goto(f"{desk.page}/sign-in")
    found["/sign-in"] = _serious(Axe().run(tab))
    assert {path: bad for path, bad in found.items() if bad} == {}


def _serious(results: Any) -> list[str]:
    return [
        f"{one['id']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in results.response["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def test_clip_that_browsers_cannot_play_is_converted_and_played(
    desk: DeskUnderTest, open_tab: OpenTab, tmp_path: Path
) -> None:
    from tests.media_samples import VideoFormat

    odd = clip_with_sound(tmp_path / "clip.mkv", video=VideoFormat(codec="mpeg4", options={}))
    desk.add(made_report("odd-1", desk.keep(odd)))
    tab = open_tab("lena")
    goto_clip(tab, desk, "odd-1")
    tab.wait_for_function("() => document.getElementById('video').readyState >= 2", timeout=120_000)
    assert abs(tab.evaluate("document.getElementById('video').duration") - 3.0) < 0.3
    assert tab.evaluate("document.getElementById('video').videoWidth") == 320


def test_queue_counts_stay_true_while_it_is_open(desk: DeskUnderTest, open_tab: OpenTab, clip: ClipInfo) -> None:
    tab = open_tab("lena")
    tab.goto(f"{desk.page}/queue?source=&outlet=&anchor=ada&low=91")
    before = int(tab.get_attribute("#total", "data-total"))
    desk.add(made_report(f"count-{before}", clip))
    tab.wait_for_function(f"() => document.getElementById('total').textContent === '{before + 1}'")
    assert tab.locator("#fresh").is_visible()
    with desk.signed_in("lena") as client:
        assert client.review_page(ReviewFilters(anchor_id="ada", lowest_confidence=0.91)).total is not None


def test_wrong_password_is_answered_in_words(browser: Any, desk: DeskUnderTest) -> None:
    context = browser.new_context(locale="en-GB")
    tab = context.new_page()
    tab.goto(f"{desk.page}/queue?decision=spoof")
    tab.keyboard.type("rosa")
    tab.keyboard.press("Tab")
    tab.keyboard.type("not the password")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("[role=alert]")
    assert tab.inner_text("[role=alert]") == "Account and password do not fit."
    tab.keyboard.type(PASSWORD)  # the name is kept, the focus is on the password
    tab.keyboard.press("Enter")
    tab.wait_for_url(re.compile(r"/queue\?decision=spoof"))
    context.close()
