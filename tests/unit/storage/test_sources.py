"""What the service fetches itself, and what it never does."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from anchorproof.errors import ClipEmpty, ClipTooLarge, RequestInvalid, SourceUnreachable
from anchorproof.storage.sources import check_source, fetch, source_name

ROOTS = ("file:///srv/clips", "s3://incoming/today")


@pytest.mark.parametrize(
    "uri", ["file:///srv/clips/a.mp4", "file:///srv/clips/b/a%20b.mp4", "s3://incoming/today/a.mp4"]
)
def test_address_under_a_root_passes(uri: str) -> None:
    check_source(uri, ROOTS)


@pytest.mark.parametrize(
    "uri",
    [
        "file:///srv/clips",
        "file:///srv/clipsandmore/a.mp4",
        "file:///srv/clips/../secret",
        "file:///srv/clips/%2e%2e/secret",
        "file:///srv/clips/..%2fsecret",
        "file://host/srv/clips/a.mp4",
        "file:///etc/passwd",
        "s3://incoming/yesterday/a.mp4",
        "s3://other/today/a.mp4",
        "s3://key@incoming/today/a.mp4",
        "s3://incoming/today/a.mp4?versionId=1",
        "https://incoming/today/a.mp4",
        "file:///srv/clips/a%00.mp4",
        "",
        "/srv/clips/a.mp4",
        "file:///srv/clips/" + "x" * 3000,
    ],
)
def test_any_other_address_is_refused(uri: str) -> None:
    with pytest.raises(RequestInvalid):
        check_source(uri, ROOTS)


def test_nothing_is_fetched_unless_the_operator_says_so() -> None:
    with pytest.raises(RequestInvalid):
        check_source("file:///srv/clips/a.mp4", ())


def test_name_is_the_last_part() -> None:
    assert source_name("s3://incoming/today/a%20b.mp4") == "a b.mp4"


def test_file_is_copied_with_its_hash(tmp_path: Path) -> None:
    shelf, into = tmp_path / "shelf", tmp_path / "into"
    shelf.mkdir()
    (shelf / "a b.mp4").write_bytes(b"film" * 1000)
    got = fetch(f"{shelf.as_uri()}/a%20b.mp4", (shelf.as_uri(),), into, 5000)
    assert got == (hashlib.sha256(b"film" * 1000).hexdigest(), 4000)
    assert into.read_bytes() == b"film" * 1000
    with pytest.raises(ClipTooLarge):
        fetch(f"{shelf.as_uri()}/a%20b.mp4", (shelf.as_uri(),), into, 3999)


def test_links_pipes_folders_and_what_is_not_there_are_not_read(tmp_path: Path) -> None:
    shelf, into = tmp_path / "shelf", tmp_path / "into"
    shelf.mkdir()
    (tmp_path / "secret").write_text("secret")
    (shelf / "link").symlink_to(tmp_path / "secret")
    (shelf / "out").symlink_to(tmp_path)
    (shelf / "folder").mkdir()
    (shelf / "empty").touch()
    os.mkfifo(shelf / "pipe")
    roots = (shelf.as_uri(),)
    for name, error in (
        ("link", RequestInvalid),
        ("out/secret", RequestInvalid),
        ("folder", (RequestInvalid, SourceUnreachable)),
        ("pipe", RequestInvalid),
        ("nothing", SourceUnreachable),
        ("empty", ClipEmpty),
    ):
        with pytest.raises(error):  # type: ignore[arg-type]
            fetch(f"{shelf.as_uri()}/{name}", roots, into, 1000)
    assert not into.exists() or into.read_bytes() == b""
