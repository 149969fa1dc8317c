"""The machine below: Python, user, disk, memory, clock; the data folder and who may read it."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from anchorproof import __version__
from anchorproof.doctor.findings import Finding, broken, skipped, sound, warning
from anchorproof.settings import Settings

OLDEST_PYTHON = (3, 11)
#: A file from the future by more than this means that the clock was set back.
_FUTURE_S = 120
#: Nothing was built before this: 2025-01-01.
_BUILT_S = 1_735_689_600
#: A worker with all networks loaded, at work (benchmarks/results/speed).
_WORKER_BYTES = 900 * 1024**2
_FEW_FILES = 1000
#: What secrets and templates lie in, of the data folder.
_PRIVATE = ("*.key", "*.sqlite3", "*.sqlite3-wal")


def look_at_program() -> Iterator[Finding]:
    parts = [f"{package} {_version(package)}" for package in ("onnxruntime", "av", "grpcio", "c2pa-python")]
    words = f"anchorproof {__version__}, Python {platform.python_version()}, {', '.join(parts)}"
    if sys.version_info < OLDEST_PYTHON:
        yield broken("program", words, "install Python 3.11 or newer, and anchorproof with it")
        return
    yield sound("program", words)
    if os.geteuid() == 0:
        yield warning(
            "user", "this runs as root", "run the service as a user of its own, which owns the data folder and no more"
        )


def look_at_data_folder(settings: Settings) -> Iterator[Finding]:
    folder = settings.data_dir
    if not folder.exists():
        parent = next(path for path in folder.parents if path.exists())
        if os.access(parent, os.W_OK | os.X_OK):
            yield skipped("data folder", f"{folder} does not exist yet; the first start makes it")
        else:
            todo = f"make {folder} and give it to the service's user, or name another place (data_dir)"
            yield broken("data folder", f"{folder} does not exist, and this user cannot make it", todo)
        return
    if not folder.is_dir():
        yield broken("data folder", f"{folder} is no folder", "name a folder (data_dir, or ANCHORPROOF_DATA_DIR)")
        return
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        todo = f"run this as the service's user, or: chown -R $USER {folder}"
        yield broken("data folder", f"this user cannot write to {folder}", todo)
        return
    yield sound("data folder", str(folder))
    yield from _look_at_permissions(settings)


def _look_at_permissions(settings: Settings) -> Iterator[Finding]:
    """Others may look into the folder's list; they may not read keys, databases, clips."""
    files = [path for pattern in _PRIVATE for path in settings.data_dir.glob(pattern)]
    folders = [settings.data_dir / name for name in ("clips", "uploads", "spool", "footage-references")]
    extra = [settings.registry_key_path, settings.audit_key_path, settings.bundle_key_path]
    open_to_others = sorted(
        {path for path in (*files, *folders, *extra) if path.exists() and _is_open_to_others(path, settings.data_dir)}
    )
    if open_to_others:
        names = ", ".join(path.name for path in open_to_others)
        yield broken(
            "permissions",
            f"other users of this machine can read: {names}",
            "chmod go-rwx " + " ".join(map(str, open_to_others)),
        )
    else:
        yield sound("permissions", "keys, databases and clips are for their owner only")


def _is_open_to_others(path: Path, data_dir: Path) -> bool:
    """Readable by group or others, and not shut off by the folder it lies in."""
    is_readable = bool(path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO))
    is_inside = path.is_relative_to(data_dir)
    is_shut = is_inside and not data_dir.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return is_readable and not is_shut


def look_at_settings_file(settings: Settings) -> Iterator[Finding]:
    named = os.environ.get("ANCHORPROOF_CONFIG")
    if not named:
        yield skipped("settings file", "none is named; defaults and variables hold")
        return
    path = Path(named)
    secrets = (settings.webhook_secret, settings.registry_key, settings.database_url, settings.registry_url)
    has_secrets = any(secret.get_secret_value() for secret in secrets)
    if has_secrets and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        todo = f"chmod 600 {path}, or give the secrets by variables"
        yield warning("settings file", f"{path} can be read by others, and secrets are set", todo)
    else:
        yield sound("settings file", str(path))


def look_at_disk(settings: Settings) -> Iterator[Finding]:
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    usage, names = shutil.disk_usage(folder), os.statvfs(folder)
    spare, roomy = settings.uploads.spare_disk_bytes, settings.media.limit_bytes * 3
    words = f"{usage.free / 1e9:,.1f} of {usage.total / 1e9:,.1f} GB are free"
    todo = "make room, or keep clips for a shorter time (queue.keep_flagged_clips_days, keep_other_clips_days)"
    if usage.free < spare:
        yield broken("disk", f"{words}: uploads are refused below {spare / 1e9:,.1f} GB", todo)
    elif names.f_files and names.f_favail < _FEW_FILES:
        yield broken("disk", f"{words}, but only {names.f_favail:,} more files fit", todo)
    elif usage.free < roomy:
        yield warning("disk", f"{words}; three of the largest clips need {roomy / 1e9:,.1f} GB", todo)
    else:
        yield sound("disk", words)


def look_at_memory(settings: Settings, free_bytes: int) -> Iterator[Finding]:
    wanted = settings.server.workers * _WORKER_BYTES + settings.queue.spare_memory_bytes
    if free_bytes >= 2**62:
        yield skipped("memory", "this system does not say how much is free")
        return
    words = f"{free_bytes / 1e9:,.1f} GB are free; {settings.server.workers} workers may take {wanted / 1e9:,.1f} GB"
    if free_bytes < settings.queue.spare_memory_bytes:
        yield broken("memory", f"{words}: new work is refused", "end other programs, or get more memory")
    elif free_bytes < wanted:
        yield warning("memory", words, "fine while the service runs already; else start fewer workers (server.workers)")
    else:
        yield sound("memory", words)


def look_at_clock(settings: Settings) -> Iterator[Finding]:
    now = time.time()
    todo = "set the clock, and keep it right (systemd-timesyncd, chrony)"
    if now < _BUILT_S:
        yield broken("clock", f"it shows {time.strftime('%Y-%m-%d', time.gmtime(now))}, which is past", todo)
        return
    files = settings.data_dir.glob("*.sqlite3*") if settings.data_dir.is_dir() else ()
    newest = max((path.stat().st_mtime for path in files), default=0.0)
    if newest > now + _FUTURE_S:
        yield warning("clock", f"a database was written {newest - now:,.0f} s from now: the clock was set back", todo)
    else:
        yield sound("clock", time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now)))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"
