"""Uploads: rows in a database, bytes in a folder; an offset is written down after the disk has the bytes before it."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Protocol

from anchorproof.databases import Database, Row, Session
from anchorproof.errors import (
    ClipEmpty,
    ClipTooLarge,
    NotFound,
    Overloaded,
    RequestInvalid,
    StorageFailed,
    UploadCorrupt,
    UploadFault,
    UploadIncomplete,
    UploadTaken,
)
from anchorproof.settings import UploadSettings
from anchorproof.sqlite import Schema
from anchorproof.times import microseconds, to_number, to_time
from anchorproof.types import Upload, UploadState
from anchorproof.uploads.files import Turn, WritingFile, sync_folder
from anchorproof.uploads.uploads import Finalized, UploadRequest

SCHEMA = Schema(kind="uploads", package="anchorproof.uploads", application_id=0x414E4355, namespace="uploads")  # "ANCU"

_SHA256 = re.compile(r"[0-9a-f]{64}|")
_NAME = "folder-name"


class Clock(Protocol):
    """The times that uploads expire by."""

    def wall(self) -> datetime: ...

    def steady_us(self) -> int: ...


class StoredUploads:
    """``UploadStore`` over one database and one folder.

    Args:
        limit_bytes: of one file.

    Raises:
        StorageFailed: the folder cannot be used.
    """

    def __init__(
        self, database: Database, folder: Path, settings: UploadSettings, clock: Clock, limit_bytes: int
    ) -> None:
        self._database = database
        self._folder = folder
        self._settings = settings
        self._clock = clock
        self._limit_bytes = limit_bytes
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._folder_name = _folder_name(folder)
            self._remove_strangers()
        except OSError as error:
            raise StorageFailed(f"the folder for uploads cannot be used: {error.strerror}") from error

    @property
    def is_at_hand(self) -> bool:
        return self._database.is_at_hand

    def create(self, request: UploadRequest) -> Upload:
        self._check(request)
        now = self._clock.steady_us()
        with self._database.writing() as session:
            known = {"request_id": request.request_id, "now": now}
            row = session.row("find_request", **known) if request.request_id else None
            if row is not None:
                return self._same(row, request)
            self._check_room(session, request, now)
            upload_id = secrets.token_hex(16)
            session.run(
                "insert_upload",
                upload_id=upload_id,
                request_id=request.request_id or None,
                client=request.client,
                name=request.name,
                size_bytes=request.size_bytes,
                sha256=request.sha256,
                folder=self._folder_name,
                create_time=to_number(self._clock.wall()),
                expires=self._expires(),
            )
            return self._upload(self._row(session, upload_id))

    def get(self, upload_id: str) -> Upload:
        with self._database.reading() as session:
            return self._upload(self._row(session, upload_id))

    def open(self, upload_id: str) -> WritingFile:
        self.get(upload_id)
        turn = Turn(self._turn_path(upload_id))  # from here on nobody else moves the offset
        try:
            upload = self._here(upload_id)

            def commit(offset: int) -> None:
                self._commit(upload_id, offset)

            return WritingFile(self._path(upload_id), upload.offset, upload.size_bytes, turn, commit, self._settings)
        except BaseException:
            turn.close()
            raise

    def _here(self, upload_id: str) -> Upload:
        """The upload, its bytes in our folder."""
        with self._database.writing() as session:
            row = self._row(session, upload_id)
            if row["state"] == UploadState.FINALIZED:
                raise RequestInvalid("the upload is finalised; nothing more can be written to it", "upload")
            if row["folder"] != self._folder_name:  # its bytes are at another machine: the client starts again
                session.run("restart", upload_id=upload_id, folder=self._folder_name)
                row = self._row(session, upload_id)
            return self._upload(row)

    def finalize(self, upload_id: str, sha256: str = "") -> Finalized:
        upload = self.get(upload_id)
        wanted = sha256 or upload.sha256
        _check_sha256(wanted)
        if upload.state is UploadState.FINALIZED:
            if wanted != upload.sha256:
                raise UploadCorrupt
            return Finalized(upload, None)
        if upload.offset < upload.size_bytes:
            raise UploadIncomplete(upload.offset, upload.size_bytes)
        path = self._path(upload_id)
        found = _sha256_of(path)
        if wanted and found != wanted:
            self._throw_away(upload_id)
            raise UploadCorrupt
        return Finalized(replace(upload, sha256=found), path)

    def settle(self, upload_id: str, sha256: str) -> Upload:
        with self._database.writing() as session:
            self._row(session, upload_id)
            session.run("settle", upload_id=upload_id, sha256=sha256, expires=self._expires())
            upload = self._upload(self._row(session, upload_id))
        self._remove(upload_id)
        return upload

    def has_sent(self, client: str, sha256: str) -> bool:
        with self._database.reading() as session:
            return session.row("sent", client=client, sha256=sha256, now=self._clock.steady_us()) is not None

    def delete(self, upload_id: str) -> None:
        with self._database.writing() as session:
            self._row(session, upload_id)
            session.run("delete_upload", upload_id=upload_id)
        self._remove(upload_id)

    def sweep(self) -> int:
        with self._database.writing() as session:
            expired = [row["upload_id"] for row in session.rows("expired", now=self._clock.steady_us())]
            for upload_id in expired:
                session.run("delete_upload", upload_id=upload_id)
        for upload_id in expired:
            self._remove(upload_id)
        return len(expired)

    def close(self) -> None:
        self._database.close()

    # ----------------------------------------------------------------------------------------------- checks

    def _check(self, request: UploadRequest) -> None:
        if request.size_bytes <= 0:
            raise ClipEmpty
        if request.size_bytes > self._limit_bytes:
            raise ClipTooLarge(self._limit_bytes)
        _check_sha256(request.sha256)

    def _check_room(self, session: Session, request: UploadRequest, now: int) -> None:
        (usage,) = session.rows("usage", client=request.client, folder=self._folder_name, now=now)
        limits = self._settings
        if usage["uploads"] >= limits.limit_per_client:
            raise Overloaded(f"you have {usage['uploads']:,} uploads under way, which is your share; finish some first")
        if usage["bytes"] + request.size_bytes > limits.limit_bytes_per_client:
            raise Overloaded(
                f"your uploads may have {limits.limit_bytes_per_client:,} bytes together; finish some first"
            )
        free = shutil.disk_usage(self._folder).free - limits.spare_disk_bytes - usage["missing"]
        if request.size_bytes > free:
            raise Overloaded("the service's disk has no room for this upload now; try again later")

    def _same(self, row: Row, request: UploadRequest) -> Upload:
        upload = self._upload(row)
        is_same = upload.size_bytes == request.size_bytes and (
            not request.sha256 or not upload.sha256 or upload.sha256 == request.sha256
        )
        if not is_same:
            raise RequestInvalid(
                f"request_id {request.request_id!r} was used before for another file; send a new one with each upload",
                "request_id",
            )
        return upload

    # ----------------------------------------------------------------------------------------------- rows and files

    def _row(self, session: Session, upload_id: str) -> Row:
        row = session.row("get_upload", upload_id=upload_id, now=self._clock.steady_us())
        if row is None:
            raise NotFound("upload", upload_id)
        return row

    def _upload(self, row: Row) -> Upload:
        is_here = row["folder"] == self._folder_name or row["state"] == UploadState.FINALIZED
        return Upload(
            upload_id=row["upload_id"],
            client=row["client"],
            name=row["name"],
            size_bytes=row["size_bytes"],
            sha256=row["sha256"],
            request_id=row["request_id"] or "",
            state=UploadState(row["state"]),
            offset=row["committed"] if is_here else 0,
            create_time=to_time(row["create_time"]),
            expire_time=to_time(row["expires"]),
        )

    def _commit(self, upload_id: str, offset: int) -> None:
        sync_folder(self._folder)
        with self._database.writing() as session:
            self._row(session, upload_id)
            is_ours = session.run(
                "commit_bytes",
                upload_id=upload_id,
                folder=self._folder_name,
                committed=offset,
                expires=self._expires(),
            )
            if not is_ours:  # it goes on at a machine with another folder
                raise UploadTaken

    def _throw_away(self, upload_id: str) -> None:
        turn = Turn(self._turn_path(upload_id))
        try:
            with turn.held():
                with self._database.writing() as session:
                    session.run("restart", upload_id=upload_id, folder=self._folder_name)
                self._path(upload_id).unlink(missing_ok=True)
        finally:
            turn.close()

    def _expires(self) -> int:
        return self._clock.steady_us() + microseconds(self._settings.expire_s)

    def _path(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.part"

    def _turn_path(self, upload_id: str) -> Path:
        return self._folder / f"{upload_id}.turn"

    def _remove(self, upload_id: str) -> None:
        """The upload is over: whoever is still writing it learns that at the next chunk."""
        with contextlib.suppress(OSError, UploadFault):
            if self._turn_path(upload_id).exists():
                Turn(self._turn_path(upload_id)).close()
        for path in (self._path(upload_id), self._turn_path(upload_id)):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)

    def _remove_strangers(self) -> None:
        """Files whose rows are gone: the process ended between the two."""
        with self._database.reading() as session:
            known = {row["upload_id"] for row in session.rows("known", folder=self._folder_name)}
        for path in self._folder.iterdir():
            if path.suffix in (".part", ".turn") and path.stem not in known:
                path.unlink(missing_ok=True)


def _folder_name(folder: Path) -> str:
    """Tells this folder from those of other machines that share the database."""
    path = folder / _NAME
    if not path.exists():
        draft = folder / f"{_NAME}.{secrets.token_hex(4)}"
        with draft.open("x", encoding="ascii") as file:
            file.write(secrets.token_hex(8))
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # another process was faster
            path.hardlink_to(draft)
        draft.unlink()
        sync_folder(folder)
    return path.read_text(encoding="ascii")


def _check_sha256(sha256: str) -> None:
    if not _SHA256.fullmatch(sha256):
        raise RequestInvalid("sha256 must be 64 lower-case hexadecimal digits", "sha256")


def _sha256_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise StorageFailed("the upload's bytes could not be read") from error
