"""Processes of the service whose output is kept, to be searched for what must be in it and what must not."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LIMIT_S = 120.0
#: ``server`` or ``machine``, over the small workshop: as the command does it, but for the networks.
SCRIPT = """
import asyncio, sys
from anchorproof.api.server import serve
from anchorproof.logs import configure
from anchorproof.settings import Settings
from anchorproof.worker import work
from tests import small_workshop

if __name__ == "__main__":
    settings = Settings()
    configure(settings.logging, sys.argv[1])
    if sys.argv[1] == "server":
        asyncio.run(serve(settings, lambda port: print("port", port, flush=True), small_workshop.LOAD))
    else:
        asyncio.run(work(settings, lambda: print("works", flush=True), small_workshop.LOAD))
"""


@dataclass(frozen=True)
class Logged:
    """A process under way. ``said``: its first line; ``output``: the file with all that it and its workers print."""

    said: str
    output: Path
    pid: int

    @property
    def target(self) -> str:
        found = re.search(r"(\d+)\D*$" if self.said.startswith("port") else r":(\d+) ", self.said)
        assert found, self.said
        return f"127.0.0.1:{found[1]}"

    def text(self) -> bytes:
        return self.output.read_bytes()

    def lines(self) -> list[dict[str, Any]]:
        """What was logged; everything but what is said to people has to be JSON."""
        spoken = self.said.encode()
        return [json.loads(line) for line in self.text().splitlines() if line.strip() and line != spoken]


@contextlib.contextmanager
def logged(folder: Path, command: list[str], data_dir: Path, **environment: str) -> Iterator[Logged]:
    """Started with its logs as JSON at DEBUG; stopped by SIGTERM at the end."""
    output = folder / f"output-{len(list(folder.glob('output-*')))}"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ANCHORPROOF_")}
    own = {
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
        "ANCHORPROOF_DATA_DIR": str(data_dir),
        "ANCHORPROOF_SERVER__LISTEN": "127.0.0.1:0",
        "ANCHORPROOF_SERVER__WORKERS": "1",
        "ANCHORPROOF_LOGGING__FORMAT": "json",
        "ANCHORPROOF_LOGGING__LEVEL": "debug",
        "PYTHONASYNCIODEBUG": "",
    }
    reading, writing = os.pipe()
    with output.open("wb") as file:
        process = subprocess.Popen(command, stdout=writing, stderr=file, env=kept | own | environment)
    os.close(writing)
    with os.fdopen(reading, "rb") as stdout:
        try:
            said = stdout.readline()
            assert said, output.read_text()
            yield Logged(said.decode().strip(), output, process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(LIMIT_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise
            finally:
                with output.open("ab") as file:
                    file.write(stdout.read())


def script(folder: Path, kind: str) -> list[str]:
    file = folder / "service.py"
    file.write_text(SCRIPT)
    return [sys.executable, str(file), kind]
