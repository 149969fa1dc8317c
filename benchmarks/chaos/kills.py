"""Random ``kill -9`` of the server and of its workers while clients upload, submit and wait."""

from __future__ import annotations

import contextlib
import random
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

from anchorproof.client import Client
from benchmarks.chaos.check import compare, integrity, is_clean, leftovers, settle
from benchmarks.chaos.clients import PATIENCE_S, Acknowledged, send
from benchmarks.chaos.server import Server

#: Nobody is to blame for these kills, so no clip is given up for them.
ENVIRONMENT = {
    "ANCHORPROOF_QUEUE__LIMIT_CRASHES": "100000",
    "ANCHORPROOF_QUEUE__LIMIT_LOSSES": "100000",
    "ANCHORPROOF_UPLOADS__COMMIT_BYTES": str(256 * 1024),
}


def run_kills(
    kills: int, limit_s: float, clients: int, seed: int, server_share: float, workers: int, load: str
) -> dict[str, Any]:
    """Kill so often, or for so long; then let everything end, and count.

    Args:
        load: what the workers load.
        server_share: of the kills that meet the server, its workers with it; the others meet one worker.
    """
    chance = random.Random(seed)
    noted, stop = Acknowledged(), threading.Event()
    done: Counter[str] = Counter()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="anchorproof-chaos-") as folder:
        environment = ENVIRONMENT | {"ANCHORPROOF_SERVER__WORKERS": str(workers)}
        server = Server(Path(folder) / "data", environment, 0.5, load)
        server.start()
        threads = [
            threading.Thread(target=send, args=(server.target, number, seed, Path(folder), noted, stop))
            for number in range(clients)
        ]
        for thread in threads:
            thread.start()
        starts: list[float] = []
        try:
            while done.total() < kills and time.monotonic() - begun < limit_s:
                time.sleep(chance.uniform(0.05, 1.0))
                if chance.random() < server_share:
                    server.kill()
                    done["server"] += 1
                    starts.append(server.start())
                elif found := server.workers():
                    with contextlib.suppress(psutil.NoSuchProcess):
                        chance.choice(found).kill()
                        done["worker"] += 1
                _tell(done, noted, begun)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        with Client(server.target) as client:
            client.patience_s = PATIENCE_S
            settle(client, noted)
            kept = compare(client, noted)
        drain_s = server.stop()
        results: dict[str, Any] = {
            "kills": dict(done),
            "load": load,
            "seed": seed,
            "clients": clients,
            "workers": workers,
            "wall_s": round(time.monotonic() - begun, 1),
            "median_restart_s": round(sorted(starts)[len(starts) // 2], 1) if starts else None,
            "stop_s": round(drain_s, 1),
            "kept": kept,
            "integrity": integrity(server.data_dir),
            "leftovers": leftovers(server.data_dir),
        }
    return results | {"is_clean": is_clean(results)}


def _tell(done: Counter[str], noted: Acknowledged, begun: float) -> None:
    if done.total() % 25 == 0:
        print(
            f"{time.monotonic() - begun:6.0f} s: {done['server']} servers and {done['worker']} workers killed, "
            f"{len(noted.jobs)} jobs acknowledged, {len(noted.faults)} faults",
            flush=True,
        )
