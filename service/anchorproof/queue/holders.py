"""Who may hold leases on this machine, and who is gone: each holder locks a file that the system frees when it dies."""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from anchorproof.errors import StorageFailed
from anchorproof.locks import hold


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
        self._file = hold(self._path)

    def is_gone(self, name: str) -> bool:
        """True when that holder has died: its lock is free, or its file was removed on its way out."""
        path = self._folder / name
        if name == self.name or path.parent != self._folder:
            return False
        try:
            hold(path, create=False).close()
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
            hold(path, create=False).close()
            path.unlink()
