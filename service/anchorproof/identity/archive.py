"""A whole registry in one file that a passphrase opens: for moving it, and for keeping it.

Inside the envelope lies a deflated list of JSON lines: a head, outlets, their logos, anchors, enrolments each with its
templates, and an end that counts them. The audit trail stays where it was written; export and import are noted in it.
"""

from __future__ import annotations

import base64
import json
import os
import secrets
import uuid
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from anchorproof.databases import Row, Session
from anchorproof.errors import AlreadyExists, ArchiveUnreadable, StorageFailed
from anchorproof.identity import logos, outlets
from anchorproof.identity.audit import note
from anchorproof.identity.envelope import Sealer, unseal
from anchorproof.identity.keys import Keeper
from anchorproof.identity.names import name_key
from anchorproof.identity.rows import label, retained_label
from anchorproof.times import now

FORMAT = "anchorproof.registry/3"
#: Formats that are read; in the first one templates say nothing of acoustics, before the third are no logos.
READABLE = ("anchorproof.registry/1", "anchorproof.registry/2", FORMAT)
PAGE_ROWS = 500
#: Inflated bytes of one line: an enrolment with all that was retained of it.
LIMIT_LINE = 256 * 1024**2

_OUTLET = ("outlet_id", "audit_id", "display_name", "name_key", "aliases", "country", "notes")
_LOGO = ("media_sha256", "width", "height", "create_time")
_ANCHOR = (
    "anchor_id", "audit_id", "display_name", "outlet", "outlet_id", "name_key", "outlet_key", "aliases",
    "localized_names", "notes", "consent", "consent_reference", "legal_basis", "valid_from", "valid_until",
)  # fmt: skip
_ENROLMENT = (
    "enrolment_id", "anchor_id", "media_sha256", "media_name", "speech_s", "rejections", "session", "assessment",
    "override_reason", "samples",
)  # fmt: skip
_TEMPLATE = ("modality", "model_id", "quality", "start_s", "end_s", "fall_db", "band_db")
#: What a template without acoustics has in their place.
_UNMEASURED = {"fall_db": None, "band_db": None}


@dataclass(frozen=True, slots=True)
class Moved:
    """What an export or an import carried; ``present`` enrolments were there already."""

    outlets: int
    anchors: int
    enrolments: int
    templates: int
    present: int = 0


# --------------------------------------------------------------------------- writing


def write(session: Session, keeper: Keeper, path: Path, passphrase: str) -> Moved:
    """The registry as the session sees it; the file is for its owner only, and whole or not there.

    Raises:
        RequestInvalid: the passphrase is too short.
        StorageFailed: the file cannot be written.
    """
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(handle, "wb") as file:
                counts = _write_lines(session, keeper, Sealer(file, passphrase))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        finally:
            fresh.unlink(missing_ok=True)
    except OSError as error:
        raise StorageFailed(f"the export could not be written: {error.strerror}") from error
    return Moved(counts["outlet"], counts["anchor"], counts["enrolment"], counts["template"])


def _write_lines(session: Session, keeper: Keeper, sealer: Sealer) -> Counter[str]:
    deflate = zlib.compressobj(6)
    counts: Counter[str] = Counter()
    for line in _lines(session, keeper):
        counts[line["kind"]] += 1
        counts["template"] += len(line.get("templates", ()))
        if line["kind"] == "end":
            line["counts"] = {kind: number for kind, number in counts.items() if kind not in ("head", "end")}
        sealer.write(deflate.compress(json.dumps(line, ensure_ascii=False).encode() + b"\n"))
    sealer.write(deflate.flush())
    sealer.finish()
    return counts


def _lines(session: Session, keeper: Keeper) -> Iterator[dict[str, Any]]:
    yield {"kind": "head", "format": FORMAT, "time": now()}
    for row in _all(session, "list_outlets"):
        yield {"kind": "outlet", "create_time": row["create_time"], **_taken(row, _OUTLET)}
    for row in session.rows("list_all_logos"):
        content = _text(logos.picture_of(row).picture.tobytes())
        yield {"kind": "logo", "outlet": row["display_name"], "content": content, **_taken(row, _LOGO)}
    for anchor in _all(session, "list_anchors"):
        yield {"kind": "anchor", "create_time": anchor["create_time"], **_taken(anchor, _ANCHOR)}
        for row in _all(session, "list_enrolments", anchor_id=anchor["anchor_id"]):
            yield _enrolment_line(session, keeper, row)
    yield {"kind": "end"}


def _enrolment_line(session: Session, keeper: Keeper, row: Row) -> dict[str, Any]:
    enrolment_id = row["enrolment_id"]
    templates = [
        _taken(part, _TEMPLATE) | {"vector": _text(keeper.open(part["vector"], label(part), part["key_id"]))}
        for part in session.rows("list_templates", enrolment_id=enrolment_id)
    ]
    retained = [
        {"modality": part["modality"], "content": _text(keeper.open(part["content"], bound_to, part["key_id"]))}
        for part in session.rows("list_retained", enrolment_id=enrolment_id)
        for bound_to in [retained_label(enrolment_id, part["modality"])]
    ]
    kept = {"kind": "enrolment", "create_time": row["create_time"], **_taken(row, _ENROLMENT)}
    return kept | {"templates": templates, "retained": retained}


def _all(session: Session, query: str, **parameters: Any) -> Iterator[Row]:
    after = 0
    while page := session.rows(query, after=after, rows=PAGE_ROWS, **parameters):
        yield from page
        after = int(page[-1]["sequence"])


# --------------------------------------------------------------------------- reading


def read(session: Session, keeper: Keeper, path: Path, passphrase: str, actor: str) -> Moved:
    """Everything in the file, added to the registry: an anchor of the same id and name gets what it lacks.

    Raises:
        ArchiveUnreadable: wrong passphrase, damaged, or of a newer version; nothing may be kept of it then.
        AlreadyExists: the registry has another anchor of one of the ids, or of one of the names at its outlet.
        StorageFailed: the file cannot be read.
    """
    counts: Counter[str] = Counter()
    try:
        with path.open("rb") as file:
            for line in _inflated(file, passphrase):
                counts[line["kind"]] += _take(session, keeper, line, counts, actor)
    except OSError as error:
        raise StorageFailed(f"the export could not be read: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise ArchiveUnreadable("the file holds something that this program does not know") from error
    if not counts["end"]:
        raise ArchiveUnreadable("the file ends too early: it was not copied whole")
    return Moved(counts["outlet"], counts["anchor"], counts["enrolment"], counts["template"], counts["present"])


def _inflated(file: BinaryIO, passphrase: str) -> Iterator[dict[str, Any]]:
    inflate, rest = zlib.decompressobj(), b""
    for chunk in unseal(file, passphrase):
        try:
            rest += inflate.decompress(chunk, LIMIT_LINE)
        except zlib.error as error:
            raise ArchiveUnreadable("the file is damaged") from error
        while inflate.unconsumed_tail:
            *lines, rest = rest.split(b"\n")
            yield from map(json.loads, lines)
            rest += inflate.decompress(inflate.unconsumed_tail, LIMIT_LINE)
        *lines, rest = rest.split(b"\n")
        if len(rest) > LIMIT_LINE:
            raise ArchiveUnreadable("the file holds an enrolment beyond all measure")
        yield from map(json.loads, lines)


def _take(session: Session, keeper: Keeper, line: dict[str, Any], counts: Counter[str], actor: str) -> int:
    """Store one line; 1 when it was new."""
    match line["kind"]:
        case "head":
            if line["format"] not in READABLE:
                raise ArchiveUnreadable(f"the file is of format {line['format']!r}; this program reads {FORMAT!r}")
            return 1
        case "outlet":
            return _take_outlet(session, line, actor)
        case "logo":
            return _take_logo(session, line, actor)
        case "anchor":
            return _take_anchor(session, line, actor)
        case "enrolment":
            return _take_enrolment(session, keeper, line, counts, actor)
        case "end":
            return 1
    raise ArchiveUnreadable(f"the file holds {line['kind']!r}, which this program does not know")


def _take_outlet(session: Session, line: dict[str, Any], actor: str) -> int:
    if outlets.find(session, line["display_name"]) is not None:
        return 0
    if session.row("get_outlet", outlet_id=line["outlet_id"]) is not None:
        raise AlreadyExists("outlet", line["outlet_id"])
    session.run("insert_outlet", now=line["create_time"], **_taken(line, _OUTLET))
    note(session, actor, "outlet.import", line["audit_id"])
    return 1


def _take_logo(session: Session, line: dict[str, Any], actor: str) -> int:
    outlet = outlets.find(session, line["outlet"])
    if outlet is None:
        raise ArchiveUnreadable("the file holds a logo of no outlet")
    known = {"outlet_id": outlet.outlet_id, "media_sha256": line["media_sha256"]}
    if session.row("find_logo", **known) is not None:
        return 0
    logo_id, content = uuid.uuid4().hex[:12], base64.b64decode(line["content"])
    logos.insert(
        session, logo_id, outlet.outlet_id, line["media_sha256"], (line["width"], line["height"]), content,
        line["create_time"],
    )  # fmt: skip
    note(session, actor, "outlet.logo_import", outlets.audit_id(session, outlet.outlet_id), logo=logo_id)
    return 1


def _take_anchor(session: Session, line: dict[str, Any], actor: str) -> int:
    columns = _taken(line, _ANCHOR)
    if columns["outlet"]:
        outlet = outlets.find_or_create(session, columns["outlet"], actor)
        if outlet is not None:
            columns |= {"outlet": outlet.display_name, "outlet_id": outlet.outlet_id}
            columns["outlet_key"] = name_key(outlet.display_name)
    here = session.row("get_anchor", anchor_id=columns["anchor_id"])
    named = session.row("find_name", name_key=columns["name_key"], outlet_key=columns["outlet_key"])
    if here is not None and here["name_key"] == columns["name_key"]:
        return 0
    if here is not None or named is not None:
        raise AlreadyExists("anchor", columns["anchor_id"] if here is not None else columns["display_name"])
    session.run("insert_anchor", now=line["create_time"], **columns)
    note(session, actor, "anchor.import", columns["audit_id"])
    return 1


def _take_enrolment(session: Session, keeper: Keeper, line: dict[str, Any], counts: Counter[str], actor: str) -> int:
    columns = _taken(line, _ENROLMENT)
    media = {"anchor_id": columns["anchor_id"], "media_sha256": columns["media_sha256"]}
    if session.row("find_media", **media) is not None:
        counts["present"] += 1
        return 0
    columns["enrolment_id"] = enrolment_id = uuid.uuid4().hex
    seal = keeper.seal_for(session)
    session.run("insert_enrolment", now=line["create_time"], **columns)
    for part in line["templates"]:
        bound = {**_taken(_UNMEASURED | part, _TEMPLATE), "enrolment_id": enrolment_id}
        vector = seal.close(base64.b64decode(part["vector"]), label(bound))
        session.run("insert_template", key_id=seal.key_id, vector=vector, **bound)
    for part in line["retained"]:
        content = seal.close(base64.b64decode(part["content"]), retained_label(enrolment_id, part["modality"]))
        kept = {"enrolment_id": enrolment_id, "modality": part["modality"], "key_id": seal.key_id}
        session.run("insert_retained", content=content, **kept)
    counts["template"] += len(line["templates"])
    anchor = session.row("get_anchor", anchor_id=columns["anchor_id"])
    details = {"enrolment": enrolment_id, "templates": len(line["templates"])}
    note(session, actor, "enrolment.import", anchor["audit_id"] if anchor is not None else "", **details)
    return 1


def _taken(row: Row | Mapping[str, Any], columns: tuple[str, ...]) -> dict[str, Any]:
    return {column: row[column] for column in columns}


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
