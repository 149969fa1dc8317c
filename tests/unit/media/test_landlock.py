"""Rules that the kernel keeps: a confined process reads what it needs and nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anchorproof.media import landlock
from anchorproof.media.trial import try_confinement
from anchorproof.settings import MediaSettings

needs_landlock = pytest.mark.skipif(
    landlock.version() == 0, reason="this kernel has no Landlock, or it is switched off (lsm= on its command line)"
)
#: Says what worked; each try by itself, with the error's number where there was one.
_TRY = """
import os, sys, threading
from anchorproof.media import landlock
readable, forbidden, folder = sys.argv[1:4]
assert landlock.restrict((readable, "/no/such/place"))
def attempt(what, work):
    try:
        work()
        print(what, "done")
    except OSError as error:
        print(what, error.errno)
attempt("read", lambda: open(readable).read())
attempt("forbidden", lambda: open(forbidden).read())
attempt("passwd", lambda: open("/etc/passwd").read())
attempt("write", lambda: open(readable, "w"))
attempt("new", lambda: open(folder + "/new", "w"))
attempt("mkdir", lambda: os.mkdir(folder + "/sub"))
attempt("unlink", lambda: os.unlink(forbidden))
attempt("rename", lambda: os.rename(forbidden, folder + "/other"))
attempt("list", lambda: os.listdir(folder))
attempt("run", lambda: os.posix_spawn("/usr/bin/env", ["env", "true"], {}))
thread = threading.Thread(target=lambda: attempt("thread", lambda: open(forbidden).read()))
thread.start()
thread.join()
assert landlock.restrict()
attempt("read again", lambda: open(readable).read())
"""
_EACCES = "13"


@needs_landlock
def test_confined_process_reads_what_it_may_and_nothing_else(tmp_path: Path) -> None:
    readable, forbidden = tmp_path / "readable", tmp_path / "forbidden"
    readable.write_text("fine")
    forbidden.write_text("not yours")
    arguments = [sys.executable, "-c", _TRY, str(readable), str(forbidden), str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=60)
    told = dict(line.rsplit(" ", 1) for line in done.stdout.splitlines())
    assert told.pop("read") == "done"
    assert told == dict.fromkeys(
        ("forbidden", "passwd", "write", "new", "mkdir", "unlink", "rename", "list", "run", "thread", "read again"),
        _EACCES,
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["forbidden", "readable"]


@needs_landlock
def test_decoding_child_can_do_nothing_that_it_should_not() -> None:
    trial = try_confinement(MediaSettings())
    assert trial.is_landlocked
    assert trial.loading == ()
    assert trial.decoding == ()


def test_decoding_child_opens_nothing_even_where_the_kernel_has_no_landlock() -> None:
    trial = try_confinement(MediaSettings())
    assert not {"read a file", "write a file", "open a socket", "raise its limits"} & set(trial.decoding)


class _Kernel:
    """Answers system calls as a kernel of that version would, and notes what it was asked."""

    def __init__(self, version: int) -> None:
        self._version = version
        self.sizes: list[int] = []
        self.handled: list[bytes] = []

    def syscall(self, number: int, *arguments: object) -> int:
        if number == 444 and arguments[0] is None:
            return self._version
        if number == 444:
            attributes, size, _ = arguments
            assert isinstance(attributes, bytes)
            self.sizes.append(size.value)  # type: ignore[attr-defined]
            self.handled.append(attributes)
            return -1
        raise AssertionError(number)


@pytest.mark.parametrize("version", [-1, 0])
def test_kernel_without_it_is_no_error(monkeypatch: pytest.MonkeyPatch, version: int) -> None:
    monkeypatch.setattr(landlock, "_libc", lambda: _Kernel(version))
    assert landlock.version() == 0
    assert landlock.restrict(("/usr",)) is False


@pytest.mark.parametrize(
    ("version", "size", "files", "net"),
    [
        (1, 8, 0x1FFF, 0),
        (2, 8, 0x3FFF, 0),
        (3, 8, 0x7FFF, 0),
        (4, 16, 0x7FFF, 3),
        (5, 16, 0xFFFF, 3),
        (6, 24, 0xFFFF, 3),
        (9, 24, 0xFFFF, 3),
    ],
)
def test_older_kernel_is_asked_for_what_it_knows(
    monkeypatch: pytest.MonkeyPatch, version: int, size: int, files: int, net: int
) -> None:
    # The values are those of linux/landlock.h: LANDLOCK_ACCESS_FS_* up to the ABI that brought each in.
    kernel = _Kernel(version)
    monkeypatch.setattr(landlock, "_libc", lambda: kernel)
    assert landlock.restrict() is False  # this kernel refuses at last
    assert kernel.sizes == [size]
    (handled,) = kernel.handled
    assert int.from_bytes(handled[:8], sys.byteorder) == files
    assert int.from_bytes(handled[8:16], sys.byteorder) == net
