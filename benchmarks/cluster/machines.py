"""The machines of a small cluster, each a process with a data folder of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chaos.database import Postgres
from benchmarks.chaos.server import ROOT, Server
from benchmarks.chaos.workshop import ANALYSIS_S
from benchmarks.cluster.worker import WORKS

_LIMIT_S = 120.0


class Machine:
    """A machine of one worker, which can be killed and started again.

    Args:
        environment: settings, as ``ANCHORPROOF_*`` variables.
    """

    def __init__(self, data_dir: Path, environment: dict[str, str], load: str) -> None:
        self._data_dir = data_dir
        self._load = load
        self._environment = os.environ | {"ANCHORPROOF_DATA_DIR": str(data_dir), "OMP_NUM_THREADS": "1", **environment}
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when it takes jobs. Raises RuntimeError when it does not come up."""
        self._data_dir.mkdir(parents=True, exist_ok=True)
        with (self._data_dir.parent / f"{self._data_dir.name}.log").open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "benchmarks.cluster.worker", self._load],
                env=self._environment,
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout is not None
        if self._process.stdout.readline().decode().strip() != WORKS:
            raise RuntimeError(f"a machine of workers did not start; see {log.name}")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._end()

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._end()

    def _end(self) -> None:
        assert self._process is not None
        self._process.wait(_LIMIT_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None


@dataclass(frozen=True)
class Cluster:
    """Two front ends that analyse nothing themselves, and machines that do."""

    folder: Path
    database: Postgres
    front_ends: tuple[Server, Server]
    machines: tuple[Machine, ...]

    def target(self, first: int) -> str:
        """Both front ends for a client, which begins with one and goes on with the other when that one is gone."""
        order = (self.front_ends[first % 2], self.front_ends[1 - first % 2])
        return "ipv4:" + ",".join(server.target for server in order)


@contextlib.contextmanager
def cluster(folder: Path, machines: int, load: str, analysis_s: float, **settings: str) -> Iterator[Cluster]:
    """The front ends serve when this is entered; the machines are still to be started."""
    with Postgres() as database:
        shared = {
            "ANCHORPROOF_DATABASE_URL": database.url,
            "ANCHORPROOF_CLIPS_URL": (folder / "clips").as_uri(),
            "ANCHORPROOF_REGISTRY_KEY_FILE": str(folder / "registry.key"),
            "ANCHORPROOF_SERVER__WORKERS": "1",
            "ANCHORPROOF_SERVER__TAKES_JOBS": "false",
            **settings,
        }
        names = ("front-end-1", "front-end-2")
        front_ends = tuple(Server(folder / name, shared, analysis_s, load) for name in names)
        held = shared | {ANALYSIS_S: str(analysis_s)}
        made = tuple(Machine(folder / f"machine-{number}", held, load) for number in range(1, machines + 1))
        for server in front_ends:
            server.start()
        try:
            yield Cluster(folder, database, (front_ends[0], front_ends[1]), made)
        finally:
            for machine in made:
                machine.kill()
            for server in front_ends:
                server.kill()


def wait_until(is_true: Callable[[], bool], limit_s: float) -> None:
    """Raises RuntimeError when it does not become true."""
    end = time.monotonic() + limit_s
    while not is_true():
        if time.monotonic() > end:
            raise RuntimeError("waited in vain")
        time.sleep(0.1)
