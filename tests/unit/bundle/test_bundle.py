"""A bundle is what was signed, to the byte; whatever was done to it afterwards is noticed."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import pytest

from anchorproof.api.convert import report_json
from anchorproof.bundle.keys import SigningKey, VerifyingKey
from anchorproof.bundle.verifying import LIMIT_FILES, verify
from anchorproof.bundle.writing import KeyFrame, write
from anchorproof.errors import BundleInvalid, BundleKeyUnusable
from anchorproof.types import (
    Box,
    ClipInfo,
    Component,
    Decision,
    Evidence,
    Look,
    Question,
    Reason,
    Report,
    Span,
    TimedBox,
    TimedLLR,
    Unassessed,
    Verdict,
)

FRAMES = (KeyFrame(1.5, "face-1 at its clearest", b"\xff\xd8 a picture \xff\xd9"),)
SHA256 = "f36f6e64c60e3fad64c2d34ec5a4a9a3e1b4c0bd3b7fce3e1bbf1b4d1cf1ac31"


@pytest.fixture
def report() -> Report:
    timeline = (TimedLLR(Span(0, 4), 0.1), TimedLLR(Span(4, 8), 0.6))
    return Report(
        report_id="r1",
        create_time=datetime(2026, 5, 8, 12, 0, 3, tzinfo=UTC),
        clip=ClipInfo(SHA256, 7, "mp4", 8.0, None, None),
        clip_name="<b>clip & \u202e.mp4",
        verdict=Verdict(
            Decision.SPOOF, 0.9, 0.5, 0.89, 0.89, (Reason("SOUND_LOOKS_SPOOF", "it does", Span(4, 8)),), (), (), "So."
        ),
        evidence=(Evidence("audio", Question.AUTHENTICITY, 0.9, 2.0, "m", "c", "", Span(0, 8), timeline),),
        unassessed=(Unassessed("visual", "NO_FACE", "nobody"),),
        faces=(),
        voices=(),
        identity=(),
        components=(Component("model", "audio-1", "here", "ab" * 32),),
        timings=(),
    )


@pytest.fixture
def key(tmp_path: Path) -> SigningKey:
    return SigningKey.load_or_make(tmp_path / "bundle.key")


@pytest.fixture
def bundle(report: Report, key: SigningKey, tmp_path: Path) -> Path:
    return write(tmp_path / "bundle.zip", report, report_json(report), key, FRAMES)


def public(key: SigningKey) -> VerifyingKey:
    return VerifyingKey(key.public_pem)


def rewritten(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(bundle) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    target = bundle.with_name("changed.zip")
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return target


def test_bundle_holds_and_says_what_it_is_about(bundle: Path, key: SigningKey) -> None:
    found = verify(bundle, public(key))
    assert (found.report, found.decision, found.clip_sha256) == ("reports/r1", "spoof", SHA256)
    assert found.files == 5  # report as JSON and text, two plots, a picture


def test_bundle_lists_every_component_with_its_hash(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        assert json.loads(archive.read("report.json"))["verdict"]["decision"] == "DECISION_SPOOF"
    assert manifest["components"][0]["sha256"] == "ab" * 32
    assert manifest["frames"] == [{"path": "frames/00.jpg", "timeS": 1.5, "why": "face-1 at its clearest"}]


def test_same_report_and_key_give_the_same_bytes(bundle: Path, report: Report, key: SigningKey, tmp_path: Path) -> None:
    again = write(tmp_path / "again.zip", report, report_json(report), key, FRAMES)
    assert again.read_bytes() == bundle.read_bytes()


@pytest.mark.parametrize("name", ["report.json", "report.txt", "plots/timeline.svg", "frames/00.jpg"])
def test_one_changed_byte_in_any_file_is_noticed(name: str, bundle: Path, key: SigningKey) -> None:
    def change(files: dict[str, bytes]) -> None:
        files[name] = files[name][:-1] + bytes([files[name][-1] ^ 1])

    with pytest.raises(BundleInvalid, match="changed after"):
        verify(rewritten(bundle, change), public(key))


def test_manifest_made_to_fit_changed_files_breaks_the_signature(bundle: Path, key: SigningKey) -> None:
    def change(files: dict[str, bytes]) -> None:
        files["manifest.json"] = files["manifest.json"].replace(b'"spoof"', b'"bona_fide"')

    with pytest.raises(BundleInvalid, match="signature does not hold"):
        verify(rewritten(bundle, change), public(key))


def test_missing_and_added_files_are_noticed(bundle: Path, key: SigningKey) -> None:
    with pytest.raises(BundleInvalid, match="missing"):
        verify(rewritten(bundle, lambda files: files.pop("report.txt") and None), public(key))
    with pytest.raises(BundleInvalid, match="added after"):
        verify(rewritten(bundle, lambda files: files.update({"more.txt": b"x"})), public(key))
    with pytest.raises(BundleInvalid, match="taken out"):
        verify(rewritten(bundle, lambda files: files.pop("manifest.sig") and None), public(key))


def test_another_makers_key_does_not_verify(bundle: Path, tmp_path: Path) -> None:
    with pytest.raises(BundleInvalid, match="another key"):
        verify(bundle, public(SigningKey.load_or_make(tmp_path / "other.key")))


def test_clip_is_held_against_the_report(report: Report, key: SigningKey, tmp_path: Path) -> None:
    import dataclasses
    import hashlib

    clip = tmp_path / "clip.mp4"
    clip.write_bytes(b"the very clip")
    about = dataclasses.replace(report.clip, sha256=hashlib.sha256(b"the very clip").hexdigest())
    report = dataclasses.replace(report, clip=about)
    bundle = write(tmp_path / "b.zip", report, report_json(report), key)
    assert verify(bundle, public(key), clip).clip_sha256 == about.sha256
    clip.write_bytes(b"the very clip, re-encoded")
    with pytest.raises(BundleInvalid, match="not the clip"):
        verify(bundle, public(key), clip)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"\x00" * 1000])
def test_what_is_no_bundle_is_said_so(content: bytes, key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(BundleInvalid):
        verify(path, public(key))


def test_truncated_bundle_is_invalid(bundle: Path, key: SigningKey) -> None:
    content = bundle.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 40)):
        bundle.write_bytes(content[:length])
        with pytest.raises(BundleInvalid):
            verify(bundle, public(key))


def test_bundle_of_too_many_files_is_refused_before_it_is_read(key: SigningKey, tmp_path: Path) -> None:
    path = tmp_path / "many.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(LIMIT_FILES + 1):
            archive.writestr(str(number), b"")
    with pytest.raises(BundleInvalid, match="more than a bundle"):
        verify(path, public(key))


def test_where_the_detector_looked_is_drawn_where_the_report_says(
    report: Report, key: SigningKey, tmp_path: Path
) -> None:
    path = (TimedBox(4.0, Box(0, 0, 60, 60)),)
    look = Look("face-1", Span(4, 8), 4.0, 0.6, ((0.0, 0.08), (-0.08, 0.025)), path)
    visual = Evidence("visual", Question.AUTHENTICITY, 0.6, 2.0, "m", "c", "", Span(0, 8), (), (look,))
    told = replace(report, evidence=(visual,))
    bundle = write(tmp_path / "where.zip", told, report_json(told), key)
    with zipfile.ZipFile(bundle) as archive:
        drawn = ElementTree.fromstring(archive.read("plots/where.svg"))
        assert json.loads(archive.read("report.json"))["evidence"][0]["looks"][0]["cells"] == [0.0, 0.08, -0.08, 0.025]
    fills = [part.get("fill") for part in drawn if part.tag.endswith("rect")][1:]
    assert fills == ["#ffffff", "#e01080", "#0090d0", "#f088c0"]
    assert "face-1" in [part.text for part in drawn]
    assert verify(bundle, public(key)).files == 5


def test_plots_are_well_formed_and_show_each_piece_of_evidence(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        for name in ("plots/evidence.svg", "plots/timeline.svg"):
            root = ElementTree.fromstring(archive.read(name))
            assert any("audio" in (element.text or "") for element in root.iter())
        cells = [e.text for e in ElementTree.fromstring(archive.read("plots/timeline.svg")).iter() if e.text]
    assert "audio 4.0-8.0 s: LLR +0.60" in cells


def test_key_is_made_once_and_readable_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "bundle.key"
    made = SigningKey.load_or_make(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert SigningKey.load_or_make(path).public_pem == made.public_pem
    assert [other.name for other in path.parent.iterdir()] == ["bundle.key"]


def test_unusable_keys_are_said_so(tmp_path: Path) -> None:
    (tmp_path / "bundle.key").write_text("nonsense")
    with pytest.raises(BundleKeyUnusable):
        SigningKey.load_or_make(tmp_path / "bundle.key")
    with pytest.raises(BundleKeyUnusable):
        VerifyingKey(b"nonsense")
