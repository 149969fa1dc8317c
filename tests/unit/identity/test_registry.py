from __future__ import annotations

import dataclasses
import os
import stat
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from anchorproof import sqlite
from anchorproof.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    EnrolmentRejected,
    NotFound,
    RequestInvalid,
    StorageFailed,
)
from anchorproof.identity.registry import EnrolmentMaterial, Registry
from anchorproof.types import Modality, Rejection
from tests.registries import open_at


def _bytes_on_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def _sealed(registry: Registry, enrolment_id: str) -> list[bytes]:
    """The templates of an enrolment as they lie in the file."""
    with registry._database.reading() as session:
        return [bytes(row["vector"]) for row in session.rows("list_templates", enrolment_id=enrolment_id)]


# --------------------------------------------------------------------------- anchors


def test_anchor_comes_back_as_it_was_created(registry: Registry) -> None:
    before = datetime.now(UTC)
    made = registry.create_anchor("康辉", "中央电视台", ("Kang Hui", "Кан Хуэй"), "evening bulletin", "kang-hui")
    assert registry.get_anchor("kang-hui") == made
    assert (made.display_name, made.outlet, made.aliases) == ("康辉", "中央电视台", ("Kang Hui", "Кан Хуэй"))
    assert (made.notes, made.face_templates, made.voice_templates) == ("evening bulletin", 0, 0)
    assert before <= made.create_time == made.update_time <= datetime.now(UTC)


def test_id_is_made_from_a_latin_name_and_counts_on_when_taken(registry: Registry) -> None:
    ids = [registry.create_anchor("Zoë Núñez", outlet).anchor_id for outlet in ("One", "Two", "Three")]
    assert ids == ["zoe-nunez", "zoe-nunez-2", "zoe-nunez-3"]


def test_same_name_at_the_same_outlet_is_refused_however_it_is_spelt(registry: Registry) -> None:
    registry.create_anchor("Ana  Lima", "Rede")
    with pytest.raises(AlreadyExists, match="ANA LIMA at Rede") as caught:
        registry.create_anchor("ANA LIMA", "rede")
    assert caught.value.reason == "ANCHOR_EXISTS"
    registry.create_anchor("Ana Lima", "Another outlet")
    assert len(registry.list_anchors()[0]) == 2


def test_taken_id_is_refused(registry: Registry) -> None:
    registry.create_anchor("One", anchor_id="same")
    with pytest.raises(AlreadyExists, match="'same'"):
        registry.create_anchor("Two", anchor_id="same")


@pytest.mark.parametrize("anchor_id", ["Upper", "-dash", "with space", "a" * 64, "ümlaut", "a/b", "a\n"])
def test_id_outside_the_pattern_is_refused(registry: Registry, anchor_id: str) -> None:
    with pytest.raises(RequestInvalid, match="anchor id"):
        registry.create_anchor("Name", anchor_id=anchor_id)


def test_unknown_anchor_is_not_found(registry: Registry, make_material) -> None:
    calls = (
        lambda: registry.get_anchor("nobody"),
        lambda: registry.update_anchor("nobody", {"notes": "x"}),
        lambda: registry.delete_anchor("nobody"),
        lambda: registry.add_enrolment("nobody", make_material(1)),
        lambda: registry.list_enrolments("nobody"),
    )
    for call in calls:
        with pytest.raises(NotFound) as caught:
            call()
        assert caught.value.reason == "ANCHOR_NOT_FOUND"


def test_pages_show_every_anchor_once_though_others_come_and_go(registry: Registry) -> None:
    created = [registry.create_anchor(f"Anchor {number}").anchor_id for number in range(7)]
    first, token = registry.list_anchors(page_size=3)
    registry.create_anchor("Latecomer")
    registry.delete_anchor(created[1])
    second, token = registry.list_anchors(3, token)
    third, token = registry.list_anchors(3, token)
    seen = [anchor.anchor_id for anchor in (*first, *second, *third)]
    assert seen == [*created, "latecomer"]
    assert token == ""


def test_full_last_page_has_no_token(registry: Registry) -> None:
    for number in range(4):
        registry.create_anchor(f"Anchor {number}")
    page, token = registry.list_anchors(page_size=4)
    assert (len(page), token) == (4, "")


def test_update_changes_what_is_named_and_the_etag(registry: Registry) -> None:
    old = registry.create_anchor("Old name", "Outlet", ("Alias",), "notes", "a")
    new = registry.update_anchor("a", {"display_name": "New name", "aliases": ["Other"]}, old.etag)
    assert (new.display_name, new.outlet, new.aliases, new.notes) == ("New name", "Outlet", ("Other",), "notes")
    assert new.etag != old.etag
    assert new.update_time > old.update_time
    assert registry.get_anchor("a") == new


def test_old_etag_changes_nothing(registry: Registry) -> None:
    old = registry.create_anchor("Name", anchor_id="a")
    new = registry.update_anchor("a", {"notes": "first"}, old.etag)
    with pytest.raises(ChangedMeanwhile):
        registry.update_anchor("a", {"notes": "second"}, old.etag)
    with pytest.raises(ChangedMeanwhile):
        registry.delete_anchor("a", old.etag)
    assert registry.get_anchor("a") == new
    registry.delete_anchor("a", new.etag)


def test_anchor_created_again_under_its_old_id_has_another_etag(registry: Registry) -> None:
    old = registry.create_anchor("Name", anchor_id="a")
    registry.delete_anchor("a")
    assert registry.create_anchor("Name", anchor_id="a").etag != old.etag


def test_update_refuses_unknown_fields_and_another_anchors_name(registry: Registry) -> None:
    registry.create_anchor("One", anchor_id="one")
    registry.create_anchor("Two", anchor_id="two")
    with pytest.raises(RequestInvalid, match="create_time"):
        registry.update_anchor("one", {"create_time": "now"})
    with pytest.raises(AlreadyExists):
        registry.update_anchor("one", {"display_name": "two"})
    assert registry.update_anchor("one", {"display_name": "ONE"}).display_name == "ONE"


# --------------------------------------------------------------------------- enrolments


def test_enrolment_comes_back_with_its_counts_and_rejections(registry: Registry, make_material) -> None:
    registry.create_anchor("Name", anchor_id="a")
    material = make_material(1, faces=3)
    made = registry.add_enrolment("a", material, "interview.mp4")
    assert registry.get_enrolment("a", made.enrolment_id) == made
    assert (made.face_templates, made.voice_templates, made.speech_s) == (3, 1, 12.25)
    assert (made.media_sha256, made.media_name, made.rejections) == (
        material.media_sha256,
        "interview.mp4",
        material.rejections,
    )
    anchor = registry.get_anchor("a")
    assert (anchor.face_templates, anchor.voice_templates) == (3, 1)


def test_enrolment_belongs_to_its_anchor_only(registry: Registry, make_material) -> None:
    for anchor_id in ("a", "b"):
        registry.create_anchor(anchor_id, anchor_id=anchor_id)
    made = registry.add_enrolment("a", make_material(1))
    for call in (registry.get_enrolment, registry.delete_enrolment):
        with pytest.raises(NotFound) as caught:
            call("b", made.enrolment_id)
        assert caught.value.reason == "ENROLMENT_NOT_FOUND"


def test_same_media_counts_once_per_anchor(registry: Registry, make_material) -> None:
    for anchor_id in ("a", "b"):
        registry.create_anchor(anchor_id, anchor_id=anchor_id)
    first = registry.add_enrolment("a", make_material(1), "one.mp4")
    assert registry.add_enrolment("a", make_material(1), "copy.mp4") == first
    assert registry.find_enrolment("a", first.media_sha256) == first
    assert registry.find_enrolment("b", first.media_sha256) is None
    assert registry.add_enrolment("b", make_material(1)).enrolment_id != first.enrolment_id
    assert registry.get_anchor("a").face_templates == 2


def test_same_media_with_another_model_completes_the_enrolment(
    registry: Registry, make_material, make_template
) -> None:
    registry.create_anchor("Name", anchor_id="a")
    material = make_material(1)
    first = registry.add_enrolment("a", material)
    other = make_template(5, model_id="face-2", length=128)
    second = registry.add_enrolment("a", dataclasses.replace(material, templates=(*material.templates, other)))
    assert second.enrolment_id == first.enrolment_id
    assert second.face_templates == first.face_templates + 1
    assert set(registry.references().by_model) == {"face-1", "face-2", "voice-1"}


def test_material_without_templates_is_refused_with_the_reasons(registry: Registry) -> None:
    registry.create_anchor("Name", anchor_id="a")
    rejections = (Rejection(Modality.FACE, "NO_FACE", "no face in any picture"),)
    with pytest.raises(EnrolmentRejected, match="no face in any picture") as caught:
        registry.add_enrolment("a", EnrolmentMaterial("00", (), rejections, 0.0))
    assert caught.value.codes == ("NO_FACE",)


def test_templates_of_another_length_are_refused_whole(registry: Registry, make_material, make_template) -> None:
    registry.create_anchor("Name", anchor_id="a")
    registry.add_enrolment("a", make_material(1))
    odd = EnrolmentMaterial("odd", (make_template(7, model_id="face-1", length=128),), (), 0.0)
    with pytest.raises(RequestInvalid, match="face-1"):
        registry.add_enrolment("a", odd)
    assert len(registry.list_enrolments("a")[0]) == 1


def test_enrolments_are_paged_in_the_order_of_creation(registry: Registry, make_material) -> None:
    registry.create_anchor("Name", anchor_id="a")
    made = [registry.add_enrolment("a", make_material(seed)) for seed in range(5)]
    first, token = registry.list_enrolments("a", page_size=3)
    rest, end = registry.list_enrolments("a", 3, token)
    assert ([*first, *rest], end) == (made, "")
    registry.create_anchor("Other", anchor_id="b")
    with pytest.raises(RequestInvalid, match="page_token"):
        registry.list_enrolments("b", 3, token)


# --------------------------------------------------------------------------- repeated requests


def test_repeated_request_is_answered_with_the_first_result(registry: Registry, make_material) -> None:
    first = registry.create_anchor("Name", request_id="r1")
    assert registry.create_anchor("Name", request_id="r1") == first
    enrolment = registry.add_enrolment(first.anchor_id, make_material(1), request_id="r2")
    assert registry.add_enrolment(first.anchor_id, make_material(1), request_id="r2") == enrolment


def test_request_id_with_other_content_is_refused(registry: Registry, make_material) -> None:
    anchor_id = registry.create_anchor("Name", request_id="r1").anchor_id
    registry.add_enrolment(anchor_id, make_material(1), request_id="r2")
    with pytest.raises(RequestInvalid, match="r1"):
        registry.create_anchor("Another name", request_id="r1")
    with pytest.raises(RequestInvalid, match="r2"):
        registry.add_enrolment(anchor_id, make_material(2), request_id="r2")
    with pytest.raises(RequestInvalid, match="r1"):
        registry.add_enrolment(anchor_id, make_material(3), request_id="r1")


def test_late_repetition_does_not_bring_a_deleted_anchor_back(registry: Registry) -> None:
    anchor = registry.create_anchor("Name", request_id="r1")
    registry.delete_anchor(anchor.anchor_id)
    with pytest.raises(NotFound):
        registry.create_anchor("Name", request_id="r1")


# --------------------------------------------------------------------------- erasing


def test_deleting_an_enrolment_erases_its_templates_from_all_files(tmp_path: Path, make_material) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("Name", anchor_id="a")
        enrolment = registry.add_enrolment("a", make_material(1))
        gone = _sealed(registry, enrolment.enrolment_id)
        kept = _sealed(registry, registry.add_enrolment("a", make_material(2)).enrolment_id)
        assert len(gone) == 3
        assert all(sealed[:64] in _bytes_on_disk(tmp_path) for sealed in gone)
        registry.delete_enrolment("a", enrolment.enrolment_id)
        on_disk = _bytes_on_disk(tmp_path)
        assert not any(sealed[:64] in on_disk or sealed[-64:] in on_disk for sealed in gone)
        assert all(sealed[:64] in on_disk for sealed in kept)
        with pytest.raises(NotFound):
            registry.get_enrolment("a", enrolment.enrolment_id)


def test_no_trace_is_left_after_much_coming_and_going(tmp_path: Path, make_template, monkeypatch) -> None:
    """SQLite moves small rows between pages and leaves copies behind: with this seed, one that outlives its row."""
    monkeypatch.setattr(sqlite, "PAGE_BYTES", 4096)
    chance = np.random.default_rng(18)
    gone: list[bytes] = []
    live: dict[str, bytes] = {}
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("n", anchor_id="a")
        for seed in range(150):
            template = make_template(seed, model_id=f"face-{seed}", length=int(chance.choice((16, 32, 48))))
            enrolment = registry.add_enrolment("a", EnrolmentMaterial(str(seed), (template,), (), 0.0))
            (live[enrolment.enrolment_id],) = _sealed(registry, enrolment.enrolment_id)
            if chance.random() < 0.4:
                chosen = list(live)[int(chance.integers(len(live)))]
                with registry._database.writing() as session:
                    session.run("delete_enrolment", anchor_id="a", enrolment_id=chosen)
                gone.append(live.pop(chosen))
        last = next(iter(live))
        registry.delete_enrolment("a", last)
        gone.append(live.pop(last))
        on_disk = _bytes_on_disk(tmp_path)
    assert len(gone) > 50
    assert not any(vector[:24] in on_disk or vector[-24:] in on_disk for vector in gone)
    assert all(vector in on_disk for vector in live.values())


def test_deleting_an_anchor_erases_templates_and_name_but_nobody_elses(tmp_path: Path, make_material) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("Waldemar Unverwechselbar", anchor_id="a")
        registry.create_anchor("Other", anchor_id="b")
        gone = _sealed(registry, registry.add_enrolment("a", make_material(1)).enrolment_id)
        registry.add_enrolment("b", make_material(2))
        registry.delete_anchor("a")
        on_disk = _bytes_on_disk(tmp_path)
        assert not any(sealed[:64] in on_disk for sealed in gone)
        assert b"Unverwechselbar" not in on_disk
        assert registry.references().names == {"b": "Other"}
        assert len(registry.references()) == len(make_material(2).templates)


def test_erasing_held_up_by_a_reader_is_made_up_for_at_the_next_opening(tmp_path: Path, make_material) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("Name", anchor_id="a")
        enrolment = registry.add_enrolment("a", make_material(1))
        gone = _sealed(registry, enrolment.enrolment_id)
        with registry._database.reading() as session:
            session.rows("list_names")
            with registry._database.writing() as other:
                other.run("delete_enrolment", anchor_id="a", enrolment_id=enrolment.enrolment_id)
                other.run("insert_erasure")
            assert registry._database.compact(patience_s=0.05) is False
        open_at(tmp_path / "registry.db").close()
        on_disk = _bytes_on_disk(tmp_path)
        assert not any(sealed[:64] in on_disk for sealed in gone)


def test_deletion_stands_when_the_file_cannot_be_rewritten_at_once(
    tmp_path: Path, make_material, monkeypatch, caplog
) -> None:
    with open_at(tmp_path / "registry.db") as registry:
        registry.create_anchor("Name", anchor_id="a")
        enrolment = registry.add_enrolment("a", make_material(1))
        gone = _sealed(registry, enrolment.enrolment_id)

        def fail(patience_s: float) -> bool:
            raise StorageFailed(f"the disk is full, patience {patience_s}")

        with monkeypatch.context() as broken:
            broken.setattr(registry._database, "compact", fail)
            registry.delete_enrolment("a", enrolment.enrolment_id)
        assert "the disk is full" in caplog.text
        assert registry.list_enrolments("a") == ([], "")
        registry.add_enrolment("a", make_material(2))
    with open_at(tmp_path / "registry.db"):
        on_disk = _bytes_on_disk(tmp_path)
    assert not any(sealed[:64] in on_disk for sealed in gone)


@pytest.mark.skipif(os.name != "posix", reason="file modes are a POSIX notion")
def test_files_are_for_the_owner_only(tmp_path: Path) -> None:
    with open_at(tmp_path / "data" / "registry.db") as registry:
        registry.create_anchor("Name")
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
        assert modes == {0o600}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


# --------------------------------------------------------------------------- references


def test_references_hold_every_template_with_its_anchor(registry: Registry, make_material) -> None:
    for seed, anchor_id in enumerate(("a", "b")):
        registry.create_anchor(anchor_id.upper(), anchor_id=anchor_id)
        registry.add_enrolment(anchor_id, make_material(seed, faces=seed + 1))
    registry.create_anchor("Without templates", anchor_id="c")
    references = registry.references()
    faces = references.by_model["face-1"]
    assert references.names == {"a": "A", "b": "B", "c": "Without templates"}
    assert faces.anchor_ids == ("a", "b")
    assert faces.owners.tolist() == [0, 1, 1]
    assert faces.matrix.dtype == np.float32
    expected = [*make_material(0, faces=1).templates[:-1], *make_material(1, faces=2).templates[:-1]]
    assert np.array_equal(faces.matrix[faces.rows], np.stack([template.vector for template in expected]))
    assert faces.qualities.tolist() == [60.0] * 3
    assert references.by_model["voice-1"].matrix.shape == (2, 256)
    assert len(references) == 5


def test_references_are_read_again_only_after_a_change(registry: Registry, make_material) -> None:
    registry.create_anchor("Name", anchor_id="a")
    registry.add_enrolment("a", make_material(1))
    first = registry.references()
    assert registry.references() is first
    registry.list_anchors()
    assert registry.references() is first
    registry.add_enrolment("a", make_material(2))
    assert len(registry.references()) == 2 * len(first)


def test_references_follow_another_opening_of_the_same_registry(open_again, make_material) -> None:
    with open_again() as mine, open_again() as other:
        assert len(mine.references()) == 0
        other.create_anchor("Name", anchor_id="a")
        enrolment = other.add_enrolment("a", make_material(1))
        assert len(mine.references()) == 3
        other.delete_enrolment("a", enrolment.enrolment_id)
        assert len(mine.references()) == 0
