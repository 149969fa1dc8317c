"""The child: how it ends, what it may do, and that nothing it says is believed unchecked."""

from __future__ import annotations

import gc
import signal
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import cast

import pytest

from anchorproof.errors import ClipRejected, ClipTooComplex, ClipUnreadable
from anchorproof.media.frames import sample_frames
from anchorproof.media.process import job_for, run_child
from anchorproof.media.protocol import DecodeJob, Task
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, Frame
from tests.media_samples import write_clip

SETTINGS = MediaSettings()
JOB = job_for(Task.INSPECT, SETTINGS, 1.0)
FOUR_SECONDS = ClipInfo("0" * 64, 1, "mp4", 4.0, None, None)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its 16 sampled pictures are more than a pipe holds, so the child is still there after the first."""
    return write_clip(tmp_path_factory.mktemp("media") / "a.mp4", 4.0, (640, 480))


@pytest.fixture
def children(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Every child that is started while the test runs; none may be left behind."""
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def start(*args: object, **kwargs: object) -> subprocess.Popen[bytes]:
        started.append(real(*args, **kwargs))  # type: ignore[call-overload]
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", start)
    yield started
    assert all(child.returncode is not None for child in started), "a child was left unreaped"


def begun(clip: Path) -> Generator[Frame, None, None]:
    frames = cast("Generator[Frame, None, None]", sample_frames(clip, FOUR_SECONDS, SETTINGS))
    assert next(frames).time_s == 0.0
    return frames


def test_closing_the_generator_ends_the_child(clip: Path, children: list[subprocess.Popen[bytes]]) -> None:
    frames = begun(clip)
    assert children[0].poll() is None
    since = time.monotonic()
    frames.close()
    assert time.monotonic() - since < 2
    assert children[0].returncode == -signal.SIGKILL


def test_forgetting_the_generator_ends_the_child(clip: Path, children: list[subprocess.Popen[bytes]]) -> None:
    frames = begun(clip)
    del frames
    gc.collect()
    assert children[0].returncode is not None


def test_nothing_starts_before_the_first_picture_is_asked_for(
    clip: Path, children: list[subprocess.Popen[bytes]]
) -> None:
    sample_frames(clip, FOUR_SECONDS, SETTINGS)
    assert children == []


@pytest.mark.parametrize(
    ("death", "error"),
    [
        (signal.SIGXCPU, ClipTooComplex),
        (signal.SIGKILL, ClipTooComplex),
        (signal.SIGSEGV, ClipUnreadable),
    ],
)
def test_a_dead_child_is_explained(
    clip: Path, children: list[subprocess.Popen[bytes]], death: signal.Signals, error: type[ClipRejected]
) -> None:
    frames = begun(clip)
    children[0].send_signal(death)
    with pytest.raises(error) as caught:
        list(frames)
    assert str(caught.value).endswith("the clip") or "re-encode" in str(caught.value)


def test_a_file_that_vanished(tmp_path: Path) -> None:
    with pytest.raises(ClipUnreadable, match="cannot be opened"):
        list(run_child(tmp_path / "gone.mp4", JOB, 0))


# --------------------------------------------------------------------------- a child that lies


def impostor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    """Puts a shell script in the child's place."""
    program = tmp_path / "impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def message(header: str, payload_bytes: int = 0) -> str:
    return f"printf '\\0\\0\\0\\{len(header):03o}\\0\\0\\0\\{payload_bytes:03o}%s' '{header}'"


@pytest.mark.parametrize(
    "script",
    [
        "printf 'ffffffffffffffff'",  # lengths of 1.7 GB
        message("not json"),
        message("[1]"),
        message('{"kind": "picture"}', payload_bytes=100),  # more payload than was allowed
        message('{"kind": "rejected", "reason": "INTERNAL", "message": "x"}'),
        "exit 0",
    ],
)
def test_nonsense_is_not_believed(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, children: list[subprocess.Popen[bytes]]
) -> None:
    impostor(monkeypatch, tmp_path, script)
    with pytest.raises(ClipUnreadable):
        list(run_child(clip, JOB, limit_payload_bytes=64))
    assert len(children) == 1


@pytest.mark.parametrize(
    "fields",
    [
        '"time_s": -1, "width": 2, "height": 2, "scale": 1, "is_cut": false',
        '"time_s": 0, "width": 2, "height": 3, "scale": 1, "is_cut": false',
        '"time_s": 0, "width": 0, "height": 2, "scale": 1, "is_cut": false',
        '"time_s": 0, "width": 2, "height": 2, "scale": 0.5, "is_cut": false',
        '"time_s": 0, "width": 2, "height": 2',
    ],
)
def test_pictures_are_checked(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fields: str) -> None:
    header = f'{{"kind": "picture", {fields}}}'
    impostor(monkeypatch, tmp_path, message(header, 12) + "; printf 123456789012; " + message('{"kind": "end"}'))
    with pytest.raises(ClipUnreadable, match="picture"):
        list(sample_frames(clip, FOUR_SECONDS, SETTINGS))


def test_a_message_for_people_is_cleaned(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = '{"kind": "rejected", "reason": "CLIP_TOO_LONG", "message": "a\\u001b[31m' + "b" * 150 + '"}'
    impostor(monkeypatch, tmp_path, message(text))
    with pytest.raises(ClipRejected) as caught:
        list(run_child(clip, JOB, 0))
    assert caught.value.reason == "CLIP_TOO_LONG"
    assert str(caught.value) == "a[31m" + "b" * 150


def test_a_silent_child_is_not_waited_for_for_ever(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, children: list[subprocess.Popen[bytes]]
) -> None:
    impostor(monkeypatch, tmp_path, "exec sleep 60")
    job = DecodeJob(Task.INSPECT, 10**9, 0, 10**6, 16, 1000, 10.0)
    since = time.monotonic()
    with pytest.raises(ClipTooComplex, match="longer than allowed"):
        list(run_child(clip, job, 0))
    assert time.monotonic() - since < 10
    assert children[0].returncode == -signal.SIGKILL


# --------------------------------------------------------------------------- confinement


def test_secrets_of_the_service_stay_with_it(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANCHORPROOF_TOKEN", "swordfish")
    impostor(monkeypatch, tmp_path, f"env > {tmp_path}/env; ls -l /proc/self/fd > {tmp_path}/fds")
    with pytest.raises(ClipUnreadable):
        list(run_child(clip, JOB, 0))
    assert "PYTHONPATH" in (tmp_path / "env").read_text()
    assert "swordfish" not in (tmp_path / "env").read_text()


def test_a_sealed_process_opens_nothing(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    attempts = f"""
import os, resource, socket, sys
from anchorproof.media.confinement import confine, seal
confine(10**9, 30)
seal()
done = []
for attempt in (lambda: open({str(tmp_path / "secret")!r}), socket.socket, os.pipe, lambda: os.dup(0)):
    try:
        attempt()
        done.append("opened")
    except OSError as error:
        done.append(error.errno)
try:
    bytearray(2 * 10**9)
    done.append("allocated")
except MemoryError:
    done.append("memory")
print(done, resource.getrlimit(resource.RLIMIT_CORE), resource.getrlimit(resource.RLIMIT_FSIZE))
"""
    told = subprocess.run([sys.executable, "-c", attempts], capture_output=True, text=True, check=True).stdout
    assert told.strip() == "[24, 24, 24, 24, 'memory'] (0, 0) (0, 0)"  # 24: EMFILE


def test_the_service_never_loads_the_decoder() -> None:
    code = """
import sys
import anchorproof.media.info, anchorproof.media.frames, anchorproof.media.audio
print([name for name in sys.modules if name == "av" or name.startswith("av.")])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_terminated_parent_leaves_no_child_behind(clip: Path, tmp_path: Path) -> None:
    code = f"""
import os, signal, time
from pathlib import Path
from anchorproof.media.frames import sample_frames
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo
frames = sample_frames(Path({str(clip)!r}), ClipInfo("0", 1, "mp4", 4.0, None, None), MediaSettings())
next(frames)
(me,) = [p for p in Path("/proc").glob("[0-9]*/stat") if p.read_text().rsplit(")", 1)[1].split()[1] == str(os.getpid())]
Path({str(tmp_path / "pid")!r}).write_text(me.parent.name)
os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    child = Path("/proc") / (tmp_path / "pid").read_text() / "stat"
    deadline = time.monotonic() + 5
    while _runs(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not _runs(child)


def _runs(stat: Path) -> bool:
    try:
        return stat.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False
