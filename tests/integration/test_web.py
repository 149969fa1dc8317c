"""The page's manners, asked by a plain HTTP client: cookies, CSRF, roles, ranges, what is noted."""

from __future__ import annotations

import io
import json
import re
import socket
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import cv2
import httpx
import numpy as np
import pytest

from anchorproof.metrics.exposing import exposing
from anchorproof.types import ClipInfo
from tests.desks import PASSWORD, DeskUnderTest, clip_with_sound, made_report, no_clip, running_desk
from tests.integration.conftest import start_server
from tests.scraping import scrape


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskUnderTest]:
    with (
        start_server(tmp_path_factory.mktemp("data"), reviews={"poll_s": 0.1}) as server,
        running_desk(server) as found,
    ):
        yield found


@pytest.fixture(scope="module")
def clip(desk: DeskUnderTest, tmp_path_factory: pytest.TempPathFactory) -> tuple[ClipInfo, bytes]:
    path = clip_with_sound(tmp_path_factory.mktemp("clip") / "clip.mp4")
    info = desk.keep(path)
    desk.add(made_report("web-1", info))
    return info, path.read_bytes()


class Tab(httpx.Client):
    """A signed-in browser's session."""

    csrf = ""

    @property
    def token(self) -> dict[str, str]:
        return {"X-CSRF-Token": self.csrf}


def sign_in(desk: DeskUnderTest, account: str) -> Tab:
    tab = Tab(base_url=desk.page, headers={"Accept": "text/html"}, timeout=60)
    answer = tab.post("/sign-in", data={"account": account, "password": PASSWORD, "back": "/queue"})
    assert answer.status_code == 303
    found = re.search(r'name="csrf" content="(\w+)"', tab.get("/queue").text)
    assert found
    tab.csrf = found[1]
    tab.headers["Accept"] = "application/json"
    return tab


@pytest.fixture
def rosa(desk: DeskUnderTest) -> Iterator[Tab]:
    with closing(sign_in(desk, "rosa")) as tab:
        yield tab


@pytest.fixture
def lena(desk: DeskUnderTest) -> Iterator[Tab]:
    with closing(sign_in(desk, "lena")) as tab:
        yield tab


def test_session_cookie_is_out_of_scripts_and_other_sites_reach(desk: DeskUnderTest) -> None:
    answer = httpx.post(f"{desk.page}/sign-in", data={"account": "rosa", "password": PASSWORD})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "secure" not in cookie  # this page is plain http


def test_every_answer_forbids_inline_scripts_and_framing(rosa: Tab) -> None:
    for path in ("/sign-in", "/queue", "/static/base.js", "/nowhere", "/api/queue/counts"):
        policy = rosa.get(path).headers["content-security-policy"]
        assert "script-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert "frame-ancestors 'none'" in policy
    text = rosa.get("/queue", headers={"Accept": "text/html"}).text
    assert not re.search(r"<[^>]+\s(on\w+|style)=", text)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", text))


def test_nobody_sees_anything_without_signing_in(desk: DeskUnderTest, clip: tuple[ClipInfo, bytes]) -> None:
    assert clip
    paths = (
        "/queue",
        "/clips/web-1",
        "/media/web-1/clip",
        "/media/web-1/thumbnail.jpg",
        "/anchors",
        "/audit",
        "/models",
    )
    for path in paths:
        answer = httpx.get(desk.page + path, headers={"Accept": "text/html"})
        assert (answer.status_code, answer.headers["location"].split("?")[0]) == (303, "/sign-in"), path
        assert httpx.get(desk.page + path).status_code == 401


def test_change_without_the_csrf_token_is_refused(rosa: Tab, clip: tuple[ClipInfo, bytes]) -> None:
    assert clip
    answer = rosa.post("/api/reviews/web-1/lease", json={})
    assert (answer.status_code, answer.json()["reason"]) == (403, "CSRF")
    assert rosa.post("/sign-out", data={"csrf": "0" * 64}).status_code == 403
    token = {"X-CSRF-Token": rosa.csrf}
    answer = rosa.post("/api/reviews/web-1/lease", json={}, headers=token | {"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert rosa.post("/api/reviews/web-1/lease", json={}, headers=token).status_code == 200


def test_roles_are_kept(rosa: Tab, lena: Tab) -> None:
    assert rosa.get("/audit").json()["reason"] == "ROLE_TOO_LOW"
    assert lena.get("/audit", headers={"Accept": "text/html"}).status_code == 200
    answer = rosa.post("/anchors/ada/erase", data={"csrf": rosa.csrf, "typed": "x"})
    assert answer.status_code == 403


def test_signing_out_ends_the_session(desk: DeskUnderTest) -> None:
    with closing(sign_in(desk, "rosa")) as tab:
        token = tab.cookies["anchorproof_session"]
        assert tab.post("/sign-out", data={"csrf": tab.csrf}).status_code == 303
    answer = httpx.get(f"{desk.page}/api/queue/counts", cookies={"anchorproof_session": token})
    assert answer.json()["reason"] == "SESSION_ENDED"


def test_failed_sign_ins_are_throttled_in_words(desk: DeskUnderTest) -> None:
    answers: list[httpx.Response] = []
    while len(answers) < 20 and (not answers or answers[-1].status_code == 401):  # a slow machine waits by itself
        answers.append(httpx.post(f"{desk.page}/sign-in", data={"account": "nobody", "password": "wrong"}))
    assert answers[0].status_code == 401
    assert "do not fit" in answers[0].text
    assert answers[-1].status_code == 429
    assert re.search(r"Try again in \d+ s", answers[-1].text)


def test_player_gets_the_ranges_it_asks_for(rosa: Tab, clip: tuple[ClipInfo, bytes]) -> None:
    _, content = clip
    whole = rosa.get("/media/web-1/clip")
    assert (whole.status_code, whole.headers["content-type"], whole.content) == (200, "video/mp4", content)
    part = rosa.get("/media/web-1/clip", headers={"Range": "bytes=100-299"})
    assert (part.status_code, part.content) == (206, content[100:300])
    assert part.headers["content-range"] == f"bytes 100-299/{len(content)}"
    assert rosa.get("/media/web-1/clip", headers={"Range": f"bytes={len(content)}-"}).status_code == 416


def test_pictures_are_cut_out_and_every_view_is_noted(
    desk: DeskUnderTest, rosa: Tab, clip: tuple[ClipInfo, bytes]
) -> None:
    assert clip
    for path in ("thumbnail.jpg", "faces/face-1.jpg"):
        answer = rosa.get(f"/media/web-1/{path}")
        assert (answer.status_code, answer.content[:2]) == (200, b"\xff\xd8")
    rosa.get("/media/web-1/clip")
    with desk.signed_in("lena") as client:
        entries = [entry for entry in client.log_entries("reviews/web-1") if entry.action == "material.viewed"]
    seen = {dict(entry.details)["material"] for entry in entries if entry.actor == "accounts/rosa"}
    assert {"thumbnail", "face", "clip"} <= seen


def test_faces_are_shown_as_the_detector_was_shown_them(rosa: Tab, clip: tuple[ClipInfo, bytes]) -> None:
    assert clip
    for number in (0, 1):
        answer = rosa.get(f"/media/web-1/looks/{number}.jpg")
        picture = cv2.imdecode(np.frombuffer(answer.content, np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape == (360, 360, 3)
    assert rosa.get("/media/web-1/looks/2.jpg").json()["reason"] == "FACE_NOT_FOUND"
    page = rosa.get("/clips/web-1", headers={"Accept": "text/html"}).text
    assert "Where the picture detector looked" in page
    assert page.count('class="more"') == 3  # the legend's, and two cells


def test_what_was_made_of_a_clip_goes_with_the_clip(
    desk: DeskUnderTest, rosa: Tab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from anchorproof.identity.opening import open_registry
    from anchorproof.storage.opening import open_clips
    from anchorproof.web.material import Material

    info = desk.keep(clip_with_sound(tmp_path_factory.mktemp("gone") / "gone.mp4", 1.5))
    desk.add(made_report("gone-1", info))
    assert rosa.get("/media/gone-1/thumbnail.jpg").status_code == 200
    cached = list((desk.settings.data_dir / "web-cache").glob(f"{info.sha256}*"))
    assert len(cached) == 1
    clips = open_clips(desk.settings)
    clips.delete(info.sha256)
    with open_registry(desk.settings) as registry:
        assert Material(desk.settings, clips, registry).sweep() == 1
    assert not cached[0].exists()
    assert rosa.get("/media/gone-1/thumbnail.jpg").json()["reason"] == "CLIP_GONE"


FILE_ID = "0123456789abcdef"


def send(tab: Tab, content: bytes, file_id: str, name: str = "up.mp4") -> list[dict[str, Any]]:
    """The whole way of a file, in two parts; what the analysis told."""
    query = {"id": file_id, "name": name, "size": len(content)}
    assert tab.post("/api/uploads", params=query, headers=tab.token).json() == {"offset": 0, "done": False}
    middle = len(content) // 2
    for start, end in ((0, middle), (middle, len(content))):
        answer = tab.put(
            "/api/uploads", params=query | {"offset": start}, content=content[start:end], headers=tab.token
        )
        assert answer.json() == {"offset": end, "done": False}
    return told(tab, query)


def told(tab: Tab, query: dict[str, Any]) -> list[dict[str, Any]]:
    answer = tab.post("/api/analyses", params=query, headers=tab.token, timeout=60)
    assert answer.headers["content-type"] == "application/x-ndjson", answer.text
    return [json.loads(line) for line in answer.text.splitlines()]


def test_upload_is_analysed_with_progress_and_once(
    desk: DeskUnderTest, rosa: Tab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = clip_with_sound(tmp_path_factory.mktemp("up") / "up.mp4", 1.0).read_bytes()
    lines = send(rosa, content, FILE_ID, "新闻.mp4")
    assert lines[0]["step"] == "waiting"
    again = told(rosa, {"id": FILE_ID, "name": "新闻.mp4", "size": len(content)})
    assert again[-1]["report"] == lines[-1]["report"]
    with desk.signed_in("rosa") as client:
        review, _ = client.get_review(lines[-1]["report"])
    assert (review.source, review.clip_name) == ("web:rosa", "新闻.mp4")
    shown = rosa.get("/queue?source=web:rosa&state=all", headers={"Accept": "text/html", "Accept-Language": "zh"}).text
    assert "rosa · 页面上传" in shown


def test_part_that_broke_off_is_kept_as_far_as_it_came(
    desk: DeskUnderTest, rosa: Tab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = clip_with_sound(tmp_path_factory.mktemp("up") / "up.mp4", 2.0).read_bytes()
    query = {"id": "broken-off-1", "name": "up.mp4", "size": len(content)}
    rosa.post("/api/uploads", params=query, headers=rosa.token)
    sent = break_off(desk, rosa, query | {"offset": 0}, content)
    deadline = time.monotonic() + 30
    while (found := rosa.post("/api/uploads", params=query, headers=rosa.token).json())["offset"] != sent:
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    gap = rosa.put("/api/uploads", params=query | {"offset": sent + 1}, content=content[sent + 1 :], headers=rosa.token)
    assert gap.json()["reason"] == "OFFSET_WRONG"
    rest = rosa.put("/api/uploads", params=query | {"offset": sent}, content=content[sent:], headers=rosa.token)
    assert rest.json()["offset"] == len(content)
    assert "report" in told(rosa, query)[-1]


def break_off(desk: DeskUnderTest, tab: Tab, query: dict[str, Any], content: bytes) -> int:
    """Begins to send all of it, and leaves in the middle; how much was sent."""
    sent = len(content) // 2
    host, port = desk.page.removeprefix("http://").split(":")
    head = (
        f"PUT /api/uploads?{urlencode(query)} HTTP/1.1\r\nHost: {host}:{port}\r\nContent-Length: {len(content)}\r\n"
        f"Cookie: anchorproof_session={tab.cookies['anchorproof_session']}\r\nX-CSRF-Token: {tab.csrf}\r\n\r\n"
    )
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + content[:sent])
        time.sleep(0.3)
    return sent


def test_upload_of_somebody_else_cannot_be_written_to(desk: DeskUnderTest, rosa: Tab) -> None:
    query = {"id": "shared-id-1", "name": "up.mp4", "size": 10}
    rosa.put("/api/uploads", params=query | {"offset": 0}, content=b"01234", headers=rosa.token)
    with closing(sign_in(desk, "wei")) as wei:
        assert wei.post("/api/uploads", params=query, headers=wei.token).json()["offset"] == 0
    assert rosa.post("/api/uploads", params=query, headers=rosa.token).json()["offset"] == 5
    assert rosa.post("/api/uploads", params=query).json()["reason"] == "CSRF"
    assert rosa.post("/api/analyses", params=query, headers=rosa.token).json()["reason"] == "UPLOAD_INCOMPLETE"


def test_broken_upload_is_answered_in_words(rosa: Tab) -> None:
    last = send(rosa, b"no media", "no-media-1", "x.mp4")[-1]
    assert last["reason"] == "CLIP_UNREADABLE"
    assert "/" not in last["message"].replace("MPEG", "")[:20]
    empty = rosa.post("/api/uploads", params={"id": "empty-file-1", "size": 0}, headers=rosa.token)
    assert empty.json()["reason"] == "CLIP_EMPTY"


def test_exported_bundle_carries_key_frames_as_long_as_the_clip_is_kept(
    desk: DeskUnderTest, rosa: Tab, clip: tuple[ClipInfo, bytes]
) -> None:
    assert clip
    desk.add(made_report("gone-2", no_clip(3.0)))
    for review_id, pictures in (("web-1", True), ("gone-2", False)):
        answer = rosa.get(f"/clips/{review_id}/export.zip")
        with zipfile.ZipFile(io.BytesIO(answer.content)) as bundle:
            names = bundle.namelist()
        assert ("frames/00.jpg" in names) is pictures
        assert {"review.json", "plots/where.svg"} <= set(names)


def test_queue_sums_up_in_the_language_of_the_page(rosa: Tab, clip: tuple[ClipInfo, bytes]) -> None:
    assert clip
    for language, said in (("en", "The voice is not Ada Example's."), ("zh", "声音不是示例主播本人的。")):
        text = rosa.get("/queue?anchor=ada", headers={"Accept": "text/html", "Accept-Language": language}).text
        assert said.replace("'", "&#39;") in text


def test_anchor_is_made_enrolled_and_erased_from_the_page(
    rosa: Tab, lena: Tab, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = rosa.post(
        "/anchors/new", data={"csrf": rosa.csrf, "display_name": "Eve Example", "outlet": "X", "consent": "given"}
    )
    place = made.headers["location"]
    anchor_id = place.rpartition("/")[2]
    sound = clip_with_sound(tmp_path_factory.mktemp("enrol") / "eve.mp4")
    answer = rosa.post(
        f"/api/anchors/{anchor_id}/enrolments",
        params={"name": "eve.mp4", "session": "s1"},
        content=sound.read_bytes(),
        headers={"X-CSRF-Token": rosa.csrf},
        timeout=60,
    )
    assert answer.json()["voices"] == 1
    assert answer.json()["rejections"][0]["message"]
    shown = lena.get(place, headers={"Accept": "text/html"}).text
    assert "eve.mp4" in shown
    wrong = lena.post(f"{place}/erase", data={"csrf": lena.csrf, "typed": "Eve"})
    assert "mistyped" in wrong.headers["location"]
    assert lena.post(f"{place}/erase", data={"csrf": lena.csrf, "typed": "Eve Example"}).status_code == 303
    assert lena.get(place).json()["reason"] == "ANCHOR_NOT_FOUND"


def test_fault_says_nothing_of_the_inside(rosa: Tab) -> None:
    answer = rosa.get("/clips/" + "x" * 5000)
    assert answer.status_code == 404
    assert "Traceback" not in answer.text
    assert (
        rosa.post("/api/next", content=b"{", headers={"X-CSRF-Token": rosa.csrf}).json()["reason"] == "INVALID_ARGUMENT"
    )


def test_requests_are_counted_by_route_and_nothing_in_them_is_said(desk: DeskUnderTest, rosa: Tab) -> None:
    for path in ("/clips/grapefruit", "/grapefruit/pips", "/static/grapefruit.js"):
        rosa.get(path)
    with exposing("127.0.0.1:0", desk.meters.registry) as port:
        read = scrape(f"http://127.0.0.1:{port}/metrics")
    assert read.value("anchorproof_page_requests_total", route="/sign-in", method="POST", status="303") >= 1
    assert read.value("anchorproof_page_requests_total", route="/clips/{review_id}", method="GET", status="404") >= 1
    assert read.value("anchorproof_page_requests_total", route="other", status="404") >= 1
    assert read.value("anchorproof_page_requests_total", route="/static", status="404") >= 1
    assert read.value("anchorproof_page_request_seconds_count", route="/queue") >= 1
    assert "grapefruit" not in read.text
