"""What the service asks of the place where uploads arrive."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from anchorproof.types import Upload


@dataclass(frozen=True, slots=True)
class UploadRequest:
    """What a client announces. ``sha256`` empty: not announced."""

    client: str
    name: str
    size_bytes: int
    sha256: str = ""
    request_id: str = ""


class UploadStore(Protocol):
    """Files on their way in. An offset that was acknowledged is on disk: it outlives a crash, and never shrinks while
    the upload's bytes stay on the same disk. Safe from several threads, and from several processes that share the
    folder; of several writers of one upload the last wins, and the others are told by UploadTaken.

    The bytes lie in a folder, the rows in a database. Where several machines share the database and not the folder, an
    upload that is resumed at another machine starts there from 0, which ``get`` says.
    """

    @property
    def is_at_hand(self) -> bool:
        """``get`` takes microseconds: an event loop may call it."""

    def create(self, request: UploadRequest) -> Upload:
        """The same request id gives the same upload.

        Raises:
            ClipEmpty, ClipTooLarge
            Overloaded: the client's quota, or the disk, has no room for it.
            RequestInvalid: the request id was used for another file.
        """

    def get(self, upload_id: str) -> Upload:
        """Raises NotFound, also once it has expired."""

    def open(self, upload_id: str) -> UploadWriter:
        """Raises NotFound; RequestInvalid for an upload that is finalised; UploadBusy when another process is in the
        middle of writing it, and hangs."""

    def finalize(self, upload_id: str, sha256: str = "") -> Finalized:
        """Check that all bytes are there and have that hash, or the one announced.

        Raises:
            NotFound
            UploadIncomplete: bytes are missing; the upload goes on.
            UploadCorrupt: the bytes have another hash; they are thrown away, and the upload starts again from 0.
        """

    def settle(self, upload_id: str, sha256: str) -> Upload:
        """The clip is stored elsewhere: the upload is FINALIZED and its file goes."""

    def has_sent(self, client: str, sha256: str) -> bool:
        """Whether the client has finalised an upload of these bytes that did not expire yet."""

    def delete(self, upload_id: str) -> None:
        """Raises NotFound."""

    def sweep(self) -> int:
        """Remove what has expired; how many."""

    def close(self) -> None: ...


class UploadWriter(Protocol):
    """One client's turn at writing; used by one thread at a time."""

    @property
    def offset(self) -> int:
        """Bytes received, of which some may not be on disk yet."""

    def write(self, offset: int, data: bytes, crc32c: int) -> None:
        """Bytes that are there already are passed over, so that a chunk may be repeated.

        Raises:
            OffsetWrong: the chunk would leave a gap, or goes beyond the announced size.
            ChunkCorrupt: its checksum is another.
            UploadTaken: another call writes this upload by now.
            StorageFull
        """

    def commit(self) -> int:
        """Have everything on disk; the offset that may be acknowledged."""

    def close(self) -> None:
        """Commit, if that is possible, and let go."""


@dataclass(frozen=True, slots=True)
class Finalized:
    """A complete upload: where its bytes are, or None when it was finalised before."""

    upload: Upload
    file: Path | None
