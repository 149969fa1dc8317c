"""One server in trouble while clients upload, submit and wait; then everything ends, and is counted."""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from anchorproof.client import Client
from benchmarks.chaos.check import compare, integrity, is_clean, leftovers, settle
from benchmarks.chaos.clients import PATIENCE_S, Acknowledged, Sender, sending
from benchmarks.chaos.server import Server

Trouble = Callable[[Server], dict[str, Any]]

#: No clip is given up for what is done to its workers here.
PATIENT = {"ANCHORPROOF_QUEUE__LIMIT_CRASHES": "100000", "ANCHORPROOF_QUEUE__LIMIT_LOSSES": "100000"}


def run(
    data_dir: Path,
    settings: dict[str, str],
    trouble: Trouble,
    clients: int,
    seed: int,
    check: Callable[[Path], dict[str, str]] = integrity,
) -> dict[str, Any]:
    """Make the trouble; say what it was, and what the service has of what it had acknowledged.

    Args:
        settings: ``ANCHORPROOF_*`` variables, and others for the server's process.
        check: what the databases' own checks say of them in the end, by name.
    """
    noted, stop = Acknowledged(), threading.Event()
    begun = time.monotonic()
    server = Server(data_dir, settings | {"ANCHORPROOF_SERVER__WORKERS": "2"}, 0.5)
    server.start()
    with tempfile.TemporaryDirectory(prefix="anchorproof-clips-") as clips:
        senders = [Sender(server.target, number, seed, Path(clips)) for number in range(clients)]
        threads = sending(senders, noted, stop)
        try:
            what = trouble(server)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
    with Client(server.target) as client:
        client.patience_s = PATIENCE_S
        settle(client, noted)
        kept = compare(client, noted)
    server.stop()
    results: dict[str, Any] = {
        "trouble": what,
        "seed": seed,
        "clients": clients,
        "wall_s": round(time.monotonic() - begun, 1),
        "refused": dict(noted.refused),
        "kept": kept,
        "integrity": check(data_dir),
        "leftovers": leftovers(data_dir),
    }
    return results | {"is_clean": is_clean(results)}
