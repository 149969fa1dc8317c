"""The archive on disk: programmes with their fingerprints in SQLite, retained references in files beside it."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from anchorproof import pages
from anchorproof.errors import NotFound, Overloaded, StorageFailed
from anchorproof.footage import photographs
from anchorproof.footage.index import ArchiveIndex
from anchorproof.footage.prints import PICTURE_BITS, Fingerprint, Hashes, PicturePrint, SoundPrint
from anchorproof.footage.references import ReferenceFolder
from anchorproof.sqlite import BUSY_TIMEOUT_S, Database, Schema
from anchorproof.times import now, to_time
from anchorproof.types import Programme

SCHEMA = Schema(kind="footage archive", package="anchorproof.footage", application_id=0x414E4346)  # "ANCF"
#: How the hashes are made; prints of another method cannot be compared with these, and wait for re-enrolment.
METHOD = "pdq-128px-whole-inner+chromaprint-2"
LIMIT_TITLE = 500

Result = TypeVar("Result")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ProgrammeMaterial:
    """What one file yields for the archive; references, if any, are in the folder under ``programme_id`` already.

    ``photograph`` holds what is kept of a photograph (``photographs.photograph_hashes``), whose fingerprint is empty.
    """

    programme_id: str
    media_sha256: str
    duration_s: float
    fingerprint: Fingerprint
    references_bytes: int = 0
    photograph: Hashes | None = None


@dataclass(frozen=True, slots=True)
class Totals:
    """What is searched, and how many programmes wait to be enrolled again (their prints are of an earlier method);
    photographs are counted by themselves."""

    programmes: int
    duration_s: float
    outdated: int
    photographs: int = 0


class FootageStore:
    """All enrolled programmes; safe from several threads and processes.

    A method that returns has its change on disk; one that raises changed nothing.

    Raises:
        StorageFailed: the file cannot be opened, or is damaged or of a newer version.
    """

    def __init__(self, path: Path, references: Path) -> None:
        self._database = Database(path, SCHEMA)
        self.references = ReferenceFolder(references)
        self._index: tuple[int, ArchiveIndex] | None = None
        self._index_prints: dict[str, Fingerprint] = {}
        self._photographs: tuple[int, dict[str, Hashes]] | None = None
        self._index_lock = threading.Lock()
        self._erasing_lock = threading.Lock()
        # What a process that died had left to do.
        self.references.finish_erasing()
        self._erase(patience_s=0.0)

    def __enter__(self) -> FootageStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._database.close()

    @staticmethod
    def new_id() -> str:
        return uuid.uuid4().hex

    def add(self, material: ProgrammeMaterial, title: str = "", outlet: str = "") -> Programme:
        """Keep a programme; the same bytes give the programme they gave before (its references stay as they are).

        One that was enrolled by an earlier ``METHOD`` is replaced: it gives way to a new programme, under its own title
        and outlet where no others are given.
        """
        with self._database.writing() as session:
            earlier = session.row("find_media", media_sha256=material.media_sha256)
            if earlier is not None and earlier["method"] in (METHOD, photographs.METHOD):
                self.references.erase(material.programme_id)
                return _programme(earlier)
            if earlier is not None:
                title, outlet = title or earlier["title"], outlet or earlier["outlet"]
                session.run("delete_programme", programme_id=earlier["programme_id"])
                session.run("insert_erasure")
            print_ = material.fingerprint
            session.run(
                "insert_programme",
                programme_id=material.programme_id,
                title=_clean(title),
                outlet=_clean(outlet),
                media_sha256=material.media_sha256,
                duration_s=material.duration_s,
                now=now(),
                pictures=len(print_.pictures) if material.photograph is None else 1,
                sound_items=len(print_.sounds),
                references_bytes=material.references_bytes,
            )
            if material.photograph is None:
                session.run("insert_print", programme_id=material.programme_id, method=METHOD, **_blobs(print_))
            else:
                hashes = material.photograph.tobytes()
                session.run(
                    "insert_photograph", programme_id=material.programme_id, method=photographs.METHOD, hashes=hashes
                )
            row = session.row("get_programme", programme_id=material.programme_id)
        assert row is not None
        if earlier is not None:
            # After the row: references without one are litter, a row without its references would be a loss.
            self.references.erase(earlier["programme_id"])
            self._erase()
        return _programme(row)

    def get(self, programme_id: str) -> Programme:
        """Raises NotFound."""
        with self._database.reading() as session:
            row = session.row("get_programme", programme_id=programme_id)
        if row is None:
            raise NotFound("programme", programme_id)
        return _programme(row)

    def find_media(self, media_sha256: str) -> Programme | None:
        """The programme that these bytes gave, so that nothing is computed twice."""
        with self._database.reading() as session:
            row = session.row("find_media", media_sha256=media_sha256)
        return None if row is None or row["method"] not in (METHOD, photographs.METHOD) else _programme(row)

    def programmes(self, page_size: int = 0, page_token: str = "") -> tuple[list[Programme], str]:
        """One page in the order of enrolment, and the next page's token (empty: no more)."""
        limit = pages.rows_per_page(page_size)
        (after,) = pages.read_token(page_token, "programmes", 1) if page_token else (0,)
        with self._database.reading() as session:
            rows = session.rows("list_programmes", after=after, rows=limit + 1)
        token = pages.write_token([rows[limit - 1]["sequence"]], "programmes") if len(rows) > limit else ""
        return [_programme(row) for row in rows[:limit]], token

    def totals(self) -> Totals:
        with self._database.reading() as session:
            row = session.row("totals", method=METHOD)
            counted = session.row("count_photographs", method=photographs.METHOD)
        assert row is not None
        assert counted is not None
        return Totals(row["programmes"], row["duration_s"], row["outdated"], counted["photographs"])

    def has_references(self) -> bool:
        with self._database.reading() as session:
            return session.row("any_references") is not None

    def delete(self, programme_id: str) -> None:
        """Erase a programme: its row, its hashes and its retained references, in the files too; raises NotFound."""
        self.get(programme_id)
        # First, so that no note of what is still to be erased needs to be kept.
        self.references.erase(programme_id)
        with self._database.writing() as session:
            if not session.run("delete_programme", programme_id=programme_id):
                raise NotFound("programme", programme_id)
            session.run("insert_erasure")
        self._erase()

    # ------------------------------------------------------------------------------------------ watched folders

    def is_seen(self, file_key: str) -> bool:
        with self._database.reading() as session:
            return session.row("find_file", file_key=file_key, method=METHOD) is not None

    def remember_file(self, file_key: str, programme_id: str, reason: str = "") -> None:
        """The file needs no second look: it gave this programme, or ``reason`` says why none."""
        with self._database.writing() as session:
            session.run("insert_file", file_key=file_key, programme_id=programme_id, reason=reason)

    # -------------------------------------------------------------------------------------------------- searching

    def searching(self, work: Callable[[ArchiveIndex], Result]) -> Result:
        """``work`` with the index of all programmes as they are now; one at a time in this process.

        Hashes are read again only for programmes that were added since, by this or another process.
        """
        with self._index_lock:
            # The version is read before the rows: a change in between costs one reading too many, never one too few.
            version = self._database.data_version()
            if self._index is None or self._index[0] != version:
                index = ArchiveIndex() if self._index is None else self._index[1]
                index.update(self._read_prints())
                self._index = (version, index)
            return work(self._index[1])

    def photographs(self) -> dict[str, Hashes]:
        """What is kept of each photograph, by its id."""
        with self._index_lock:
            version = self._database.data_version()
            if self._photographs is None or self._photographs[0] != version:
                with self._database.reading() as session:
                    rows = session.rows("list_photographs", method=photographs.METHOD)
                kept = {row["programme_id"]: _rows_of(row["hashes"]) for row in rows}
                self._photographs = (version, kept)
            return self._photographs[1]

    def _read_prints(self) -> dict[str, Fingerprint]:
        with self._database.reading() as session:
            found = {}
            for row in session.rows("list_ids", method=METHOD):
                key = row["programme_id"]
                known = self._index_prints.get(key)
                found[key] = known or _fingerprint(session.row("get_print", programme_id=key))
        self._index_prints = found
        return found

    # -------------------------------------------------------------------------------------------------- erasing

    def _erase(self, patience_s: float = BUSY_TIMEOUT_S) -> None:
        """Rid the files of what was deleted so far, by this or another process; the deletions stand in any case."""
        try:
            self._rewrite(patience_s)
        except (StorageFailed, Overloaded) as error:
            _log.warning("traces of deleted programmes stay in the footage archive for now: %s", error)

    def _rewrite(self, patience_s: float) -> None:
        with self._erasing_lock:
            with self._database.reading() as session:
                row = session.row("last_erasure")
            if row is None or row["sequence"] is None:
                return
            if not self._database.compact(patience_s):
                _log.warning("traces of deleted programmes stay in the archive's log until its readers finish")
                return
            with self._database.writing() as session:
                session.run("finish_erasures", sequence=row["sequence"])


def file_key(path: Path) -> str:
    """Names one state of one file without keeping its name."""
    status = path.stat()
    return hashlib.sha256(f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}".encode()).hexdigest()


def _clean(title: str) -> str:
    return "".join(mark for mark in title if mark.isprintable()).strip()[:LIMIT_TITLE]


# Rows and values: the only lines that know how things are stored.


def _programme(row: sqlite3.Row) -> Programme:
    return Programme(
        programme_id=row["programme_id"],
        title=row["title"],
        outlet=row["outlet"],
        media_sha256=row["media_sha256"],
        duration_s=row["duration_s"],
        create_time=to_time(row["create_time"]),
        pictures=row["pictures"],
        sound_items=row["sound_items"],
        references_bytes=row["references_bytes"],
        is_photograph=bool(row["is_photograph"]),
    )


def _blobs(print_: Fingerprint) -> dict[str, bytes | float]:
    return {
        "picture_times": print_.pictures.times_s.astype("<f4").tobytes(),
        "picture_hashes": print_.pictures.hashes.tobytes(),
        "picture_inner": print_.pictures.inner.tobytes(),
        "picture_cuts": np.packbits(print_.pictures.is_cut).tobytes(),
        "sound_start_s": print_.sounds.start_s,
        "sound_data": print_.sounds.items.astype("<u4").tobytes(),
    }


def _fingerprint(row: sqlite3.Row | None) -> Fingerprint:
    assert row is not None
    times = np.frombuffer(row["picture_times"], "<f4").astype(np.float32)
    whole, inner = (_hashes(row[name], len(times)) for name in ("picture_hashes", "picture_inner"))
    cuts = np.unpackbits(np.frombuffer(row["picture_cuts"], np.uint8), count=len(times)).astype(np.bool_)
    items = np.frombuffer(row["sound_items"], "<u4").astype(np.uint32)
    return Fingerprint(PicturePrint(times, whole, inner, cuts), SoundPrint(items, row["sound_start_s"]))


def _rows_of(blob: bytes) -> Hashes:
    return _hashes(blob, len(blob) // (PICTURE_BITS // 8))


def _hashes(blob: bytes, count: int) -> Hashes:
    return np.frombuffer(blob, np.uint8).reshape(count, PICTURE_BITS // 8)
