"""Landlock: the Linux kernel's rules that a process lays on itself, for good, and on all threads it starts afterwards.

The three system calls are made by ctypes: the C library has no names for them, and packages that do are younger than
this. Numbers and bits are those of ``linux/landlock.h``; they are the same on all machines that Python has wheels for.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_ASK_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38  # linux/prctl.h

_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
#: Rights over files that each version of the interface (ABI) knows; the later add to the earlier.
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: 1 << 14, 5: 1 << 15}
#: From version 4: binding and connecting TCP sockets.
_NET = {4: 0b11}
#: From version 6: abstract sockets, and signals to processes outside.
_SCOPES = {6: 0b11}


def version() -> int:
    """Of the kernel's interface; 0: it has none, or it is switched off."""
    if sys.platform != "linux":
        return 0
    found = int(_libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _ASK_VERSION))
    return max(0, found)


def restrict(readable: Iterable[str] = ()) -> bool:
    """From now on this thread, and those it starts, may read below these places, and no more: no other file may be
    opened, made, removed, renamed or run; no TCP connection made; no process outside signalled, as far as the kernel's
    version goes. What is open already stays open. Places that are missing are left out.

    Returns:
        False: the kernel has no Landlock, or refuses.
    """
    found = version()
    if not found:
        return False
    files = _bits(_FILES, found)
    attributes = struct.pack("=QQQ", files, _bits(_NET, found), _bits(_SCOPES, found))
    # An older kernel takes the beginning of the structure only.
    size = 24 if found >= 6 else 16 if found >= 4 else 8
    libc = _libc()
    ruleset = int(libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(size), 0))
    if ruleset < 0:
        return False
    try:
        for place in readable:
            _allow_reading(libc, ruleset, place)
        libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
        return int(libc.syscall(_RESTRICT_SELF, ruleset, 0)) == 0
    finally:
        os.close(ruleset)


def _allow_reading(libc: ctypes.CDLL, ruleset: int, place: str) -> None:
    with _opened(place) as descriptor:
        if descriptor is None:
            return
        rights = _READ_FILE | _READ_DIR if os.path.isdir(place) else _READ_FILE  # noqa: PTH112  (no Path in the child)
        rule = struct.pack("=Qi", rights, descriptor)
        libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0)


@contextmanager
def _opened(place: str) -> Iterator[int | None]:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _bits(known: dict[int, int], found: int) -> int:
    bits = 0
    for since, more in known.items():
        bits |= more if since <= found else 0
    return bits


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)
