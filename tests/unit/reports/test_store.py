from __future__ import annotations

import contextlib
import dataclasses
import json
import math
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from anchorproof.errors import AlreadyExists, NotFound, RequestInvalid, StorageFailed
from anchorproof.reports.opening import open_reports
from anchorproof.reports.store import ReportFilters, ReportStore, _to_json
from anchorproof.settings import Settings
from anchorproof.types import (
    Agreement,
    AudioInfo,
    Box,
    ClipInfo,
    Comparison,
    Component,
    Decision,
    Evidence,
    FaceFinding,
    IdentitySpan,
    Look,
    Modality,
    Question,
    Reason,
    Report,
    ScenarioGuess,
    Span,
    StepTime,
    TimedBox,
    TimedLLR,
    Unassessed,
    Verdict,
    VideoInfo,
    VoiceFinding,
)

NOON = datetime(2025, 5, 8, 12, 0, 0, 123456, tzinfo=UTC)
MakeReport = Callable[..., Report]
OpenStore = Callable[[], ReportStore]


@pytest.fixture(params=["sqlite", "postgres"])
def open_again(request: pytest.FixtureRequest, tmp_path: Path) -> OpenStore:
    """Opens one and the same store, as often as wanted: the contract holds for both kinds of database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else ""
    return lambda: open_reports(Settings(data_dir=tmp_path, database_url=url))


@pytest.fixture
def store(open_again: OpenStore) -> Iterator[ReportStore]:
    with open_again() as opened:
        yield opened


@pytest.fixture
def full_report() -> Report:
    """Something in every field, with numbers that a careless writer would round."""
    span = Span(0.1, 2 / 3)
    face = Comparison(Modality.FACE, "kang-hui", "康辉", "face-1", 0.1 + 0.2, -1e-9, 3)
    voice = Comparison(Modality.VOICE, "kang-hui", "康辉", "voice-1", 0.9999999999999999, 2.5, 1)
    look = Look("t1", span, 0.1, 0.3, ((0.1 + 0.2, -0.0), (1e-9, 2.0)), (TimedBox(0.1, Box(-1.5, 2.0, 3.0, 4.0)),))
    return Report(
        report_id="r1",
        create_time=NOON,
        clip=ClipInfo(
            sha256="ab" * 32,
            size_bytes=2**40,
            container="mov,mp4",
            duration_s=29.97,
            video=VideoInfo("h264", 1280, 720, 30000 / 1001, rotation_deg=90, is_interlaced=True, bit_depth=10),
            audio=AudioInfo("aac", 48_000, 2, tracks=2),
        ),
        clip_name="新闻 «клип».mp4",
        verdict=Verdict(
            decision=Decision.SPOOF,
            llr=1.75,
            prior=0.5,
            spoof_posterior=1 - 1e-16,
            confidence=0.98,
            reasons=(Reason("VOICE_SPOOF", "the voice looks synthetic", span), Reason("OTHER", "without a span")),
            flags=("LOW_RESOLUTION",),
            scenarios=(ScenarioGuess("A1", "voice replaced"),),
            summary="Line one\nline “two”",
        ),
        evidence=(
            Evidence(
                "audio", Question.AUTHENTICITY, 1.5, -0.0, "audio-1", "cal-1", "s1", span, (TimedLLR(span, 1.25),)
            ),
            Evidence("visual", Question.AUTHENTICITY, 0.5, 0.1, "visual-1", "cal-2", "", span, (), (look,)),
        ),
        unassessed=(Unassessed("visual", "FACE_TOO_SMALL", "21 pixels"),),
        faces=(FaceFinding("t1", span, 7, 0.25, Box(1.5, 2, 3, 4), (face,), "kang-hui"),),
        voices=(VoiceFinding("s1", (span,), 0.5, (voice,), None),),
        identity=(IdentitySpan(span, "kang-hui", None, Agreement.UNDECIDED),),
        components=(Component("model", "face-1", "1", "cd" * 32),),
        timings=(StepTime("look", 0.123456789),),
    )


@pytest.fixture
def make_report(full_report: Report) -> MakeReport:
    def make(
        number: int,
        decision: Decision = Decision.SPOOF,
        clip: str = "00",
        anchor_id: str | None = None,
        after_s: int = 0,
    ) -> Report:
        return dataclasses.replace(
            full_report,
            report_id=f"r{number}",
            create_time=NOON + timedelta(seconds=after_s),
            clip=dataclasses.replace(full_report.clip, sha256=clip),
            verdict=dataclasses.replace(full_report.verdict, decision=decision),
            faces=(dataclasses.replace(full_report.faces[0], anchor_id=anchor_id),),
        )

    return make


def _ids(reports: list[Report]) -> list[str]:
    return [report.report_id for report in reports]


def test_report_comes_back_exactly(store: ReportStore, full_report: Report) -> None:
    assert store.save(full_report) == full_report
    loaded = store.load("r1")
    assert loaded == full_report
    assert repr(loaded.evidence) == repr(full_report.evidence)
    assert isinstance(loaded.faces[0].comparisons[0].modality, Modality)
    assert math.copysign(1, loaded.evidence[0].raw_score) == -1


def test_reports_outlive_the_process(open_again: OpenStore, full_report: Report) -> None:
    with open_again() as store:
        store.save(full_report)
    with open_again() as store:
        assert store.load("r1") == full_report


def test_report_from_before_looks_were_kept_is_read(
    store: ReportStore, full_report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_looks(report: Report) -> str:
        document = json.loads(_to_json(report))
        for item in document["evidence"]:
            del item["looks"]
        return json.dumps(document)

    monkeypatch.setattr("anchorproof.reports.store._to_json", without_looks)
    store.save(full_report)
    found = store.load("r1")
    assert [item.looks for item in found.evidence] == [(), ()]
    assert found.evidence[0] == full_report.evidence[0]


def test_unknown_report_is_not_found(store: ReportStore) -> None:
    with pytest.raises(NotFound) as caught:
        store.load("nothing")
    assert caught.value.reason == "REPORT_NOT_FOUND"


def test_report_that_json_cannot_hold_is_refused(store: ReportStore, full_report: Report) -> None:
    verdict = dataclasses.replace(full_report.verdict, llr=math.nan)
    with pytest.raises(ValueError, match=r"verdict\.llr"):
        store.save(dataclasses.replace(full_report, verdict=verdict))
    with pytest.raises(ValueError, match="exactly"):
        store.save(dataclasses.replace(full_report, create_time=NOON.replace(tzinfo=None)))
    assert store.list() == ([], "")


def test_saving_again_is_harmless_but_never_replaces(store: ReportStore, make_report: MakeReport) -> None:
    store.save(make_report(1))
    assert store.save(make_report(1)) == make_report(1)
    with pytest.raises(AlreadyExists) as caught:
        store.save(make_report(1, decision=Decision.BONA_FIDE))
    assert caught.value.reason == "REPORT_EXISTS"
    assert store.load("r1") == make_report(1)


def test_repeated_request_gets_the_first_report(store: ReportStore, make_report: MakeReport) -> None:
    first = store.save(make_report(1, clip="aa"), request_id="q")
    assert store.save(make_report(2, clip="aa"), request_id="q") == first
    assert store.find_request("q") == first
    assert _ids(store.list()[0]) == ["r1"]
    with pytest.raises(RequestInvalid, match="another clip"):
        store.save(make_report(3, clip="bb"), request_id="q")


def test_reports_without_a_request_id_are_not_each_others_repetition(
    store: ReportStore, make_report: MakeReport
) -> None:
    store.save(make_report(1))
    store.save(make_report(2))
    assert store.find_request("") is None
    assert len(store.list()[0]) == 2


def test_list_is_newest_first_and_paged_while_others_arrive(store: ReportStore, make_report: MakeReport) -> None:
    for number in range(6):
        store.save(make_report(number, after_s=number // 2))  # pairs of one time
    first, token = store.list(page_size=3)
    store.save(make_report(99, after_s=99))
    second, end = store.list(3, token)
    assert _ids(first) == ["r5", "r4", "r3"]
    assert (_ids(second), end) == (["r2", "r1", "r0"], "")
    assert _ids(store.list(page_size=1)[0]) == ["r99"]


def test_filters_choose_and_combine(store: ReportStore, make_report: MakeReport) -> None:
    store.save(make_report(0, Decision.SPOOF, "aa", "ana"))
    store.save(make_report(1, Decision.BONA_FIDE, "aa", None, after_s=10))
    store.save(make_report(2, Decision.SPOOF, "bb", "bob", after_s=20))

    def found(**filters: object) -> list[str]:
        return _ids(store.list(filters=ReportFilters(**filters))[0])

    assert found(decision=Decision.SPOOF) == ["r2", "r0"]
    assert found(clip_sha256="aa") == ["r1", "r0"]
    assert found(anchor_id="ana") == ["r0"]
    assert found(anchor_id="nobody") == []
    assert found(created_from=NOON + timedelta(seconds=10)) == ["r2", "r1"]
    assert found(created_before=NOON + timedelta(seconds=10)) == ["r0"]
    assert found(decision=Decision.SPOOF, clip_sha256="bb", anchor_id="bob") == ["r2"]
    assert found(decision=Decision.INCONCLUSIVE) == []


def test_filter_times_may_be_of_any_zone(store: ReportStore, make_report: MakeReport) -> None:
    store.save(make_report(0))
    here = timezone(timedelta(hours=8))
    assert len(store.list(filters=ReportFilters(created_from=NOON.astimezone(here)))[0]) == 1


def test_anchor_recognised_by_voice_alone_is_found(store: ReportStore, make_report: MakeReport) -> None:
    report = make_report(1)
    heard = dataclasses.replace(report.voices[0], anchor_id="ana")
    store.save(dataclasses.replace(report, voices=(heard,)))
    assert _ids(store.list(filters=ReportFilters(anchor_id="ana"))[0]) == ["r1"]


def test_page_token_belongs_to_its_filters(store: ReportStore, make_report: MakeReport) -> None:
    for number in range(3):
        store.save(make_report(number))
    _, token = store.list(1, "", ReportFilters(decision=Decision.SPOOF))
    with pytest.raises(RequestInvalid, match="page_token"):
        store.list(1, token)
    assert _ids(store.list(1, token, ReportFilters(decision=Decision.SPOOF))[0]) == ["r1"]


def test_nothing_is_lost_when_threads_save_at_once(open_again: OpenStore, make_report: MakeReport) -> None:
    def save(number: int) -> None:
        with open_again() as store:
            store.save(make_report(number, after_s=number), request_id=f"q{number % 20}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(save, range(40)))
    with open_again() as store:
        assert len(store.list()[0]) == 20


def test_store_made_by_a_newer_program_is_refused(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    open_reports(settings).close()
    with contextlib.closing(sqlite3.connect(settings.reports_path)) as connection:
        connection.execute("PRAGMA user_version = 7")
    with pytest.raises(StorageFailed, match="newer"):
        open_reports(settings)
