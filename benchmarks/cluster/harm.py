"""``kill -9`` of machines and front ends and restarts of the database, while clients upload, submit and wait."""

from __future__ import annotations

import random
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.client import Client
from benchmarks.chaos import workshop
from benchmarks.chaos.check import compare, is_clean, settle
from benchmarks.chaos.clients import PATIENCE_S, Acknowledged, Sender, sending
from benchmarks.chaos.running import PATIENT
from benchmarks.cluster.machines import Cluster, cluster

#: Whoever starts what died (systemd, an orchestrator) takes so long to notice.
_NOTICE_S = 1.0


@dataclass(frozen=True)
class Plan:
    """How often what is harmed; ``restarts`` are the database's, every second one as in a crash."""

    machine_kills: int = 12
    front_end_kills: int = 6
    restarts: int = 4
    machines: int = 4
    clients: int = 6
    longest_away_s: float = 8.0
    seed: int = 1


def run_harm(plan: Plan, folder: Path | None = None) -> dict[str, Any]:
    """Harm in a random order; then one front end stays dead, and the other is asked for everything promised."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-harm-", dir=folder) as name:
        noted, stop, begun = Acknowledged(), threading.Event(), time.monotonic()
        settings = PATIENT | {"ANCHORPROOF_QUEUE__LEASE_S": "6"}
        with cluster(Path(name), plan.machines, workshop.LOAD, 0.3, **settings) as machines:
            for machine in machines.machines:
                machine.start()
            senders = [
                Sender(machines.target(number), number, plan.seed, Path(name), has_one_disk=False)
                for number in range(plan.clients)
            ]
            threads = sending(senders, noted, stop)
            try:
                _harm(machines, plan, noted)
            finally:
                stop.set()
                for thread in threads:
                    thread.join()
            machines.front_ends[0].kill()
            with Client(machines.front_ends[1].target) as client:
                client.patience_s = PATIENCE_S
                settle(client, noted)
                kept = compare(client, noted)
            results: dict[str, Any] = {
                "done": dict(noted.kills),
                "front_ends": 2,
                "machines": plan.machines,
                "clients": plan.clients,
                "seed": plan.seed,
                "wall_s": round(time.monotonic() - begun, 1),
                "refused": dict(noted.refused),
                "kept": kept,
                "integrity": {"postgresql": machines.database.check()},
            }
    return results | {"is_clean": is_clean(results)}


def _harm(machines: Cluster, plan: Plan, noted: Acknowledged) -> None:
    chance = random.Random(plan.seed)
    turns = ["machine"] * plan.machine_kills + ["front end"] * plan.front_end_kills + ["database"] * plan.restarts
    chance.shuffle(turns)
    for turn in turns:
        time.sleep(chance.uniform(0.5, 4))
        if turn == "machine":
            machine = chance.choice(machines.machines)
            machine.kill()
            time.sleep(_NOTICE_S)
            machine.start()
        elif turn == "front end":
            server = chance.choice(machines.front_ends)
            server.kill()
            time.sleep(_NOTICE_S + chance.uniform(0, 3))
            server.start()
        else:
            mode = "immediate" if noted.kills[turn] % 2 == 0 else "fast"
            machines.database.restart(chance.uniform(0.5, plan.longest_away_s), mode)
        noted.kill(turn)
        print(f"{dict(noted.kills)}, {len(noted.jobs)} jobs acknowledged, {len(noted.faults)} faults", flush=True)
    time.sleep(3)
