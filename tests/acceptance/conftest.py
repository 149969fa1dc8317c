"""The installed command, run as a user runs it, each test with a data folder of its own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import skimage.data

from tests.media_samples import Image, tone, write_clip, write_still

COMMAND = Path(sys.executable).parent / "anchorproof"
LIMIT_S = 120


@dataclass(frozen=True)
class Finished:
    """One run of the command; ``stdout`` and ``stderr`` are text."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Shell:
    """Runs ``anchorproof`` with a data folder."""

    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANCHORPROOF_")}
        return kept | {"ANCHORPROOF_DATA_DIR": str(self.data_dir), "COLUMNS": "120", "NO_COLOR": "1"}

    def __call__(self, *arguments: str | Path, **environment: str) -> Finished:
        done = subprocess.run(
            [COMMAND, *map(str, arguments)],
            env=self.environment | environment,
            capture_output=True,
            text=True,
            stdin=subprocess.DEVNULL,
            timeout=LIMIT_S,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Finished(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def anchorproof(tmp_path: Path) -> Shell:
    return Shell(tmp_path / "data")


@dataclass(frozen=True)
class Served:
    """A running ``anchorproof serve``."""

    process: subprocess.Popen[str]
    target: str

    def stop(self) -> tuple[int, str]:
        """Exit code and stderr after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        _, stderr = self.process.communicate(timeout=LIMIT_S)
        return self.process.returncode, stderr


@pytest.fixture
def serve(anchorproof: Shell) -> Iterator[Callable[..., Served]]:
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> Served:
        process = subprocess.Popen(
            [COMMAND, "serve", "--workers", "1", *arguments],
            env=anchorproof.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert process.stdout is not None
        line = process.stdout.readline()
        port = re.search(r"listens on \S+:(\d+)", line)
        assert port, line + (process.stderr.read() if process.stderr else "")
        return Served(process, f"127.0.0.1:{port[1]}")

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate()


# --------------------------------------------------------------------------- media


@pytest.fixture(scope="session")
def portrait() -> Image:
    """skimage's public-domain portrait of an astronaut, 512 x 512."""
    return np.ascontiguousarray(skimage.data.astronaut()[:, :, :3])


@pytest.fixture(scope="session")
def media(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    """A folder with ``portrait.png``, ``person.mp4`` (she, swaying, and a tone), ``bars.mp4`` and ``text.mp4``."""
    folder = tmp_path_factory.mktemp("media")

    def swaying(time_s: float) -> Image:
        return np.roll(portrait, round(6 * np.sin(5 * time_s)), axis=1)

    write_still(folder / "portrait.png", portrait)
    write_clip(folder / "person.mp4", 2.0, (512, 512), 10, swaying, tone(300))
    write_clip(folder / "bars.mp4", 1.0)
    (folder / "text.mp4").write_text("this is no clip")
    return folder
