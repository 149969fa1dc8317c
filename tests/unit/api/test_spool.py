"""Uploads are private, bounded and always removed."""

from __future__ import annotations

import asyncio
import errno
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from anchorproof.api import spool as spool_module
from anchorproof.api.spool import Spool
from anchorproof.errors import ClipEmpty, ClipTooLarge, Overloaded, StorageFailed, StorageFull


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    with Spool(folder, limit_bytes=100, limit_uploads=2) as made:
        yield made


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]


def test_bytes_arrive_in_a_private_file_that_is_removed(spool: Spool, folder: Path) -> None:
    async def story() -> None:
        async with spool.receive(_chunks(b"one", b"", b"two")) as path:
            assert path.read_bytes() == b"onetwo"
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert _files(folder) == []

    asyncio.run(story())


@pytest.mark.parametrize(
    ("chunks", "error"), [((), ClipEmpty), ((b"", b""), ClipEmpty), ((b"x" * 60, b"x" * 41), ClipTooLarge)]
)
def test_refused_upload_leaves_nothing(
    spool: Spool, folder: Path, chunks: tuple[bytes, ...], error: type[Exception]
) -> None:
    async def story() -> None:
        async with spool.receive(_chunks(*chunks)):
            pytest.fail("must not be reached")

    with pytest.raises(error):
        asyncio.run(story())
    assert _files(folder) == []


def test_upload_of_exactly_the_limit_is_taken(spool: Spool) -> None:
    async def story() -> None:
        async with spool.receive(_chunks(b"x" * 100)) as path:
            assert path.stat().st_size == 100

    asyncio.run(story())


def test_upload_that_is_cancelled_leaves_nothing(spool: Spool, folder: Path) -> None:
    begun = asyncio.Event()

    async def slow() -> AsyncIterator[bytes]:
        yield b"some"
        begun.set()
        await asyncio.sleep(60)

    async def receive() -> None:
        async with spool.receive(slow()):
            pytest.fail("must not be reached")

    async def story() -> None:
        running = asyncio.ensure_future(receive())
        await begun.wait()
        assert len(_files(folder)) == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert _files(folder) == []

    asyncio.run(story())


def test_claimed_file_stays_until_its_claimer_removes_it(spool: Spool, folder: Path) -> None:
    async def story() -> Path:
        async with spool.receive(_chunks(b"kept")) as path:
            return spool.claim(path)

    claimed = asyncio.run(story())
    assert claimed.read_bytes() == b"kept"
    assert _files(folder) == [claimed]


@pytest.mark.parametrize(("number", "error"), [(errno.ENOSPC, StorageFull), (errno.EIO, StorageFailed)])
def test_disk_errors_become_ours(
    spool: Spool, folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, error: type[Exception]
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, "no", "/secret/path")

    monkeypatch.setattr(spool_module, "_write_all", fail)

    async def story() -> None:
        async with spool.receive(_chunks(b"x")):
            pytest.fail("must not be reached")

    with pytest.raises(error) as caught:
        asyncio.run(story())
    assert type(caught.value) is error
    assert "secret" not in str(caught.value)
    assert _files(folder) == []


def test_leftovers_of_a_dead_server_go_and_a_living_one_keeps_its_files(folder: Path) -> None:
    async def story() -> None:
        with Spool(folder, 100, 2) as living:
            async with living.receive(_chunks(b"mine")) as path:
                leftover = folder / "dead" / "clip"
                leftover.parent.mkdir()
                leftover.write_bytes(b"old")
                with Spool(folder, 100, 2):
                    assert not leftover.parent.exists()
                    assert path.read_bytes() == b"mine"

    asyncio.run(story())
    assert list(folder.iterdir()) == []


def test_spool_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageFailed, match="cannot be used"):
        Spool(tmp_path / "file" / "spool", 100, 2)


def test_no_descriptors_are_left_open(folder: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))

    async def story(spool: Spool) -> None:
        async with spool.receive(_chunks(b"x")):
            pass

    for _ in range(5):
        with Spool(folder, 100, 2) as spool:
            asyncio.run(story(spool))
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 1


def test_uploads_over_the_limit_are_turned_away_until_there_is_room(spool: Spool) -> None:
    async def story() -> None:
        gates = [asyncio.Event(), asyncio.Event()]

        async def slow(gate: asyncio.Event) -> AsyncIterator[bytes]:
            yield b"x"
            await gate.wait()

        async def receive(chunks: AsyncIterator[bytes]) -> None:
            async with spool.receive(chunks):
                pass

        running = [asyncio.ensure_future(receive(slow(gate))) for gate in gates]
        await asyncio.sleep(0.05)
        with pytest.raises(Overloaded, match="2 uploads are under way"):
            await receive(_chunks(b"x"))
        gates[0].set()
        await running[0]
        await receive(_chunks(b"x"))
        gates[1].set()
        await running[1]

    asyncio.run(story())
