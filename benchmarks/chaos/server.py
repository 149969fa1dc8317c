"""A server in a process of its own, that can be killed and started again on the same data and port.

Run as ``python -m benchmarks.chaos.server LOAD``, it serves with what the environment says.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

from anchorproof.client import Client
from benchmarks.chaos.workshop import ANALYSIS_S, LOAD

#: The checkout, which ``python -m`` finds the bench in.
ROOT = Path(__file__).resolve().parents[2]
START_LIMIT_S = 240.0


class Server:
    """Where it listens stays the same over all its lives.

    Args:
        environment: settings, as ``ANCHORPROOF_*`` variables.
    """

    def __init__(self, data_dir: Path, environment: dict[str, str], analysis_s: float, load: str = LOAD) -> None:
        self.data_dir = data_dir
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.target = f"127.0.0.1:{probe.getsockname()[1]}"
        self._load = load
        self._environment = os.environ | {
            "ANCHORPROOF_DATA_DIR": str(data_dir),
            "ANCHORPROOF_SERVER__LISTEN": self.target,
            ANALYSIS_S: str(analysis_s),
            "OMP_NUM_THREADS": "1",
            **environment,
        }
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> float:
        """Seconds until it served. Raises RuntimeError when it does not come up."""
        begun = time.monotonic()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        with (self.data_dir.parent / f"{self.data_dir.name}.log").open("ab") as log:
            command = [sys.executable, "-m", "benchmarks.chaos.server", self._load]
            self._process = subprocess.Popen(
                command, env=self._environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=log, stderr=log
            )
        with Client(self.target, timeout_s=2.0) as client:
            while not client.is_serving():
                if self._process.poll() is not None or time.monotonic() > begun + START_LIMIT_S:
                    raise RuntimeError(f"the server did not start; see {log.name}")
                time.sleep(0.1)
        return time.monotonic() - begun

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()
        self._ended()

    def stop(self) -> float:
        """Seconds that SIGTERM took."""
        assert self._process is not None
        begun = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        self._ended()
        return time.monotonic() - begun

    def _ended(self) -> None:
        assert self._process is not None
        self._process.wait(60)
        if self._process.stdin is not None:
            self._process.stdin.close()

    def workers(self) -> list[psutil.Process]:
        """Its worker processes, without the decoding children and Python's own helper."""
        try:
            children = psutil.Process(self.pid).children()
            return [child for child in children if "spawn_main" in " ".join(child.cmdline())]
        except psutil.NoSuchProcess:
            return []


def main() -> None:
    from anchorproof.api.server import serve
    from anchorproof.settings import Settings

    threading.Thread(target=end_with_bench, daemon=True).start()
    asyncio.run(serve(Settings(), load=sys.argv[1]))


def end_with_bench() -> None:
    """Standard input ends when the bench is gone, however it went: nothing of it stays behind."""
    with contextlib.suppress(OSError):
        while os.read(0, 1):
            pass
    os._exit(1)


if __name__ == "__main__":
    main()
