"""Full disks, stopped processes and a bucket that goes away, while clients upload, submit and wait."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import psutil
from obstore.store import from_url

from benchmarks.chaos.running import PATIENT, run
from benchmarks.chaos.server import Server


def full_disk(seconds: float, clients: int, seed: int) -> dict[str, Any]:
    """The data folder is a file system of 192 MiB of memory, which clips and a ballast fill; then the ballast goes.

    Needs the right to mount.
    """
    with tempfile.TemporaryDirectory(prefix="anchorproof-full-") as folder:
        small = Path(folder) / "small"
        small.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=192m", "tmpfs", str(small)], check=True)
        try:
            settings = {"ANCHORPROOF_UPLOADS__SPARE_DISK_BYTES": "0", "ANCHORPROOF_QUEUE__SPARE_MEMORY_BYTES": "0"}

            def fill(_: Server) -> dict[str, Any]:
                time.sleep(seconds / 3)
                ballast = small / "ballast"
                full_for_s, least, end = 0.0, 2**63, time.monotonic() + seconds / 3
                with ballast.open("wb", buffering=0) as file:
                    while time.monotonic() < end:  # whatever becomes free is taken again
                        try:
                            file.write(b"x" * 4096)
                        except OSError:
                            full_for_s += 0.005
                            least = min(least, os.statvfs(small).f_bavail)
                            time.sleep(0.005)
                ballast.unlink()
                time.sleep(seconds / 3)
                return {"seconds_without_room": round(full_for_s, 1), "least_free_blocks": least}

            # Clips of earlier jobs go at once, so that room comes back.
            settings |= {"ANCHORPROOF_QUEUE__KEEP_FLAGGED_CLIPS_DAYS": "0"}
            return run(small / "data", settings | PATIENT, fill, clients, seed)
        finally:
            subprocess.run(["umount", "-l", str(small)], check=True)


def frozen(stops: int, clients: int, seed: int) -> dict[str, Any]:
    """Workers are stopped (SIGSTOP), and once the whole server for longer than its leases last."""
    chance = random.Random(seed)
    settings = {"ANCHORPROOF_SERVER__HANG_S": "3", "ANCHORPROOF_QUEUE__LEASE_S": "5", "ANCHORPROOF_QUEUE__RENEW_S": "1"}

    def stop(server: Server) -> dict[str, Any]:
        done = 0
        while done < stops:
            time.sleep(chance.uniform(1, 3))
            if found := server.workers():
                with contextlib.suppress(psutil.NoSuchProcess):
                    chance.choice(found).suspend()
                    done += 1
        os.kill(server.pid, signal.SIGSTOP)
        time.sleep(12)
        os.kill(server.pid, signal.SIGCONT)
        time.sleep(5)
        return {"workers_stopped": done, "server_stopped_s": 12}

    with tempfile.TemporaryDirectory(prefix="anchorproof-frozen-") as folder:
        return run(Path(folder) / "data", settings | PATIENT, stop, clients, seed)


def bucket(program: str, outages: int, clients: int, seed: int) -> dict[str, Any]:
    """Clips lie in a bucket behind a door that shuts again and again; ``program`` is an S3-compatible server."""
    with tempfile.TemporaryDirectory(prefix="anchorproof-bucket-") as folder, _s3(program) as port, _Door(port) as door:
        # Addressed by path, as a server on a number has no names of buckets.
        settings = {
            "ANCHORPROOF_CLIPS_URL": "s3://clips",
            "ANCHORPROOF_CLIPS_ALLOW_HTTP": "true",
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{door.port}",
            "AWS_ACCESS_KEY_ID": "bench",
            "AWS_SECRET_ACCESS_KEY": "bench-secret",
            "AWS_REGION": "us-east-1",
        }

        def shut(_: Server) -> dict[str, Any]:
            for _turn in range(outages):
                time.sleep(4)
                door.is_shut = True
                time.sleep(8)
                door.is_shut = False
            time.sleep(10)
            return {"outages": outages, "outage_s": 8, "refused_connections": door.refused}

        results = run(Path(folder) / "data", settings | PATIENT, shut, clients, seed)
        store = from_url(
            "s3://clips",
            endpoint=f"http://127.0.0.1:{port}",
            access_key_id="bench",
            secret_access_key="bench-secret",
            region="us-east-1",
            client_options={"allow_http": True},
        )
        return results | {"objects": sum(len(page) for page in obstore.list(store))}


# --------------------------------------------------------------------------- a bucket and its door


@contextlib.contextmanager
def _s3(program: str) -> Iterator[int]:
    """The port of an S3-compatible server with an empty bucket ``clips``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen([program, "-H", "127.0.0.1", "-p", str(port)], **quiet)  # type: ignore[call-overload]
    try:
        for _ in range(300):
            with contextlib.suppress(httpx.TransportError):
                httpx.put(f"http://127.0.0.1:{port}/clips")
                break
            time.sleep(0.1)
        yield port
    finally:
        process.terminate()
        process.wait(10)


class _Door:
    """Hands connections on to a port; shut, it breaks those that there are and takes no new ones."""

    def __init__(self, port: int) -> None:
        self._to = port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.is_shut = False
        self.refused = 0

    def __enter__(self) -> _Door:
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.close()

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                if self.is_shut:
                    self.refused += 1
                    connection.close()
                    continue
                behind = socket.create_connection(("127.0.0.1", self._to))
                for one, other in ((connection, behind), (behind, connection)):
                    threading.Thread(target=self._pass, args=(one, other), daemon=True).start()

    def _pass(self, one: socket.socket, other: socket.socket) -> None:
        one.settimeout(0.2)
        with contextlib.suppress(OSError):
            while not self.is_shut:
                try:
                    data = one.recv(65_536)
                except TimeoutError:
                    continue
                if not data:
                    break
                other.sendall(data)
        for end in (one, other):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
                end.close()
