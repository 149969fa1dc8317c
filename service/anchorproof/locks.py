"""Files that a process locks while it lives: the system frees them when it dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

#: Held in a folder of temporary files while the process that made it lives.
FOLDER_LOCK = ".lock"


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


@contextmanager
def own_folder(parent: Path, prefix: str = "") -> Iterator[Path]:
    """A new private folder, removed with the block and held meanwhile: whoever clears leftovers away passes it by.

    Raises:
        OSError: the folder cannot be made, or somebody cleared it away before it was held.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix=prefix, dir=parent, ignore_cleanup_errors=True) as name,
        hold(Path(name) / FOLDER_LOCK),
    ):
        yield Path(name)
