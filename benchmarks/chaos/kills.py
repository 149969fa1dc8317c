"""Random ``kill -9`` of the server and of its workers while clients upload, submit and wait."""

from __future__ import annotations

import contextlib
import random
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from anchorproof.client import Client
from anchorproof.jobs import tasks
from benchmarks.chaos import newscast
from benchmarks.chaos.check import compare, integrity, is_clean, leftovers, settle
from benchmarks.chaos.clients import PATIENCE_S, Acknowledged, Sender, sending
from benchmarks.chaos.server import Server

#: Nobody is to blame for these kills, so no clip is given up for them.
ENVIRONMENT = {
    "ANCHORPROOF_QUEUE__LIMIT_CRASHES": "100000",
    "ANCHORPROOF_QUEUE__LIMIT_LOSSES": "100000",
    "ANCHORPROOF_UPLOADS__COMMIT_BYTES": str(256 * 1024),
}


@dataclass(frozen=True)
class Plan:
    """What is killed, how often, and while what is done.

    ``server_share`` of the kills meet the server, its workers with it; the others meet one worker. ``load`` is what the
    workers load, ``pause_s`` the longest time between kills, ``clip`` an MP4 that clients send copies of (None: noise,
    or a newscast for workers with all networks).
    """

    kills: int
    limit_s: float
    clients: int
    workers: int
    server_share: float
    seed: int
    load: str
    pause_s: float = 1.0
    clip: Path | None = None


def run_kills(plan: Plan, folder: Path | None = None) -> dict[str, Any]:
    """Kill so often, or for so long; then let everything end, and count.

    Args:
        folder: where data, journal and log stay. A run that was ended there is gone on with: its kills count, and what
            was acknowledged then is asked for now. None: nothing stays.
    """
    with contextlib.ExitStack() as stack:
        if folder is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="anchorproof-chaos-")))
        folder.mkdir(parents=True, exist_ok=True)
        noted = Acknowledged.read_back(folder / "journal.jsonl")
        begun = time.monotonic()
        environment = ENVIRONMENT | {"ANCHORPROOF_SERVER__WORKERS": str(plan.workers)}
        server = Server(folder / "data", environment, 0.5, plan.load)
        server.start()
        clip = plan.clip or (newscast.write(folder / "newscast.mp4") if plan.load == tasks.LOAD else None)
        starts = _harm(server, plan, noted, folder, clip)
        with Client(server.target) as client:
            client.patience_s = PATIENCE_S
            settle(client, noted)
            kept = compare(client, noted)
        drain_s = server.stop()
        results: dict[str, Any] = {
            "kills": dict(noted.kills),
            "load": plan.load,
            "clip": "noise" if clip is None else clip.name,
            "seed": plan.seed,
            "clients": plan.clients,
            "workers": plan.workers,
            "longest_pause_s": plan.pause_s,
            "starts_of_the_bench": noted.life,
            "wall_s": round(time.monotonic() - begun, 1),
            "median_restart_s": round(sorted(starts)[len(starts) // 2], 1) if starts else None,
            "stop_s": round(drain_s, 1),
            "kept": kept,
            "integrity": integrity(server.data_dir),
            "leftovers": leftovers(server.data_dir),
        }
    return results | {"is_clean": is_clean(results)}


def _harm(server: Server, plan: Plan, noted: Acknowledged, folder: Path, clip: Path | None) -> list[float]:
    """Kill while clients work; seconds that each start of the server took."""
    chance, stop, starts = random.Random(f"{plan.seed} {noted.life}"), threading.Event(), []
    senders = [Sender(server.target, number, plan.seed, folder, clip) for number in range(plan.clients)]
    begun, told = time.monotonic(), Counter[str]()
    threads = sending(senders, noted, stop)
    try:
        while noted.kills.total() < plan.kills and time.monotonic() - begun < plan.limit_s:
            time.sleep(chance.uniform(0.05, plan.pause_s))
            if chance.random() < plan.server_share:
                server.kill()
                noted.kill("server")
                starts.append(server.start())
            elif found := server.workers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    chance.choice(found).kill()
                    noted.kill("worker")
            if noted.kills.total() >= told.total() + 25:
                told = Counter(noted.kills)
                _tell(noted, begun)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    return starts


def _tell(noted: Acknowledged, begun: float) -> None:
    print(
        f"{time.monotonic() - begun:6.0f} s: {noted.kills['server']} servers and {noted.kills['worker']} workers "
        f"killed, {len(noted.jobs)} jobs acknowledged, {len(noted.faults)} faults",
        flush=True,
    )
