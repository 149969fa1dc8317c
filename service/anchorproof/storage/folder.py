"""Clips in a folder: of this machine, or shared by several (NFS, CephFS and the like).

Written by hand and not through ``obstore``, whose local store does not ask the disk to keep what was written.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from anchorproof.errors import NotFound, RequestInvalid, StorageFailed, StorageFull, StorageUnavailable
from anchorproof.storage.clips import CHUNK_BYTES, StoredClip, check_range, check_sha256, key

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
#: What a folder on another machine says when that machine is away.
_AWAY = {errno.ESTALE, errno.EIO, errno.ETIMEDOUT, errno.ENOTCONN, errno.EHOSTDOWN, errno.ENXIO}
#: Names of files that are not clips, or not yet, begin with this.
_TEMPORARY = "."
_LOCK = ".lock"
#: What a process that was killed left half written goes after a day.
_LEFTOVER_S = 24 * 3600


class FolderClips:
    """Each clip is a private file named by its hash; it appears whole, after the disk has it.

    Raises:
        StorageFailed: the folder cannot be made or written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        with _translated():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise StorageFailed("the folder for clips cannot be written; check its owner and permissions")

    @property
    def where(self) -> str:
        return str(self._folder)

    def put(self, file: Path, sha256: str, *, may_link: bool = False) -> StoredClip:
        place = self._place(sha256)
        with _translated():
            if not _renew(place):
                temporary = self._temporary(place)
                try:
                    if not (may_link and _link(file, temporary)):
                        _copy(file, temporary, sha256)
                    temporary.rename(place)
                    _sync_folder(place.parent)
                finally:
                    temporary.unlink(missing_ok=True)
            return _stored(place)

    def find(self, sha256: str) -> StoredClip | None:
        with _translated():
            try:
                return _stored(self._place(sha256))
            except FileNotFoundError:
                return None

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        place = self._place(sha256)
        with _translated(), _existing(sha256):
            file = place.open("rb")
        with file, _translated():
            rest = check_range(start, length, os.fstat(file.fileno()).st_size)
            file.seek(start)
            while rest and (data := file.read(min(rest, CHUNK_BYTES))):
                rest -= len(data)
                yield data

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        place = self._place(sha256)
        with _translated(), _existing(sha256):
            place.stat()
        yield place

    def delete(self, sha256: str) -> bool:
        with _translated():
            try:
                self._place(sha256).unlink()
            except FileNotFoundError:
                return False
        return True

    def discard(self, sha256: str, stored_before: datetime) -> bool:
        place = self._place(sha256)
        with _translated(), _locked(place.parent, fcntl.LOCK_EX):
            try:
                if _stored(place).stored_at >= stored_before:
                    return False
                place.unlink()
            except FileNotFoundError:
                return False
        return True

    def clips(self) -> Iterator[StoredClip]:
        with _translated():
            for folder in sorted(self._folder.iterdir()):
                for entry in os.scandir(folder) if folder.is_dir() else ():
                    with contextlib.suppress(FileNotFoundError):
                        if not entry.name.startswith(_TEMPORARY):
                            yield _stored(Path(entry.path))
                        elif entry.name != _LOCK and entry.stat().st_mtime < time.time() - _LEFTOVER_S:
                            Path(entry.path).unlink()

    def check(self) -> None:
        probe = self._folder / f"{_TEMPORARY}probe-{secrets.token_hex(8)}"
        with _translated():
            try:
                _write(probe, [b"probe"])
                if probe.read_bytes() != b"probe":
                    raise StorageFailed("the folder for clips does not give back what was written")
            finally:
                probe.unlink(missing_ok=True)

    def close(self) -> None:
        """Nothing to close."""

    def _place(self, sha256: str) -> Path:
        return self._folder / key(sha256)

    def _temporary(self, place: Path) -> Path:
        return place.with_name(f"{_TEMPORARY}{place.name}.{secrets.token_hex(8)}")


def _stored(place: Path) -> StoredClip:
    found = place.stat()
    return StoredClip(place.name, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))


def _renew(place: Path) -> bool:
    """Whether the clip is there; its time is then now."""
    # Not while it is being discarded: what looked old would go though it was just asked for.
    with _locked(place.parent, fcntl.LOCK_SH):
        try:
            os.utime(place)
        except FileNotFoundError:
            return False
    return True


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _link(file: Path, temporary: Path) -> bool:
    """A second name for a file that is on the disk; False where the file system has no such thing, or another does."""
    try:
        handle = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
        os.link(file, temporary, follow_symlinks=False)
    except OSError as error:
        if error.errno in (errno.EXDEV, errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.ELOOP, errno.EACCES):
            return False
        raise
    temporary.chmod(0o600)
    os.utime(temporary)
    return True


def _copy(file: Path, temporary: Path, sha256: str) -> None:
    digest = hashlib.sha256()

    def portions() -> Iterator[bytes]:
        with file.open("rb") as source:
            while data := source.read(CHUNK_BYTES):
                digest.update(data)
                yield data

    _write(temporary, portions())
    if digest.hexdigest() != check_sha256(sha256):
        raise RequestInvalid("the file's bytes have another sha256: it was changed meanwhile; read it again", "sha256")


def _write(path: Path, portions: Iterator[bytes] | list[bytes]) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as target:
        for data in portions:
            target.write(data)
        target.flush()
        os.fsync(handle)


def _sync_folder(folder: Path) -> None:
    # The folder above too, which may be new.
    for path in (folder, folder.parent):
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def _existing(sha256: str) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("clip", sha256) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise StorageFull from error
        if error.errno in _AWAY:
            raise StorageUnavailable("the folder for clips does not answer; is its file system mounted?") from error
        raise StorageFailed(f"the folder for clips cannot be used: {error.strerror}") from error
