"""Where media lie while they arrive and are analysed: private files that are always removed."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from anchorproof.errors import ClipEmpty, ClipTooLarge, Overloaded, StorageFailed, StorageFull
from anchorproof.locks import FOLDER_LOCK, hold
from anchorproof.metrics.meters import Meters

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


class Spool:
    """One server's own folder under ``folder``, locked while the server lives, so that leftovers can be told apart.

    Args:
        limit_uploads: uploads that may be under way at once, so that their number cannot fill the disk.
        meters: told of the bytes that arrive.

    Raises:
        StorageFailed: the folder cannot be made.
    """

    def __init__(self, folder: Path, limit_bytes: int, limit_uploads: int, meters: Meters | None = None) -> None:
        self._meters = meters or Meters()
        self._limit_bytes = limit_bytes
        self._limit_uploads = limit_uploads
        self._uploads = 0
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _clear_leftovers(folder)
            self._folder = Path(tempfile.mkdtemp(dir=folder))
            self._lock = hold(self._folder / FOLDER_LOCK)
        except OSError as error:
            raise StorageFailed(f"the folder for uploads cannot be used: {error.strerror}") from error

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Remove everything."""
        shutil.rmtree(self._folder, ignore_errors=True)
        self._lock.close()

    @contextlib.asynccontextmanager
    async def receive(self, chunks: AsyncIterator[bytes]) -> AsyncIterator[Path]:
        """The chunks as a file, removed on the way out, unless ``claim`` took it.

        Raises:
            ClipEmpty, ClipTooLarge, StorageFull, StorageFailed
            Overloaded: too many uploads are under way.
        """
        if self._uploads >= self._limit_uploads:
            raise Overloaded(f"{self._uploads} uploads are under way; try again later")
        handle, path = self._new_file()
        try:
            self._uploads += 1
            try:
                with os.fdopen(handle, "wb", buffering=0) as file:
                    await self._write(chunks, file)
            finally:
                self._uploads -= 1
            yield path
        finally:
            path.unlink(missing_ok=True)

    def check_size(self, size_bytes: int) -> None:
        """Raises ClipTooLarge for an upload that need not begin."""
        if size_bytes > self._limit_bytes:
            raise ClipTooLarge(self._limit_bytes)

    def claim(self, path: Path) -> Path:
        """The file under a name of its own: the caller removes it."""
        claimed = path.with_name(path.name + ".claimed")
        return path.rename(claimed)

    async def _write(self, chunks: AsyncIterator[bytes], file: BinaryIO) -> None:
        size = 0
        async for chunk in chunks:
            size += len(chunk)
            self.check_size(size)
            try:
                await asyncio.to_thread(_write_all, file, chunk)
            except OSError as error:
                raise _storage_error(error) from error
            self._meters.received("call", len(chunk))
        if not size:
            raise ClipEmpty

    def _new_file(self) -> tuple[int, Path]:
        try:
            handle, name = tempfile.mkstemp(dir=self._folder)  # 0600
        except OSError as error:
            raise _storage_error(error) from error
        return handle, Path(name)


def _storage_error(error: OSError) -> StorageFailed:
    return StorageFull() if error.errno in _NO_ROOM else StorageFailed("the upload could not be stored")


def _write_all(file: BinaryIO, chunk: bytes) -> None:
    rest = memoryview(chunk)
    while rest:
        rest = rest[file.write(rest) :]


def _clear_leftovers(folder: Path) -> None:
    """Remove what servers left that did not end well."""
    for entry in folder.iterdir():
        if entry.is_dir():
            with contextlib.suppress(BlockingIOError, FileNotFoundError):
                hold(entry / FOLDER_LOCK).close()
                shutil.rmtree(entry, ignore_errors=True)
