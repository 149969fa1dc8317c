"""The measurements, each on a server of its own."""

from __future__ import annotations

import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import psutil

from anchorproof.client import Client
from anchorproof.types import Job, JobState
from benchmarks.chaos.clients import random_clip
from benchmarks.chaos.server import Server
from benchmarks.load.clients import ask, in_processes, offer, parts, states, upload

MEBIBYTE = 1024**2


@contextmanager
def serving(analysis_s: float, **settings: object) -> Iterator[Server]:
    environment = {f"ANCHORPROOF_{name.upper()}": str(value) for name, value in settings.items()}
    with tempfile.TemporaryDirectory(prefix="anchorproof-load-") as folder:
        server = Server(Path(folder) / "data", environment, analysis_s)
        server.start()
        try:
            yield server
        finally:
            if psutil.pid_exists(server.pid):
                server.stop()


class Resident:
    """Memory of the gRPC process, looked at all the while."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self.mib: list[float] = []

    def __enter__(self) -> Resident:
        self.before_mib = self._now()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _now(self) -> float:
        return float(self._process.memory_info().rss) / MEBIBYTE

    def _watch(self) -> None:
        while not self._stop.wait(0.2):
            self.mib.append(self._now())


def questions(clients: int, seconds: float, pause_s: float, processes: int = 1) -> dict[str, Any]:
    """How long the service takes to say how a job or an upload is.

    Args:
        processes: of the clients together. More than the machine has cores to spare take the server's away from it.
    """
    with serving(0.2) as server:
        job, upload_id = _one_job(server.target)
        names = (f"operations/{job.job_id}", f"uploads/{upload_id}")
        cpu = _cpu_s(server.pid)
        begun = time.monotonic()
        took = in_processes(ask, parts(server.target, clients, seconds, processes, names=names, pause_s=pause_s))
        wall_s, cpu_s = time.monotonic() - begun, _cpu_s(server.pid) - cpu
    p50, p99 = np.percentile(np.array(took) * 1e3, [50, 99])
    return {
        "clients": clients,
        "client_processes": processes,
        "pause_ms": pause_s * 1e3,
        "questions": len(took),
        "per_s": round(len(took) / seconds),
        "p50_ms": round(float(p50), 2),
        "p99_ms": round(float(p99), 2),
        "server_cpu_ms_per_question": round(cpu_s / len(took) * 1e3, 3),
        "wall_s": round(wall_s, 1),
    }


def uploads(clients: int, size_mib: int) -> dict[str, Any]:
    """Bytes per second of all uploads together, and what a stream costs in memory."""
    with serving(0.2, uploads__limit_per_client=1000) as server:
        cpu = _cpu_s(server.pid)
        with Resident(server.pid) as resident:
            done = in_processes(upload, parts(server.target, clients, 0.0, size_bytes=size_mib * MEBIBYTE))
        cpu_s = _cpu_s(server.pid) - cpu
    first, last = min(begun for _, begun, _ in done), max(ended for _, _, ended in done)
    total_mib = sum(size for size, _, _ in done) / MEBIBYTE
    growth = max(resident.mib) - resident.before_mib
    return {
        "clients": clients,
        "mib_each": size_mib,
        "mib_per_s": round(total_mib / (last - first), 1),
        "server_cpu_s_per_gib": round(cpu_s / total_mib * 1024, 2),
        "resident_before_mib": round(resident.before_mib),
        "resident_most_mib": round(max(resident.mib)),
        "growth_per_stream_mib": round(growth / clients, 2),
    }


def overload(clients: int, seconds: float, analysis_s: float, workers: int = 2, queued: int = 50) -> dict[str, Any]:
    """Twice as much work offered as is done with a queue that is merely full; what is turned away, and how."""
    settings = {"queue__limit_queued": queued, "server__workers": workers}
    with serving(analysis_s, **settings) as server:
        nominal = workers / analysis_s
        calm = min(30.0, seconds)
        at_capacity, _, _ = _offered(server, clients, calm, nominal * 1.1)
        twice, codes, resident = _offered(server, clients, seconds, 2 * at_capacity)
        found = states(server.target)
    half = len(resident.mib) // 2
    return {
        "clients": clients,
        "seconds": seconds,
        "workers": workers,
        "analysis_s": analysis_s,
        "capacity_per_s": round(at_capacity, 3),
        "offered_per_s": round(codes.total() / seconds, 3),
        "answers": dict(codes),
        "done_per_s": round(twice, 3),
        "done_of_capacity": round(twice / at_capacity, 3),
        "jobs_by_state": {state.value: count for state, count in found.items()},
        "resident_first_half_mib": round(float(np.mean(resident.mib[:half])), 1),
        "resident_second_half_mib": round(float(np.mean(resident.mib[half:])), 1),
    }


def _offered(server: Server, clients: int, seconds: float, per_s: float) -> tuple[float, Counter[str], Resident]:
    """Jobs done per second while so many are offered; what the offers were answered; memory meanwhile."""
    with Resident(server.pid) as resident:
        answers = in_processes(offer, parts(server.target, clients, seconds, pause_s=clients / per_s))
    first, last = min(at for _, at in answers), max(at for _, at in answers)
    with Client(server.target) as client:
        client.patience_s = 60.0
        ends = [job.end_time.timestamp() for job in client.jobs(JobState.SUCCEEDED) if job.end_time]
    settled = first + 0.2 * (last - first)  # until the queue is filled
    done = sum(settled <= end <= last for end in ends)
    return done / (last - settled), Counter(code for code, _ in answers), resident


def cancels(count: int) -> dict[str, Any]:
    """Seconds from the call to the moment at which the worker has begun another job."""
    took = []
    with serving(60.0, server__workers=1) as server, Client(server.target) as client:
        for number in range(count):
            running, waiting = (_submit(client, server, f"{number}-{which}") for which in "ab")
            _until(lambda job=running: client.get_job(job.job_id).state is JobState.RUNNING)
            time.sleep(0.7)
            begun = time.monotonic()
            client.cancel_job(running.job_id)
            _until(lambda job=waiting: client.get_job(job.job_id).state is JobState.RUNNING)
            took.append(time.monotonic() - begun)
            client.cancel_job(waiting.job_id)
            _until(lambda job=waiting: client.get_job(job.job_id).state.is_final)
    return {"cancels": count, "median_s": round(float(np.median(took)), 2), "most_s": round(max(took), 2)}


def drains(count: int, clients: int) -> dict[str, Any]:
    """Seconds that SIGTERM takes while jobs run that would take much longer, and clients watch them."""
    took, states_after = [], []
    for _ in range(count):
        with serving(120.0) as server:
            with Client(server.target) as client:
                jobs = [_submit(client, server, str(number)) for number in range(4)]
                _until(lambda: client.get_job(jobs[0].job_id).state is JobState.RUNNING)  # noqa: B023
            watchers = [
                threading.Thread(target=_watch, args=(server.target, jobs[0].job_id), daemon=True)
                for _ in range(clients)
            ]
            for watcher in watchers:
                watcher.start()
            time.sleep(1)
            took.append(server.stop())
            server.start()
            with Client(server.target) as client:
                states_after.append([client.get_job(job.job_id).state.value for job in jobs])
    kept = all(state in ("queued", "running") for states in states_after for state in states)
    return {"stops": count, "watchers": clients, "most_s": round(max(took), 2), "no_job_lost": kept}


def _watch(target: str, job_id: str) -> None:
    with Client(target) as client:
        client.patience_s = 0.0
        try:
            for _ in client.watch_job(job_id):
                pass
        except Exception:
            return  # the server was stopped


def _one_job(target: str) -> tuple[Job, str]:
    """A job that has ended, and the name of an upload that has not."""
    with Client(target) as client, tempfile.TemporaryDirectory() as folder:
        clip = random_clip(Path(folder) / "clip.wav", Random(1), 200_000)
        job = client.submit(clip)
        client.wait_for_job(job.job_id)
        return job, client.upload(clip).upload_id


def _submit(client: Client, server: Server, name: str) -> Job:
    clip = random_clip(server.data_dir.parent / f"{name}.wav", Random(name), 100_000)
    return client.submit(clip)


def _until(is_true: Any, limit: timedelta = timedelta(seconds=60)) -> None:
    end = time.monotonic() + limit.total_seconds()
    while not is_true():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain")
        time.sleep(0.02)


def _cpu_s(pid: int) -> float:
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)
