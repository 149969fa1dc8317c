"""Many clips in a row and several at once against a server in another process: errors, time per clip, memory.

python -m benchmarks.soak [CLIPS ...] [--in-a-row 20] [--at-once 4] [--out FILE]
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import psutil
from rich.console import Console

from anchorproof.client import Client, ServiceError
from benchmarks.demo.clips import Take, astronaut, write_newscast
from benchmarks.demo.server import running_server
from benchmarks.demo.speech import formant_voice

MEBIBYTE = 1024**2


@dataclass(frozen=True, slots=True)
class Sample:
    """One answered clip, and the resident memory of the server with all its children right after it."""

    clip: str
    wall_s: float
    resident_mib: float
    error: str = ""


def main() -> int:
    """0 when no clip failed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "clips", nargs="*", type=Path, help="media files, taken in turn; by default one that is composed"
    )
    parser.add_argument("--in-a-row", type=int, default=20, metavar="N")
    parser.add_argument("--at-once", type=int, default=4, metavar="N")
    parser.add_argument("--out", type=Path, metavar="FILE", help="also write every sample as JSON")
    options = parser.parse_args()
    console = Console()
    with tempfile.TemporaryDirectory(prefix="anchorproof-soak-") as folder:
        clips = options.clips or [_composed(Path(folder))]
        with running_server(Path(folder) / "store", console) as server, Client(server.address) as client:
            row = [_analyse(client, clip, server.pid, console) for clip in _turns(clips, options.in_a_row)]
            together = _at_once(client, _turns(clips, 2 * options.at_once), options.at_once, server.pid, console)
    _print(console, "in a row", row)
    _print(console, f"{options.at_once} at once", together)
    if options.out:
        options.out.write_text(
            json.dumps({"in_a_row": [*map(asdict, row)], "at_once": [*map(asdict, together)]}, indent=2)
        )
    return int(any(sample.error for sample in [*row, *together]))


def _at_once(client: Client, clips: Sequence[Path], threads: int, pid: int, console: Console) -> list[Sample]:
    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(lambda clip: _analyse(client, clip, pid, console), clips))


def _composed(folder: Path) -> Path:
    clip = folder / "clip.mp4"
    write_newscast(clip, astronaut(), formant_voice("The harbour bridge will open on Thursday. " * 3), Take("soak"))
    return clip


def _turns(clips: Sequence[Path], count: int) -> list[Path]:
    return list(itertools.islice(itertools.cycle(clips), count))


def _analyse(client: Client, clip: Path, server_pid: int, console: Console) -> Sample:
    begun, error = time.perf_counter(), ""
    try:
        client.analyze(clip)
    except ServiceError as failure:
        error = str(failure)
    sample = Sample(clip.name, time.perf_counter() - begun, _resident_mib(server_pid), error)
    console.print(f"{clip.name:<40} {sample.wall_s:6.1f} s {sample.resident_mib:8.0f} MiB {error}", highlight=False)
    return sample


def _resident_mib(pid: int) -> float:
    """Resident memory of a process and all its descendants; shared pages count once for each."""
    total = 0
    parent = psutil.Process(pid)
    for process in (parent, *parent.children(recursive=True)):
        try:
            total += process.memory_info().rss
        except psutil.NoSuchProcess:
            continue
    return total / MEBIBYTE


def _print(console: Console, title: str, samples: Sequence[Sample]) -> None:
    walls = [sample.wall_s for sample in samples]
    memory = [sample.resident_mib for sample in samples]
    half = len(samples) // 2
    console.print(
        f"{title}: {len(samples)} clips, {sum(bool(sample.error) for sample in samples)} errors; "
        f"median {np.median(walls):.1f} s, worst {max(walls):.1f} s; resident memory {np.mean(memory[:half]):.0f} MiB "
        f"in the first half, {np.mean(memory[half:]):.0f} MiB in the second"
    )


if __name__ == "__main__":
    sys.exit(main())
