"""Signed, tampered, stripped and self-signed files, read through the confined child as the service reads them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from anchorproof.media.statements import read_statements
from anchorproof.provenance.credentials import LIMIT_ACTIONS, read_credentials
from anchorproof.provenance.origin import read_origin
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, ContentCredentials, CredentialState, SourceKind
from tests.media_samples import Track, plain, tone, write_clip, write_sound, write_still, write_tagged
from tests.signing import Signer, created, make_self_signed, make_signer, sign

INFO = ClipInfo("0" * 64, 1, "mp4", 1.0, None, None)
GREY = plain((96, 64), (90, 90, 90))(0.0)
Make = Callable[[Path], Path]


@pytest.fixture(scope="module")
def signer() -> Signer:
    return make_signer()


def _mp4(folder: Path) -> Path:
    return write_clip(folder / "clip.mp4", 0.5, sound=tone(440))


MEDIA: dict[str, tuple[str, Make]] = {
    "mp4": ("video/mp4", _mp4),
    "mov": ("video/quicktime", lambda folder: write_clip(folder / "clip.mov", 0.5)),
    "png": ("image/png", lambda folder: write_still(folder / "still.png", GREY)),
    "jpeg": ("image/jpeg", lambda folder: write_still(folder / "still.jpg", GREY, "mjpeg")),
    "m4a": ("audio/mp4", lambda folder: write_sound(folder / "a.m4a", 1.0, [Track(tone(440))], "ipod")),
    "wav": ("audio/wav", lambda folder: write_sound(folder / "a.wav", 1.0, [Track(tone(440), codec="pcm_s16le")])),
    "mp3": ("audio/mpeg", lambda folder: write_sound(folder / "a.mp3", 1.0, [Track(tone(440), codec="libmp3lame")])),
}


def read(path: Path, trust_list: Path | None = None) -> ContentCredentials:
    origin, unread = read_origin(read_statements(path, INFO, MediaSettings(), trust_list))
    assert unread is None
    return origin.credentials


def trusting(folder: Path, signer: Signer) -> Path:
    path = folder / "trusted.pem"
    path.write_bytes(signer.root)
    return path


@pytest.mark.parametrize("kind", MEDIA)
def test_signature_of_a_listed_signer_is_trusted(tmp_path: Path, signer: Signer, kind: str) -> None:
    mime, make = MEDIA[kind]
    signed = sign(make(tmp_path), mime, signer, [created("trainedAlgorithmicMedia")])
    found = read(signed, trusting(tmp_path, signer))
    assert found.state is CredentialState.TRUSTED
    assert (found.signer, found.issuer) == ("Camera 1", "Example Cameras")
    assert found.claim_generator.startswith("anchorproof tests 1")
    assert [action.source_kind for action in found.actions] == [SourceKind.SYNTHETIC]
    assert found.actions[0].software == "Model X"
    assert found.problems == ()


def test_without_a_trust_list_a_good_signature_only_shows_integrity(tmp_path: Path, signer: Signer) -> None:
    signed = sign(_mp4(tmp_path), "video/mp4", signer, [created("digitalCapture")])
    found = read(signed)
    assert found.state is CredentialState.UNTRUSTED
    assert found.actions[0].source_kind is SourceKind.CAPTURE
    assert found.problems == ()


def test_another_authoritys_list_does_not_make_it_trusted(tmp_path: Path, signer: Signer) -> None:
    signed = sign(_mp4(tmp_path), "video/mp4", signer, [created()])
    assert read(signed, trusting(tmp_path, make_signer())).state is CredentialState.UNTRUSTED


@pytest.mark.parametrize("kind", ["mp4", "png", "wav"])
def test_one_flipped_byte_makes_it_invalid(tmp_path: Path, signer: Signer, kind: str) -> None:
    mime, make = MEDIA[kind]
    signed = sign(make(tmp_path), mime, signer, [created("digitalCapture")])
    content = bytearray(signed.read_bytes())
    body = {"mp4": b"mdat", "png": b"IDAT", "wav": b"data"}[kind]
    content[(content.find(body) if kind == "wav" else content.rfind(body)) + 20] ^= 1
    signed.write_bytes(content)
    found = read(signed, trusting(tmp_path, signer))
    assert found.state is CredentialState.INVALID
    assert any("Hash.mismatch" in problem for problem in found.problems)


def test_a_manifest_of_rubbish_is_invalid_and_not_absent(tmp_path: Path, signer: Signer) -> None:
    signed = sign(_mp4(tmp_path), "video/mp4", signer, [created()])
    content = bytearray(signed.read_bytes())
    store = content.find(b"jumb")
    content[store + 40 : store + 400] = bytes(360)
    signed.write_bytes(content)
    found = read(signed, trusting(tmp_path, signer))
    assert found.state is CredentialState.INVALID
    assert found.problems


def test_a_self_signed_certificate_is_never_trusted(tmp_path: Path) -> None:
    signed = sign(_mp4(tmp_path), "video/mp4", make_self_signed(), [created("digitalCapture")])
    assert read(signed).state in (CredentialState.UNTRUSTED, CredentialState.INVALID)
    assert read(signed).state is not CredentialState.TRUSTED


def test_a_remux_strips_them_and_absence_says_nothing(tmp_path: Path, signer: Signer) -> None:
    signed = sign(_mp4(tmp_path), "video/mp4", signer, [created("trainedAlgorithmicMedia")])
    stripped = write_tagged(tmp_path / "stripped.mp4", signed, {})
    assert read(stripped, trusting(tmp_path, signer)) == ContentCredentials()


def test_what_the_parent_was_made_by_is_inherited(tmp_path: Path, signer: Signer) -> None:
    parent = sign(_mp4(tmp_path), "video/mp4", signer, [created("trainedAlgorithmicMedia")])
    child = sign(parent, "video/mp4", signer, [{"action": "c2pa.edited"}], is_edit=True)
    found = read(child, trusting(tmp_path, signer))
    assert found.state is CredentialState.TRUSTED
    assert any(part.relationship == "parentOf" and part.has_credentials for part in found.ingredients)
    inherited = [action for action in found.actions if action.is_inherited]
    assert [action.source_kind for action in inherited] == [SourceKind.SYNTHETIC]


def test_a_file_without_credentials_has_none(tmp_path: Path) -> None:
    assert read(write_clip(tmp_path / "plain.mkv", 0.5)).state is CredentialState.ABSENT


# --------------------------------------------------------------------------- the library's JSON


@pytest.mark.parametrize(
    "store", ["[]", "{", '{"manifests": 3, "validation_state": "Trusted", "active_manifest": []}', "1"]
)
def test_a_store_of_unknown_shape_is_never_trusted_by_accident(store: str) -> None:
    found = read_credentials(store, "")
    assert found.state is not CredentialState.TRUSTED or found.signer == ""
    assert found.actions == ()


def test_an_unknown_state_counts_as_invalid() -> None:
    assert read_credentials('{"validation_state": "Superb"}', "").state is CredentialState.INVALID


def test_a_parent_chain_that_bites_its_tail_ends() -> None:
    manifest = {
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [{"action": "c2pa.edited"}] * 30}}],
        "ingredients": [{"relationship": "parentOf", "active_manifest": "b"}],
    }
    other = manifest | {"ingredients": [{"relationship": "parentOf", "active_manifest": "a"}]}
    store = {"active_manifest": "a", "manifests": {"a": manifest, "b": other}, "validation_state": "Valid"}
    found = read_credentials(json.dumps(store), "")
    assert len(found.actions) == LIMIT_ACTIONS
    assert found.state is CredentialState.UNTRUSTED


def test_a_remote_manifest_is_not_fetched_and_not_counted() -> None:
    found = read_credentials("", "_C2paRemoteManifest: http://example.com/manifest")
    assert found.state is CredentialState.ABSENT
    assert "not fetched" in found.problems[0]


def test_words_of_strangers_are_cleaned() -> None:
    manifest = {"signature_info": {"common_name": "Eve\u202e\x1b[31m", "issuer": "x" * 1000}}
    store = {"active_manifest": "a", "manifests": {"a": manifest}, "validation_state": "Valid"}
    found = read_credentials(json.dumps(store), "")
    assert found.signer == "Eve [31m"
    assert len(found.issuer) == 300
