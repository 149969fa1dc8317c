"""What Prometheus reads after real calls, real analyses and real trouble."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import grpc
import pytest

from anchorproof.client import Client, ServiceError
from anchorproof.jobs.tasks import LOAD
from anchorproof.types import JobState
from tests.integration.conftest import Running, begun, start_server, wait_until
from tests.integration.test_worker import SERVE, WORK, process
from tests.media_samples import tone, write_clip
from tests.scraping import Scraped, scrape

LISTEN = {"listen": "127.0.0.1:0"}
#: Unmistakable wherever they turn up.
ANCHOR, CLIP, WHO = "Zebedee Quillfeather", "grapefruit-interview.mp4", "client-of-the-lighthouse"


@pytest.fixture(scope="module")
def analysed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Scraped, int]]:
    """The metrics after one analysis with the networks as installed; and the clip's bytes."""
    clip = write_clip(tmp_path_factory.mktemp("media") / CLIP, 1.5, sound=tone(440))
    with (
        start_server(tmp_path_factory.mktemp("data"), load=LOAD, metrics=LISTEN) as running,
        Client(running.target, client_id=WHO) as client,
    ):
        client.create_anchor(ANCHOR)
        with pytest.raises(ServiceError, match="no anchor"):
            client.get_anchor("nobody")
        client.analyze(clip)
        client.upload(clip)
        _call_unknown(running.target)
        yield scrape(running.metrics), clip.stat().st_size


def _call_unknown(target: str) -> None:
    with grpc.insecure_channel(target) as channel, pytest.raises(grpc.RpcError):
        channel.unary_unary("/anchorproof.v1.JobService/Grapefruit")(b"", timeout=10)


def test_calls_are_counted_by_method_and_code(analysed: tuple[Scraped, int]) -> None:
    read, _ = analysed
    registry = "anchorproof.v1.RegistryService"
    assert read.value("anchorproof_rpcs_total", service=registry, method="CreateAnchor", code="OK") == 1
    assert read.value("anchorproof_rpcs_total", service=registry, method="GetAnchor", code="NOT_FOUND") == 1
    assert read.value("anchorproof_rpcs_total", method="AnalyzeClip", code="OK") == 1
    assert read.value("anchorproof_rpcs_total", method="WriteUpload", code="OK") == 1
    assert read.value("anchorproof_rpcs_total", method="unknown", code="UNIMPLEMENTED") == 1
    assert read.value("anchorproof_rpc_seconds_count", method="AnalyzeClip") == 1
    assert read.value("anchorproof_rpc_seconds_sum", method="AnalyzeClip") > 0.1
    assert read.value("anchorproof_rpcs_open") == 0


def test_bytes_are_counted_as_they_arrived(analysed: tuple[Scraped, int]) -> None:
    read, size_bytes = analysed
    assert read.value("anchorproof_upload_bytes_total", way="call") == size_bytes
    assert read.value("anchorproof_upload_bytes_total", way="resumable") == size_bytes


def test_analysis_shows_in_steps_networks_and_verdicts(analysed: tuple[Scraped, int]) -> None:
    read, _ = analysed
    assert read.value("anchorproof_verdicts_total", decision="inconclusive") == 1
    assert read.value("anchorproof_jobs_ended_total", state="succeeded") == 1
    assert read.value("anchorproof_jobs_ended_total") == 1
    assert read.value("anchorproof_job_wait_seconds_count") == 1
    assert read.value("anchorproof_analysed_clip_seconds_total") == pytest.approx(1.5, abs=0.2)
    steps = read.labels("anchorproof_step_seconds_count", "step")
    assert {"inspect", "faces", "audio", "verdict"} <= steps
    assert read.value("anchorproof_step_seconds_sum") <= read.value("anchorproof_analysis_seconds_sum")
    ran = read.labels("anchorproof_model_runs_total", "model")
    assert {"silero-vad-1", "mtcnn-pnet-1"} <= ran <= read.labels("anchorproof_model_info", "model")
    assert 0 < read.value("anchorproof_model_run_seconds_total") < read.value("anchorproof_analysis_seconds_sum")
    assert read.value("anchorproof_unassessed_total", source="visual") == 1


def test_state_is_looked_up(analysed: tuple[Scraped, int]) -> None:
    read, _ = analysed
    assert read.value("anchorproof_queue_up") == 1
    assert read.value("anchorproof_queue_jobs") == 0
    assert read.value("anchorproof_workers", state="idle") == 1
    assert read.value("anchorproof_worker_starts_total") == 1
    assert read.value("anchorproof_workers_resident_bytes") > 50e6
    assert read.value("anchorproof_disk_size_bytes", place="data") > read.value("anchorproof_disk_free_bytes") > 0
    assert read.value("anchorproof_build_info") == 1
    assert read.value("process_resident_memory_bytes") > 0


def test_nothing_of_clips_or_clients_is_read(analysed: tuple[Scraped, int]) -> None:
    read, _ = analysed
    for word in (*ANCHOR.split(), *CLIP.split("-"), "lighthouse", "Grapefruit", "nobody"):
        assert word.lower() not in read.text.lower()


def test_queue_and_lost_workers_show(tmp_path: Path, clip: Path) -> None:
    with start_server(tmp_path, metrics=LISTEN) as running, Client(running.target) as client:
        held = client.submit(clip, "hold")
        wait_until(lambda: begun(running) == ["hold"])
        waiting = client.submit(clip, "waits")
        read = scrape(running.metrics)
        assert read.value("anchorproof_queue_jobs", state="running") == 1
        assert read.value("anchorproof_queue_jobs", state="queued") == 1
        assert read.value("anchorproof_queue_oldest_seconds") > 0
        assert read.value("anchorproof_workers", state="busy") == 1
        (running.settings.data_dir / "release").touch()
        for job in (held, waiting):
            client.wait_for_job(job.job_id)
        with pytest.raises(ServiceError):
            client.wait_for_job(client.submit(clip, "die").job_id)
        read = scrape(running.metrics)
        assert read.value("anchorproof_worker_losses_total", cause="died") == 2
        assert read.value("anchorproof_worker_losses_total") == 2
        assert read.value("anchorproof_jobs_put_back_total", cause="crashed") == 1
        assert read.value("anchorproof_jobs_ended_total", state="dead") == 1
        assert read.value("anchorproof_job_failures_total", reason="ANALYSIS_FAILED") == 1
        wait_until(lambda: scrape(running.metrics).value("anchorproof_worker_starts_total") == 3)


def test_machine_of_workers_shows_its_own(tmp_path: Path, clip: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, own = tmp_path / "data", {"ANCHORPROOF_METRICS__LISTEN": f"127.0.0.1:{port}"}
    with (
        process(tmp_path, WORK, data, own) as (says, _),
        process(tmp_path, SERVE, data, {}) as (server_port, _),
        Client(f"127.0.0.1:{server_port}") as client,
    ):
        assert says == "works"
        held = [client.submit(clip, "hold") for _ in range(2)]  # the server has one worker, so one of them is here
        wait_until(lambda: all(client.get_job(job.job_id).state is JobState.RUNNING for job in held))
        (data / "release").touch()
        for job in held:
            client.wait_for_job(job.job_id)
        read = scrape(f"http://127.0.0.1:{port}/metrics")
        assert read.value("anchorproof_jobs_ended_total", state="succeeded") == 1
        assert read.value("anchorproof_queue_up") == 1
        assert read.value("anchorproof_rpcs_total") == 0


def test_nothing_is_shown_unless_asked(server: Running) -> None:
    assert server.metrics == ""
