"""The wall clock of a running service is set forth and back, while clients upload, submit and wait.

Nobody's clock is set: Debian's ``faketime`` library shows the service's processes another one, as far as C programs and
Python ask for it (``CLOCK_REALTIME``, times of files). Clocks that cannot be set stay as they are.
"""

from __future__ import annotations

import random
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.running import PATIENT, run
from benchmarks.chaos.server import Server

_DAY_S = 24 * 3600
#: How far the clock is from the right one, one after the other.
_OFFSETS_S = (0, 400 * _DAY_S, -400 * _DAY_S, 3600, -3600, 30, -30, 0)


def stepped(rounds: int, clients: int, seed: int) -> dict[str, Any]:
    """Raises RuntimeError where the library is not installed."""
    library, chance = _library(), random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="anchorproof-clock-") as folder:
        offset = Path(folder) / "offset"
        offset.write_text("+0\n")
        settings = {
            "LD_PRELOAD": library,
            "FAKETIME_TIMESTAMP_FILE": str(offset),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }

        def step(_: Server) -> dict[str, Any]:
            steps = 0
            for seconds in _OFFSETS_S * rounds:
                time.sleep(chance.uniform(2, 5))
                draft = offset.with_suffix(".draft")
                draft.write_text(f"{seconds:+d}\n")
                draft.rename(offset)
                steps += 1
            time.sleep(5)
            return {"steps": steps, "offsets_s": list(_OFFSETS_S), "seen": _seen(settings)}

        return run(Path(folder) / "data", settings | PATIENT, step, clients, seed)


def _seen(settings: dict[str, str]) -> dict[str, float]:
    """What a program with these settings takes for the time, beside ours: proof that its clock was another."""
    offset = Path(settings["FAKETIME_TIMESTAMP_FILE"])
    offset.write_text("+86400\n")
    script = "import time; print(time.time(), time.monotonic(), time.clock_gettime(time.CLOCK_BOOTTIME))"
    try:
        command = ["python3", "-c", script]
        said = subprocess.run(
            command, env=settings | {"PATH": "/usr/bin:/bin"}, capture_output=True, check=True, text=True
        )
    finally:
        offset.write_text("+0\n")
    wall, monotonic, boot = map(float, said.stdout.split())
    return {
        "wall_s": round(wall - time.time()),
        "monotonic_s": round(monotonic - time.monotonic()),
        "boot_s": round(boot - time.clock_gettime(time.CLOCK_BOOTTIME)),
    }


def _library() -> str:
    found = [str(path) for path in Path("/usr/lib").rglob("faketime/libfaketime.so.1")]
    if not found:
        raise RuntimeError("libfaketime is not installed here (Debian: apt-get install faketime)")
    return found[0]
