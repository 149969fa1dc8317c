"""One id from the call to the worker process that did the work, on whatever machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from anchorproof.client import Client, ServiceError
from anchorproof.logs import REQUEST_KEY
from anchorproof.v1 import jobs_pb2, jobs_pb2_grpc, registry_pb2, registry_pb2_grpc
from tests.integration.conftest import Running, wait_until
from tests.logged import Logged, logged, script

ID = "5e0c.story-4711"


@pytest.fixture
def channel(server: Running) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.target) as made:
        yield made


def _trailing(call: grpc.Call) -> dict[str, str | bytes]:
    return dict(call.trailing_metadata() or ())


def test_caller_s_id_comes_back_with_answers_and_with_errors(channel: grpc.Channel) -> None:
    registry = registry_pb2_grpc.RegistryServiceStub(channel)
    sent = ((REQUEST_KEY, ID),)
    _, call = registry.ListAnchors.with_call(registry_pb2.ListAnchorsRequest(), metadata=sent)
    assert _trailing(call)[REQUEST_KEY] == ID
    with pytest.raises(grpc.RpcError) as caught:
        registry.GetAnchor(registry_pb2.GetAnchorRequest(name="anchors/nobody"), metadata=sent)
    trailing = _trailing(caught.value)
    assert trailing[REQUEST_KEY] == ID
    status = status_pb2.Status.FromString(trailing["grpc-status-details-bin"])
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert info.metadata["request_id"] == ID


def test_call_without_an_id_or_with_nonsense_gets_one_of_its_own(channel: grpc.Channel) -> None:
    registry = registry_pb2_grpc.RegistryServiceStub(channel)
    given = []
    for metadata in ((), ((REQUEST_KEY, "two words"),), ((REQUEST_KEY, "x" * 65),)):
        _, call = registry.ListAnchors.with_call(registry_pb2.ListAnchorsRequest(), metadata=metadata)
        given.append(_trailing(call)[REQUEST_KEY])
    assert len(set(given)) == 3
    assert all(len(made) == 16 for made in given)


def test_client_library_says_which_request_failed(server: Running) -> None:
    with Client(server.target) as client, pytest.raises(ServiceError) as caught:
        client.get_anchor("nobody")
    assert len(caught.value.request_id) == 16


def test_job_s_lines_on_every_machine_have_the_id_of_the_call(clip: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    with (
        logged(tmp_path, script(tmp_path, "server"), data) as front,
        logged(tmp_path, script(tmp_path, "machine"), data) as machine,
        Client(front.target) as client,
        grpc.insecure_channel(front.target) as plain,
    ):
        jobs = jobs_pb2_grpc.JobServiceStub(plain)
        names = []
        for number in range(2):  # one for the server's worker, one for the machine's
            upload = client.upload(clip)
            request = jobs_pb2.AnalyzeVideoRequest(upload=f"uploads/{upload.upload_id}", clip_name="hold")
            answer = jobs.AnalyzeVideo(request, metadata=((REQUEST_KEY, f"{ID}-{number}"),))
            names.append(answer.name.partition("/")[2])
        wait_until(lambda: (data / "analyses").exists() and (data / "analyses").read_text().count("hold") == 2)
        (data / "release").touch()
        for job_id in names:
            client.wait_for_job(job_id)
    lines = front.lines() + machine.lines()
    for number, job_id in enumerate(names):
        own = [line for line in lines if line.get("job_id") == job_id]
        assert {line["request_id"] for line in own} == {f"{ID}-{number}"}
        words = [line["message"] for line in own]
        assert "an analysis was accepted" in words
        assert "an analysis is begun, attempt 1" in words
        assert any(word.startswith("its report is stored") for word in words)
        assert "it is succeeded" in words
        assert [line for line in own if line["process"] == "worker" and "AnalyzeTask" in line["message"]]
    assert {line["process"] for line in machine.lines() if line.get("job_id")} == {"machine", "worker"}
    _check_shape(front, machine)


def _check_shape(*processes: Logged) -> None:
    for process in processes:
        lines = process.lines()
        assert lines
        for line in lines:
            assert {"time", "level", "logger", "message", "process", "pid"} <= set(line)
