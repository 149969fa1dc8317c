"""Templates are sealed: with which key, what a wrong one gives, and how it is changed."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from anchorproof.errors import RegistryLocked
from anchorproof.identity.keys import GivenKeys, KeyFile
from anchorproof.identity.registry import SCHEMA, Registry
from anchorproof.identity.seal import Seal, key_id
from anchorproof.sqlite import Database, read_migrations
from tests.registries import open_at


def _on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("registry.db*")))


def test_template_lies_in_no_file_unsealed(tmp_path: Path, make_material) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("Ada", anchor_id="a")
        registry.add_enrolment("a", make_material(1))
        content = _on_disk(tmp_path)
    for template in make_material(1).templates:
        assert template.vector.tobytes()[:32] not in content


def test_key_file_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    open_at(tmp_path / "registry.db").close()
    file = tmp_path / "registry.key"
    first = file.read_text()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    open_at(tmp_path / "registry.db").close()
    assert file.read_text() == first


def test_wrong_or_missing_key_is_said_before_anything_is_written(
    open_again: Callable[[], Registry], tmp_path: Path
) -> None:
    open_again().close()
    file = tmp_path / "registry.key"
    right = file.read_text()
    file.write_text(secrets.token_hex(32))
    with pytest.raises(RegistryLocked, match="not the one given"):
        open_again()
    file.unlink()
    with pytest.raises(RegistryLocked, match="key file is missing"):
        open_again()
    assert not file.exists()
    for nonsense in ("", "abc", "zz" * 32, "\x00\xff"):
        file.write_bytes(nonsense.encode("latin-1"))
        with pytest.raises(RegistryLocked):
            open_again()
    file.write_text(right)
    open_again().close()


def test_key_may_come_from_the_environment(tmp_path: Path, make_material) -> None:
    path, key, other = tmp_path / "registry.db", secrets.token_hex(32), secrets.token_hex(32)

    def opened(text: str) -> Registry:
        return Registry(Database(path, SCHEMA), GivenKeys(text))

    with opened(key) as registry:
        registry.create_anchor("Ada", anchor_id="a")
        registry.add_enrolment("a", make_material(1))
        with pytest.raises(RegistryLocked, match="new,old"):
            registry.rotate_key()
    with pytest.raises(RegistryLocked):
        opened(other)
    with opened(f"{other},{key}") as registry:
        assert registry.rotate_key() == 3
    with opened(other) as registry:
        assert len(registry.references()) == 3
    with pytest.raises(RegistryLocked):
        opened(key)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["registry.db"]


def test_rotated_key_opens_everything_and_the_old_one_nothing(
    open_again: Callable[[], Registry], tmp_path: Path, make_material
) -> None:
    with open_again() as registry, open_again() as other:
        registry.create_anchor("Ada", anchor_id="a")
        enrolment = registry.add_enrolment("a", make_material(1))
        old = (tmp_path / "registry.key").read_text()
        with registry._database.reading() as session:
            before = [
                bytes(row["vector"]) for row in session.rows("list_templates", enrolment_id=enrolment.enrolment_id)
            ]
        assert registry.rotate_key() == 3
        new = (tmp_path / "registry.key").read_text()
        assert new != old
        assert len(KeyFile(tmp_path / "registry.key").read() or []) == 1
        # Another process notices by itself, before it reads and before it writes.
        assert len(other.references()) == 3
        other.add_enrolment("a", make_material(2))
        assert len(registry.references()) == 6
        if (tmp_path / "registry.db").exists():
            assert not any(sealed[:64] in _on_disk(tmp_path) for sealed in before)
    with open_again() as registry:
        assert len(registry.references()) == 6
    (tmp_path / "registry.key").write_text(old)
    with pytest.raises(RegistryLocked):
        open_again()


def test_rotation_that_broke_off_is_completed_by_the_next(
    open_again, tmp_path: Path, make_material, monkeypatch
) -> None:
    with open_again() as registry:
        registry.create_anchor("Ada", anchor_id="a")
        registry.add_enrolment("a", make_material(1))
        with monkeypatch.context() as broken:
            broken.setattr(registry._keeper, "seal_all", lambda: os.abort.missing)  # type: ignore[attr-defined]
            with pytest.raises(AttributeError):
                registry.rotate_key()
        assert len(KeyFile(tmp_path / "registry.key").read() or []) == 2
    with open_again() as registry:  # both keys are at hand
        assert len(registry.references()) == 3
        registry.rotate_key()
        assert len(KeyFile(tmp_path / "registry.key").read() or []) == 1
        assert len(registry.references()) == 3


def test_sealed_template_cannot_be_moved_to_another_anchor(tmp_path: Path, make_material) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        for number, anchor_id in enumerate(("a", "b")):
            registry.create_anchor(anchor_id, anchor_id=anchor_id)
            registry.add_enrolment(anchor_id, make_material(number))
        database = registry._database
        swap = "UPDATE templates SET vector = (SELECT max(vector) FROM templates WHERE modality = 'face')"
        database._queries = {**database._queries, "swap": f"{swap} WHERE modality = 'face'"}  # type: ignore[attr-defined]
        with database.writing() as session:
            session.run("swap")
        with pytest.raises(RegistryLocked, match="altered"):
            registry.references()


def test_templates_of_the_first_schema_are_sealed_at_the_next_opening(tmp_path: Path, make_template) -> None:
    import sqlite3

    path, vector = tmp_path / "registry.db", make_template(1).vector
    connection = sqlite3.connect(path)
    connection.executescript(read_migrations("anchorproof.identity")[0])
    connection.execute(f"PRAGMA application_id = {SCHEMA.application_id}")
    connection.execute("PRAGMA user_version = 1")
    anchor = ("ada", "Ada", "Example News", "ada", "example news", "[]", "", 1, 1)
    columns = "anchor_id, display_name, outlet, name_key, outlet_key, aliases, notes, create_time, update_time"
    connection.execute(f"INSERT INTO anchors ({columns}) VALUES (?,?,?,?,?,?,?,?,?)", anchor)
    connection.execute("INSERT INTO enrolments VALUES (1, 'e1', 'ada', 'ab', 'x.jpg', 1, 0, '[]')")
    connection.execute("INSERT INTO templates VALUES (1, 'e1', 'face', 'face-1', 50, 0, 0, ?)", (vector.tobytes(),))
    connection.commit()
    connection.close()
    with open_at(path) as registry:
        references = registry.references().by_model["face-1"]
        assert references.matrix[references.rows[0]].tolist() == vector.tolist()
        anchor = registry.get_anchor("ada")
        assert registry.get_outlet(anchor.outlet_id).display_name == "Example News"
        assert vector.tobytes()[:32] not in _on_disk(tmp_path)


def test_seal_refuses_what_was_altered_or_bound_to_something_else() -> None:
    seal = Seal.generate()
    sealed = seal.close(b"content", "label")
    assert seal.open(sealed, "label", seal.key_id) == b"content"
    for wrong, label in ((sealed, "other"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "label"), (sealed[:20], "label")):
        with pytest.raises(RegistryLocked):
            seal.open(wrong, label, seal.key_id)
    with pytest.raises(RegistryLocked, match="not the one given"):
        seal.open(sealed, "label", key_id(bytes(32)))
    assert sealed != seal.close(b"content", "label")
