"""One upload's file while it is written, and whose turn it is to write it."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import google_crc32c

from anchorproof.errors import (
    AnchorproofError,
    ChunkCorrupt,
    OffsetWrong,
    StorageFailed,
    StorageFull,
    UploadTaken,
)
from anchorproof.settings import UploadSettings

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class Turns:
    """Of several writers of one upload, the last has its turn: a client that comes back is served, and what is left of
    its earlier call is not."""

    def __init__(self) -> None:
        self._turns: dict[str, Turn] = {}
        self._lock = threading.Lock()

    def take(self, upload_id: str) -> Turn:
        """Waits until the writer before has finished the chunk it is at."""
        with self._lock:
            before = self._turns.get(upload_id)
            turn = self._turns[upload_id] = Turn()
        if before is not None:
            before.end()
        return turn

    def end(self, upload_id: str) -> None:
        with self._lock:
            turn = self._turns.pop(upload_id, None)
        if turn is not None:
            turn.end()


@dataclass(slots=True)
class Turn:
    """The right to write; ``lock`` is held while a chunk is written."""

    lock: threading.Lock
    is_over: bool

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.is_over = False

    def end(self) -> None:
        with self.lock:
            self.is_over = True


class WritingFile:
    """``UploadWriter`` over a file, which is cut back to what was acknowledged.

    Args:
        commit: writes an offset down, after the disk has the bytes before it.
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
        with self._turn.lock:
            self._check_turn()
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
        with self._turn.lock:
            self._check_turn()
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

    def _check_turn(self) -> None:
        if self._turn.is_over:
            raise UploadTaken


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
