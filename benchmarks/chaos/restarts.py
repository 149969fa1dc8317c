"""The PostgreSQL server that a service stands on goes away, again and again, while clients upload, submit and wait."""

from __future__ import annotations

import random
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.database import Postgres
from benchmarks.chaos.running import PATIENT, run
from benchmarks.chaos.server import Server

#: Long enough for leases to be renewed too late, and for clients to try again more than once.
_LONGEST_AWAY_S = 12.0


def restarted(restarts: int, clients: int, seed: int) -> dict[str, Any]:
    """Every second time as in a crash, the others as an operator restarts it; away for up to ``_LONGEST_AWAY_S``."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="anchorproof-restarts-") as folder, Postgres() as database:
        settings = {
            "ANCHORPROOF_DATABASE_URL": database.url,
            "ANCHORPROOF_CLIPS_URL": (Path(folder) / "clips").as_uri(),
            "ANCHORPROOF_QUEUE__LEASE_S": "8",
        }

        def restart(_: Server) -> dict[str, Any]:
            away: list[float] = []
            for turn in range(restarts):
                time.sleep(chance.uniform(3, 8))
                away.append(chance.uniform(0.5, _LONGEST_AWAY_S))
                database.restart(away[-1], "immediate" if turn % 2 else "fast")
            time.sleep(5)
            return {"restarts": restarts, "of_them_as_crashes": restarts // 2, "away_s": round(sum(away), 1)}

        return run(
            Path(folder) / "data",
            settings | PATIENT,
            restart,
            clients,
            seed,
            lambda _: {"postgresql": database.check()},
        )
