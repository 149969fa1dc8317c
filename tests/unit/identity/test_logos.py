"""Outlets' logos in the registry: once per file, among the references at once, gone with the outlet, moved too."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import NotFound, RequestInvalid
from anchorproof.identity import envelope
from anchorproof.identity.logos import LIMIT_LOGOS
from anchorproof.identity.registry import Registry
from anchorproof.types import LogoMaterial
from tests.registries import open_at

PASSPHRASE = "correct horse battery staple"


def material(seed: int) -> LogoMaterial:
    picture = np.random.default_rng(seed).integers(0, 256, (30 + seed % 7, 50, 4), np.uint8)
    return LogoMaterial(f"{seed:064d}", picture)


@pytest.fixture
def outlet_id(registry: Registry) -> str:
    return registry.create_outlet("Kite TV").outlet_id


def shown(registry: Registry) -> list[tuple[str, str, bytes]]:
    return [(logo.logo_id, logo.outlet, logo.picture.tobytes()) for logo in registry.references().logos]


def test_a_logo_is_among_the_references_at_once_and_the_same_file_makes_one(registry: Registry, outlet_id: str) -> None:
    assert shown(registry) == []
    logo = registry.add_logo(outlet_id, material(3))
    assert (logo.outlet_id, logo.width, logo.height) == (outlet_id, 50, 33)
    assert registry.add_logo(outlet_id, material(3)) == logo
    assert registry.list_logos(outlet_id) == [logo]
    assert shown(registry) == [(logo.logo_id, "Kite TV", material(3).picture.tobytes())]
    assert registry.references() is registry.references()


def test_another_process_sees_what_was_added_renamed_and_erased(
    registry: Registry, open_again: Callable[[], Registry], outlet_id: str
) -> None:
    with open_again() as other:
        assert shown(other) == []
        logo = registry.add_logo(outlet_id, material(1))
        assert [item[:2] for item in shown(other)] == [(logo.logo_id, "Kite TV")]
        registry.update_outlet(outlet_id, {"display_name": "Kite World"})
        assert [item[1] for item in shown(other)] == ["Kite World"]
        registry.delete_logo(outlet_id, logo.logo_id)
        assert shown(other) == []


def test_erasing_the_outlet_erases_its_logos(registry: Registry, outlet_id: str) -> None:
    registry.add_logo(outlet_id, material(1))
    kept = registry.add_logo(registry.create_outlet("Other").outlet_id, material(1))
    registry.delete_outlet(outlet_id)
    assert [item[0] for item in shown(registry)] == [kept.logo_id]
    with pytest.raises(NotFound):
        registry.list_logos(outlet_id)


def test_a_picture_that_was_erased_is_not_in_the_file(tmp_path: Path) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        outlet_id = registry.create_outlet("Kite TV").outlet_id
        logo = registry.add_logo(outlet_id, material(1))
        assert logo.media_sha256.encode() in (tmp_path / "registry.db").read_bytes() + _log(tmp_path)
        registry.delete_logo(outlet_id, logo.logo_id)
        assert logo.media_sha256.encode() not in (tmp_path / "registry.db").read_bytes() + _log(tmp_path)


def _log(folder: Path) -> bytes:
    log = folder / "registry.db-wal"
    return log.read_bytes() if log.exists() else b""


def test_what_is_not_there_is_told_and_there_is_a_limit(registry: Registry, outlet_id: str) -> None:
    with pytest.raises(NotFound):
        registry.add_logo("nobody", material(1))
    with pytest.raises(NotFound):
        registry.delete_logo(outlet_id, "none")
    for seed in range(LIMIT_LOGOS):
        registry.add_logo(outlet_id, material(seed))
    with pytest.raises(RequestInvalid, match="at most 20"):
        registry.add_logo(outlet_id, material(99))


def test_changes_are_in_the_audit_trail_by_the_outlets_id_there(registry: Registry, outlet_id: str) -> None:
    logo = registry.add_logo(outlet_id, material(1))
    registry.delete_logo(outlet_id, logo.logo_id)
    entries, _ = registry.list_audit()
    actions = [entry.action for entry in entries]
    assert actions == ["outlet.create", "outlet.logo_add", "outlet.logo_delete"]
    assert len({entry.subject for entry in entries}) == 1


def test_logos_move_with_the_registry(
    registry: Registry, outlet_id: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(envelope, "SCRYPT_N", 2**10)
    registry.add_logo(outlet_id, material(1))
    registry.export(tmp_path / "all.registry", PASSPHRASE)
    with open_at(tmp_path / "other.db") as other:
        other.import_from(tmp_path / "all.registry", PASSPHRASE)
        other.import_from(tmp_path / "all.registry", PASSPHRASE)  # nothing twice
        assert [item[1:] for item in shown(other)] == [item[1:] for item in shown(registry)]
