"""Anchors and enrolments over the wire."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from pathlib import Path

import grpc
import pytest

from anchorproof.client import Client, EnrolmentWish, Pick, ServiceError
from anchorproof.types import Consent, LocalizedName, Modality, Span
from anchorproof.v1 import registry_pb2, registry_pb2_grpc
from tests.integration.conftest import Running
from tests.media_samples import tone, write_clip


@pytest.fixture
def name() -> str:
    return f"Anchor {uuid.uuid4().hex[:8]}"


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("media") / "spoken.mp4", 0.5, sound=tone(440))


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("media") / "silent.mp4", 0.5)


def test_anchor_is_created_read_changed_and_deleted(client: Client, name: str) -> None:
    made = client.create_anchor(name, outlet="Sample TV", aliases=["A. N."], notes="mornings")
    assert (made.display_name, made.outlet, made.aliases, made.notes) == (name, "Sample TV", ("A. N.",), "mornings")
    assert client.get_anchor(made.anchor_id) == made
    assert made in list(client.anchors())
    changed = client.update_anchor(made.anchor_id, {"notes": "", "aliases": ["Ann", "N."]}, etag=made.etag)
    assert (changed.display_name, changed.notes, changed.aliases) == (name, "", ("Ann", "N."))
    assert changed.etag != made.etag
    client.delete_anchor(made.anchor_id, etag=changed.etag)
    with pytest.raises(ServiceError) as caught:
        client.get_anchor(made.anchor_id)
    assert (caught.value.reason, caught.value.code) == ("ANCHOR_NOT_FOUND", "NOT_FOUND")


def test_duplicate_anchor_is_refused(client: Client, name: str) -> None:
    made = client.create_anchor(name)
    with pytest.raises(ServiceError) as caught:
        client.create_anchor("Somebody else", anchor_id=made.anchor_id)
    assert (caught.value.reason, caught.value.code) == ("ANCHOR_EXISTS", "ALREADY_EXISTS")


def test_repeated_create_request_gives_the_first_anchor(server: Running, name: str) -> None:
    request = registry_pb2.CreateAnchorRequest(
        anchor=registry_pb2.Anchor(display_name=name), request_id=uuid.uuid4().hex
    )
    with grpc.insecure_channel(server.target) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        first, second = stub.CreateAnchor(request), stub.CreateAnchor(request)
    assert first == second


def test_stale_etag_is_refused(client: Client, name: str) -> None:
    made = client.create_anchor(name)
    client.update_anchor(made.anchor_id, {"notes": "changed"})
    for call in (
        lambda: client.update_anchor(made.anchor_id, {"notes": "again"}, etag=made.etag),
        lambda: client.delete_anchor(made.anchor_id, etag=made.etag),
    ):
        with pytest.raises(ServiceError) as caught:
            call()
        assert (caught.value.reason, caught.value.code) == ("ETAG_MISMATCH", "ABORTED")


def test_update_without_a_mask_changes_what_is_set(server: Running, client: Client, name: str) -> None:
    made = client.create_anchor(name, notes="mornings")
    change = registry_pb2.Anchor(name=f"anchors/{made.anchor_id}", outlet="New TV")
    with grpc.insecure_channel(server.target) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        changed = stub.UpdateAnchor(registry_pb2.UpdateAnchorRequest(anchor=change)).anchor
    assert (changed.display_name, changed.outlet, changed.notes) == (name, "New TV", "mornings")


def test_only_changeable_fields_can_be_masked(client: Client, name: str) -> None:
    made = client.create_anchor(name)
    with pytest.raises(
        ServiceError, match="update_mask may name aliases, consent, consent_reference, display_name"
    ) as caught:
        client.update_anchor(made.anchor_id, {"face_templates": 7})
    with pytest.raises(ServiceError, match="consent 77 is unknown"):
        client._call(
            client._registry.UpdateAnchor,
            registry_pb2.UpdateAnchorRequest(anchor=registry_pb2.Anchor(name=f"anchors/{made.anchor_id}", consent=77)),  # type: ignore[arg-type]
        )
    assert (caught.value.reason, caught.value.code) == ("INVALID_ARGUMENT", "INVALID_ARGUMENT")


def test_anchors_come_in_pages(server: Running, client: Client, name: str) -> None:
    made = [client.create_anchor(f"{name} {number}").anchor_id for number in range(5)]
    with grpc.insecure_channel(server.target) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        request, seen, sizes = registry_pb2.ListAnchorsRequest(page_size=2), [], []
        while True:
            page = stub.ListAnchors(request)
            seen += [anchor.name.removeprefix("anchors/") for anchor in page.anchors]
            sizes.append(len(page.anchors))
            request.page_token = page.next_page_token
            if not page.next_page_token:
                break
    assert [anchor_id for anchor_id in seen if anchor_id in made] == made
    assert len(seen) == len(set(seen))
    assert max(sizes) == 2


@pytest.mark.parametrize("display_name", ["", "  ", "x" * 5000])
def test_anchor_without_a_fit_name_is_refused(client: Client, display_name: str) -> None:
    with pytest.raises(ServiceError) as caught:
        client.create_anchor(display_name)
    assert caught.value.reason == "INVALID_ARGUMENT"


def test_enrolment_is_made_listed_and_deleted(client: Client, name: str, spoken: Path) -> None:
    anchor = client.create_anchor(name)
    enrolment = client.enrol(anchor.anchor_id, spoken)
    assert (enrolment.anchor_id, enrolment.media_name) == (anchor.anchor_id, "spoken.mp4")
    assert (enrolment.face_templates, enrolment.voice_templates) == (0, 1)
    assert [rejection.reason for rejection in enrolment.rejections] == ["NO_FACE"]
    assert client.get_enrolment(anchor.anchor_id, enrolment.enrolment_id) == enrolment
    assert list(client.enrolments(anchor.anchor_id)) == [enrolment]
    assert client.get_anchor(anchor.anchor_id).voice_templates == 1
    client.delete_enrolment(anchor.anchor_id, enrolment.enrolment_id)
    assert list(client.enrolments(anchor.anchor_id)) == []
    with pytest.raises(ServiceError) as caught:
        client.get_enrolment(anchor.anchor_id, enrolment.enrolment_id)
    assert caught.value.reason == "ENROLMENT_NOT_FOUND"


def test_media_without_anything_to_enrol_is_refused_in_words(
    server: Running, client: Client, name: str, silent: Path
) -> None:
    anchor = client.create_anchor(name)
    with pytest.raises(ServiceError, match="no face was looked for; the clip has no sound") as caught:
        client.enrol(anchor.anchor_id, silent)
    assert (caught.value.reason, caught.value.code) == ("ENROLMENT_REJECTED", "FAILED_PRECONDITION")
    assert list(client.enrolments(anchor.anchor_id)) == []
    assert server.spooled == []


def test_enrolling_for_an_unknown_anchor_is_refused_while_bytes_are_still_coming(
    server: Running, client: Client, tmp_path: Path
) -> None:
    large = tmp_path / "large.mp4"
    large.write_bytes(b"\0" * 30_000_000)
    with pytest.raises(ServiceError) as caught:
        client.enrol("nobody", large)
    assert (caught.value.reason, caught.value.code) == ("ANCHOR_NOT_FOUND", "NOT_FOUND")
    assert server.spooled == []


@pytest.mark.parametrize("resource", ["", "nobody", "anchors/", "reports/x"])
def test_wrong_resource_name_is_refused(server: Running, resource: str) -> None:
    with grpc.insecure_channel(server.target) as channel:
        stub = registry_pb2_grpc.RegistryServiceStub(channel)
        with pytest.raises(grpc.RpcError) as caught:
            stub.GetAnchor(registry_pb2.GetAnchorRequest(name=resource))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


# --------------------------------------------------------------------------- lives, picks, searches, the trail


def test_record_keeps_names_consent_and_validity(client: Client, name: str) -> None:
    until = datetime(2031, 1, 1, tzinfo=UTC)
    made = client.create_anchor(
        name,
        outlet="Sample TV",
        localized_names=[LocalizedName("zh-Hans", "康辉")],
        consent=Consent.GIVEN,
        consent_reference="form 7",
        legal_basis="6(1)a",
        valid_until=until,
    )
    assert (made.consent, made.consent_reference, made.legal_basis) == (Consent.GIVEN, "form 7", "6(1)a")
    assert (made.valid_from, made.valid_until, made.localized_names[0].text) == (None, until, "康辉")
    changed = client.update_anchor(made.anchor_id, {"consent": Consent.WITHDRAWN, "valid_until": None})
    assert (changed.consent, changed.valid_until, changed.legal_basis) == (Consent.WITHDRAWN, None, "6(1)a")
    assert client.get_anchor(made.anchor_id) == changed
    assert [words.split(":")[0] for words in changed.coverage.missing] == [
        "no face is enrolled",
        "no voice is enrolled",
    ]


def test_anchor_is_searched_by_name_and_merged(client: Client, name: str, spoken: Path) -> None:
    first, second = client.create_anchor(name), client.create_anchor(f"{name} again")
    client.enrol(second.anchor_id, spoken)
    found = client.search_anchors(name.upper())
    assert (found[0].anchor.anchor_id, found[0].score) == (first.anchor_id, 1.0)
    merged = client.merge_anchors(second.anchor_id, first.anchor_id, etag=first.etag)
    assert (merged.voice_templates, merged.aliases) == (1, (f"{name} again",))
    with pytest.raises(ServiceError) as caught:
        client.get_anchor(second.anchor_id)
    assert caught.value.reason == "ANCHOR_NOT_FOUND"


def test_outlet_is_made_changed_and_guarded(client: Client, name: str) -> None:
    outlet = client.create_outlet(f"{name} TV", ["N. TV"], "de")
    anchor = client.create_anchor(name, outlet=f"{name} tv")
    assert anchor.outlet_id == outlet.outlet_id
    changed = client.update_outlet(outlet.outlet_id, {"notes": "mornings"}, etag=outlet.etag)
    assert (changed.notes, changed.anchors) == ("mornings", 1)
    assert client.get_outlet(outlet.outlet_id) in list(client.outlets())
    with pytest.raises(ServiceError) as caught:
        client.delete_outlet(outlet.outlet_id)
    assert (caught.value.reason, caught.value.code) == ("OUTLET_IN_USE", "FAILED_PRECONDITION")
    client.delete_anchor(anchor.anchor_id)
    client.delete_outlet(outlet.outlet_id)


def test_audit_trail_says_who_did_it_even_of_what_is_erased(server: Running, name: str) -> None:
    with Client(server.target, actor="Zoë at the archive") as client:
        made = client.create_anchor(name)
        receipt = client.delete_anchor(made.anchor_id)
        entries = list(client.audit(receipt))
    assert [(entry.actor, entry.action) for entry in entries] == [
        ("Zoë at the archive", "anchor.create"),
        ("Zoë at the archive", "anchor.erase"),
    ]
    assert receipt == made.audit_id


@pytest.mark.parametrize(
    ("pick", "said"),
    [
        (None, "nothing"),
        (Pick(person_id="person-2"), "person-2"),
        (Pick(span=Span(0.1, 0.4)), "Span(start_s=0.1, end_s=0.4)"),
    ],
)
def test_pick_and_session_reach_the_worker(
    client: Client, name: str, spoken: Path, pick: Pick | None, said: str
) -> None:
    anchor = client.create_anchor(name)
    enrolment = client.enrol(anchor.anchor_id, spoken, wish=EnrolmentWish(pick, "May 2026"))
    assert enrolment.session == "May 2026"
    assert enrolment.assessment is not None
    assert enrolment.assessment.reasons == (f"picked by {said}",)
    assert enrolment.samples[0].measures == (("snr_db", 20.0),)


def test_reference_picture_travels_with_the_header_and_is_removed(
    server: Running, client: Client, name: str, spoken: Path, tmp_path: Path
) -> None:
    picture = tmp_path / "picture.jpg"
    picture.write_bytes(b"x" * 1234)
    anchor = client.create_anchor(name)
    enrolment = client.enrol(anchor.anchor_id, spoken, wish=EnrolmentWish(Pick(reference=picture)))
    assert enrolment.assessment is not None
    assert enrolment.assessment.reasons == ("picked by a picture of 1234 bytes",)
    assert server.spooled == []
    picture.write_bytes(b"x" * 2_200_000)
    with pytest.raises(ServiceError, match="at most 2,097,152 bytes"):
        client.enrol(anchor.anchor_id, spoken, wish=EnrolmentWish(Pick(reference=picture)))


def test_spoof_is_refused_unless_overridden_and_the_override_is_kept(client: Client, name: str, spoken: Path) -> None:
    anchor = client.create_anchor(name)
    with pytest.raises(ServiceError, match="look synthetic") as caught:
        client.enrol(anchor.anchor_id, spoken, wish=EnrolmentWish(session="spoof"))
    assert (caught.value.reason, caught.value.code) == ("ENROLMENT_SPOOF", "FAILED_PRECONDITION")
    wish = EnrolmentWish(session="spoof", override_reason="our own tape")
    assert client.enrol(anchor.anchor_id, spoken, wish=wish).override_reason == "our own tape"
    details = dict(list(client.audit(anchor.audit_id))[-1].details)
    assert details["spoof_override"] == "given"


def test_enrolling_without_consent_is_refused(client: Client, name: str, spoken: Path) -> None:
    anchor = client.create_anchor(name, consent=Consent.REFUSED)
    with pytest.raises(ServiceError) as caught:
        client.enrol(anchor.anchor_id, spoken)
    assert (caught.value.reason, caught.value.code) == ("ENROLMENT_FORBIDDEN", "FAILED_PRECONDITION")


def test_people_and_searches_come_back_whole(server: Running, client: Client, spoken: Path) -> None:
    seen, heard = client.people(spoken)
    assert (seen.person_id, seen.thumbnail, seen.best_time_s) == ("person-1", b"jpeg", 0.25)
    assert (heard.seen, heard.best_box, heard.best_time_s) == ((), None, None)
    (face,) = client.search_media(spoken, Modality.FACE, limit=2)
    (voice,) = client.search_media(spoken, Modality.VOICE)
    assert (face.anchor_id, face.false_alarm_rate, len(face.comparisons)) == ("ada", 0.25, 2)
    assert face.box is not None
    assert (voice.box, len(voice.comparisons)) == (None, 5)
    assert server.spooled == []
