"""Databases, keys and clip stores, each broken in its own way; nothing is changed by looking."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from anchorproof.doctor import stores
from anchorproof.doctor.findings import State, looked
from anchorproof.identity.enrolments import EnrolmentMaterial
from anchorproof.identity.opening import open_registry
from anchorproof.identity.registry import SCHEMA as REGISTRY
from anchorproof.opening import open_database
from anchorproof.queue.opening import open_queue
from anchorproof.queue.store import SCHEMA as QUEUE
from anchorproof.reviews.desk import open_desk
from anchorproof.settings import Settings
from anchorproof.sqlite import examine
from anchorproof.types import JobRequest, Modality, Template
from tests.unit.doctor.conftest import MakeSettings, only, said

NAME = "database: queue"


def _look(settings: Settings) -> tuple[State, str]:
    return said(stores.look_at_database("", settings.queue_path, QUEUE), NAME)


@pytest.fixture
def queue(settings: Settings) -> Settings:
    open_database("", settings.queue_path, QUEUE).close()
    return settings


def _change(path: Path, statement: str) -> None:
    with contextlib.closing(sqlite3.connect(path)) as database:
        database.executescript(statement)


def test_database_that_is_not_there_is_not_made(settings: Settings) -> None:
    assert _look(settings)[0] is State.SKIPPED
    assert list(settings.data_dir.iterdir()) == []


def test_sound_database_says_its_version_and_is_left_as_it_was(queue: Settings) -> None:
    before = queue.queue_path.read_bytes()
    state, words = _look(queue)
    assert (state, f"schema {len(QUEUE.migrations())}" in words) == (State.SOUND, True)
    assert queue.queue_path.read_bytes() == before


def test_newer_database_is_broken_and_older_one_is_told(queue: Settings) -> None:
    _change(queue.queue_path, "PRAGMA user_version = 99")
    state, words = _look(queue)
    assert (state, "newer anchorproof (schema 99" in words) == (State.BROKEN, True)
    _change(queue.queue_path, "PRAGMA user_version = 1")
    state, words = _look(queue)
    assert (state, "older anchorproof (schema 1" in words) == (State.WARNING, True)
    with contextlib.closing(sqlite3.connect(queue.queue_path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (1,)


def test_standings_that_are_not_those_of_the_jobs_are_told_and_put_right_by_the_next_start(settings: Settings) -> None:
    name = "queue's standings"
    assert said(stores.look_at_standings(settings), name)[0] is State.SKIPPED
    with contextlib.closing(open_queue(settings)) as queue:
        queue.submit([JobRequest("ada", "clip", "ab" * 32)])
    assert said(stores.look_at_standings(settings), name)[0] is State.SOUND
    _change(settings.queue_path, "UPDATE standings SET queued = 7")
    state, words = said(stores.look_at_standings(settings), name)
    assert (state, "counting them gives" in words) == (State.WARNING, True)
    with contextlib.closing(open_queue(settings)) as queue:
        assert queue.depth().queued == 1
    assert said(stores.look_at_standings(settings), name)[0] is State.SOUND
    _change(settings.queue_path, "PRAGMA user_version = 2")
    assert said(stores.look_at_standings(settings), name)[0] is State.SKIPPED


@pytest.mark.parametrize("how", ["beginning", "middle", "no database", "another kind"])
def test_damaged_database_is_broken(queue: Settings, how: str) -> None:
    path = queue.queue_path
    if how == "no database":
        path.write_bytes(b"this is no database at all" * 100)
    elif how == "another kind":
        _change(path, f"PRAGMA application_id = {REGISTRY.application_id}")
    else:
        content = bytearray(path.read_bytes())
        start = 0 if how == "beginning" else 16_384
        content[start : start + 4000] = bytes(4000) if how == "beginning" else b"\xff" * 4000
        path.write_bytes(content)
    found = only(looked(NAME, lambda: stores.look_at_database("", path, QUEUE)), NAME)
    assert found.state is State.BROKEN
    assert found.todo


def test_large_database_is_not_read_through_for_ever(queue: Settings) -> None:
    _change(queue.queue_path, "CREATE TABLE filler (x); " + "INSERT INTO filler VALUES (randomblob(9000)); " * 2000)
    state = examine(queue.queue_path, QUEUE, limit_s=0.0)
    assert not state.is_checked
    assert state.fault == ""


# --------------------------------------------------------------------------- keys


def _enrolled(settings: Settings) -> None:
    vector = np.eye(1, 512, dtype=np.float32)[0]
    template = Template(Modality.FACE, "face-1", vector, quality=1.0)
    with contextlib.closing(open_registry(settings)) as registry:
        anchor = registry.create_anchor("Ada")
        registry.add_enrolment(anchor.anchor_id, EnrolmentMaterial("ab" * 32, (template,), (), 0.0), "ada.png")


def test_registry_key_opens_a_template(settings: Settings) -> None:
    assert said(stores.look_at_registry_key(settings), "registry key")[0] is State.SKIPPED
    _enrolled(settings)
    state, words = said(stores.look_at_registry_key(settings), "registry key")
    assert (state, "a template of each key" in words) == (State.SOUND, True)


def test_missing_or_wrong_registry_key_is_broken_and_none_is_made(settings: Settings) -> None:
    _enrolled(settings)
    key = settings.registry_key_path
    key.rename(key.with_suffix(".away"))
    state, words = said(stores.look_at_registry_key(settings), "registry key")
    assert (state, "missing" in words) == (State.BROKEN, True)
    assert not key.exists()
    wrong = settings.model_copy(update={"registry_key": SecretStr("ab" * 32)})
    assert said(stores.look_at_registry_key(wrong), "registry key")[0] is State.BROKEN
    nonsense = settings.model_copy(update={"registry_key": SecretStr("no key")})
    assert (
        said(looked("registry key", lambda: stores.look_at_registry_key(nonsense)), "registry key")[0] is State.BROKEN
    )


def test_altered_template_is_found(settings: Settings) -> None:
    _enrolled(settings)
    _change(settings.registry_path, "UPDATE templates SET vector = zeroblob(length(vector))")
    state, words = said(stores.look_at_registry_key(settings), "registry key")
    assert (state, "altered" in words) == (State.BROKEN, True)


def test_audit_key_that_went_is_broken(settings: Settings) -> None:
    assert said(stores.look_at_audit_key(settings), "audit key")[0] is State.SKIPPED
    open_desk(settings).close()
    assert said(stores.look_at_audit_key(settings), "audit key")[0] is State.SOUND
    settings.audit_key_path.write_text("no key\n")
    assert said(stores.look_at_audit_key(settings), "audit key")[0] is State.BROKEN
    settings.audit_key_path.unlink()
    assert said(stores.look_at_audit_key(settings), "audit key")[0] is State.BROKEN
    assert not settings.audit_key_path.exists()


# --------------------------------------------------------------------------- clips and shared databases


def test_clip_store_answers_or_is_broken(make_settings: MakeSettings, tmp_path: Path) -> None:
    shared = make_settings(clips_url=(tmp_path / "clips").as_uri())
    assert said(stores.look_at_clips(shared), "clips")[0] is State.SOUND
    shutil.rmtree(tmp_path / "clips")
    (tmp_path / "clips").write_text("")
    assert said(looked("clips", lambda: stores.look_at_clips(shared)), "clips")[0] is State.BROKEN
    nonsense = make_settings(clips_url="ftp://clips")
    assert said(looked("clips", lambda: stores.look_at_clips(nonsense)), "clips")[0] is State.BROKEN


def test_bucket_that_cannot_be_reached_is_broken_soon(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "id"),
        ("AWS_SECRET_ACCESS_KEY", "key"),
        ("AWS_REGION", "here"),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9"),
    ):
        monkeypatch.setenv(name, value)
    away = make_settings(clips_url="s3://clips", clips_allow_http=True)
    assert said(looked("clips", lambda: stores.look_at_clips(away)), "clips")[0] is State.BROKEN


def test_database_that_is_shared_beside_clips_that_are_not(make_settings: MakeSettings) -> None:
    settings = make_settings(database_url=SecretStr("postgresql://nowhere/x"))
    (settings.data_dir / "clips").mkdir(parents=True)
    assert said(stores.look_at_clips(settings), "clips")[0] is State.BROKEN


def test_postgres_that_is_away_is_broken(make_settings: MakeSettings) -> None:
    pytest.importorskip("psycopg", reason="the postgres extra is not installed")
    url = "postgresql://anchorproof:grapefruit@127.0.0.1:9/nowhere"
    found = only(stores.look_at_database(url, Path(), QUEUE), NAME)
    assert found.state is State.BROKEN
    assert "grapefruit" not in found.words + found.todo
    settings = make_settings(database_url=SecretStr(url))
    assert (
        said(looked("shared clock", lambda: stores.look_at_shared_clock(settings)), "shared clock")[0] is State.BROKEN
    )


def test_postgres_is_looked_at_without_being_changed(make_settings: MakeSettings, postgres_url: str) -> None:
    settings = make_settings(database_url=SecretStr(postgres_url))
    assert said(stores.look_at_database(postgres_url, Path(), QUEUE), NAME)[0] is State.SKIPPED
    assert said(stores.look_at_database(postgres_url, Path(), QUEUE), NAME)[0] is State.SKIPPED
    open_database(postgres_url, Path(), QUEUE).close()
    state, words = said(stores.look_at_database(postgres_url, Path(), QUEUE), NAME)
    assert (state, "PostgreSQL" in words) == (State.SOUND, True)
    assert said(stores.look_at_shared_clock(settings), "shared clock")[0] is State.SOUND
