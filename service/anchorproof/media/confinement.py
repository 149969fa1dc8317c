"""What the decoding child may do: little memory and CPU time, no new files, no network, no core dump.

Limits are laid on in two steps: ``confine`` before the decoder is loaded, ``seal`` when everything is loaded and
before the first byte of the media is read. Where the kernel has Landlock, the child may from the first step on read
Python's own folders and no more, which also holds for threads that libraries start; from the second on nothing.
"""

from __future__ import annotations

import ctypes
import os
import resource
import struct
import sys

from anchorproof.media import landlock

_CLONE_NEWUSER = 0x10000000  # linux/sched.h
_CLONE_NEWNET = 0x40000000
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h
_CAPABILITIES_3 = 0x20080522  # linux/capability.h
#: What the loader, the C library and numerical libraries look at while they are loaded; of ``/proc`` and ``/etc`` no
#: more than this, since they tell of other processes and of people.
_SYSTEM = (
    *("/usr", "/lib", "/lib64", "/nix/store", "/etc/ld.so.cache", "/etc/localtime", "/dev/null", "/dev/urandom"),
    *("/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu"),
)


def confine(limit_memory_bytes: int, limit_cpu_s: int, readable: tuple[str, ...] = ()) -> bool:
    """Lays on every limit that loading the decoder can live with; must run while there is one thread.

    Args:
        readable: files that are read before ``seal``, beside those that Python needs.

    Returns:
        Whether the kernel keeps the child from other files (Landlock).
    """
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CPU, limit_cpu_s, limit_cpu_s + 1)  # SIGXCPU first, which tells the parent why
    _limit(resource.RLIMIT_AS, limit_memory_bytes)
    if sys.platform != "linux":
        return False
    _leave_network()
    _drop_capabilities()
    return landlock.restrict((*_SYSTEM, *_python_places(), *readable))


def _python_places() -> set[str]:
    places = {sys.prefix, sys.exec_prefix, sys.base_prefix, *sys.path}
    places |= {*os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)}
    return {place for place in places if os.path.isabs(place) and place != "/"}  # noqa: PTH117  (no Path in the child)


def seal() -> None:
    """No file, socket or pipe can be opened from here on: every descriptor number that is left is out of range.

    What needs no descriptor, such as removing files or signalling processes, Landlock forbids where there is one.
    """
    landlock.restrict()
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


def _drop_capabilities() -> None:
    """A service that runs as root should not have children that may raise their own limits again."""
    header = struct.pack("=Ii", _CAPABILITIES_3, 0)
    ctypes.CDLL(None, use_errno=True).capset(header, bytes(24))
