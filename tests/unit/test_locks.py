"""Locks that the system frees."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anchorproof.locks import FOLDER_LOCK, hold, own_folder

HOLDS = (
    "import sys, pathlib, anchorproof.locks as l; f = l.hold(pathlib.Path(sys.argv[1])); print(1, flush=True); input()"
)


def test_one_at_a_time_until_it_is_closed(tmp_path: Path) -> None:
    with hold(tmp_path / "lock"), pytest.raises(BlockingIOError):
        hold(tmp_path / "lock")
    hold(tmp_path / "lock").close()


def test_killed_holder_leaves_it_free(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLDS, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(BlockingIOError):
            hold(path)
        process.kill()
    hold(path, create=False).close()


def test_missing_file_is_made_only_when_wanted(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        hold(tmp_path / "lock", create=False)
    hold(tmp_path / "lock").close()
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_own_folder_is_private_held_and_gone_with_the_block(tmp_path: Path) -> None:
    parent = tmp_path / "spool"
    with own_folder(parent, "fetched-") as folder:
        (folder / "clip").write_bytes(b"x")
        assert folder.stat().st_mode & 0o777 == 0o700
        with pytest.raises(BlockingIOError):
            hold(folder / FOLDER_LOCK)
    assert list(parent.iterdir()) == []
