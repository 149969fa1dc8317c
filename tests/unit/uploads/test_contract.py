"""The promises of an UploadStore, kept by every engine."""

from __future__ import annotations

import contextlib
import hashlib
import random
import resource
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import google_crc32c
import pytest

from anchorproof.errors import (
    ChunkCorrupt,
    ClipEmpty,
    ClipTooLarge,
    NotFound,
    OffsetWrong,
    Overloaded,
    RequestInvalid,
    UploadBusy,
    UploadCorrupt,
    UploadIncomplete,
    UploadTaken,
)
from anchorproof.locks import hold
from anchorproof.opening import open_database
from anchorproof.settings import UploadSettings
from anchorproof.types import Upload, UploadState
from anchorproof.uploads.store import SCHEMA, StoredUploads
from anchorproof.uploads.uploads import UploadRequest, UploadStore, UploadWriter
from tests.queues import TurnedClock

DATA = bytes(range(256)) * 40
SHA256 = hashlib.sha256(DATA).hexdigest()
LIMITS = UploadSettings(limit_per_client=3, limit_bytes_per_client=40_000, spare_disk_bytes=0, commit_bytes=4000)
MakeUploads = Callable[..., UploadStore]
Closing = Callable[[UploadWriter], UploadWriter]


@pytest.fixture(params=["sqlite", "postgres"])
def address(request: pytest.FixtureRequest) -> str:
    """Of the database; empty: a file."""
    return str(request.getfixturevalue("postgres_url")) if request.param == "postgres" else ""


@pytest.fixture
def make(address: str, tmp_path: Path, clock: TurnedClock) -> MakeUploads:
    """Opens one and the same store, as often as wanted."""

    def open_at(folder: str = "here", settings: UploadSettings = LIMITS) -> UploadStore:
        database = open_database(address, tmp_path / "uploads.sqlite3", SCHEMA)
        return StoredUploads(database, tmp_path / folder, settings, clock, 20_000)

    return open_at


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def uploads(make: MakeUploads) -> Iterator[UploadStore]:
    made = make()
    yield made
    made.close()


@pytest.fixture
def closing() -> Iterator[Closing]:
    """Closes at the end what passed through it."""
    with contextlib.ExitStack() as stack:

        def keep(writer: UploadWriter) -> UploadWriter:
            stack.callback(writer.close)
            return writer

        yield keep


def _create(uploads: UploadStore, client: str = "ada", **fields: object) -> Upload:
    wanted = UploadRequest(client, "clip.mp4", len(DATA))
    return uploads.create(replace(wanted, **fields))  # type: ignore[arg-type]


def _write(writer: UploadWriter, start: int, end: int) -> None:
    data = DATA[start:end]
    writer.write(start, data, google_crc32c.value(data))


def _send(uploads: UploadStore, upload_id: str, start: int, end: int) -> None:
    writer = uploads.open(upload_id)
    for at in range(start, end, 1000):
        _write(writer, at, min(at + 1000, end))
    writer.close()


def test_upload_in_pieces_is_whole(uploads: UploadStore) -> None:
    upload = _create(uploads)
    assert (upload.offset, upload.state) == (0, UploadState.ACTIVE)
    _send(uploads, upload.upload_id, 0, 3500)
    assert uploads.get(upload.upload_id).offset == 3500
    with pytest.raises(UploadIncomplete, match="3,500 of 10,240 bytes are here"):
        uploads.finalize(upload.upload_id)
    _send(uploads, upload.upload_id, 3500, len(DATA))
    done = uploads.finalize(upload.upload_id, SHA256)
    assert done.upload.sha256 == SHA256
    assert done.file is not None
    assert done.file.read_bytes() == DATA
    settled = uploads.settle(upload.upload_id, SHA256)
    assert (settled.state, settled.sha256, settled.offset) == (UploadState.FINALIZED, SHA256, len(DATA))
    assert not done.file.exists()
    assert uploads.finalize(upload.upload_id).file is None
    with pytest.raises(RequestInvalid, match="finalised"):
        uploads.open(upload.upload_id)


def test_only_what_is_on_disk_is_acknowledged(uploads: UploadStore, closing: Closing) -> None:
    upload = _create(uploads)
    writer = closing(uploads.open(upload.upload_id))
    _write(writer, 0, 1000)
    assert (writer.offset, uploads.get(upload.upload_id).offset) == (1000, 0)
    _write(writer, 1000, 4500)
    assert uploads.get(upload.upload_id).offset == 4500, "as much as is committed at once"
    _write(writer, 4500, 5000)
    assert writer.commit() == 5000
    assert uploads.get(upload.upload_id).offset == 5000


def test_acknowledged_bytes_outlive_a_kill_and_others_are_sent_again(
    make: MakeUploads, tmp_path: Path, address: str
) -> None:
    uploads = make()
    upload = _create(uploads)
    script = f"""
        import os, signal
        from pathlib import Path
        import google_crc32c
        from anchorproof.opening import open_database
        from anchorproof.uploads.store import SCHEMA, StoredUploads
        from tests.queues import TurnedClock
        from tests.unit.uploads.test_contract import DATA, LIMITS
        store = StoredUploads(
            open_database({address!r}, Path({str(tmp_path)!r}) / "uploads.sqlite3", SCHEMA),
            Path({str(tmp_path)!r}) / "here", LIMITS, TurnedClock(), 20_000)
        writer = store.open({upload.upload_id!r})
        writer.write(0, DATA[:5000], google_crc32c.value(DATA[:5000]))
        writer.write(5000, DATA[5000:6000], google_crc32c.value(DATA[5000:6000]))
        os.kill(os.getpid(), signal.SIGKILL)
    """
    subprocess.run([sys.executable, "-c", textwrap.dedent(script)], check=False, timeout=60)
    again = make()
    assert again.get(upload.upload_id).offset == 5000
    _send(again, upload.upload_id, 5000, len(DATA))
    assert again.finalize(upload.upload_id, SHA256).upload.sha256 == SHA256
    again.close()
    uploads.close()


def test_chunks_may_be_repeated_but_not_leave_a_gap(uploads: UploadStore, closing: Closing) -> None:
    writer = closing(uploads.open(_create(uploads).upload_id))
    _write(writer, 0, 1000)
    _write(writer, 0, 1000)
    _write(writer, 500, 1500)
    assert writer.offset == 1500
    with pytest.raises(OffsetWrong, match="a chunk at 1,600 does not fit: 1,500 of 10,240 bytes are here") as caught:
        _write(writer, 1600, 1700)
    assert caught.value.offset == 1500
    with pytest.raises(OffsetWrong):
        writer.write(1500, DATA, google_crc32c.value(DATA))  # beyond the end
    with pytest.raises(OffsetWrong):
        writer.write(-1, b"x", google_crc32c.value(b"x"))
    with pytest.raises(ChunkCorrupt):
        writer.write(1500, b"abc", google_crc32c.value(b"abd"))
    assert writer.offset == 1500


def test_last_writer_wins(uploads: UploadStore) -> None:
    upload_id = _create(uploads).upload_id
    first = uploads.open(upload_id)
    _write(first, 0, 5000)
    _write(first, 5000, 5100)
    second = uploads.open(upload_id)
    assert second.offset == 5000
    with pytest.raises(UploadTaken):
        _write(first, 5100, 5200)
    first.close()
    _write(second, 5000, len(DATA))
    second.close()
    assert uploads.finalize(upload_id, SHA256).upload.sha256 == SHA256


def test_last_writer_wins_also_between_front_ends_that_share_the_folder(make: MakeUploads) -> None:
    """What the first had not committed is cut off, and it can neither write nor commit any more."""
    here, there = make(), make()
    upload_id = _create(here).upload_id
    first = here.open(upload_id)
    _write(first, 0, 5000)
    _write(first, 5000, 6000)
    second = there.open(upload_id)
    assert second.offset == 5000
    for late in (lambda: _write(first, 6000, 7000), first.commit):
        with pytest.raises(UploadTaken):
            late()
    _write(second, 5000, len(DATA))
    first.close()
    second.close()
    assert there.get(upload_id).offset == here.get(upload_id).offset == len(DATA)
    assert here.finalize(upload_id, SHA256).upload.sha256 == SHA256
    here.close()
    there.close()


def test_front_ends_at_one_upload_by_turns_lose_no_byte(make: MakeUploads) -> None:
    stores = [make(), make()]
    upload_id = _create(stores[0]).upload_id
    lock, done = threading.Lock(), threading.Event()

    def send(number: int) -> None:
        """As a client does that is told its call is over: ask where to go on, and go on there."""
        chance = random.Random(number)
        while not done.is_set():
            with contextlib.suppress(UploadTaken, OffsetWrong), contextlib.closing(stores[number].open(upload_id)) as w:
                while w.offset < len(DATA) and chance.random() < 0.9:
                    _write(w, w.offset, min(len(DATA), w.offset + 300))
                    time.sleep(0.001)
                with lock:
                    if w.commit() == len(DATA):
                        done.set()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(send, range(2)))
    assert stores[1].finalize(upload_id, SHA256).upload.sha256 == SHA256
    for store in stores:
        store.close()


def test_upload_that_a_hanging_process_is_writing_is_refused_until_it_goes_on(
    make: MakeUploads, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("anchorproof.uploads.files._PATIENCE_S", 0.05)
    uploads = make()
    upload_id = _create(uploads).upload_id
    writer = uploads.open(upload_id)
    with hold(tmp_path / "here" / f"{upload_id}.turn"):
        with pytest.raises(UploadBusy, match="try again in some seconds"):
            uploads.open(upload_id)
        with pytest.raises(UploadBusy):
            _write(writer, 0, 10)
    _write(writer, 0, len(DATA))
    writer.close()
    assert uploads.finalize(upload_id, SHA256).upload.sha256 == SHA256
    uploads.settle(upload_id, SHA256)
    assert [path.name for path in (tmp_path / "here").iterdir()] == ["folder-name"]
    uploads.close()


def test_wrong_hash_throws_the_bytes_away_and_the_upload_starts_again(uploads: UploadStore) -> None:
    upload_id = _create(uploads, sha256="00" * 32).upload_id
    _send(uploads, upload_id, 0, len(DATA))
    with pytest.raises(UploadCorrupt):
        uploads.finalize(upload_id)
    assert uploads.get(upload_id).offset == 0
    _send(uploads, upload_id, 0, len(DATA))
    assert uploads.finalize(upload_id, SHA256).upload.sha256 == SHA256


def test_same_request_id_at_once_is_one_upload(uploads: UploadStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(threads.map(lambda _: _create(uploads, request_id="r-1"), range(30)))
    assert len({upload.upload_id for upload in made}) == 1
    with pytest.raises(RequestInvalid, match="another file"):
        _create(uploads, request_id="r-1", size_bytes=5)


def test_quotas_are_per_client_and_free_again_when_an_upload_ends(uploads: UploadStore) -> None:
    with pytest.raises(ClipEmpty):
        _create(uploads, size_bytes=0)
    with pytest.raises(ClipTooLarge):
        _create(uploads, size_bytes=20_001)
    first = _create(uploads)
    _create(uploads, size_bytes=20_000)
    with pytest.raises(Overloaded, match="40,000 bytes together"):
        _create(uploads)
    _create(uploads, size_bytes=1)
    with pytest.raises(Overloaded, match="3 uploads under way"):
        _create(uploads, size_bytes=1)
    _create(uploads, "bob")
    uploads.delete(first.upload_id)
    _create(uploads, size_bytes=1)


def test_full_disk_is_said_before_the_bytes_come(make: MakeUploads) -> None:
    uploads = make(settings=replace(LIMITS, spare_disk_bytes=2**62))
    with pytest.raises(Overloaded, match="no room"):
        _create(uploads)
    uploads.close()


def test_upload_expires_when_nothing_comes_for_long_and_its_file_goes(
    uploads: UploadStore, clock: TurnedClock, tmp_path: Path
) -> None:
    upload_id = _create(uploads).upload_id
    _send(uploads, upload_id, 0, 5000)
    clock.pass_s(LIMITS.expire_s - 10)
    _send(uploads, upload_id, 5000, 6000)
    clock.step_s(LIMITS.expire_s * 100)  # somebody sets the clock
    clock.pass_s(20)
    assert uploads.sweep() == 0
    assert uploads.get(upload_id).offset == 6000
    assert len(list((tmp_path / "here").glob("*.part"))) == 1
    clock.pass_s(LIMITS.expire_s)
    with pytest.raises(NotFound):
        uploads.get(upload_id)
    assert uploads.sweep() == 1
    assert list((tmp_path / "here").glob("*.part")) == []


def test_upload_resumed_at_a_machine_without_its_bytes_starts_there_from_0(make: MakeUploads) -> None:
    here, there = make("here"), make("there")
    upload_id = _create(here).upload_id
    _send(here, upload_id, 0, 5000)
    assert there.get(upload_id).offset == 0
    _send(there, upload_id, 0, len(DATA))
    assert there.finalize(upload_id, SHA256).upload.sha256 == SHA256
    assert here.get(upload_id).offset == 0
    here.close()
    there.close()


def test_file_over_a_quota_is_storage_full_and_goes_on_with_room(
    make: MakeUploads, tmp_path: Path, address: str
) -> None:
    """A limit on file sizes stands for a full disk: the system refuses the same write."""
    script = f"""
        import resource, signal
        from pathlib import Path
        import google_crc32c
        from anchorproof.errors import StorageFull
        from anchorproof.opening import open_database
        from anchorproof.uploads.store import SCHEMA, StoredUploads
        from anchorproof.uploads.uploads import UploadRequest
        from tests.queues import TurnedClock
        from tests.unit.uploads.test_contract import DATA, LIMITS
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        data = DATA * 400
        store = StoredUploads(
            open_database({address!r}, Path({str(tmp_path)!r}) / "uploads.sqlite3", SCHEMA),
            Path({str(tmp_path)!r}) / "here", LIMITS.__class__(spare_disk_bytes=0), TurnedClock(), 2**30)
        upload = store.create(UploadRequest("ada", "big", len(data), request_id="big"))
        writer = store.open(upload.upload_id)
        writer.write(0, data[:1_000_000], google_crc32c.value(data[:1_000_000]))
        print(writer.commit())
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, {resource.RLIM_INFINITY}))
        try:
            writer.write(1_000_000, data[1_000_000:], google_crc32c.value(data[1_000_000:]))
        except StorageFull:
            print("full")
        resource.setrlimit(resource.RLIMIT_FSIZE, ({resource.RLIM_INFINITY}, {resource.RLIM_INFINITY}))
        writer.close()
        at = store.get(upload.upload_id).offset
        writer = store.open(upload.upload_id)
        writer.write(at, data[at:], google_crc32c.value(data[at:]))
        writer.close()
        print(at >= 1_000_000, store.finalize(upload.upload_id).upload.sha256)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script)], check=True, timeout=60, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1000000", "full", "True", hashlib.sha256(DATA * 400).hexdigest()]
    make().close()
