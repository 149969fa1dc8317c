"""Who may hold leases on this machine, and who is gone: each holder locks a file that the system frees when it dies."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
from pathlib import Path
from typing import BinaryIO

from anchorproof.errors import StorageFailed


class Holder:
    """This process among the holders; ``name`` goes into its leases.

    Raises:
        StorageFailed: the folder cannot be used.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._take_name()
            while not self._path.exists():  # cleared away by another process, between being made and being locked
                self._file.close()
                self._take_name()
        except OSError as error:
            raise StorageFailed(f"the folder for holders of leases cannot be used: {error.strerror}") from error

    def _take_name(self) -> None:
        self.name = secrets.token_hex(8)
        self._path = self._folder / self.name
        self._file = _lock(self._path, create=True)

    def is_gone(self, name: str) -> bool:
        """True when that holder has died: its lock is free, or its file was removed on its way out."""
        path = self._folder / name
        if name == self.name or path.parent != self._folder:
            return False
        try:
            _lock(path).close()
        except FileNotFoundError:
            return True
        except OSError:
            return False
        path.unlink(missing_ok=True)
        return True

    def close(self) -> None:
        self._path.unlink(missing_ok=True)
        self._file.close()


def clear(folder: Path) -> None:
    """Remove the files of holders that died."""
    for path in folder.iterdir():
        with contextlib.suppress(OSError):
            _lock(path).close()
            path.unlink()


def _lock(path: Path, create: bool = False) -> BinaryIO:
    """Raises BlockingIOError while its holder lives."""
    flags = os.O_RDWR | os.O_CLOEXEC | (os.O_CREAT if create else 0)
    file = os.fdopen(os.open(path, flags, 0o600), "r+b")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        file.close()
        raise
    return file
