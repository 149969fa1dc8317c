"""The real server in a process of its own, on a free port of the loopback address."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from anchorproof.client import Client

START_TIMEOUT_S = 120.0
STOP_TIMEOUT_S = 60.0


@dataclass(frozen=True, slots=True)
class RunningServer:
    """Where a server listens, and its process id."""

    address: str
    pid: int


@contextlib.contextmanager
def running_server(data_dir: Path, console: Console) -> Iterator[RunningServer]:
    """Start ``anchorproof serve`` with its stores in ``data_dir``; its log lies beside; ended on leaving.

    Raises:
        RuntimeError: it did not come up; the message ends with what it said.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    address = f"127.0.0.1:{_free_port()}"
    log = data_dir.parent / "server.log"
    command = [sys.executable, "-m", "anchorproof.cli", "--data-dir", str(data_dir), "serve", "--listen", address]
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT)
    try:
        with console.status("Starting the server ..."):
            _wait_until_serving(address, process, log)
        yield RunningServer(address, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=STOP_TIMEOUT_S)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_serving(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    with Client(address) as client:
        while not client.is_serving():
            if process.poll() is not None or time.monotonic() > deadline:
                said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
                raise RuntimeError(f"the server did not start; it said:\n{said}")
            time.sleep(0.2)
