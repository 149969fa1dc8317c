"""Disk, memory, clock and permissions, each really as it should not be."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from anchorproof.doctor import machine
from anchorproof.doctor.findings import State
from anchorproof.settings import Settings
from tests.unit.doctor.conftest import MakeSettings, only, said


def test_folder_that_is_not_there_yet_is_no_fault_and_is_not_made(make_settings: MakeSettings) -> None:
    settings = make_settings()
    assert said(machine.look_at_data_folder(settings), "data folder")[0] is State.SKIPPED
    assert not settings.data_dir.exists()


def test_file_in_place_of_the_folder_is_broken(make_settings: MakeSettings) -> None:
    settings = make_settings()
    settings.data_dir.write_text("")
    assert said(machine.look_at_data_folder(settings), "data folder")[0] is State.BROKEN


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_folder_of_somebody_else_is_broken(settings: Settings) -> None:
    settings.data_dir.chmod(0o500)
    assert said(machine.look_at_data_folder(settings), "data folder")[0] is State.BROKEN


@pytest.mark.parametrize("name", ["registry.key", "registry.sqlite3", "audit.key", "clips"])
def test_what_others_can_read_is_named_with_the_command_that_closes_it(settings: Settings, name: str) -> None:
    settings.data_dir.chmod(0o755)
    path = settings.data_dir / name
    if name == "clips":
        path.mkdir(mode=0o755)
    else:
        path.touch(0o644)
    found = only(machine.look_at_data_folder(settings), "permissions")
    assert (found.state, name in found.words) == (State.BROKEN, True)
    assert found.todo == f"chmod go-rwx {path}"
    path.chmod(0o700 if name == "clips" else 0o600)
    assert said(machine.look_at_data_folder(settings), "permissions")[0] is State.SOUND


def test_folder_that_is_shut_protects_what_is_in_it(settings: Settings) -> None:
    (settings.data_dir / "registry.key").touch(0o644)
    assert said(machine.look_at_data_folder(settings), "permissions")[0] is State.SOUND


def test_key_elsewhere_is_looked_at_too(make_settings: MakeSettings, tmp_path: Path) -> None:
    key = tmp_path / "elsewhere.key"
    key.touch(0o640)
    settings = make_settings(registry_key_file=key)
    settings.data_dir.mkdir(mode=0o700)
    state, words = said(machine.look_at_data_folder(settings), "permissions")
    assert (state, "elsewhere.key" in words) == (State.BROKEN, True)


def test_settings_file_with_secrets_that_others_can_read(
    monkeypatch: pytest.MonkeyPatch, make_settings: MakeSettings, tmp_path: Path
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('webhook_secret = "sixteen letters or more"\n')
    monkeypatch.setenv("ANCHORPROOF_CONFIG", str(file))
    file.chmod(0o644)
    assert said(machine.look_at_settings_file(make_settings()), "settings file")[0] is State.WARNING
    file.chmod(0o600)
    assert said(machine.look_at_settings_file(make_settings()), "settings file")[0] is State.SOUND


@pytest.mark.parametrize(
    ("uploads", "media", "state"),
    [
        ({"spare_disk_bytes": 2**60}, {}, State.BROKEN),
        ({}, {"limit_bytes": 2**60}, State.WARNING),
        ({"spare_disk_bytes": 0}, {"limit_bytes": 1}, State.SOUND),
    ],
)
def test_room_on_the_disk_is_held_against_what_is_wanted(
    make_settings: MakeSettings, uploads: dict[str, int], media: dict[str, int], state: State
) -> None:
    assert said(machine.look_at_disk(make_settings(uploads=uploads, media=media)), "disk")[0] is state


@pytest.mark.parametrize(
    ("free_bytes", "state"),
    [(100 * 1024**2, State.BROKEN), (1024**3, State.WARNING), (8 * 1024**3, State.SOUND), (2**63, State.SKIPPED)],
)
def test_memory_is_held_against_what_workers_take(make_settings: MakeSettings, free_bytes: int, state: State) -> None:
    assert said(machine.look_at_memory(make_settings(), free_bytes), "memory")[0] is state


def test_database_from_the_future_means_a_clock_that_was_set_back(settings: Settings) -> None:
    assert said(machine.look_at_clock(settings), "clock")[0] is State.SOUND
    settings.queue_path.touch()
    ahead = time.time() + 3600
    os.utime(settings.queue_path, (ahead, ahead))
    state, words = said(machine.look_at_clock(settings), "clock")
    assert (state, "set back" in words) == (State.WARNING, True)
