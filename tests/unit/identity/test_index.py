"""The references in memory follow every change, and what was handed out stays as it was."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from anchorproof.identity import index
from anchorproof.identity.registry import EnrolmentMaterial, Registry


def _plain(registry: Registry) -> dict[tuple[str, str], list[bytes]]:
    """Vectors by model and anchor."""
    return {
        (model_id, anchor_id): sorted(
            model.matrix[row].tobytes() for row, owner in zip(model.rows, model.owners, strict=True) if owner == place
        )
        for model_id, model in registry.references().by_model.items()
        for place, anchor_id in enumerate(model.anchor_ids)
    }


def test_index_that_followed_equals_one_that_read_everything(open_again, make_template, monkeypatch) -> None:
    monkeypatch.setattr(index, "CLEARED_ROWS", 4)
    monkeypatch.setattr(index, "PAGE_ROWS", 3)
    chance = np.random.default_rng(7)
    with open_again() as following, open_again() as writing:
        live: list[tuple[str, str]] = []
        for number in range(60):
            anchor_id = f"a{number % 7}"
            if number < 7:
                writing.create_anchor(anchor_id, anchor_id=anchor_id)
            models = [f"m{kind}" for kind in range(1 + int(chance.integers(2)))]
            templates = tuple(
                make_template(100 * number + place, model_id=m, length=16) for place, m in enumerate(models)
            )
            made = writing.add_enrolment(anchor_id, EnrolmentMaterial(str(number), templates, (), 0.0))
            live.append((anchor_id, made.enrolment_id))
            if number % 5 == 4:
                with writing._database.writing() as session:  # without rewriting the file each time
                    anchor, enrolment = live.pop(int(chance.integers(len(live))))
                    session.run("delete_enrolment", anchor_id=anchor, enrolment_id=enrolment)
            if number % 9 == 8:
                following.references()
        writing.merge_anchors("a1", "a2")
        writing.delete_anchor("a3")
        writing.update_anchor("a4", {"display_name": "Other"})
        followed = _plain(following)
        assert following.references().names["a4"] == "Other"
        with open_again() as fresh:
            assert followed == _plain(fresh)
        assert {anchor_id for _, anchor_id in followed} == {"a0", "a2", "a4", "a5", "a6"}


def test_a_change_reads_only_what_it_touched(registry: Registry, make_material, monkeypatch) -> None:
    registry.create_anchor("Ada", anchor_id="a")
    for seed in range(5):
        registry.add_enrolment("a", make_material(seed))
    registry.references()
    opened: list[str] = []
    plain = registry._index._open
    monkeypatch.setattr(registry._index, "_open", lambda *parts: opened.append(parts[1]) or plain(*parts))
    registry.add_enrolment("a", make_material(9))
    assert len(registry.references()) == 18
    assert len(opened) == 3


def test_references_handed_out_do_not_change_under_a_search(registry: Registry, make_material) -> None:
    registry.create_anchor("Ada", anchor_id="a")
    gone = registry.add_enrolment("a", make_material(1))
    before = registry.references()
    registry.add_enrolment("a", make_material(2))
    registry.delete_enrolment("a", gone.enrolment_id)
    after = registry.references()
    assert (len(before), len(after)) == (3, 3)
    probe = make_material(2).templates[0].vector
    assert after.by_model["face-1"].cosines(probe).max() == pytest.approx(1.0, abs=1e-5)
    # What was erased is zeroed in memory too: an older set can no longer match it.
    assert before.by_model["face-1"].cosines(make_material(1).templates[0].vector).max() == 0.0


def test_reader_that_is_too_far_behind_reads_everything_again(open_again, make_material, monkeypatch) -> None:
    with open_again() as reader, open_again() as writer:
        writer.create_anchor("Ada", anchor_id="a")
        assert len(reader.references()) == 0
        monkeypatch.setattr(sys.modules["anchorproof.identity.registry"], "CHANGES_KEPT", 2)
        for seed in range(8):
            writer.add_enrolment("a", make_material(seed))
        with writer._database.reading() as session:
            log = session.row("last_change")
        assert log is not None
        assert log["newest"] - log["oldest"] < 8
        assert len(reader.references()) == 24
