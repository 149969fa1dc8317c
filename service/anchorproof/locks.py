"""Files that a process locks while it lives: the system frees them when it dies, however it dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import BinaryIO


def hold(path: Path, create: bool = True) -> BinaryIO:
    """An exclusive lock, held until the file that is returned is closed.

    Raises:
        BlockingIOError: another process holds it.
        OSError: the file cannot be opened; FileNotFoundError where it is missing and ``create`` is False.
    """
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file
