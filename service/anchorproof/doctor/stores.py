"""Databases, keys and clips: here or on other machines; looked at without changing them."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from anchorproof.doctor.findings import Finding, broken, skipped, sound, warning
from anchorproof.errors import AnchorproofError, AuditKeyUnusable
from anchorproof.footage.store import SCHEMA as FOOTAGE
from anchorproof.identity.keys import open_one_template
from anchorproof.identity.opening import key_source
from anchorproof.identity.registry import SCHEMA as REGISTRY
from anchorproof.opening import examine, reading_only
from anchorproof.queue.standings import are_true
from anchorproof.queue.store import SCHEMA as QUEUE
from anchorproof.reports.store import SCHEMA as REPORTS
from anchorproof.reviews.desk import SCHEMA as DESK
from anchorproof.reviews.keys import open_key
from anchorproof.settings import Settings
from anchorproof.sqlite import Schema
from anchorproof.storage.folder import FolderClips
from anchorproof.storage.opening import open_clips
from anchorproof.uploads.store import SCHEMA as UPLOADS

#: Machines that share leases and deadlines should agree on the time.
_APART_S = 5.0
_RESTORE = "restore it from a backup made while it was sound; until then keep the damaged file"


def look_at_database(url: str, path: Path, schema: Schema) -> Iterator[Finding]:
    """Its version, and whether its pages are whole."""
    name = f"database: {schema.kind}"
    if not url and not path.exists():
        yield skipped(name, "not made yet; the first start makes it")
        return
    try:
        state = examine(url, path, schema)
    except AnchorproofError as error:
        todo = _RESTORE if "damaged" in str(error) else "do what the message says"
        if url:
            todo = "is the server running, is its address right (database_url), may this user use it?"
        yield broken(name, str(error), todo)
        return
    where = "on the PostgreSQL server" if url else f"in {path.name}"
    if state.fault:
        yield broken(name, f"{where}: {state.fault}", _RESTORE)
    elif state.version == 0:
        yield skipped(name, f"{where}: empty; the first start fills it")
    elif state.is_newer:
        yield broken(
            name,
            f"{where}: written by a newer anchorproof (schema {state.version}; this program knows {state.newest})",
            "install that version, or restore a copy made before the upgrade",
        )
    elif state.version < state.newest:
        yield warning(
            name,
            f"{where}: of an older anchorproof (schema {state.version}; this program makes it {state.newest})",
            "the next start brings it up to date; copy it before, as there is no way back",
        )
    else:
        words = f"{where}: schema {state.version}"
        yield sound(name, words if state.is_checked else f"{words}; too large to be read through in a moment")


def databases(settings: Settings) -> list[tuple[str, Path, Schema]]:
    """Address (empty: a file), file, and kind of each."""
    shared = settings.database_url.get_secret_value()
    registry = settings.registry_url.get_secret_value() or shared
    return [
        (registry, settings.registry_path, REGISTRY),
        (shared, settings.reports_path, REPORTS),
        (shared, settings.uploads_path, UPLOADS),
        (shared, settings.queue_path, QUEUE),
        ("", settings.footage_path, FOOTAGE),
        ("", settings.reviews_path, DESK),
    ]


def look_at_registry_key(settings: Settings) -> Iterator[Finding]:
    """Whether the key is there and opens what is enrolled."""
    url, path, schema = databases(settings)[0]
    keys = key_source(settings)
    if not url and not path.exists():
        yield skipped("registry key", "nobody is enrolled yet")
        return
    with reading_only(url, path, schema) as session:
        try:
            opened = open_one_template(session, keys)
        except AnchorproofError as error:
            todo = (
                "put the key back that this registry was made with (registry_key_file, or ANCHORPROOF_REGISTRY_KEY); "
                "without it the templates cannot be read, and the anchors must be enrolled again"
            )
            yield broken("registry key", str(error), todo)
            return
    if opened is None:
        yield skipped("registry key", "nothing was sealed yet; the first start makes a key")
    elif not settings.registry_key.get_secret_value() and settings.registry_key_path.parent == settings.data_dir:
        yield sound(
            "registry key", f"it opens what is enrolled ({opened}); it lies beside the database: back it up elsewhere"
        )
    else:
        yield sound("registry key", f"it opens what is enrolled ({opened})")


def look_at_audit_key(settings: Settings) -> Iterator[Finding]:
    path = settings.audit_key_path
    if not path.exists():
        if settings.reviews_path.exists():
            todo = "put it back: entries signed with another key cannot be told from forged ones"
            yield broken("audit key", "the key that signed the desk's audit log is missing", todo)
        else:
            yield skipped("audit key", "not made yet; the first start makes it")
        return
    try:
        open_key(path)
    except AuditKeyUnusable as error:
        yield broken("audit key", str(error), "give the file back to the service's user, or restore it")
        return
    yield sound("audit key", "it can be read")


def look_at_clips(settings: Settings) -> Iterator[Finding]:
    if not settings.clips_url and not (settings.data_dir / "clips").exists():
        yield skipped("clips", "no clip was kept yet")
        return
    if settings.database_url.get_secret_value() and not settings.clips_url:
        yield broken(
            "clips",
            "a database is shared between machines (database_url), and clips are not (clips_url)",
            "name a folder that all machines share (file:///mnt/clips) or a bucket (s3://bucket/prefix)",
        )
        return
    with contextlib.closing(open_clips(settings, is_patient=False)) as clips:
        begun = time.monotonic()
        clips.find("0" * 64)  # nobody's, but it has to be asked for
        asked_s = time.monotonic() - begun
        if isinstance(clips, FolderClips):
            try:
                with tempfile.NamedTemporaryFile(dir=clips.where, prefix=".doctor-"):
                    pass
            except OSError as error:
                yield broken(
                    "clips", f"the folder cannot be written: {error.strerror}", f"check who owns {clips.where}"
                )
                return
    if asked_s > 1:
        yield warning(
            "clips", f"the store answers after {asked_s:.1f} s", "look at the share, or at the way to the bucket"
        )
    else:
        yield sound("clips", f"the store answers after {asked_s * 1000:.0f} ms")


def look_at_standings(settings: Settings) -> Iterator[Finding]:
    """Whether what the queue keeps of how many wait is what counting its jobs gives."""
    url, path, schema = databases(settings)[3]
    if not url and not path.exists():
        yield skipped("queue's standings", "no analysis was asked for yet")
        return
    state = examine(url, path, schema)
    if state.version != state.newest:
        yield skipped("queue's standings", "the database is of another version")
        return
    with reading_only(url, path, schema) as session:
        is_sound = are_true(session)
    if is_sound:
        yield sound("queue's standings", "they are those of its jobs")
    else:
        yield warning(
            "queue's standings",
            "how many analyses wait, or whose turn it is, is not what counting them gives",
            "start one process of the service anew: it counts them at its start; were parts of the database restored?",
        )


def look_at_shared_clock(settings: Settings) -> Iterator[Finding]:
    """Of the PostgreSQL server, beside ours."""
    url = settings.database_url.get_secret_value()
    if not url:
        yield skipped("shared clock", "one machine, one clock")
        return
    before = time.time()
    with reading_only(url, settings.queue_path, QUEUE) as session:
        row = session.row("clock")
    assert row is not None
    apart_s = int(row["now"]) / 1e6 - (before + time.time()) / 2
    words = f"this machine and the database's differ by {abs(apart_s):.1f} s"
    if abs(apart_s) > _APART_S:
        yield warning("shared clock", words, "set the clocks, and keep them right (systemd-timesyncd, chrony)")
    else:
        yield sound("shared clock", words)
