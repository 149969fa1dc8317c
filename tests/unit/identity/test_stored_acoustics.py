"""What room and line did to a voice is kept and moved with its template; unknown from before it was measured."""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import ArchiveUnreadable
from anchorproof.identity import archive, envelope
from anchorproof.identity.enrolments import EnrolmentMaterial
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.types import Acoustics, Modality, Template
from tests.registries import open_at

PASSPHRASE = "correct horse battery staple"
DRY = Acoustics(-12.5, 14.25)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "SCRYPT_N", 2**10)


def _voice(make_template, seed: int, acoustics: Acoustics | None) -> Template:
    plain = make_template(seed, Modality.VOICE, "voice-1", 256)
    return Template(plain.modality, plain.model_id, plain.vector, 12.0, plain.span, acoustics)


def _enrol(registry: Registry, make_template, *kinds: Acoustics | None) -> None:
    registry.create_anchor("Ada", anchor_id="a")
    for seed, acoustics in enumerate(kinds):
        registry.add_enrolment("a", EnrolmentMaterial(str(seed), (_voice(make_template, seed, acoustics),), (), 12.0))


def _acoustics(registry: Registry) -> list[list[float]]:
    voices = registry.references().by_model["voice-1"]
    assert voices.acoustics is not None
    return voices.acoustics[voices.rows].tolist()


def test_references_say_it_after_following_and_after_reading_everything(open_again, make_template) -> None:
    with open_again() as registry:
        registry.references()
        _enrol(registry, make_template, DRY, None)
        followed = _acoustics(registry)
    assert followed[0] == [-12.5, 14.25]
    assert np.isnan(followed[1]).all()
    with open_again() as again:
        np.testing.assert_array_equal(_acoustics(again), followed)


def test_export_carries_it(registry: Registry, make_template, tmp_path: Path) -> None:
    _enrol(registry, make_template, DRY, None)
    registry.export(tmp_path / "all.registry", PASSPHRASE)
    with open_at(tmp_path / "other.db") as other:
        other.import_from(tmp_path / "all.registry", PASSPHRASE)
        np.testing.assert_array_equal(_acoustics(other), _acoustics(registry))


def test_an_export_from_before_is_read_and_one_from_after_refused(
    registry: Registry, make_template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _enrol(registry, make_template, DRY)
    keep = ("modality", "model_id", "quality", "start_s", "end_s")
    with monkeypatch.context() as patched:
        patched.setattr(archive, "_TEMPLATE", keep)
        patched.setattr(archive, "FORMAT", "anchorproof.registry/1")
        registry.export(tmp_path / "old.registry", PASSPHRASE)
        patched.setattr(archive, "FORMAT", "anchorproof.registry/99")
        registry.export(tmp_path / "newer.registry", PASSPHRASE)
    lines = _lines(tmp_path / "old.registry")
    assert lines[0]["format"] == "anchorproof.registry/1"
    assert set(lines[2]["templates"][0]) == {*keep, "vector"}
    with open_at(tmp_path / "other.db") as other:
        other.import_from(tmp_path / "old.registry", PASSPHRASE)
        assert np.isnan(_acoustics(other)).all()
        with pytest.raises(ArchiveUnreadable, match="format"):
            other.import_from(tmp_path / "newer.registry", PASSPHRASE)


def _lines(path: Path) -> list[dict]:
    with path.open("rb") as file:
        content = zlib.decompress(b"".join(envelope.unseal(file, PASSPHRASE)))
    lines = [json.loads(line) for line in content.splitlines()]
    assert base64.b64decode(lines[2]["templates"][0]["vector"])
    return lines


def test_a_file_from_before_is_brought_up_to_date(tmp_path: Path, make_template) -> None:
    path = tmp_path / "registry.db"
    with open_at(path) as registry:
        _enrol(registry, make_template, DRY)
    connection = sqlite3.connect(path)
    for column in ("fall_db", "band_db"):
        connection.execute(f"ALTER TABLE templates DROP COLUMN {column}")
    connection.executescript(
        "DROP TRIGGER logo_renamed; DROP TABLE outlet_logos; DROP TABLE logo_changes; PRAGMA user_version = 2"
    )
    connection.commit()
    connection.close()
    with open_at(path) as upgraded:
        assert np.isnan(_acoustics(upgraded)).all()
        upgraded.add_enrolment("a", EnrolmentMaterial("new", (_voice(make_template, 9, DRY),), (), 12.0))
        assert _acoustics(upgraded)[1] == [-12.5, 14.25]


def test_a_postgres_database_from_before_is_brought_up_to_date(
    postgres_url: str, tmp_path: Path, make_template
) -> None:
    import psycopg

    from anchorproof.identity.keys import KeyFile
    from anchorproof.postgres import PostgresDatabase

    def opened() -> Registry:
        return Registry(PostgresDatabase(postgres_url, SCHEMA), KeyFile(tmp_path / "registry.key"))

    with opened() as registry:
        _enrol(registry, make_template, DRY)
    with psycopg.connect(postgres_url) as connection:
        connection.execute("ALTER TABLE templates DROP COLUMN fall_db, DROP COLUMN band_db")
        connection.execute("DROP TRIGGER logo_renamed ON outlets")
        connection.execute("DROP TABLE outlet_logos, logo_changes")
        connection.execute("DROP FUNCTION note_logo_change()")
        connection.execute("UPDATE schema_version SET version = 1, usable_from = 1")
    with opened() as upgraded:
        assert np.isnan(_acoustics(upgraded)).all()
        upgraded.add_enrolment("a", EnrolmentMaterial("new", (_voice(make_template, 9, DRY),), (), 12.0))
        assert _acoustics(upgraded)[1] == [-12.5, 14.25]
    with psycopg.connect(postgres_url) as connection:
        # Additive: a program of the first schema may go on beside it.
        assert connection.execute("SELECT version, usable_from FROM schema_version").fetchone() == (3, 1)
