"""Starting, stopping, health and reflection."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from anchorproof.api.server import SERVICES, Server
from anchorproof.errors import ModelUnavailable, RequestInvalid
from anchorproof.settings import Settings
from tests import small_workshop, worker_tasks
from tests.integration.conftest import Running


def test_health_is_serving_for_the_server_and_each_service(server: Running) -> None:
    with grpc.insecure_channel(server.target) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        for service in ("", *SERVICES):
            answer = stub.Check(health_pb2.HealthCheckRequest(service=service))
            assert answer.status == health_pb2.HealthCheckResponse.SERVING


def test_reflection_lists_the_services(server: Running) -> None:
    request = reflection_pb2.ServerReflectionRequest(list_services="")
    with grpc.insecure_channel(server.target) as channel:
        (answer,) = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(iter([request]))
    listed = {service.name for service in answer.list_services_response.service}
    assert {"anchorproof.v1.RegistryService", "anchorproof.v1.AnalysisService", "grpc.health.v1.Health"} <= listed


def test_unfit_installation_does_not_start(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with pytest.raises(ModelUnavailable):
        asyncio.run(Server(settings, worker_tasks.LOAD_BROKEN).start())
    assert list(settings.spool_dir.iterdir()) == []


@pytest.mark.parametrize("is_taken", [True, False], ids=["taken", "nonsense"])
def test_address_that_cannot_be_used_is_named(server: Running, tmp_path: Path, is_taken: bool) -> None:
    listen = server.target if is_taken else "no such host:x"
    plain = Settings(data_dir=tmp_path)
    settings = plain.model_copy(update={"server": replace(plain.server, listen=listen, workers=1)})
    with pytest.raises(RequestInvalid, match=f"cannot listen on {listen}"):
        asyncio.run(Server(settings, small_workshop.LOAD).start())


_SERVE = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from anchorproof.api import server
from anchorproof.settings import Settings
from tests import small_workshop

if __name__ == "__main__":
    plain = Settings(data_dir=Path(sys.argv[1]))
    limits = replace(plain.server, listen="127.0.0.1:0", workers=1)
    settings = plain.model_copy(update={"server": limits})
    asyncio.run(server.serve(settings, lambda port: print(port, flush=True), small_workshop.LOAD))
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=["SIGINT", "SIGTERM"])
def test_signal_ends_the_server_cleanly(tmp_path: Path, number: signal.Signals) -> None:
    script = tmp_path / "serve.py"
    script.write_text(_SERVE)
    search_path = os.pathsep.join(filter(None, [str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": search_path}
    arguments = [sys.executable, str(script), str(tmp_path / "data")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest())
            assert answer.status == health_pb2.HealthCheckResponse.SERVING
        server.send_signal(number)
        assert server.wait(20) == 0
    assert list((tmp_path / "data" / "spool").iterdir()) == []
