"""A stored report, and its clip where it is at hand -> a signed bundle. Introduces ``bundle`` and ``media``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2

from anchorproof.bundle.keys import SigningKey
from anchorproof.bundle.writing import KeyFrame, write
from anchorproof.errors import BundleInvalid
from anchorproof.media.frames import sample_frames
from anchorproof.media.info import read_info
from anchorproof.settings import Settings
from anchorproof.types import Frame, Image, Question, Report

JPEG_QUALITY = 88
#: Two pictures nearer to each other than this show the same.
APART_S = 0.5


def make(
    target: Path,
    report: Report,
    report_json: str,
    settings: Settings,
    clip: Path | None = None,
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write the report's bundle, with key frames when ``clip`` is given and the settings let pictures be kept.

    ``extra`` are further files by name, signed with the rest.

    Raises:
        BundleInvalid: ``clip`` is not the one that the report is about.
        BundleKeyUnusable: the key that signs cannot be used.
        ClipRejected: the clip's pictures cannot be decoded.
        StorageFailed: the bundle cannot be written.
    """
    key = SigningKey.load_or_make(settings.bundle_key_path)
    frames = key_frames(report, clip, settings) if clip else ()
    return write(target, report, report_json, key, frames, extra)


def key_frames(report: Report, clip: Path, settings: Settings) -> list[KeyFrame]:
    """Pictures at the moments that the report speaks of; none for a clip without a picture.

    Raises:
        BundleInvalid: other bytes than the report's clip.
        ClipRejected: the clip's pictures cannot be decoded.
    """
    info = read_info(clip, settings.media)
    if info.sha256 != report.clip.sha256:
        raise BundleInvalid("this is not the clip that the report is about: its bytes are others")
    wanted = moments(report, settings.bundles.key_frames)
    if info.video is None or not wanted:
        return []
    media = replace(settings.media, long_side_px=min(settings.bundles.key_frame_px, settings.media.long_side_px))
    nearest: dict[float, Frame] = {}
    for frame in sample_frames(clip, info, media):
        for time_s, _ in wanted:
            held = nearest.get(time_s)
            if held is None or abs(frame.time_s - time_s) < abs(held.time_s - time_s):
                nearest[time_s] = frame
    return [KeyFrame(nearest[time_s].time_s, why, _jpeg(nearest[time_s].image)) for time_s, why in wanted]


def moments(report: Report, limit: int) -> list[tuple[float, str]]:
    """At most so many times (seconds) worth a picture, with why, in time order; evidence comes before faces."""
    candidates: list[tuple[float, str]] = []
    for item in report.evidence:
        if item.question is Question.AUTHENTICITY and item.timeline:
            strongest = max(item.timeline, key=lambda part: abs(part.llr))
            middle = (strongest.span.start_s + strongest.span.end_s) / 2
            candidates.append((middle, f"where {item.source} says most (LLR {strongest.llr:+.2f})"))
    candidates += [
        ((reason.span.start_s + reason.span.end_s) / 2, reason.code) for reason in report.verdict.reasons if reason.span
    ]
    candidates += [(face.best_time_s, f"{face.track_id} at its clearest") for face in report.faces]
    candidates.append((0.0, "the first picture"))
    return sorted(_apart(candidates, limit))


def _apart(candidates: Sequence[tuple[float, str]], limit: int) -> list[tuple[float, str]]:
    chosen: list[tuple[float, str]] = []
    for time_s, why in candidates:
        if len(chosen) < limit and all(abs(time_s - other) >= APART_S for other, _ in chosen):
            chosen.append((time_s, why))
    return chosen


def _jpeg(image: Image) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    return encoded.tobytes()
