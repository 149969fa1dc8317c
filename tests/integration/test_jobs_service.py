"""Uploads, jobs, watching, cancelling, webhooks: through the real server with real worker processes."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import google_crc32c
import grpc
import pytest
from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf.duration_pb2 import Duration
from pydantic import SecretStr

from anchorproof.client import Client, ServiceError
from anchorproof.types import Decision, JobState, Priority, Progress, UploadState
from anchorproof.v1 import jobs_pb2, jobs_pb2_grpc, report_pb2, uploads_pb2, uploads_pb2_grpc
from anchorproof.webhooks import SIGNATURE, verify
from tests.integration.conftest import Running, begun, start_server, wait_until
from tests.scraping import scrape

SECRET = "a secret of the tests"


def _release(server: Running) -> None:
    (server.settings.data_dir / "release").touch()


def _stored_clips(server: Running) -> list[str]:
    clips = server.settings.data_dir / "clips"
    return [path.name for path in clips.rglob("*") if path.is_file() and not path.name.startswith(".")]


# --------------------------------------------------------------------------- uploads


def test_uploaded_clip_is_analysed_and_its_report_is_the_job_s(server: Running, client: Client, clip: Path) -> None:
    told: list[Progress] = []
    job = client.submit(clip, priority=Priority.HIGH, on_progress=told.append)
    assert told[-1] == Progress("uploading", 1.0)
    assert (job.request.clip_name, job.request.priority) == ("clip.mp4", Priority.HIGH)
    report = client.wait_for_job(job.job_id)
    assert report == client.get_report(report.report_id)
    assert report.clip.sha256 == hashlib.sha256(clip.read_bytes()).hexdigest()
    done = client.get_job(job.job_id)
    assert (done.state, done.report_id, done.attempts, done.fraction) == (
        JobState.SUCCEEDED,
        report.report_id,
        1,
        1.0,
    )
    assert [step.step for step in done.steps] in ([], ["inspect"])  # it may be over before anything is written down
    assert job.job_id in {found.job_id for found in client.jobs(JobState.SUCCEEDED)}
    assert list((server.settings.uploads_dir).glob("*.part")) == []


def test_upload_goes_on_where_it_broke_off(server: Running, clip: Path) -> None:
    data = clip.read_bytes()
    with grpc.insecure_channel(server.target) as channel:
        stub = uploads_pb2_grpc.UploadServiceStub(channel)
        upload = stub.CreateUpload(uploads_pb2.CreateUploadRequest(clip_name="c", size_bytes=len(data))).upload
        with pytest.raises(grpc.RpcError, match="does not fit") as caught:
            stub.WriteUpload(_pieces(upload.name, data, [(0, 1000), (2000, 3000)]))
        assert caught.value.code() is grpc.StatusCode.OUT_OF_RANGE
        offset = stub.GetUpload(uploads_pb2.GetUploadRequest(name=upload.name)).upload.offset
        assert offset == 1000, "what came before the mistake is kept"
        with pytest.raises(grpc.RpcError, match="crc32c") as caught:
            stub.WriteUpload(_pieces(upload.name, data, [(1000, 2000)], spoil=True))
        assert caught.value.code() is grpc.StatusCode.DATA_LOSS
        with pytest.raises(grpc.RpcError, match="1,000 of"):
            stub.FinalizeUpload(uploads_pb2.FinalizeUploadRequest(name=upload.name))
        rest = stub.WriteUpload(_pieces(upload.name, data, [(500, len(data))])).upload
        assert rest.offset == len(data)
        done = stub.FinalizeUpload(uploads_pb2.FinalizeUploadRequest(name=upload.name)).upload
        assert done.sha256 == hashlib.sha256(data).hexdigest()
        again = stub.FinalizeUpload(uploads_pb2.FinalizeUploadRequest(name=upload.name)).upload
        assert again == done
        stub.DeleteUpload(uploads_pb2.DeleteUploadRequest(name=upload.name))
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetUpload(uploads_pb2.GetUploadRequest(name=upload.name))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def _pieces(
    name: str, data: bytes, ranges: list[tuple[int, int]], spoil: bool = False
) -> Iterator[uploads_pb2.WriteUploadRequest]:
    yield uploads_pb2.WriteUploadRequest(header=uploads_pb2.WriteUploadHeader(name=name))
    for start, end in ranges:
        piece = data[start:end]
        chunk = uploads_pb2.UploadChunk(offset=start, data=piece, crc32c=google_crc32c.value(piece) ^ spoil)
        yield uploads_pb2.WriteUploadRequest(chunk=chunk)


def test_bytes_that_the_same_client_sent_before_need_not_be_sent_again(server: Running, clip: Path) -> None:
    told: list[Progress] = []
    with Client(server.target, client_id="ada") as ada, Client(server.target, client_id="bob") as bob:
        first = ada.upload(clip)
        assert first.state is UploadState.FINALIZED
        assert ada.upload(clip, on_progress=told.append).state is UploadState.FINALIZED
        assert told == []
        bob.upload(clip, on_progress=told.append)
        assert told, "others do not learn that it is here"


def test_upload_with_another_hash_than_announced_starts_again(server: Running, clip: Path) -> None:
    data = clip.read_bytes()
    with grpc.insecure_channel(server.target) as channel:
        stub = uploads_pb2_grpc.UploadServiceStub(channel)
        wish = uploads_pb2.CreateUploadRequest(clip_name="c", size_bytes=len(data), sha256="ab" * 32)
        upload = stub.CreateUpload(wish).upload
        stub.WriteUpload(_pieces(upload.name, data, [(0, len(data))]))
        with pytest.raises(grpc.RpcError, match="another sha256") as caught:
            stub.FinalizeUpload(uploads_pb2.FinalizeUploadRequest(name=upload.name))
        assert caught.value.code() is grpc.StatusCode.DATA_LOSS
        assert stub.GetUpload(uploads_pb2.GetUploadRequest(name=upload.name)).upload.offset == 0


def test_upload_quota_turns_away_with_a_time_to_come_back(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, uploads={"limit_per_client": 1}) as running, Client(running.target) as client:
        client.patience_s = 0.0
        with grpc.insecure_channel(running.target) as channel:
            stub = uploads_pb2_grpc.UploadServiceStub(channel)
            stub.CreateUpload(uploads_pb2.CreateUploadRequest(clip_name="c", size_bytes=10))
        with pytest.raises(ServiceError) as caught:
            client.upload(clip)
        assert (caught.value.reason, caught.value.code) == ("OVERLOADED", "RESOURCE_EXHAUSTED")


# --------------------------------------------------------------------------- jobs


def test_same_request_id_a_hundred_times_at_once_is_one_job_and_one_report(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client, ThreadPoolExecutor(20) as threads:
        upload = client.upload(clip)
        request = jobs_pb2.AnalyzeVideoRequest(upload=f"uploads/{upload.upload_id}", request_id="r-1")
        with grpc.insecure_channel(fresh.target) as channel:
            stub = jobs_pb2_grpc.JobServiceStub(channel)
            names = set(threads.map(lambda _: stub.AnalyzeVideo(request).name, range(100)))
        assert len(names) == 1
        client.wait_for_job(names.pop().partition("/")[2])
        assert len(list(client.reports())) == len(begun(fresh)) == 1


def test_response_is_a_google_longrunning_operation(server: Running, client: Client, clip: Path) -> None:
    job = client.submit(clip, request_id="r-lro")
    name = f"operations/{job.job_id}"
    with grpc.insecure_channel(server.target) as channel:
        stub = operations_pb2_grpc.OperationsStub(channel)
        wait = operations_pb2.WaitOperationRequest(name=name, timeout=Duration(seconds=30))
        operation = stub.WaitOperation(wait)
        assert operation.done
        report = report_pb2.Report()
        assert operation.response.Unpack(report)
        assert report.name == f"reports/{job.report_id or client.get_job(job.job_id).report_id}"
        upload = client.upload(clip)
        request = jobs_pb2.AnalyzeVideoRequest(upload=f"uploads/{upload.upload_id}", request_id="r-lro")
        again = jobs_pb2_grpc.JobServiceStub(channel).AnalyzeVideo(request)
        assert operations_pb2.Operation.FromString(again.SerializeToString()) == operation
        stub.DeleteOperation(operations_pb2.DeleteOperationRequest(name=name))
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetOperation(operations_pb2.GetOperationRequest(name=name))
        assert caught.value.code() is grpc.StatusCode.NOT_FOUND


def test_job_goes_on_without_its_client_and_can_be_watched_from_a_sequence(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        job = client.submit(clip, "hold")
    with Client(fresh.target) as other:
        states = []
        for change in other.watch_job(job.job_id):
            states.append(change)
            if change.step == "hold":
                _release(fresh)
        assert [change.sequence for change in states] == sorted({change.sequence for change in states})
        assert states[-1].state is JobState.SUCCEEDED
        later = list(other.watch_job(job.job_id, after_sequence=states[0].sequence))
        assert later[-1] == states[-1]
        assert all(change.sequence > states[0].sequence for change in later)
        assert list(other.watch_job(job.job_id, after_sequence=states[-1].sequence)) == [states[-1]]


def test_running_job_is_cancelled_and_its_worker_takes_the_next(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        job = client.submit(clip, "hold")
        waiting = client.submit(clip, "waits")
        wait_until(lambda: begun(fresh) == ["hold"])
        assert client.get_job(waiting.job_id).position == 0
        client.cancel_job(job.job_id)
        with pytest.raises(ServiceError) as caught:
            client.wait_for_job(job.job_id)
        assert caught.value.reason == "JOB_CANCELLED"
        assert client.wait_for_job(waiting.job_id).clip_name == "waits"
        assert len(list(client.reports())) == 1


def test_rejected_clip_fails_with_its_reason(client: Client, tmp_path: Path) -> None:
    bad = tmp_path / "bad.mp4"
    bad.write_bytes(b"this is no film" * 100)
    job = client.submit(bad)
    with pytest.raises(ServiceError) as caught:
        client.wait_for_job(job.job_id)
    assert caught.value.reason == "CLIP_UNREADABLE"
    failed = client.get_job(job.job_id)
    assert failed.state is JobState.FAILED
    assert failed.error is not None
    assert failed.error.reason == "CLIP_UNREADABLE"


def test_deadline_passes_while_the_job_runs(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        job = client.submit(clip, "hold", time_limit_s=1.0)
        with pytest.raises(ServiceError) as caught:
            client.wait_for_job(job.job_id)
        assert caught.value.reason == "DEADLINE_PASSED"


def test_clip_that_kills_its_worker_twice_is_dead_and_the_queue_moves_on(fresh: Running, clip: Path) -> None:
    with Client(fresh.target) as client:
        job = client.submit(clip, "die")
        after = client.submit(clip, "fine")
        assert client.wait_for_job(after.job_id).clip_name == "fine"
        with pytest.raises(ServiceError) as caught:
            client.wait_for_job(job.job_id)
        assert caught.value.reason == "ANALYSIS_FAILED"
        dead = client.get_job(job.job_id)
        assert (dead.state, dead.attempts) == (JobState.DEAD, 2)
        assert begun(fresh).count("die") == 2
        assert len(_stored_clips(fresh)) == 1, "a person may want to look at it"


def test_batch_comes_whole_and_is_found_by_its_id(client: Client, clip: Path) -> None:
    upload = client.upload(clip)
    name = f"uploads/{upload.upload_id}"
    jobs = client.submit_batch([jobs_pb2.AnalyzeVideoRequest(upload=name, clip_name=f"b{n}") for n in range(3)])
    batch = {job.job_id for job in jobs}
    assert {job.job_id for job in client.jobs(batch_id=jobs[0].request.batch_id)} == batch
    assert sorted(client.wait_for_job(job_id).clip_name for job_id in batch) == ["b0", "b1", "b2"]
    with pytest.raises(ServiceError) as caught:
        client.submit_batch([jobs_pb2.AnalyzeVideoRequest(upload="uploads/none")])
    assert caught.value.reason == "UPLOAD_NOT_FOUND"


def test_full_queue_turns_away_with_a_time_to_come_back(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, queue={"limit_queued": 1}) as running, Client(running.target) as client:
        client.patience_s = 0.0
        client.submit(clip, "hold")
        wait_until(lambda: begun(running) == ["hold"])
        client.submit(clip, "waits")
        with pytest.raises(ServiceError) as caught:
            client.submit(clip, "one too many")
        assert (caught.value.reason, caught.value.code) == ("OVERLOADED", "RESOURCE_EXHAUSTED")
        _release(running)
        client.patience_s = 60.0
        assert client.wait_for_job(client.submit(clip, "room again").job_id).clip_name == "room again"


def test_only_listed_addresses_are_read(tmp_path: Path, clip: Path) -> None:
    shelf = tmp_path / "shelf"
    shelf.mkdir()
    (shelf / "clip one.mp4").write_bytes(clip.read_bytes())
    (tmp_path / "secret.mp4").write_bytes(clip.read_bytes())
    (shelf / "link.mp4").symlink_to(tmp_path / "secret.mp4")
    with start_server(tmp_path / "data", queue={"sources": (shelf.as_uri(),)}) as running:
        with Client(running.target) as client:
            job = client.submit(f"{shelf.as_uri()}/clip%20one.mp4")
            report = client.wait_for_job(job.job_id)
            assert (report.clip_name, report.clip.size_bytes) == ("clip one.mp4", clip.stat().st_size)
            for address in (
                (tmp_path / "secret.mp4").as_uri(),
                f"{shelf.as_uri()}/../secret.mp4",
                f"{shelf.as_uri()}/%2e%2e/secret.mp4",
                "https://example.test/clip.mp4",
                "s3://bucket/clip.mp4",
            ):
                with pytest.raises(ServiceError, match="must lie under") as caught:
                    client.submit(address)
                assert caught.value.reason == "INVALID_ARGUMENT"
            for name, reason in (("link.mp4", "INVALID_ARGUMENT"), ("nothing.mp4", "SOURCE_UNREACHABLE")):
                with pytest.raises(ServiceError) as caught:
                    client.wait_for_job(client.submit(f"{shelf.as_uri()}/{name}").job_id)
                assert caught.value.reason == reason
        wait_until(lambda: running.spooled == [])


def test_clip_goes_after_its_retention_and_stays_where_reviewers_need_it(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path / "a", queue={"keep_flagged_clips_days": 0.0}) as running:
        with Client(running.target) as client:
            report = client.wait_for_job(client.submit(clip).job_id)
            assert report.verdict.decision is Decision.INCONCLUSIVE
        wait_until(lambda: _stored_clips(running) == [])
    with start_server(tmp_path / "b") as running, Client(running.target) as client:
        client.wait_for_job(client.submit(clip).job_id)
        time.sleep(0.5)
        assert _stored_clips(running) == [report.clip.sha256]


# --------------------------------------------------------------------------- restarts


def test_job_under_way_when_the_server_stops_ends_after_the_next_start(tmp_path: Path, clip: Path) -> None:
    data = tmp_path / "data"
    with start_server(data, server={"drain_s": 0.2}) as running, Client(running.target) as client:
        job = client.submit(clip, "hold")
        wait_until(lambda: begun(running) == ["hold"])
    (data / "release").touch()
    with start_server(data) as running, Client(running.target) as client:
        assert client.wait_for_job(job.job_id).clip_name == "hold"
        done = client.get_job(job.job_id)
        assert (done.state, done.attempts) == (JobState.SUCCEEDED, 1), "a stop is not held against the clip"
        assert len(list(client.reports())) == 1


# --------------------------------------------------------------------------- webhooks


class _Receiver(ThreadingHTTPServer):
    """Takes what is posted, after refusing so often."""

    def __init__(self, refusals: int, path: str) -> None:
        self.refusals = refusals
        self._path = path
        self.taken: list[tuple[dict[str, object], bool]] = []
        super().__init__(("127.0.0.1", 0), _Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}{self._path}"


class _Handler(BaseHTTPRequestHandler):
    server: _Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_genuine = verify(SECRET, self.headers[SIGNATURE], body, time.time())
        is_refused = self.server.refusals > 0
        self.server.refusals -= 1
        if not is_refused:
            self.server.taken.append((json.loads(body), is_genuine))
        self.send_response(500 if is_refused else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def receiver(refusals: int, path: str = "/hook") -> Iterator[_Receiver]:
    with _Receiver(refusals, path) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def test_end_of_a_job_is_told_signed_and_again_when_it_was_refused(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANCHORPROOF_WEBHOOK_SECRET", SECRET)
    with (
        receiver(refusals=1) as hook,
        start_server(tmp_path, queue={"webhooks": (hook.url,)}, metrics={"listen": "127.0.0.1:0"}) as running,
    ):
        assert running.settings.webhook_secret == SecretStr(SECRET)
        with Client(running.target) as client:
            job = client.submit(clip, webhook_url=hook.url)
            report = client.wait_for_job(job.job_id)
            wait_until(lambda: len(hook.taken) == 1)
            (body, is_genuine) = hook.taken[0]
            assert is_genuine
            assert body["operation"] == f"operations/{job.job_id}"
            assert (body["state"], body["report"]) == ("SUCCEEDED", f"reports/{report.report_id}")
            for elsewhere in ("http://example.test/hook", hook.url + "er", hook.url.replace("http", "ftp")):
                with pytest.raises(ServiceError, match="webhook_url must lie under"):
                    client.submit(clip, webhook_url=elsewhere)
            told = scrape(running.metrics)
            assert told.value("anchorproof_webhooks_total", outcome="failed") == 1
            assert told.value("anchorproof_webhooks_total", outcome="delivered") == 1
            assert hook.url not in told.text


def test_stopped_worker_process_is_replaced_and_the_job_ends(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, server={"hang_s": 2.0}) as running, Client(running.target) as client:
        job = client.submit(clip, "hold")
        wait_until(lambda: begun(running) == ["hold"])
        pid = int((running.settings.data_dir / "worker").read_text())
        os.kill(pid, signal.SIGSTOP)
        wait_until(lambda: begun(running) == ["hold", "hold"])
        _release(running)
        assert client.wait_for_job(job.job_id).clip_name == "hold"
        assert client.get_job(job.job_id).attempts == 2
