"""Outlets, names, consent, validity, merging and the audit trail: the same on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from anchorproof.errors import (
    AlreadyExists,
    ChangedMeanwhile,
    EnrolmentForbidden,
    NotFound,
    RequestInvalid,
    ResourceInUse,
    StorageFailed,
)
from anchorproof.identity.registry import Registry
from anchorproof.types import Consent, LocalizedName

NOW = datetime.now(UTC)


def _actions(registry: Registry, subject: str = "") -> list[tuple[str, str]]:
    return [(entry.actor, entry.action) for entry in registry.list_audit(subject=subject)[0]]


# --------------------------------------------------------------------------- outlets


def test_outlet_is_made_by_the_first_anchor_that_names_it_and_found_by_any_name(registry: Registry) -> None:
    registry.create_outlet("中央电视台", ["CCTV", "China Central Television"], "cn", outlet_id="cctv")
    one = registry.create_anchor("康辉", outlet="cctv")
    other = registry.create_anchor("Ada", outlet="Example News")
    assert (one.outlet, one.outlet_id) == ("中央电视台", "cctv")
    assert other.outlet_id == "example-news"
    assert [(outlet.outlet_id, outlet.anchors) for outlet in registry.list_outlets()[0]] == [
        ("cctv", 1),
        ("example-news", 1),
    ]
    assert [anchor.anchor_id for anchor in registry.list_anchors(outlet_id="cctv")[0]] == [one.anchor_id]
    with pytest.raises(AlreadyExists):
        registry.create_anchor("康辉", outlet="China  Central television")


def test_renamed_outlet_is_renamed_at_its_anchors(registry: Registry) -> None:
    anchor = registry.create_anchor("Ada", outlet="Old Name")
    outlet = registry.get_outlet(anchor.outlet_id)
    changed = registry.update_outlet(outlet.outlet_id, {"display_name": "New Name", "country": "gb"}, outlet.etag)
    assert (changed.display_name, changed.country) == ("New Name", "GB")
    after = registry.get_anchor(anchor.anchor_id)
    assert (after.outlet, after.outlet_id) == ("New Name", outlet.outlet_id)
    assert after.etag != anchor.etag
    with pytest.raises(ChangedMeanwhile):
        registry.update_outlet(outlet.outlet_id, {"notes": "x"}, outlet.etag)


def test_outlet_with_anchors_cannot_go_and_one_without_can(registry: Registry) -> None:
    anchor = registry.create_anchor("Ada", outlet="Example")
    with pytest.raises(ResourceInUse, match="1 anchor") as caught:
        registry.delete_outlet(anchor.outlet_id)
    assert caught.value.reason == "OUTLET_IN_USE"
    registry.delete_anchor(anchor.anchor_id)
    registry.delete_outlet(anchor.outlet_id)
    with pytest.raises(NotFound):
        registry.get_outlet(anchor.outlet_id)


def test_two_outlets_cannot_share_a_name(registry: Registry) -> None:
    registry.create_outlet("BBC", ["British Broadcasting Corporation"])
    for name, aliases in (("bbc", []), ("Other", ["BRITISH  Broadcasting Corporation"])):
        with pytest.raises(AlreadyExists):
            registry.create_outlet(name, aliases)
    with pytest.raises(RequestInvalid, match="ISO 3166"):
        registry.create_outlet("Other", country="England")


# --------------------------------------------------------------------------- names and search


def test_anchor_is_found_by_any_of_its_names_though_written_otherwise(registry: Registry) -> None:
    registry.create_anchor(
        "康辉", "CCTV", ("Kang Hui",), anchor_id="kang", localized_names=[LocalizedName("ru", "Кан Хуэй")]
    )
    registry.create_anchor("Zoë Núñez-O'Neill", anchor_id="zoe")
    registry.create_anchor("Somebody Else", anchor_id="else")

    def first(query: str) -> str | None:
        found = registry.search_anchors(query)
        return found[0].anchor.anchor_id if found else None

    for query in ("康辉", "康輝", "hui kang", "kanghui", "Kang Hiu", "КАН ХУЭЙ", "kang"):
        assert first(query) == "kang", query
    for query in ("zoe nunez oneill", "Nunez", "zoë nunes o'neill"):
        assert first(query) == "zoe", query
    assert first("Bartholomew") is None
    (match, *_) = registry.search_anchors("kang hui")
    assert (match.score, match.matched) == (1.0, "Kang Hui")
    assert registry.search_anchors("kang hui", outlet_id="nowhere") == []
    with pytest.raises(RequestInvalid):
        registry.search_anchors("  ")


def test_localized_names_have_a_language_each(registry: Registry) -> None:
    names = [LocalizedName("zh-Hans", "康辉"), LocalizedName("zh-Latn", "Kang Hui")]
    made = registry.create_anchor("Kang Hui", localized_names=names)
    assert made.localized_names == tuple(names)
    for wrong in ([LocalizedName("Chinese!", "x")], [LocalizedName("en", "x"), LocalizedName("EN", "y")]):
        with pytest.raises(RequestInvalid, match="language"):
            registry.update_anchor(made.anchor_id, {"localized_names": wrong})


# --------------------------------------------------------------------------- consent and validity


def test_nothing_is_enrolled_or_compared_without_consent(registry: Registry, make_material) -> None:
    registry.create_anchor(
        "Ada", anchor_id="a", consent=Consent.GIVEN, consent_reference="form 12", legal_basis="6(1)a"
    )
    registry.add_enrolment("a", make_material(1))
    assert len(registry.references()) == 3
    withdrawn = registry.update_anchor("a", {"consent": Consent.WITHDRAWN})
    assert (withdrawn.consent_reference, withdrawn.legal_basis) == ("form 12", "6(1)a")
    assert len(registry.references()) == 0
    with pytest.raises(EnrolmentForbidden, match="withdrawn"):
        registry.add_enrolment("a", make_material(2))
    with pytest.raises(EnrolmentForbidden):
        registry.check_may_enrol("a")
    registry.update_anchor("a", {"consent": Consent.GIVEN})
    assert len(registry.references()) == 3


@pytest.mark.parametrize(("since_h", "until_h", "counts"), [(-2, 2, True), (None, -1, False), (1, None, False)])
def test_anchor_counts_within_its_validity_only(
    registry: Registry, make_material, since_h: int | None, until_h: int | None, counts: bool
) -> None:
    since, until = (NOW + timedelta(hours=hours) if hours is not None else None for hours in (since_h, until_h))
    made = registry.create_anchor("Ada", anchor_id="a", valid_from=since, valid_until=until)
    assert (made.valid_from, made.valid_until) == (since, until)
    registry.add_enrolment("a", make_material(1))
    assert (len(registry.references()) == 3) is counts


def test_anchor_stops_counting_by_itself_when_its_time_is_over(
    registry: Registry, make_material, monkeypatch: pytest.MonkeyPatch
) -> None:
    registry.create_anchor("Ada", anchor_id="a", valid_until=NOW + timedelta(hours=1))
    registry.add_enrolment("a", make_material(1))
    assert len(registry.references()) == 3
    later = (NOW + timedelta(hours=2) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    monkeypatch.setattr("anchorproof.identity.index.now", lambda: later)
    assert len(registry.references()) == 0


def test_validity_that_ends_before_it_begins_is_refused(registry: Registry) -> None:
    with pytest.raises(RequestInvalid, match="valid_until"):
        registry.create_anchor("Ada", valid_from=NOW, valid_until=NOW)


# --------------------------------------------------------------------------- merging


def test_merged_anchor_has_both_enrolments_and_names(registry: Registry, make_material) -> None:
    registry.create_anchor("Ada Example", anchor_id="keep", aliases=["A. E."])
    registry.create_anchor("Ada Exemple", anchor_id="gone", aliases=["a. e.", "Adda"])
    registry.add_enrolment("keep", make_material(1))
    both = registry.add_enrolment("gone", make_material(1))
    only = registry.add_enrolment("gone", make_material(2))
    registry.references()
    merged = registry.merge_anchors("gone", "keep")
    assert merged.aliases == ("A. E.", "Ada Exemple", "Adda")
    kept = [enrolment.enrolment_id for enrolment in registry.list_enrolments("keep")[0]]
    assert only.enrolment_id in kept
    assert both.enrolment_id not in kept
    assert registry.references().by_model["face-1"].anchor_ids == ("keep",)
    assert len(registry.references()) == 6
    with pytest.raises(NotFound):
        registry.get_anchor("gone")
    with pytest.raises(RequestInvalid):
        registry.merge_anchors("keep", "keep")


def test_merging_cannot_bring_templates_back_that_consent_forbids(registry: Registry, make_material) -> None:
    registry.create_anchor("Ada", anchor_id="a")
    registry.create_anchor("Ada B", anchor_id="b")
    registry.add_enrolment("b", make_material(1))
    registry.update_anchor("b", {"consent": "refused"})
    with pytest.raises(EnrolmentForbidden):
        registry.merge_anchors("b", "a")
    assert len(registry.list_enrolments("b")[0]) == 1


# --------------------------------------------------------------------------- the audit trail


def test_every_change_is_noted_with_who_and_when(open_again: Callable[[], Registry], make_material) -> None:
    with open_again() as registry:
        mine = registry.by("ada@example.org")
        anchor = mine.create_anchor("Waldemar Unverwechselbar", outlet="Example")
        enrolment = mine.add_enrolment(anchor.anchor_id, make_material(1))
        registry.by("bob").update_anchor(anchor.anchor_id, {"notes": "secret words"})
        mine.delete_enrolment(anchor.anchor_id, enrolment.enrolment_id)
        receipt = mine.delete_anchor(anchor.anchor_id)
        assert receipt == anchor.audit_id
        assert _actions(registry, receipt) == [
            ("ada@example.org", "anchor.create"),
            ("ada@example.org", "enrolment.add"),
            ("bob", "anchor.update"),
            ("ada@example.org", "enrolment.erase"),
            ("ada@example.org", "anchor.erase"),
        ]
        entries = registry.list_audit()[0]
        assert "Unverwechselbar" not in str(entries)
        assert "waldemar" not in str(entries)
        assert "secret words" not in str(entries)
        assert entries[0].time >= NOW
        assert ("unknown", "outlet.create") not in _actions(registry)


def test_calls_that_changed_nothing_are_not_noted(registry: Registry, make_material) -> None:
    registry.create_anchor("Ada", anchor_id="a", request_id="r")
    registry.create_anchor("Ada", anchor_id="a", request_id="r")
    registry.add_enrolment("a", make_material(1))
    registry.add_enrolment("a", make_material(1))
    with pytest.raises(NotFound):
        registry.delete_enrolment("a", "nothing")
    assert [action for _, action in _actions(registry)] == ["anchor.create", "enrolment.add"]


@pytest.mark.parametrize("statement", ["DELETE FROM audit", "UPDATE audit SET actor = 'nobody'"])
def test_audit_trail_can_only_grow(registry: Registry, statement: str) -> None:
    registry.create_anchor("Ada")
    database = registry._database
    database._queries = {**database._queries, "tamper": statement}  # type: ignore[attr-defined]
    with pytest.raises(StorageFailed), database.writing() as session:
        session.run("tamper")
    assert len(registry.list_audit()[0]) == 1


def test_audit_trail_is_paged(registry: Registry) -> None:
    for number in range(5):
        registry.create_anchor(f"Anchor {number}")
    first, token = registry.list_audit(page_size=3)
    rest, end = registry.list_audit(3, token)
    assert [entry.resource for entry in (*first, *rest)] == [f"anchors/anchor-{number}" for number in range(5)]
    assert end == ""


@pytest.mark.parametrize("actor", ["x" * 300, "two\nlines"])
def test_actor_that_cannot_be_shown_is_refused(registry: Registry, actor: str) -> None:
    with pytest.raises(RequestInvalid):
        registry.by(actor)


# --------------------------------------------------------------------------- how much is enrolled


def test_anchor_says_what_is_missing_until_it_is_good_enough(registry: Registry, make_material) -> None:
    anchor = registry.create_anchor("Ada", anchor_id="a")
    assert [words.split(":")[0] for words in anchor.coverage.missing] == [
        "no face is enrolled",
        "no voice is enrolled",
    ]
    registry.add_enrolment("a", make_material(1, faces=2))
    some = registry.get_anchor("a").coverage
    assert (some.face_templates, some.face_sessions, some.voice_sessions, some.speech_s) == (2, 1, 1, 12.25)
    assert len(some.missing) == 4
    registry.add_enrolment("a", make_material(2, faces=2))
    enough = registry.get_anchor("a").coverage
    assert (enough.face_templates, enough.face_sessions, enough.speech_s) == (4, 2, 24.5)
    assert enough.is_good_enough
