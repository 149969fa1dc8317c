"""The promises of a ClipStore, kept by a folder and by a bucket of an S3-compatible server."""

from __future__ import annotations

import hashlib
import multiprocessing
import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from obstore.store import from_url

from anchorproof.errors import NotFound, RequestInvalid, StorageFailed, StorageFull, StorageUnavailable
from anchorproof.settings import Settings
from anchorproof.storage.bucket import BucketClips
from anchorproof.storage.clips import CHUNK_BYTES, ClipStore
from anchorproof.storage.folder import FolderClips
from anchorproof.storage.opening import open_clips

#: The program of an S3-compatible server, such as moto's ``moto_server``; called with ``-p PORT``.
S3_SERVER = "ANCHORPROOF_TEST_S3_SERVER"
MakeFile = Callable[[bytes], tuple[Path, str]]


@pytest.fixture(scope="module")
def s3_address() -> Iterator[str]:
    program = os.environ.get(S3_SERVER) or shutil.which("moto_server")
    if program is None:
        pytest.skip(f"no S3-compatible server here ({S3_SERVER}=.../moto_server names one)")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [program, "-H", "127.0.0.1", "-p", str(port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server)
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the S3-compatible server ended"
        try:
            httpx.get(address)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("the S3-compatible server does not answer")


@pytest.fixture
def bucket_url(s3_address: str, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in {
        "AWS_ENDPOINT_URL": s3_address,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    bucket = f"clips-{secrets.token_hex(6)}"
    httpx.put(f"{s3_address}/{bucket}").raise_for_status()
    return f"s3://{bucket}/newsroom"


@pytest.fixture(params=["folder", "bucket"])
def clips(request: pytest.FixtureRequest, tmp_path: Path) -> ClipStore:
    if request.param == "folder":
        return FolderClips(tmp_path / "clips")
    return BucketClips(request.getfixturevalue("bucket_url"), tmp_path / "at-hand", allow_http=True)


@pytest.fixture
def make_file(tmp_path: Path) -> MakeFile:
    def make(data: bytes) -> tuple[Path, str]:
        path = tmp_path / secrets.token_hex(4)
        path.write_bytes(data)
        return path, hashlib.sha256(data).hexdigest()

    return make


def _whole(clips: ClipStore, sha256: str) -> bytes:
    return b"".join(clips.read(sha256))


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, 3 * CHUNK_BYTES + 7, 20 * CHUNK_BYTES + 1])
@pytest.mark.parametrize("may_link", [True, False])
def test_clip_comes_back_as_it_was_put(clips: ClipStore, make_file: MakeFile, size: int, may_link: bool) -> None:
    data = os.urandom(size)
    file, sha256 = make_file(data)
    before = datetime.now(UTC) - timedelta(seconds=2)
    stored = clips.put(file, sha256, may_link=may_link)
    file.unlink()
    assert (stored.sha256, stored.size_bytes) == (sha256, size)
    assert before <= stored.stored_at <= datetime.now(UTC) + timedelta(seconds=2)
    assert clips.find(sha256) == stored
    assert list(clips.clips()) == [stored]
    assert _whole(clips, sha256) == data
    with clips.local(sha256) as path:
        assert path.read_bytes() == data


def test_ranges_are_cut_exactly(clips: ClipStore, make_file: MakeFile) -> None:
    data = os.urandom(2 * CHUNK_BYTES + 100)
    file, sha256 = make_file(data)
    clips.put(file, sha256)
    for start, length in [(0, 1), (5, 10), (CHUNK_BYTES - 1, 2), (100, CHUNK_BYTES + 5), (len(data), None)]:
        end = len(data) if length is None else start + length
        assert b"".join(clips.read(sha256, start, length)) == data[start:end]
    assert b"".join(clips.read(sha256, len(data) - 3, 10**9)) == data[-3:]
    assert max(map(len, clips.read(sha256))) <= CHUNK_BYTES
    for start, length in [(-1, 1), (0, -1), (len(data) + 1, 1)]:
        with pytest.raises(RequestInvalid):
            list(clips.read(sha256, start, length))


def test_what_is_not_there_is_not_found(clips: ClipStore) -> None:
    sha256 = "0" * 64
    assert clips.find(sha256) is None
    assert clips.delete(sha256) is False
    assert clips.discard(sha256, datetime.now(UTC)) is False
    with pytest.raises(NotFound) as caught:
        list(clips.read(sha256))
    assert caught.value.reason == "CLIP_NOT_FOUND"
    with pytest.raises(NotFound), clips.local(sha256):
        pass


@pytest.mark.parametrize("sha256", ["", "../" + "0" * 61, "0" * 63, "A" * 64, "0" * 64 + "\n", "/" * 64])
def test_nothing_but_a_hash_names_a_clip(clips: ClipStore, make_file: MakeFile, sha256: str) -> None:
    file, _ = make_file(b"bytes")
    for call in (clips.find, clips.delete, lambda name: clips.put(file, name), lambda name: list(clips.read(name))):
        with pytest.raises(RequestInvalid):
            call(sha256)


@pytest.mark.parametrize("size", [10, 9 * CHUNK_BYTES])
def test_file_that_changed_meanwhile_is_not_kept(clips: ClipStore, make_file: MakeFile, size: int) -> None:
    file, _ = make_file(os.urandom(size))
    with pytest.raises(RequestInvalid, match="another sha256"):
        clips.put(file, "1" * 64)
    assert clips.find("1" * 64) is None
    assert list(clips.clips()) == []


def test_deleted_clip_is_gone(clips: ClipStore, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    clips.put(file, sha256)
    assert clips.delete(sha256) is True
    assert clips.find(sha256) is None


def test_only_old_clips_are_discarded(clips: ClipStore, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    stored = clips.put(file, sha256)
    assert clips.discard(sha256, stored.stored_at) is False
    assert clips.find(sha256) is not None
    assert clips.discard(sha256, stored.stored_at + timedelta(seconds=1)) is True
    assert clips.find(sha256) is None


def test_equal_clips_put_at_once_are_one(clips: ClipStore, make_file: MakeFile) -> None:
    data = os.urandom(CHUNK_BYTES)
    files = [make_file(data) for _ in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda item: clips.put(*item), files))
    assert [clip.size_bytes for clip in clips.clips()] == [len(data)]
    assert _whole(clips, files[0][1]) == data


def test_check_leaves_nothing(clips: ClipStore) -> None:
    clips.check()
    assert list(clips.clips()) == []


# --------------------------------------------------------------------------- a folder


def test_linked_clip_is_private_and_outlives_its_file(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    file.chmod(0o644)
    clips = FolderClips(tmp_path / "clips")
    clips.put(file, sha256, may_link=True)
    with clips.local(sha256) as path:
        assert path.stat().st_ino == file.stat().st_ino
        assert path.stat().st_mode & 0o777 == 0o600
    file.unlink()
    assert _whole(clips, sha256) == b"bytes"


def test_copied_clip_does_not_follow_its_file(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    clips = FolderClips(tmp_path / "clips")
    clips.put(file, sha256)
    file.write_bytes(b"other")
    assert _whole(clips, sha256) == b"bytes"


def test_putting_again_renews(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    clips = FolderClips(tmp_path / "clips")
    clips.put(file, sha256)
    with clips.local(sha256) as path:
        os.utime(path, (0, 0))
    before = datetime.now(UTC) - timedelta(seconds=1)
    clips.put(file, sha256)
    assert clips.discard(sha256, before) is False


def test_clip_put_while_it_is_discarded_is_never_lost(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    clips = FolderClips(tmp_path / "clips")
    for _ in range(200):
        clips.put(file, sha256)
        with clips.local(sha256) as path:
            os.utime(path, (0, 0))
        with ThreadPoolExecutor(2) as threads:
            threads.submit(clips.discard, sha256, datetime(2000, 1, 1, tzinfo=UTC))
            threads.submit(clips.put, file, sha256).result()
        assert clips.find(sha256) is not None


def test_kill_in_the_middle_leaves_a_whole_clip_or_none(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(os.urandom(64 * CHUNK_BYTES))
    clips = FolderClips(tmp_path / "clips")
    context = multiprocessing.get_context("spawn")
    for after_s in (0.0, 0.02, 0.05):
        process = context.Process(target=_put_for_ever, args=(tmp_path / "clips", file, sha256))
        process.start()
        while not any((tmp_path / "clips").glob("*/.*.*")):
            time.sleep(0.001)
        time.sleep(after_s)
        process.kill()
        process.join()
        if clips.find(sha256) is not None:
            assert hashlib.sha256(_whole(clips, sha256)).hexdigest() == sha256
    for leftover in (tmp_path / "clips").glob("*/.*.*"):
        os.utime(leftover, (0, 0))
    list(clips.clips())
    assert not list((tmp_path / "clips").glob("*/.*.*"))


def _put_for_ever(folder: Path, file: Path, sha256: str) -> None:
    clips = FolderClips(folder)
    while True:
        clips.put(file, sha256)
        clips.delete(sha256)


def test_full_disk_is_said_and_leaves_nothing(tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(os.urandom(CHUNK_BYTES))
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    process = context.Process(target=_put_with_little_room, args=(tmp_path / "clips", file, sha256, answers))
    process.start()
    assert answers.get() == StorageFull.reason + " StorageFull"
    process.join()
    assert FolderClips(tmp_path / "clips").find(sha256) is None
    assert not list((tmp_path / "clips").glob("*/.*.*"))


def _put_with_little_room(folder: Path, file: Path, sha256: str, answers: multiprocessing.SimpleQueue[str]) -> None:
    import resource
    import signal

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (CHUNK_BYTES // 2, CHUNK_BYTES // 2))
    try:
        FolderClips(folder).put(file, sha256)
    except StorageFailed as error:
        answers.put(f"{error.reason} {type(error).__name__}")
    else:
        answers.put("it was put")


def test_folder_that_is_a_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "clips").write_bytes(b"")
    with pytest.raises(StorageFailed):
        FolderClips(tmp_path / "clips")


# --------------------------------------------------------------------------- a bucket


def test_bucket_that_does_not_answer_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name, value in {"ENDPOINT_URL": f"http://127.0.0.1:{port}", "REGION": "x"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY"):
        monkeypatch.setenv(f"AWS_{name}", "x")
    clips = BucketClips("s3://bucket/prefix", tmp_path, allow_http=True, retries=0)
    with pytest.raises(StorageUnavailable) as caught:
        clips.check()
    assert str(port) not in str(caught.value)


def test_damaged_object_is_not_handed_out(bucket_url: str, tmp_path: Path, make_file: MakeFile) -> None:
    file, sha256 = make_file(b"bytes")
    clips = BucketClips(bucket_url, tmp_path / "at-hand", allow_http=True)
    clips.put(file, sha256)
    from_url(bucket_url, client_options={"allow_http": True}).put(f"{sha256[:2]}/{sha256}", b"other")
    with pytest.raises(StorageFailed, match="damaged"), clips.local(sha256):
        pass
    assert not list((tmp_path / "at-hand").iterdir())


def test_other_objects_in_the_bucket_are_not_clips(bucket_url: str, tmp_path: Path) -> None:
    from_url(bucket_url, client_options={"allow_http": True}).put("readme.txt", b"hello")
    assert list(BucketClips(bucket_url, tmp_path, allow_http=True).clips()) == []


def test_file_of_a_killed_process_is_cleared(bucket_url: str, tmp_path: Path) -> None:
    (tmp_path / "clip-left").write_bytes(b"half")
    os.utime(tmp_path / "clip-left", (0, 0))
    (tmp_path / "clip-young").write_bytes(b"half")
    BucketClips(bucket_url, tmp_path, allow_http=True)
    assert [path.name for path in tmp_path.iterdir()] == ["clip-young"]


# --------------------------------------------------------------------------- opening


def test_settings_choose_the_store(tmp_path: Path) -> None:
    shared = tmp_path / "shared folder"
    assert open_clips(Settings(data_dir=tmp_path)).where == str(tmp_path / "clips")
    assert open_clips(Settings(data_dir=tmp_path, clips_url=shared.as_uri())).where == str(shared)
    in_bucket = open_clips(Settings(data_dir=tmp_path, clips_url="s3://key:secret@bucket/prefix"))
    assert in_bucket.where == "s3://bucket/prefix"


@pytest.mark.parametrize("url", ["clips", "http://host/x", "file://host/x", "s3://", "ftp://x/y"])
def test_other_addresses_are_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(RequestInvalid, match="clips_url"):
        open_clips(Settings(data_dir=tmp_path, clips_url=url))
