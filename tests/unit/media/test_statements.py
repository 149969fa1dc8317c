"""The child that reads what a file says of itself: confined, bounded, and not believed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from anchorproof.errors import TrustListUnavailable
from anchorproof.media.declarations import LIMIT_PACKETS, LIMIT_TAGS
from anchorproof.media.statements import read_statements
from anchorproof.provenance.origin import check_trust_list, read_origin
from anchorproof.settings import MediaSettings
from anchorproof.types import ClipInfo, FileStatements
from tests.media_samples import write_clip, write_tagged

INFO = ClipInfo("0" * 64, 1, "mp4", 1.0, None, None)
SETTINGS = MediaSettings()


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clip(tmp_path_factory.mktemp("media") / "a.mp4", 0.4)


def impostor(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str) -> None:
    program = tmp_path / "impostor"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))


def message(kind: str, payload: str) -> str:
    header = f'{{"kind": "{kind}"}}'
    return f"printf '\\0\\0\\0\\{len(header):03o}\\0\\0\\0\\{len(payload):03o}%s%s' '{header}' '{payload}'"


def test_tags_are_bounded(tmp_path: Path, clip: Path) -> None:
    many = {f"key{number}": "v" * 50_000 if number == 0 else "v" for number in range(500)}
    found = read_statements(write_tagged(tmp_path / "b.mkv", clip, many), INFO, SETTINGS, None)
    assert len(found.tags) == LIMIT_TAGS
    assert max(len(tag.value) for tag in found.tags) <= 16 * 1024


def test_packets_are_bounded_and_found_across_blocks(tmp_path: Path, clip: Path) -> None:
    packet = b"<x:xmpmeta>" + b"a" * 1000 + b"</x:xmpmeta>"
    path = tmp_path / "b.mp4"
    path.write_bytes(clip.read_bytes().ljust(4 * 1024**2 - 500, b"\0") + packet)
    assert read_statements(path, INFO, SETTINGS, None).xmp_packets == (packet.decode(),)
    path.write_bytes(clip.read_bytes() + packet * 1000)
    assert len(read_statements(path, INFO, SETTINGS, None).xmp_packets) == LIMIT_PACKETS


def test_what_was_told_before_the_child_died_is_kept(
    tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    impostor(monkeypatch, tmp_path, message("tags", '[["container", "AIGC", "x"]]') + "; exit 1")
    found = read_statements(clip, INFO, SETTINGS, None)
    assert found.tags[0].key == "AIGC"
    assert found.failure
    origin, unread = read_origin(found)
    assert unread is not None
    assert unread.reason == "DECLARATIONS_UNREADABLE"
    assert len(origin.labels) == 1


@pytest.mark.parametrize(
    "script",
    [
        message("tags", "3"),
        message("tags", "[[1]]") + "; " + message("end", ""),
        message("packets", '{"a": 1}') + "; " + message("end", ""),
        message("credentials", "[]") + "; " + message("end", ""),
        message("tags", "[" * 50) + "; " + message("end", ""),
    ],
)
def test_nonsense_is_not_believed(tmp_path: Path, clip: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    impostor(monkeypatch, tmp_path, script)
    found = read_statements(clip, INFO, SETTINGS, None)
    assert found.failure
    assert found.manifest_store == ""


def test_rubbish_has_nothing_to_say(tmp_path: Path) -> None:
    path = tmp_path / "rubbish.mp4"
    path.write_bytes(bytes(range(256)) * 100)
    assert read_statements(path, INFO, SETTINGS, None) == FileStatements()


def test_the_credentials_library_stays_out_of_the_service() -> None:
    code = """
import sys
import anchorproof.pipeline, anchorproof.api.server
print([name for name in sys.modules if name.split(".")[0] in ("c2pa", "av")])
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_trust_list_must_hold_certificates(tmp_path: Path) -> None:
    check_trust_list(None)
    with pytest.raises(TrustListUnavailable, match="cannot be read"):
        check_trust_list(tmp_path / "missing.pem")
    empty = tmp_path / "empty.pem"
    empty.write_text("no certificates")
    with pytest.raises(TrustListUnavailable, match="no certificate"):
        check_trust_list(empty)
