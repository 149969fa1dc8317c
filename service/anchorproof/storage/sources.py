"""Clips that the service fetches itself: from folders and buckets that the operator listed, and from nowhere else."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from urllib.parse import unquote, urlsplit

from anchorproof.errors import ClipEmpty, ClipTooLarge, RequestInvalid, SourceUnreachable, StorageFailed, StorageFull

BUCKETS = ("s3", "gs", "az")
_CHUNK_BYTES = 1024**2
LIMIT_URI = 2048


def check_source(uri: str, roots: Sequence[str]) -> None:
    """Raises RequestInvalid for an address that lies under none of the roots."""
    if len(uri) > LIMIT_URI:
        raise RequestInvalid(f"uri has {len(uri):,} characters; the limit is {LIMIT_URI:,}", "uri")
    if _root_of(uri, roots) is None:
        raise RequestInvalid(
            "uri must lie under one of the addresses that this service may read (setting queue.sources); upload the "
            "clip instead, or have the operator add the address",
            "uri",
        )


def source_name(uri: str) -> str:
    """The last part of the address."""
    return PurePosixPath(unquote(urlsplit(uri).path)).name


def fetch(uri: str, roots: Sequence[str], into: Path, limit_bytes: int, allow_http: bool = False) -> tuple[str, int]:
    """Copies the clip into the file ``into``; its sha256 and size.

    Raises:
        RequestInvalid: the address lies under none of the roots, links followed.
        SourceUnreachable: nothing is there, or it may not be read, or it does not answer.
        ClipEmpty, ClipTooLarge, StorageFull, StorageFailed
    """
    check_source(uri, roots)
    if urlsplit(uri).scheme == "file":
        return _keep(_file_chunks(uri, roots), into, limit_bytes)
    return _keep(_bucket_chunks(uri, allow_http), into, limit_bytes)


def _root_of(uri: str, roots: Sequence[str]) -> str | None:
    parts = urlsplit(uri)
    steps = _steps(parts.path)
    if parts.query or parts.fragment or ".." in steps or "@" in parts.netloc or not steps or "\0" in unquote(uri):
        return None
    for root in roots:
        allowed = urlsplit(root)
        begin = _steps(allowed.path)
        if (allowed.scheme, allowed.netloc) == (parts.scheme, parts.netloc) and steps[: len(begin)] == begin:
            return root if len(steps) > len(begin) else None
    return None


def _steps(path: str) -> list[str]:
    return [step for step in unquote(path).split("/") if step not in ("", ".")]


def _file_chunks(uri: str, roots: Sequence[str]) -> Iterator[bytes]:
    root = _root_of(uri, roots)
    assert root is not None
    inside = Path(unquote(urlsplit(root).path)).resolve()
    path = Path(unquote(urlsplit(uri).path))
    try:
        file = _open_inside(path, inside)
    except OSError as error:
        raise SourceUnreachable("the file at this address cannot be read; is it there, and may it be read?") from error
    with file:
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


def _open_inside(path: Path, inside: Path) -> BinaryIO:
    """Only a regular file, and only where links do not lead out of the root: judged by what was really opened."""
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)  # a pipe would block
    file = os.fdopen(handle, "rb")
    try:
        opened = Path(f"/proc/self/fd/{handle}")
        where = opened.resolve() if opened.exists() else path.resolve()
        if not stat.S_ISREG(os.fstat(handle).st_mode) or not where.is_relative_to(inside):
            raise RequestInvalid("uri leads out of the addresses that this service may read", "uri")
    except BaseException:
        file.close()
        raise
    return file


def _bucket_chunks(uri: str, allow_http: bool) -> Iterator[bytes]:
    import obstore  # slow to import
    from obstore.exceptions import BaseError
    from obstore.store import from_url

    parts = urlsplit(uri)
    try:
        store = from_url(f"{parts.scheme}://{parts.netloc}", client_options={"allow_http": allow_http})
        for chunk in obstore.get(store, "/".join(_steps(parts.path))).stream(min_chunk_size=_CHUNK_BYTES):
            yield bytes(chunk)
    except (BaseError, FileNotFoundError, PermissionError, ValueError) as error:
        raise SourceUnreachable("the object at this address cannot be read; is it there, may it be read?") from error


def _keep(chunks: Iterator[bytes], into: Path, limit_bytes: int) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    with into.open("wb") as file:
        for chunk in chunks:
            size += len(chunk)
            if size > limit_bytes:
                raise ClipTooLarge(limit_bytes)
            digest.update(chunk)
            _write(file, chunk)
    if not size:
        raise ClipEmpty
    return digest.hexdigest(), size


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise (StorageFull() if error.errno == 28 else StorageFailed("the clip could not be kept")) from error
