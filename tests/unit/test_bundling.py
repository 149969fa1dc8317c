"""Key frames: pictures at the moments that a report speaks of, of the very clip, as many as the settings allow."""

from __future__ import annotations

import hashlib
import io
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from anchorproof.bundle.keys import SigningKey, VerifyingKey
from anchorproof.bundle.verifying import verify
from anchorproof.bundling import APART_S, make, moments
from anchorproof.errors import BundleInvalid
from anchorproof.settings import BundleSettings, Settings
from anchorproof.types import ClipInfo, Decision, Evidence, Question, Reason, Report, Span, TimedLLR, Verdict
from tests.media_samples import write_clip


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", 4.0)


@pytest.fixture
def report(clip: Path) -> Report:
    timeline = (TimedLLR(Span(0, 2), 0.1), TimedLLR(Span(2, 4), 0.6))
    reasons = (Reason("SOUND_LOOKS_SPOOF", "it does", Span(0.0, 2.0)),)
    return Report(
        report_id="r1",
        create_time=datetime(2026, 5, 8, tzinfo=UTC),
        clip=ClipInfo(hashlib.sha256(clip.read_bytes()).hexdigest(), clip.stat().st_size, "mp4", 4.0, None, None),
        clip_name="clip.mp4",
        verdict=Verdict(Decision.SPOOF, 0.9, 0.5, 0.89, 0.89, reasons, (), (), "So."),
        evidence=(Evidence("audio", Question.AUTHENTICITY, 0.6, 2.0, "m", "c", "", Span(0, 4), timeline),),
        unassessed=(),
        faces=(),
        voices=(),
        identity=(),
        components=(),
        timings=(),
    )


def settings(tmp_path: Path, key_frames: int) -> Settings:
    return Settings(data_dir=tmp_path, bundles=BundleSettings(key_frames=key_frames, key_frame_px=64))


def test_moments_are_where_evidence_says_most_then_what_reasons_name(report: Report) -> None:
    assert [time_s for time_s, _ in moments(report, 2)] == [1.0, 3.0]
    assert moments(report, 1) == [(3.0, "where audio says most (LLR +0.60)")]
    near = replace(report.verdict, reasons=(Reason("X", "x", Span(2.0, 4.0 + APART_S)),))
    assert len(moments(replace(report, verdict=near), 9)) == 2  # the evidence's and the first picture


def test_bundle_keeps_pictures_of_the_clip_and_verifies(report: Report, clip: Path, tmp_path: Path) -> None:
    json = f'{{"name": "reports/r1", "clip": {{"sha256": "{report.clip.sha256}"}}}}'
    target = make(tmp_path / "b.zip", report, json, settings(tmp_path, 2), clip)
    key = VerifyingKey(SigningKey.load_or_make(tmp_path / "bundle.key").public_pem)
    assert verify(target, key, clip).clip_sha256 == report.clip.sha256
    with zipfile.ZipFile(target) as archive:
        pictures = [archive.read(name) for name in archive.namelist() if name.startswith("frames/")]
    assert len(pictures) == 2
    with av.open(io.BytesIO(pictures[0])) as container:
        assert max(container.streams.video[0].width, container.streams.video[0].height) <= 64


@pytest.mark.parametrize(("key_frames", "with_clip"), [(0, True), (6, False)])
def test_no_picture_is_kept_unless_asked_and_allowed(
    key_frames: int, with_clip: bool, report: Report, clip: Path, tmp_path: Path
) -> None:
    target = make(tmp_path / "b.zip", report, "{}", settings(tmp_path, key_frames), clip if with_clip else None)
    with zipfile.ZipFile(target) as archive:
        assert not [name for name in archive.namelist() if name.startswith("frames/")]


def test_pictures_of_another_clip_are_refused(report: Report, clip: Path, tmp_path: Path) -> None:
    other = write_clip(tmp_path / "other.mp4", 2.0)
    assert other.read_bytes() != clip.read_bytes()
    with pytest.raises(BundleInvalid, match="not the clip"):
        make(tmp_path / "b.zip", report, "{}", settings(tmp_path, 6), other)
    assert not (tmp_path / "b.zip").exists()
