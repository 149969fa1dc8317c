"""Anchors and enrolments over the wire."""

from __future__ import annotations

import uuid
from pathlib import Path

import grpc
import pytest

from anchorproof.client import Client, ServiceError
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
    with pytest.raises(ServiceError, match="update_mask may name aliases, display_name, notes, outlet") as caught:
        client.update_anchor(made.anchor_id, {"face_templates": 7})
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
