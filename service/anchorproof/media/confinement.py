"""What the decoding child may do: little memory and CPU time, no new files, no network, no core dump.

Limits are laid on in two steps: ``confine`` before the decoder is loaded, ``seal`` when everything is loaded and
before the first byte of the media is read. A file-system sandbox (Landlock) belongs into ``seal``.
"""

from __future__ import annotations

import ctypes
import os
import resource
import sys

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h


def confine(limit_memory_bytes: int, limit_cpu_s: int) -> None:
    """Lays on every limit that loading the decoder can live with; must run while there is one thread."""
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, limit_cpu_s, limit_cpu_s + 1)  # SIGXCPU first, which tells the parent why
    _limit(resource.RLIMIT_AS, limit_memory_bytes)
    if sys.platform == "linux":
        _leave_network()


def seal() -> None:
    """No file, socket or pipe can be opened from here on: every descriptor number that is left is out of range."""
    probe = os.dup(0)  # the lowest free number: all below it are in use
    os.close(probe)
    _limit(resource.RLIMIT_NOFILE, probe)


def _limit(kind: int, soft: int, hard: int | None = None) -> None:
    _, ceiling = resource.getrlimit(kind)
    wanted = soft if hard is None else hard
    hard = wanted if ceiling == resource.RLIM_INFINITY else min(wanted, ceiling)
    try:
        resource.setrlimit(kind, (min(soft, hard), hard))
    except (ValueError, OSError):
        # macOS refuses RLIMIT_AS; the other limits and the parent's patience remain.
        if sys.platform == "linux":
            raise


def _leave_network() -> None:
    """Best effort: hosts that forbid user namespaces keep the network, but ``seal`` still forbids new sockets."""
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)
