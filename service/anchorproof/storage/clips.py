"""What the service asks of the place where clips lie, whatever that is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from anchorproof.errors import RequestInvalid

#: Read and sent in portions of this size.
CHUNK_BYTES = 1024**2
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A clip at hand; ``stored_at`` (UTC) is when it was last put."""

    sha256: str
    size_bytes: int
    stored_at: datetime


class ClipStore(Protocol):
    """Clips by the SHA-256 of their bytes (64 lower-case hexadecimal digits).

    Safe from several threads, processes and machines: equal clips are one clip, a reader sees a whole clip or none, and
    an acknowledged ``put`` outlives a crash. All methods raise StorageUnavailable when the place cannot be reached and
    StorageFailed when it cannot be used; those that read a clip raise NotFound where there is none.
    """

    @property
    def where(self) -> str:
        """The place, as it may be shown to an operator: no secret."""

    def put(self, file: Path, sha256: str, *, may_link: bool = False) -> StoredClip:
        """Keep the file's bytes; they are durable when this returns. A clip that is there already is kept anew.

        Args:
            may_link: nobody will change the file any more (removing it is fine), and the caller knows its hash to be
                right, so it need not be read again where a second name for it will do.

        Raises:
            RequestInvalid: the file's bytes have another hash; nothing was kept.
            StorageFull
        """

    def find(self, sha256: str) -> StoredClip | None: ...

    def read(self, sha256: str, start: int = 0, length: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` on, at most ``length`` of them, in portions of at most ``CHUNK_BYTES``.

        Raises:
            RequestInvalid: the range is negative or begins behind the clip's end.
        """

    def local(self, sha256: str) -> AbstractContextManager[Path]:
        """The clip as a file of this machine, to be read and not changed, for as long as the block lasts.

        Raises:
            StorageFailed: the clip's bytes are no longer those that were put.
        """

    def delete(self, sha256: str) -> bool:
        """Whether there was something to delete."""

    def discard(self, sha256: str, stored_before: datetime) -> bool:
        """Delete the clip unless it was put again at or after that time; whether it was deleted."""

    def clips(self) -> Iterator[StoredClip]:
        """All, in no order; clips that come or go meanwhile may be left out."""

    def check(self) -> None:
        """Put, read and delete a few bytes."""

    def close(self) -> None: ...


def check_sha256(sha256: str) -> str:
    """The same text.

    Raises:
        RequestInvalid: it is no SHA-256. What it names becomes a part of paths, so nothing else may pass.
    """
    if not _SHA256.fullmatch(sha256):
        raise RequestInvalid("a clip's sha256 must be 64 lower-case hexadecimal digits", "sha256")
    return sha256


def check_range(start: int, length: int | None, size_bytes: int) -> int:
    """The number of bytes that the range gives.

    Raises:
        RequestInvalid
    """
    if start < 0 or (length is not None and length < 0) or start > size_bytes:
        raise RequestInvalid(f"the range must lie in the clip's {size_bytes:,} bytes; got {length} from {start}")
    rest = size_bytes - start
    return rest if length is None else min(length, rest)


def key(sha256: str) -> str:
    """The clip's path under the store's root: a folder of a million files is slow to list on some file systems."""
    return f"{check_sha256(sha256)[:2]}/{sha256}"
