"""Uploads in a real browser: what had arrived before the connection broke, or the page reloaded, is not sent again."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from anchorproof.web.upload_pages import PART_BYTES
from tests.desks import DeskUnderTest, clip_with_sound

OpenTab = Any


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """A clip of two parts and a bit: players pass over the box at its end."""
    path = clip_with_sound(tmp_path / "long recording.mp4", 1.0)
    padding = 2 * PART_BYTES + 1000
    with path.open("ab") as file:
        file.write(padding.to_bytes(4, "big") + b"free" + bytes(padding - 8))
    return path


class Line:
    """The connection to the page's server, which breaks when told to."""

    def __init__(self, tab: Any) -> None:
        self.offsets: list[int] = []
        self.breaks_at: dict[int, int] = {}
        tab.route("**/api/uploads?*", self._pass)

    def _pass(self, route: Any) -> None:
        if route.request.method != "PUT":
            return route.continue_()
        offset = int(re.search(r"offset=(\d+)", route.request.url)[1])  # type: ignore[index]
        self.offsets.append(offset)
        if self.breaks_at.get(offset, 0):
            self.breaks_at[offset] -= 1
            return route.abort("connectionreset")
        return route.continue_()


def test_upload_goes_on_where_the_connection_broke(desk: DeskUnderTest, open_tab: OpenTab, large: Path) -> None:
    tab = open_tab("rosa")
    tab.goto(f"{desk.page}/upload")
    line = Line(tab)
    line.breaks_at = {PART_BYTES: 2}
    tab.set_input_files("input[type=file]", large)
    tab.wait_for_function("() => document.getElementById('jobs').textContent.includes('broke off')")
    tab.wait_for_selector("#jobs a", timeout=120_000)
    assert line.offsets == [0, PART_BYTES, PART_BYTES, PART_BYTES, 2 * PART_BYTES]
    report_id = tab.get_attribute("#jobs a", "href").rpartition("/")[2]
    with desk.signed_in("lena") as client:
        review, report = client.get_review(report_id)
    assert (review.source, report.clip.size_bytes) == ("web:rosa", large.stat().st_size)


def test_upload_goes_on_after_the_page_was_loaded_again(desk: DeskUnderTest, open_tab: OpenTab, large: Path) -> None:
    tab = open_tab("rosa")
    tab.on("dialog", lambda dialog: dialog.accept())  # "leave the page?"
    tab.goto(f"{desk.page}/upload")
    line = Line(tab)
    line.breaks_at = {PART_BYTES: 1000}
    tab.set_input_files("input[type=file]", large)
    tab.wait_for_function("() => document.getElementById('jobs').textContent.includes('broke off')")
    tab.reload()
    assert "Choose the same file again" in tab.inner_text("#jobs")
    line.breaks_at, line.offsets = {}, []
    tab.set_input_files("input[type=file]", large)
    tab.wait_for_selector("#jobs a", timeout=120_000)
    assert line.offsets == [PART_BYTES, 2 * PART_BYTES]
    assert tab.locator("#jobs li").count() == 1


def test_analysis_is_found_again_after_the_page_was_loaded_again(
    desk: DeskUnderTest, open_tab: OpenTab, tmp_path: Path
) -> None:
    hold = clip_with_sound(tmp_path / "hold", 1.0, container_format="mp4")  # analysed until told otherwise
    release = desk.settings.data_dir / "release"
    tab = open_tab("rosa")
    tab.goto(f"{desk.page}/upload")
    tab.set_input_files("input[type=file]", hold)
    tab.wait_for_function("() => document.getElementById('jobs').textContent.includes('70 %')")
    tab.reload()
    tab.wait_for_function("() => document.getElementById('jobs').textContent.includes('70 %')")
    release.touch()
    tab.wait_for_selector("#jobs a", timeout=60_000)
    release.unlink()
    tab.reload()
    assert tab.locator("#jobs li").count() == 0  # it is in the queue now
