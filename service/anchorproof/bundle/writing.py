"""A report and what belongs to it -> one zip: every file's SHA-256 in a manifest, the manifest signed.

The same report, pictures and key give the same bytes: entries carry the report's time, in a fixed order.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from anchorproof.bundle.keys import SigningKey, VerifyingKey
from anchorproof.bundle.plots import evidence_plot, timeline_plot, where_plot
from anchorproof.bundle.reading import readable
from anchorproof.errors import StorageFailed
from anchorproof.types import Report

FORMAT = "anchorproof-bundle-1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
REPORT = "report.json"


@dataclass(frozen=True, slots=True)
class KeyFrame:
    """One picture of the clip that a reviewer should see: JPEG, and why it was taken."""

    time_s: float
    why: str
    jpeg: bytes


def write(
    target: Path,
    report: Report,
    report_json: str,
    key: SigningKey,
    frames: Sequence[KeyFrame] = (),
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Write the bundle in one step; a reader never meets half of it.

    Args:
        report_json: the report message's proto3 JSON, the same content as ``report``.
        frames: pictures of the clip, where they may be kept.
        extra: further files by name, such as what reviewers made of the report.

    Raises:
        StorageFailed: the file cannot be written.
    """
    files = {**_files(report, report_json, frames), **(extra or {})}
    manifest = _manifest(report, files, frames, key)
    signed = {**files, MANIFEST: manifest, SIGNATURE: key.sign(manifest)}
    fresh = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        _write_zip(fresh, signed, report.create_time)
        fresh.replace(target)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise StorageFailed(f"the bundle cannot be written: {error.strerror}") from error
    return target


def _files(report: Report, report_json: str, frames: Sequence[KeyFrame]) -> dict[str, bytes]:
    files = {
        REPORT: report_json.encode(),
        "report.txt": readable(report).encode(),
        "plots/evidence.svg": evidence_plot(report).encode(),
        "plots/timeline.svg": timeline_plot(report).encode(),
    }
    where = where_plot(report)
    if where is not None:
        files["plots/where.svg"] = where.encode()
    return files | {_frame_name(place): frame.jpeg for place, frame in enumerate(frames)}


def _frame_name(place: int) -> str:
    return f"frames/{place:02d}.jpg"


def _manifest(report: Report, files: Mapping[str, bytes], frames: Sequence[KeyFrame], key: SigningKey) -> bytes:
    clip = report.clip
    content = {
        "format": FORMAT,
        "report": f"reports/{report.report_id}",
        "reportCreateTime": report.create_time.isoformat(),
        "decision": report.verdict.decision.value,
        "clip": {"sha256": clip.sha256, "sizeBytes": clip.size_bytes, "durationS": clip.duration_s},
        "components": [asdict(part) for part in report.components],
        "files": [
            {"path": path, "sha256": hashlib.sha256(held).hexdigest(), "sizeBytes": len(held)}
            for path, held in files.items()
        ],
        "frames": [
            {"path": _frame_name(place), "timeS": frame.time_s, "why": frame.why} for place, frame in enumerate(frames)
        ],
        "keySha256": VerifyingKey(key.public_pem).fingerprint,
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _write_zip(path: Path, files: Mapping[str, bytes], time: datetime) -> None:
    stamp = (max(1980, time.year), time.month, time.day, time.hour, time.minute, time.second // 2 * 2)
    with path.open("wb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                entry = zipfile.ZipInfo(name, stamp)
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, content)
        file.flush()
        os.fsync(file.fileno())
