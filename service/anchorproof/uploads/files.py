"""One upload's file while it is written, and whose turn it is to write it."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from anchorproof.errors import (
    AnchorproofError,
    ChunkCorrupt,
    OffsetWrong,
    StorageFailed,
    StorageFull,
    UploadBusy,
    UploadTaken,
)
from anchorproof.settings import UploadSettings

_TOKEN_BYTES = 16
#: Longer than writing a chunk, flushing it and noting that takes on a disk that is busy.
_PATIENCE_S = 5.0
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Turn:
    """The right to write one upload, among all processes that share the folder: of several writers the last has it, so
    that a client that comes back is served, here or by another front end, and what is left of its earlier call is not.

    Whose turn it is stands in a small file beside the upload's, which is locked while it is looked at and acted upon;
    the system frees the lock of a process that dies.

    Raises:
        UploadBusy: another process holds the lock, and does not go on.
    """

    def __init__(self, path: Path) -> None:
        self._token = secrets.token_bytes(_TOKEN_BYTES)
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise _storage_error(error) from error
        try:
            with self._locked():
                os.pwrite(self._file, self._token, 0)
        except BaseException:
            os.close(self._file)
            raise

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else writes, or takes the turn, meanwhile; raises UploadTaken, UploadBusy."""
        with self._locked():
            if os.pread(self._file, _TOKEN_BYTES, 0) != self._token:
                raise UploadTaken
            yield

    def close(self) -> None:
        os.close(self._file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        deadline = time.monotonic() + _PATIENCE_S
        while True:
            try:
                fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() >= deadline:
                    raise UploadBusy from error
                time.sleep(0.005)
            except OSError as error:
                raise _storage_error(error) from error
        try:
            yield
        finally:
            fcntl.flock(self._file, fcntl.LOCK_UN)


class WritingFile:
    """``UploadWriter`` over a file, which is cut back to what was acknowledged.

    Args:
        turn: is over with the writer.
        commit: writes an offset down, after the disk has the bytes before it.

    Raises:
        UploadTaken, UploadBusy: before it began.
    """

    def __init__(
        self,
        path: Path,
        offset: int,
        size_bytes: int,
        turn: Turn,
        commit: Callable[[int], None],
        settings: UploadSettings,
    ) -> None:
        self._size_bytes = size_bytes
        self._turn = turn
        self._write_down = commit
        self._settings = settings
        self._offset = self._committed = offset
        with turn.held():  # whoever had it meanwhile may have committed more
            try:
                self._file: BinaryIO = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+b", 0)
                self._file.truncate(offset)
                self._file.seek(offset)
            except OSError as error:
                raise _storage_error(error) from error

    @property
    def offset(self) -> int:
        return self._offset

    def write(self, offset: int, data: bytes, crc32c: int) -> None:
        if google_crc32c.value(data) != crc32c:
            raise ChunkCorrupt(offset)
        if offset < 0 or offset > self._offset or offset + len(data) > self._size_bytes:
            raise OffsetWrong(offset, self._offset, self._size_bytes)
        rest = memoryview(data)[self._offset - offset :]
        with self._turn.held():
            try:
                while rest:
                    written = self._file.write(rest)
                    self._offset += written
                    rest = rest[written:]
            except OSError as error:
                raise _storage_error(error) from error
        if self._offset - self._committed >= self._settings.commit_bytes:
            self.commit()

    def commit(self) -> int:
        with self._turn.held():
            if self._offset > self._committed:
                try:
                    os.fdatasync(self._file.fileno())
                except OSError as error:
                    raise _storage_error(error) from error
                self._write_down(self._offset)
                self._committed = self._offset
        return self._committed

    def close(self) -> None:
        try:
            self.commit()
        except AnchorproofError:
            pass  # the client learns from the upload itself how far it is
        finally:
            self._file.close()
            self._turn.close()


def sync_folder(folder: Path) -> None:
    """Have the names in the folder on disk."""
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        raise _storage_error(error) from error


def _storage_error(error: OSError) -> StorageFailed:
    return StorageFull() if error.errno in _NO_ROOM else StorageFailed("the upload could not be stored")
