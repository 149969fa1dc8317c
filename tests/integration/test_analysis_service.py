"""Clips up, progress and reports down; repeated requests; clients that leave."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest

from anchorproof.api import analysis_service
from anchorproof.client import Client, ReportFilters, ServiceError
from anchorproof.types import Decision, Progress
from anchorproof.v1 import analysis_pb2, analysis_pb2_grpc
from tests.integration.conftest import Running, begun, start_server, wait_until


def test_report_comes_after_progress_and_is_stored(server: Running, client: Client, clip: Path) -> None:
    told: list[Progress] = []
    report = client.analyze(clip, on_progress=told.append)
    assert [progress.step for progress in told] == ["waiting", "inspect"]
    assert report.clip_name == "clip.mp4"
    assert report.clip.size_bytes == clip.stat().st_size
    assert report.clip.audio is not None
    assert client.get_report(report.report_id) == report
    assert server.spooled == []


def test_reports_are_listed_newest_first_and_filtered(client: Client, clip: Path) -> None:
    first = client.analyze(clip, clip_name="first")
    second = client.analyze(clip, clip_name="second")
    listed = [report.report_id for report in client.reports()]
    assert listed.index(second.report_id) < listed.index(first.report_id)
    assert list(client.reports(ReportFilters(decision=Decision.SPOOF))) == []
    inconclusive = client.reports(ReportFilters(decision=Decision.INCONCLUSIVE, created_from=second.create_time))
    assert [report.report_id for report in inconclusive] == [second.report_id]
    assert list(client.reports(ReportFilters(clip_sha256="00" * 32))) == []
    assert list(client.reports(ReportFilters(anchor_id="nobody"))) == []


def test_reports_that_do_not_fit_one_message_come_in_smaller_pages(
    server: Running, client: Client, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        client.analyze(clip, clip_name=f"report {number}")
    whole = [report.report_id for report in client.reports()]
    with grpc.insecure_channel(server.target) as channel:
        page = analysis_pb2_grpc.AnalysisServiceStub(channel).ListReports(analysis_pb2.ListReportsRequest())
        assert len(page.reports) == len(whole)
        monkeypatch.setattr(analysis_service, "LIMIT_PAGE_BYTES", page.ByteSize() // 2)
        smaller = analysis_pb2_grpc.AnalysisServiceStub(channel).ListReports(analysis_pb2.ListReportsRequest())
    assert 1 <= len(smaller.reports) < len(whole)
    assert smaller.ByteSize() <= page.ByteSize() // 2
    assert [report.report_id for report in client.reports()] == whole


def test_page_token_of_another_list_is_refused(server: Running, client: Client, clip: Path) -> None:
    for _ in range(2):
        client.analyze(clip)
    with grpc.insecure_channel(server.target) as channel:
        stub = analysis_pb2_grpc.AnalysisServiceStub(channel)
        token = stub.ListReports(analysis_pb2.ListReportsRequest(page_size=1)).next_page_token
        assert token
        with pytest.raises(grpc.RpcError) as caught:
            stub.ListReports(analysis_pb2.ListReportsRequest(page_size=1, page_token=token, decision="DECISION_SPOOF"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_unknown_report_is_not_found(client: Client) -> None:
    with pytest.raises(ServiceError) as caught:
        client.get_report("nothing")
    assert (caught.value.reason, caught.value.code) == ("REPORT_NOT_FOUND", "NOT_FOUND")


def test_models_are_listed_with_their_calibrations(client: Client) -> None:
    with_map, without = client.models()
    assert with_map.calibration is not None
    assert with_map.calibration.llr_bounds == (-2.0, 3.0)
    assert without.calibration is None


def test_same_request_id_gives_the_stored_report_without_a_second_analysis(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        first = client.analyze(clip, request_id="req-1")
        told: list[Progress] = []
        second = client.analyze(clip, request_id="req-1", on_progress=told.append)
    assert second == first
    assert told == []
    assert len(begun(fresh)) == 1


def test_same_request_id_joins_the_running_analysis_and_outlives_its_first_client(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as other, ThreadPoolExecutor(2) as threads:
        first_client = Client(fresh.target)
        first = threads.submit(first_client.analyze, clip, "hold", request_id="req-1")
        wait_until(lambda: begun(fresh) == ["hold"])
        joined = threading.Event()
        second = threads.submit(other.analyze, clip, "hold", request_id="req-1", on_progress=lambda _: joined.set())
        assert joined.wait(10)
        first_client.close()
        with pytest.raises((ServiceError, grpc.RpcError, ValueError)):
            first.result(10)
        time.sleep(0.3)
        (fresh.settings.data_dir / "release").touch()
        report = second.result(10)
        assert other.get_report(report.report_id) == report
    assert begun(fresh) == ["hold"]
    wait_until(lambda: fresh.spooled == [])


def test_analysis_stops_when_its_client_leaves_and_the_worker_takes_the_next(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        leaving = Client(fresh.target)
        with ThreadPoolExecutor(1) as threads:
            threads.submit(leaving.analyze, clip, "hold")
            wait_until(lambda: begun(fresh) == ["hold"])
            leaving.close()
        assert client.analyze(clip, "next").clip_name == "next"
        assert len(list(client.reports())) == 1
    wait_until(lambda: fresh.spooled == [])


def test_client_that_goes_away_mid_upload_leaves_nothing(fresh: Running, clip: Path) -> None:
    proceed = threading.Event()

    def messages() -> Iterator[analysis_pb2.AnalyzeClipRequest]:
        header = analysis_pb2.AnalyzeClipHeader(clip_name="half", size_bytes=clip.stat().st_size)
        yield analysis_pb2.AnalyzeClipRequest(header=header)
        yield analysis_pb2.AnalyzeClipRequest(chunk=clip.read_bytes()[:1000])
        proceed.wait(30)

    with grpc.insecure_channel(fresh.target) as channel:
        call = analysis_pb2_grpc.AnalysisServiceStub(channel).AnalyzeClip(messages())
        wait_until(lambda: any(path.stat().st_size == 1000 for path in fresh.spooled))
        call.cancel()
        wait_until(lambda: fresh.spooled == [])
        proceed.set()
    with Client(fresh.target) as client:
        assert client.analyze(clip).clip_name == "clip.mp4"
    assert begun(fresh) == ["clip.mp4"]


def test_client_that_stops_sending_is_cut_off(tmp_path: Path, clip: Path) -> None:
    proceed = threading.Event()

    def messages() -> Iterator[analysis_pb2.AnalyzeClipRequest]:
        yield analysis_pb2.AnalyzeClipRequest(header=analysis_pb2.AnalyzeClipHeader(clip_name="half"))
        yield analysis_pb2.AnalyzeClipRequest(chunk=b"x")
        proceed.wait(30)

    with start_server(tmp_path, server={"idle_upload_s": 0.3}) as running:
        with grpc.insecure_channel(running.target) as channel:
            with pytest.raises(grpc.RpcError, match="no data arrived") as caught:
                list(analysis_pb2_grpc.AnalysisServiceStub(channel).AnalyzeClip(messages()))
            proceed.set()
        assert caught.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        assert running.spooled == []
        with Client(running.target) as client:
            client.analyze(clip)


def test_four_analyses_at_once_all_get_their_own_report(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, server={"workers": 2}) as running, Client(running.target) as client:
        with ThreadPoolExecutor(4) as threads:
            reports = list(threads.map(lambda number: client.analyze(clip, f"clip-{number}"), range(8)))
        assert [report.clip_name for report in reports] == [f"clip-{number}" for number in range(8)]
        assert len({report.report_id for report in reports}) == 8
        assert running.spooled == []


def test_clips_over_the_waiting_limit_are_turned_away_with_a_time_to_come_back(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, server={"limit_waiting": 0}) as running, Client(running.target) as client:
        with ThreadPoolExecutor(1) as threads:
            held = threads.submit(client.analyze, clip, "hold")
            wait_until(lambda: begun(running) == ["hold"])
            with pytest.raises(ServiceError) as caught:
                client.analyze(clip, "one too many")
            (running.settings.data_dir / "release").touch()
            assert held.result(10).clip_name == "hold"
        assert (caught.value.reason, caught.value.code) == ("OVERLOADED", "RESOURCE_EXHAUSTED")
        client.analyze(clip, "room again")


def test_unforeseen_error_tells_the_client_nothing_and_the_log_all(
    client: Client, clip: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(ServiceError) as caught:
        client.analyze(clip, "fault")
    assert (caught.value.reason, caught.value.message, caught.value.code) == ("INTERNAL", "internal error", "INTERNAL")
    assert "ZeroDivisionError" in caplog.text
    assert client.analyze(clip).clip_name == "clip.mp4"


def test_request_id_is_bounded(client: Client, clip: Path) -> None:
    with pytest.raises(ServiceError, match="request_id has 300 characters; the limit is 200"):
        client.analyze(clip, request_id="x" * 300)


def test_missing_file_is_the_callers_error(client: Client, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        client.analyze(tmp_path / "nothing.mp4")


def test_service_that_is_not_there_is_unavailable(tmp_path: Path) -> None:
    with start_server(tmp_path) as running:
        target = running.target
    with Client(target) as client, pytest.raises(ServiceError) as caught:
        list(client.anchors())
    assert (caught.value.reason, caught.value.code) == ("UNAVAILABLE", "UNAVAILABLE")


def test_client_whose_progress_callback_fails_stops_its_analysis(fresh: Running, clip: Path) -> None:
    def fail(progress: Progress) -> None:
        if progress.step == "hold":
            raise LookupError("no such widget")

    with Client(fresh.target) as client:
        with pytest.raises(LookupError) as caught:  # kept, and with it everything in its traceback
            client.analyze(clip, "hold", on_progress=fail)
        assert client.analyze(clip, "next", timeout_s=20).clip_name == "next"
        assert caught.traceback


def test_stopping_the_server_ends_what_does_not_end_by_itself(tmp_path: Path, clip: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        with start_server(tmp_path, server={"drain_s": 0.2}) as running:
            client = Client(running.target)
            held = threads.submit(client.analyze, clip, "hold")
            wait_until(lambda: begun(running) == ["hold"])
        with client, pytest.raises(ServiceError) as caught:
            held.result(30)
    assert caught.value.code in {"CANCELLED", "UNAVAILABLE"}
    assert list(running.settings.spool_dir.iterdir()) == []


def test_stopping_the_server_lets_a_running_analysis_end(tmp_path: Path, clip: Path) -> None:
    with ThreadPoolExecutor(1) as threads:
        with start_server(tmp_path, server={"drain_s": 20.0}) as running:
            client = Client(running.target)
            held = threads.submit(client.analyze, clip, "hold")
            wait_until(lambda: begun(running) == ["hold"])
            threading.Timer(0.5, (running.settings.data_dir / "release").touch).start()
        with client:
            assert held.result(1).clip_name == "hold"


def test_any_file_name_will_do(client: Client, clip: Path, tmp_path: Path) -> None:
    odd = tmp_path / "news\udcff \x1b[31m.mp4"
    odd.write_bytes(clip.read_bytes())
    assert client.analyze(odd).clip_name == "news? \N{REPLACEMENT CHARACTER}[31m.mp4"
