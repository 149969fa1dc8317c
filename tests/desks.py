"""A reviewers' desk for tests: the real service, the real page on a free port, reports and clips made here."""

from __future__ import annotations

import contextlib
import hashlib
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import uvicorn

from anchorproof.media.info import read_info
from anchorproof.metrics.page import PageMeters
from anchorproof.reports.opening import open_reports
from anchorproof.review_client import ReviewClient
from anchorproof.review_local import LocalDesk
from anchorproof.settings import Settings
from anchorproof.storage.opening import open_clips
from anchorproof.types import (
    Agreement,
    Box,
    Caption,
    CaptionRole,
    ClipInfo,
    Comparison,
    Component,
    Decision,
    DeclaredOrigin,
    DrivingSpan,
    Evidence,
    Explanation,
    FaceFinding,
    IdentitySpan,
    Lane,
    LaneKind,
    Look,
    Modality,
    PictureClaims,
    Question,
    Reason,
    Report,
    Role,
    ScenarioGuess,
    Span,
    TimedBox,
    Timeline,
    Unassessed,
    Verdict,
    VideoInfo,
    VoiceFinding,
)
from anchorproof.web.app import create_app
from tests import media_samples
from tests.integration.conftest import Running

PASSWORD = "four odd words here"
ACCOUNTS = (("lena", "Lena Lead", Role.LEAD), ("rosa", "Rosa Reviewer", Role.REVIEWER), ("wei", "王伟", Role.REVIEWER))


@dataclass(frozen=True)
class DeskUnderTest:
    """Where the page and the service are."""

    page: str
    server: Running
    meters: PageMeters

    @property
    def settings(self) -> Settings:
        return self.server.settings

    def signed_in(self, account: str) -> ReviewClient:
        client = ReviewClient(self.server.target)
        client.sign_in(account, PASSWORD)
        return client

    def add(self, *reports: Report) -> None:
        """Into the report store, as another process would; returns when all are in the queue."""
        with open_reports(self.settings) as store:
            for report in reports:
                store.save(report)
        self.wait_for(*[report.report_id for report in reports])

    def wait_for(self, *review_ids: str) -> None:
        """Until they are in the queue."""
        with self.signed_in("lena") as client:
            deadline = time.monotonic() + 60
            for review_id in review_ids:
                while True:
                    with contextlib.suppress(Exception):
                        client.get_review(review_id)
                        break
                    assert time.monotonic() < deadline, "the report did not enter the queue"
                    time.sleep(0.05)

    def keep(self, clip: Path) -> ClipInfo:
        """The clip in the store."""
        clips = open_clips(self.settings)
        clips.put(clip, hashlib.sha256(clip.read_bytes()).hexdigest())
        clips.close()
        return read_info(clip, self.settings.media)


@contextlib.contextmanager
def running_desk(server: Running) -> Iterator[DeskUnderTest]:
    """The page beside a running service, with its accounts."""
    with LocalDesk(server.settings, "test") as desk:
        for account, name, role in ACCOUNTS:
            desk.create_account(account, role, PASSWORD, name)
    meters = PageMeters()
    config = uvicorn.Config(
        create_app(server.settings, server.target, meters), port=0, log_level="error", access_log=False
    )
    socket = config.bind_socket()
    page = uvicorn.Server(config)
    thread = threading.Thread(target=page.run, args=([socket],))
    thread.start()
    try:
        while not page.started:
            time.sleep(0.01)
        yield DeskUnderTest(f"http://127.0.0.1:{socket.getsockname()[1]}", server, meters)
    finally:
        page.should_exit = True
        thread.join()
        socket.close()


def clip_with_sound(path: Path, seconds: float = 3.0, **changes: Any) -> Path:
    return media_samples.write_clip(path, seconds, (320, 180), sound=media_samples.tone(330.0), **changes)


def no_clip(duration_s: float) -> ClipInfo:
    """A clip that is not kept."""
    video = VideoInfo("h264", 1280, 720, 25.0, 0, False, 8)
    return ClipInfo("0" * 64, 1000, "mov,mp4,m4a,3gp,3g2,mj2", duration_s, video, None, ())


def made_report(report_id: str, clip: ClipInfo, **changes: Any) -> Report:
    """A report with something in every part; its lanes have a step a second."""
    steps = max(1, int(clip.duration_s))
    whole, half = Span(0.0, clip.duration_s), Span(clip.duration_s / 2, clip.duration_s)
    voice = Comparison(Modality.VOICE, "ada", "Ada Example", "ge2e-1", 0.3, -1.8, 4)
    face = Comparison(Modality.FACE, "ada", "Ada Example", "faceplugin-feature-1", 0.8, 3.1, 4)
    lanes = (
        Lane(LaneKind.DETECTOR, "visual", "face-1", tuple((step % 7 - 3) / 10 for step in range(steps))),
        Lane(LaneKind.DETECTOR, "audio", "", tuple(0.9 if step >= steps // 2 else None for step in range(steps))),
        Lane(LaneKind.FACE, "faces", "face-1", (1.0,) * steps),
        Lane(LaneKind.SPEAKER, "voices", "speaker-1", (1.0,) * steps),
    )
    looks = (
        _look(Span(0.0, half.start_s), 0.7, {(0, 0): -0.04, (4, 2): 0.09, (4, 3): 0.1, (2, 2): 0.002}),
        _look(half, -0.3, {(0, 0): -0.05}),
    )
    verdict = Verdict(
        Decision.SPOOF,
        1.1,
        0.5,
        0.92,
        0.92,
        (Reason("SOUND_LOOKS_SPOOF", "what the detector saw of the voice is 8 times likelier if synthetic", half),),
        ("VOICE_NOT_ANCHOR",),
        (ScenarioGuess("A1", "an anchor's picture with another voice"),),
        "Likely synthetic or altered: 92 %",
        posterior_interval=(0.8, 0.96),
        explanations=(
            Explanation("en", "The voice is not Ada Example's.", ("voice",), ("No footage to compare.",), ()),
            Explanation("zh", "声音不是示例主播本人的。", ("声音",), ("没有可比对的素材。",), ()),
        ),
    )
    report = Report(
        report_id=report_id,
        create_time=datetime.now(UTC) - timedelta(hours=2),
        clip=clip,
        clip_name=f"{report_id}.mp4",
        verdict=verdict,
        evidence=(
            Evidence("audio", Question.AUTHENTICITY, 0.9, 1.2, "audio-cepstra-3", "cal", "", whole, ()),
            Evidence("visual", Question.AUTHENTICITY, 0.2, 0.1, "visual-effnetlite-4", "cal", "", whole, (), looks),
        ),
        unassessed=(Unassessed("footage", "NO_ARCHIVE", "there is no footage of our own to compare with"),),
        faces=(FaceFinding("face-1", whole, 12, clip.duration_s / 2, Box(60, 30, 160, 150), (face,), "ada"),),
        voices=(VoiceFinding("speaker-1", (whole,), clip.duration_s, (voice,), None),),
        identity=(IdentitySpan(whole, "ada", None, Agreement.DISAGREE),),
        components=(Component("software", "anchorproof", "1", ""),),
        timings=(),
        declared=DeclaredOrigin(),
        claims=PictureClaims(
            (Caption("突发新闻 BREAKING", whole, Box(10, 150, 200, 170), 20.0, CaptionRole.LOWER_THIRD, 0.9),),
            (),
            (),
            6,
        ),
        timeline=Timeline(1.0, lanes, (DrivingSpan(half, "audio", "", 0.9),)),
    )
    return replace(report, **changes)


def _look(span: Span, llr: float, cells: dict[tuple[int, int], float]) -> Look:
    """Over the square of the report's face, which drifts to the right by 20 pixels."""
    rows = tuple(tuple(cells.get((row, column), 0.0) for column in range(6)) for row in range(6))
    path = tuple(
        TimedBox(time_s, Box(14.0 + shift, -6.0, 206.0 + shift, 186.0))
        for time_s, shift in ((span.start_s, 0.0), (span.end_s, 20.0))
    )
    return Look("face-1", span, span.start_s, llr, rows, path)
