"""Clips in a bucket: S3 and what speaks like it, Google's, Azure's; through ``obstore``."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.exceptions import NotFoundError as NoSuchObject
from obstore.store import ObjectStore, from_url

from anchorproof.errors import NotFound, RequestInvalid, StorageFailed, StorageUnavailable
from anchorproof.storage.clips import CHUNK_BYTES, StoredClip, check_range, check_sha256, key

#: A clip put again is written again when it is older than this, so that its time is right to a day.
RENEW_AFTER = timedelta(days=1)
PART_BYTES = 8 * 1024**2
PARALLEL_PARTS = 4
CONNECT_TIMEOUT_S = 10
#: Of one request, which moves at most a part; a whole clip takes many.
REQUEST_TIMEOUT_S = 120
RETRIES = 5
RETRY_FOR_S = 60
_AT_HAND = "clip-"
#: A lock is taken moments after the file is made.
_LEFTOVER_S = 3600


class BucketClips:
    """Each clip is an object named by its hash, whole or not there at all.

    Args:
        url: ``s3://bucket/prefix``; credentials, region and endpoint come from the environment, as the provider's own
            tools read them (``AWS_ACCESS_KEY_ID``, ``AWS_REGION``, ``AWS_ENDPOINT_URL``).
        spool: where clips lie while they are read as files.
        allow_http: the endpoint may be plain HTTP, in a network that is trusted.

    Raises:
        RequestInvalid: the address cannot be understood.
    """

    def __init__(self, url: str, spool: Path, *, allow_http: bool = False, retries: int = RETRIES) -> None:
        self.where = _without_secret(url)
        self._spool = spool
        try:
            spool.mkdir(mode=0o700, parents=True, exist_ok=True)
            _clear_leftovers(spool)
        except OSError as error:
            raise StorageFailed(f"the folder for clips at hand cannot be used: {error.strerror}") from error
        options: dict[str, Any] = {
            "client_options": {
                "allow_http": allow_http,
                "connect_timeout": f"{CONNECT_TIMEOUT_S}s",
                "timeout": f"{REQUEST_TIMEOUT_S}s",
            },
            "retry_config": {"max_retries": retries, "retry_timeout": timedelta(seconds=RETRY_FOR_S)},
        }
        try:
            self._store: ObjectStore = from_url(url, **options)
        except (BaseError, ValueError) as error:
            raise RequestInvalid("the bucket's address must be like s3://bucket/prefix", "clips_url") from error

    def put(self, file: Path, sha256: str, *, may_link: bool = False) -> StoredClip:  # noqa: ARG002
        path = key(sha256)
        found = self.find(sha256)
        if found and datetime.now(UTC) - found.stored_at < RENEW_AFTER:
            return found
        digest = hashlib.sha256()

        def portions() -> Iterator[bytes]:
            with file.open("rb") as source:
                while data := source.read(PART_BYTES):
                    digest.update(data)
                    yield data
            if digest.hexdigest() != sha256:  # the upload is given up
                raise _Changed

        try:
            with _translated():
                if file.stat().st_size <= PART_BYTES:
                    obstore.put(self._store, path, b"".join(portions()))
                else:
                    obstore.put(self._store, path, portions(), chunk_size=PART_BYTES, max_concurrency=PARALLEL_PARTS)
        except _Changed as error:
            raise RequestInvalid(
                "the file's bytes have another sha256: it was changed meanwhile; read it again", "sha256"
            ) from error
        stored = self.find(sha256)
        if stored is None:
            raise StorageFailed("the bucket does not hold what was just put; is it emptied by a rule of its own?")
        return stored

    def find(self, sha256: str) -> StoredClip | None:
        with _translated():
            try:
                return _stored(obstore.head(self._store, key(sha256)))
            except (NoSuchObject, FileNotFoundError):
                return None

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        found = self.find(sha256)
        if found is None:
            raise NotFound("clip", sha256)
        end = start + check_range(start, length, found.size_bytes)
        while start < end:
            step = min(CHUNK_BYTES, end - start)
            with _translated(), _existing(sha256):
                yield bytes(obstore.get_range(self._store, key(sha256), start=start, length=step))
            start += step

    @contextmanager
    def local(self, sha256: str) -> Iterator[Path]:
        digest = hashlib.sha256()
        with _private_file(self._spool) as (file, path):
            with _translated(), _existing(sha256):
                for data in obstore.get(self._store, key(sha256)).stream(min_chunk_size=PART_BYTES):
                    digest.update(data)
                    _write(file, data)
            if digest.hexdigest() != sha256:
                raise StorageFailed("a clip in the bucket is damaged: its bytes have another sha256; send it again")
            yield path

    def delete(self, sha256: str) -> bool:
        if self.find(sha256) is None:
            return False
        with _translated():
            obstore.delete(self._store, key(sha256))
        return True

    def discard(self, sha256: str, stored_before: datetime) -> bool:
        # Object stores know no "delete if unchanged". What is put again renews objects that are a day old, and clips
        # are kept for days, so the moment between looking and deleting concerns only a clip that was just given up.
        found = self.find(sha256)
        return found is not None and found.stored_at < stored_before and self.delete(sha256)

    def clips(self) -> Iterator[StoredClip]:
        with _translated():
            for page in obstore.list(self._store):
                yield from (_stored(entry) for entry in page if _is_clip(entry["path"]))

    def check(self) -> None:
        probe = f"probe-{secrets.token_hex(8)}"
        with _translated():
            obstore.put(self._store, probe, b"probe")
            read = bytes(obstore.get(self._store, probe).bytes())
            obstore.delete(self._store, probe)
        if read != b"probe":
            raise StorageFailed("the bucket does not give back what was written")

    def close(self) -> None:
        """Nothing to close."""


class _Changed(Exception):
    pass


@contextmanager
def _private_file(folder: Path) -> Iterator[tuple[BinaryIO, Path]]:
    """A file that goes with the block; locked meanwhile, so that what a killed process left can be told apart."""
    try:
        handle, name = tempfile.mkstemp(prefix=_AT_HAND, dir=folder)
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError as error:
        raise StorageFailed(f"the folder for clips at hand cannot be used: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            yield file, Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def _clear_leftovers(folder: Path) -> None:
    for path in folder.glob(f"{_AT_HAND}*"):
        with contextlib.suppress(OSError), path.open("rb") as file:  # still in use: BlockingIOError
            if time.time() - os.fstat(file.fileno()).st_mtime > _LEFTOVER_S:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                path.unlink()


def _write(file: BinaryIO, data: Any) -> None:
    try:
        file.write(data)
        file.flush()
    except OSError as error:
        raise StorageFailed(f"a clip could not be brought to this machine: {error.strerror}") from error


def _stored(meta: Any) -> StoredClip:
    return StoredClip(meta["path"].rpartition("/")[2], meta["size"], meta["last_modified"])


def _is_clip(path: str) -> bool:
    try:
        return path == key(check_sha256(path.rpartition("/")[2]))
    except RequestInvalid:
        return False


@contextmanager
def _existing(sha256: str) -> Iterator[None]:
    try:
        yield
    except (NoSuchObject, FileNotFoundError) as error:
        raise NotFound("clip", sha256) from error


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (NoSuchObject, FileNotFoundError):
        raise
    except (PermissionDeniedError, UnauthenticatedError) as error:
        raise StorageFailed("the bucket refuses these credentials; may they read, write, list and delete?") from error
    except BaseError as error:
        raise StorageUnavailable("the bucket does not answer; are its address and the network right?") from error


def _without_secret(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
