"""Export and import: whole, sealed, and nothing at all when anything is wrong."""

from __future__ import annotations

import stat
from pathlib import Path

import numpy as np
import pytest

from anchorproof.errors import AlreadyExists, ArchiveUnreadable, RequestInvalid, StorageFailed
from anchorproof.identity import envelope
from anchorproof.identity.enrolments import Retained
from anchorproof.identity.registry import Registry
from anchorproof.types import Assessment, Consent, Decision, LocalizedName, Modality, Sample, Span
from tests.registries import open_at

PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "SCRYPT_N", 2**10)


@pytest.fixture
def filled(registry: Registry, make_material) -> Registry:
    from dataclasses import replace

    names = [LocalizedName("zh-Hans", "康辉")]
    registry.create_anchor(
        "Kang Hui", "CCTV", ("K. H.",), "notes", "kang", localized_names=names, consent=Consent.GIVEN
    )
    registry.create_anchor("Without templates", anchor_id="bare")
    material = replace(
        make_material(1),
        session="2026-05",
        samples=(Sample(Modality.FACE, Span(0, 1), (("eyes_px", 40.0),)),),
        assessment=Assessment(Decision.BONA_FIDE, -0.7, ("looks genuine",)),
        retained=(Retained(Modality.FACE, b"cut-outs"),),
    )
    registry.add_enrolment("kang", material, "one.mp4")
    registry.add_enrolment("kang", make_material(2), "two.mp4")
    return registry


def test_imported_registry_is_the_exported_one(filled: Registry, tmp_path: Path) -> None:
    moved = filled.export(tmp_path / "all.registry", PASSPHRASE)
    assert (moved.outlets, moved.anchors, moved.enrolments, moved.templates) == (1, 2, 2, 6)
    assert stat.S_IMODE((tmp_path / "all.registry").stat().st_mode) == 0o600
    with open_at(tmp_path / "other.db") as other:
        assert other.import_from(tmp_path / "all.registry", PASSPHRASE).templates == 6
        ours, theirs = filled.get_anchor("kang"), other.get_anchor("kang")
        for field in ("display_name", "outlet", "aliases", "notes", "localized_names", "consent", "create_time"):
            assert getattr(ours, field) == getattr(theirs, field), field
        assert ours.coverage == theirs.coverage
        one, two = (registry.list_enrolments("kang")[0] for registry in (filled, other))
        for field in ("media_sha256", "media_name", "session", "samples", "assessment", "rejections", "create_time"):
            assert [getattr(item, field) for item in one] == [getattr(item, field) for item in two], field
        first, second = (registry.references().by_model["face-1"] for registry in (filled, other))
        assert np.array_equal(first.matrix[first.rows], second.matrix[second.rows])
        assert other.retained(two[0].enrolment_id, Modality.FACE) == [b"cut-outs"]
        again = other.import_from(tmp_path / "all.registry", PASSPHRASE)
        assert (again.anchors, again.enrolments, again.present) == (0, 0, 2)


def test_export_holds_nothing_in_clear_text(filled: Registry, tmp_path: Path, make_material) -> None:
    filled.export(tmp_path / "all.registry", PASSPHRASE)
    content = (tmp_path / "all.registry").read_bytes()
    assert b"Kang" not in content
    assert make_material(1).templates[0].vector.tobytes()[:16] not in content


def test_import_into_a_registry_with_another_of_that_name_changes_nothing(filled: Registry, tmp_path: Path) -> None:
    filled.export(tmp_path / "all.registry", PASSPHRASE)
    with open_at(tmp_path / "other.db") as other:
        other.create_anchor("Somebody else", anchor_id="bare")
        with pytest.raises(AlreadyExists, match="bare"):
            other.import_from(tmp_path / "all.registry", PASSPHRASE)
        assert [anchor.anchor_id for anchor in other.list_anchors()[0]] == ["bare"]
        assert len(other.references()) == 0


def _damage(content: bytes, how: str) -> bytes:
    middle = len(content) // 2
    return {
        "cut": content[:-40],
        "cut to the head": content[:200],
        "empty": b"",
        "altered": content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
        "longer": content + b"x",
        "newer": content.replace(b"REGISTRY 1\n", b"REGISTRY 9\n"),
        "dearer": content.replace(b'"n": 1024', b'"n": 2097152'),
        "other": b"PK\x03\x04" + content,
    }[how]


@pytest.mark.parametrize("how", ["cut", "cut to the head", "empty", "altered", "longer", "newer", "dearer", "other"])
def test_damaged_export_is_refused_whole(filled: Registry, tmp_path: Path, how: str) -> None:
    file = tmp_path / "all.registry"
    filled.export(file, PASSPHRASE)
    file.write_bytes(_damage(file.read_bytes(), how))
    with open_at(tmp_path / "other.db") as other:
        with pytest.raises(ArchiveUnreadable) as caught:
            other.import_from(file, PASSPHRASE)
        assert other.list_anchors()[0] == []
        assert ("version 9" in str(caught.value)) is (how == "newer")


def test_wrong_and_weak_passphrases_are_told(filled: Registry, tmp_path: Path) -> None:
    with pytest.raises(RequestInvalid, match="12 characters"):
        filled.export(tmp_path / "all.registry", "short")
    filled.export(tmp_path / "all.registry", PASSPHRASE)
    with pytest.raises(ArchiveUnreadable, match="passphrase is wrong"):
        filled.import_from(tmp_path / "all.registry", PASSPHRASE + "!")
    with pytest.raises(StorageFailed, match="could not be read"):
        filled.import_from(tmp_path / "nothing", PASSPHRASE)
    with pytest.raises(StorageFailed, match="could not be written"):
        filled.export(tmp_path / "no folder" / "x", PASSPHRASE)


def test_long_content_is_sealed_in_chunks_that_cannot_change_places(tmp_path: Path) -> None:
    content = np.random.default_rng(0).bytes(3 * envelope.CHUNK_BYTES + 5)
    file = tmp_path / "x"
    with file.open("wb") as target:
        sealer = envelope.Sealer(target, PASSPHRASE)
        for start in range(0, len(content), 100_000):
            sealer.write(content[start : start + 100_000])
        sealer.finish()
    with file.open("rb") as source:
        assert b"".join(envelope.unseal(source, PASSPHRASE)) == content
    sealed = file.read_bytes()
    head = sealed.index(b"}\n") + 2
    size = 4 + envelope.CHUNK_BYTES + 16
    first, second = sealed[head : head + size], sealed[head + size : head + 2 * size]
    file.write_bytes(sealed[:head] + second + first + sealed[head + 2 * size :])
    with file.open("rb") as source, pytest.raises(ArchiveUnreadable):
        list(envelope.unseal(source, PASSPHRASE))
