"""A bundle from anybody -> whether it is what was signed, to the byte. Nothing is unpacked to the disk."""

from __future__ import annotations

import hashlib
import json
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from anchorproof.bundle.keys import VerifyingKey
from anchorproof.bundle.writing import FORMAT, MANIFEST, REPORT, SIGNATURE
from anchorproof.errors import BundleInvalid

#: No honest bundle holds more; a hostile one must not fill the memory.
LIMIT_FILES = 256
LIMIT_BYTES = 256 * 1024**2


@dataclass(frozen=True, slots=True)
class Verified:
    """What the bundle holds, now that it is known to be unchanged since it was signed with the key given."""

    report: str
    report_create_time: str
    decision: str
    clip_sha256: str
    files: int
    key_sha256: str


def verify(bundle: Path, key: VerifyingKey, clip: Path | None = None) -> Verified:
    """Check the signature, then every file against the manifest; with ``clip``, that the report is on these very bytes.

    Raises:
        BundleInvalid: it is not what was signed with this key; the message says where.
        OSError: a file cannot be opened.
    """
    with bundle.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _verified(archive, key, clip)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise BundleInvalid("this is no bundle, or it is damaged") from error


def _verified(archive: zipfile.ZipFile, key: VerifyingKey, clip: Path | None) -> Verified:
    entries = archive.infolist()
    names = [entry.filename for entry in entries]
    if len(names) > LIMIT_FILES or sum(entry.file_size for entry in entries) > LIMIT_BYTES:
        raise BundleInvalid("this holds more than a bundle does")
    if len(set(names)) != len(names):
        raise BundleInvalid("a file is there twice")
    if MANIFEST not in names or SIGNATURE not in names:
        raise BundleInvalid("the manifest or its signature is missing: this is no bundle, or a part was taken out")
    held = {entry.filename: _read(archive, entry) for entry in entries}
    manifest, signature = held.pop(MANIFEST), held.pop(SIGNATURE)
    if not key.accepts(signature, manifest):
        raise BundleInvalid(
            "the signature does not hold: the manifest was changed, or the bundle was signed with another key"
        )
    content = _parsed(manifest)
    _check_files(content, held)
    if clip is not None:
        _check_clip(content, clip)
    return Verified(
        report=str(content["report"]),
        report_create_time=str(content["reportCreateTime"]),
        decision=str(content["decision"]),
        clip_sha256=str(content["clip"]["sha256"]),
        files=len(held),
        key_sha256=key.fingerprint,
    )


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """No more than the directory says, whatever the data unpack to."""
    with archive.open(entry) as file:
        content = file.read(entry.file_size + 1)
    if len(content) != entry.file_size:
        raise BundleInvalid(f"{entry.filename!r} is not as long as the bundle says")
    return content


def _parsed(manifest: bytes) -> dict[str, Any]:
    """Signed, so it is ours; of a later version it may still be."""
    content: dict[str, Any] = json.loads(manifest)
    if content.get("format") != FORMAT:
        raise BundleInvalid(f"the bundle's format is {content.get('format')!r}; this version knows {FORMAT}")
    return content


def _check_files(content: dict[str, Any], held: dict[str, bytes]) -> None:
    listed = {entry["path"]: entry["sha256"] for entry in content["files"]}
    for path, sha256 in listed.items():
        if path not in held:
            raise BundleInvalid(f"{path!r} is missing")
        if hashlib.sha256(held[path]).hexdigest() != sha256:
            raise BundleInvalid(f"{path!r} was changed after the bundle was signed")
    if extra := sorted(held.keys() - listed.keys()):
        raise BundleInvalid(f"{extra[0]!r} is not in the manifest: it was added after the bundle was signed")
    report = json.loads(held[REPORT])
    if report["name"] != content["report"] or report["clip"]["sha256"] != content["clip"]["sha256"]:
        raise BundleInvalid("the manifest speaks of another report than the bundle holds")


def _check_clip(content: dict[str, Any], clip: Path) -> None:
    with clip.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 != content["clip"]["sha256"]:
        raise BundleInvalid("this is not the clip that the report is about: its bytes are others")
