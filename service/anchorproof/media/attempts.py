"""The child's half of a trial: it tries what it should not be able to do, and tells what it could."""

from __future__ import annotations

import contextlib
import os
import resource
import socket
from collections.abc import Callable

from anchorproof.media.confinement import seal
from anchorproof.media.protocol import Message

#: Everybody may read it, so that only a sandbox keeps a process from it.
_FILE = "/etc/passwd"
_FOLDER = "/tmp"


def run(is_landlocked: bool) -> Message:
    """Fields: ``landlocked``, and lists of what could be done while libraries are loaded (``loading``: the media were
    not yet read) and afterwards (``decoding``)."""
    loading = _could(
        {
            "read a file": lambda: os.close(os.open(_FILE, os.O_RDONLY)),
            "write a file": _write,
            "run a program": _run_program,
            "connect": _connect,
            "signal another process": lambda: os.kill(os.getppid(), 0),
        }
    )
    seal()
    decoding = _could(
        {
            "read a file": lambda: os.close(os.open(_FILE, os.O_RDONLY)),
            "write a file": _write,
            "make a folder": _make_folder,
            "open a socket": lambda: socket.socket().close(),
            "signal another process": lambda: os.kill(os.getppid(), 0),
            "raise its limits": _raise_limits,
        }
    )
    return Message("trial", {"landlocked": is_landlocked, "loading": loading, "decoding": decoding})


def _could(tries: dict[str, Callable[[], object]]) -> list[str]:
    done = []
    for what, work in tries.items():
        with contextlib.suppress(OSError, ValueError):
            work()
            done.append(what)
    return done


def _own_name() -> str:
    return f"{_FOLDER}/anchorproof-trial-{os.getpid()}"


def _write() -> None:
    descriptor = os.open(_own_name(), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    os.close(descriptor)
    os.unlink(_own_name())  # noqa: PTH108  (no Path in the child)


def _make_folder() -> None:
    os.mkdir(_own_name(), 0o700)  # noqa: PTH102
    os.rmdir(_own_name())  # noqa: PTH106


def _run_program() -> None:
    child = os.posix_spawn("/usr/bin/env", ["env", "true"], {})
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        raise PermissionError


def _connect() -> None:
    """To an address that is always there: in a network of its own the child cannot even reach loopback."""
    with socket.socket() as plug:
        plug.settimeout(1.0)
        try:
            plug.connect(("127.0.0.1", 9))
        except ConnectionRefusedError:
            return  # it was reached


def _raise_limits() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft + 16, hard + 16))
