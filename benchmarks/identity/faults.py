"""What goes wrong with a registry is said in words: each fault is made, and the answer noted."""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import signal
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from anchorproof.errors import AnchorproofError
from anchorproof.identity.compare import compare
from anchorproof.identity.registry import Registry
from benchmarks.identity.crowd import CALIBRATION, material
from benchmarks.identity.scale import opened

Fault = Callable[[Path], None]


def faults(folder: Path) -> list[dict[str, str]]:
    """Each fault with the reason and the words that came; ``NO ERROR`` where none did."""
    return [_answer(name, fault, folder / name.replace(" ", "-")) for name, fault in FAULTS.items()]


def _answer(name: str, fault: Fault, folder: Path) -> dict[str, str]:
    folder.mkdir(parents=True)
    try:
        fault(folder)
    except AnchorproofError as error:
        return {"fault": name, "reason": error.reason, "message": str(error)}
    return {"fault": name, "reason": "NO ERROR", "message": ""}


def _wrong_key(folder: Path) -> None:
    _filled(folder).close()
    (folder / "registry.key").write_text(secrets.token_hex(32))
    opened(folder)


def _no_key(folder: Path) -> None:
    _filled(folder).close()
    (folder / "registry.key").unlink()
    opened(folder)


def _truncated(folder: Path) -> None:
    _filled(folder, 60).close()
    path = folder / "registry.sqlite3"
    os.truncate(path, path.stat().st_size // 2)
    opened(folder).references()


def _newer(folder: Path) -> None:
    _filled(folder).close()
    connection = sqlite3.connect(folder / "registry.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    opened(folder)


def _disk_full(folder: Path) -> None:
    """On a file system of 2 MB; what was acknowledged stays readable. Needs root for the mount."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], check=True)
    try:
        with _filled(folder) as registry:
            kept = 1
            try:
                for number in range(1000):
                    registry.add_enrolment("a", material(f"more {number}", 50))
                    kept += 1
            finally:
                assert len(registry.list_enrolments("a", 1000)[0]) == kept
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def _file_limit(folder: Path) -> None:
    """A limit on the size of files, as quotas and containers set it."""
    with _filled(folder) as registry, _files_no_larger_than(2 * 1024**2):
        for number in range(1000):
            registry.add_enrolment("a", material(f"more {number}", 50))


def _same_name(folder: Path) -> None:
    with _filled(folder) as registry:
        registry.create_anchor("  ADA  example", outlet="example NEWS")


def _no_templates(folder: Path) -> None:
    """An anchor without templates is nobody one can resemble: no error, and no comparison."""
    with opened(folder) as registry:
        registry.create_anchor("Bare", anchor_id="bare")
        assert compare(material("probe").templates[0], registry.references(), CALIBRATION, 5) == ()


def _no_consent(folder: Path) -> None:
    with _filled(folder) as registry:
        registry.update_anchor("a", {"consent": "withdrawn"})
        registry.add_enrolment("a", material("later"))


FAULTS: dict[str, Fault] = {
    "wrong key": _wrong_key,
    "key file missing": _no_key,
    "truncated database": _truncated,
    "newer schema": _newer,
    **({"disk full": _disk_full} if os.geteuid() == 0 else {}),
    "file size limit": _file_limit,
    "same name twice": _same_name,
    "anchor without templates": _no_templates,
    "consent withdrawn": _no_consent,
}


def _filled(folder: Path, enrolments: int = 1) -> Registry:
    registry = opened(folder)
    registry.create_anchor("Ada Example", outlet="Example News", anchor_id="a")
    for number in range(enrolments):
        registry.add_enrolment("a", material(f"first {number}", 20))
    return registry


@contextlib.contextmanager
def _files_no_larger_than(limit_bytes: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    before: Any = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
