"""Broadcasters and agencies: found by any of their names, made where an anchor names a new one."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from anchorproof.databases import Session
from anchorproof.errors import AlreadyExists, ChangedMeanwhile, NotFound, RequestInvalid, ResourceInUse
from anchorproof.identity import names
from anchorproof.identity.audit import note
from anchorproof.identity.rows import outlet_from_row
from anchorproof.times import now
from anchorproof.types import Outlet

OUTLET_FIELDS = frozenset({"display_name", "aliases", "country", "notes"})
COUNTRY_LENGTH = 2


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Raises RequestInvalid for a field that breaks a rule."""
    country = str(fields.get("country", "")).upper()
    if country and (len(country) != COUNTRY_LENGTH or not country.isascii() or not country.isalpha()):
        raise RequestInvalid(f"country must be an ISO 3166 code of two letters; got {country[:20]!r}", "country")
    return {
        "display_name": names.check_name("display_name", fields["display_name"]),
        "aliases": names.check_aliases(tuple(fields.get("aliases", ()))),
        "country": country,
        "notes": names.check_notes(fields.get("notes", "")),
    }


def get(session: Session, outlet_id: str) -> Outlet:
    """Raises NotFound."""
    row = session.row("get_outlet", outlet_id=outlet_id)
    if row is None:
        raise NotFound("outlet", outlet_id)
    return outlet_from_row(row)


def find(session: Session, name: str) -> Outlet | None:
    """The outlet that has this name, as its own or as an alias."""
    key = names.name_key(name)
    for row in session.rows("list_outlet_names"):
        if key == row["name_key"] or key in map(names.name_key, json.loads(row["aliases"])):
            return get(session, row["outlet_id"])
    return None


def find_or_create(session: Session, name: str, actor: str) -> Outlet | None:
    """The outlet an anchor names, made where there is none of that name; None for an empty name."""
    if not name:
        return None
    found = find(session, name)
    return found or create(session, checked({"display_name": name}), "", actor)


def create(session: Session, fields: Mapping[str, Any], outlet_id: str, actor: str) -> Outlet:
    """``fields`` as ``checked`` gives them. Raises AlreadyExists when the id or one of the names is taken."""
    _refuse_second(session, fields)
    if outlet_id and session.row("get_outlet", outlet_id=outlet_id) is not None:
        raise AlreadyExists("outlet", outlet_id)
    new_id = outlet_id or names.free_id(
        _slug(fields["display_name"]), lambda candidate: session.row("get_outlet", outlet_id=candidate) is not None
    )
    audit_id = uuid.uuid4().hex
    session.run("insert_outlet", outlet_id=new_id, audit_id=audit_id, now=now(), **_columns(fields))
    note(session, actor, "outlet.create", audit_id)
    return get(session, new_id)


def update(session: Session, outlet_id: str, changes: Mapping[str, Any], etag: str, actor: str) -> Outlet:
    """Raises NotFound, ChangedMeanwhile, RequestInvalid, AlreadyExists."""
    if unknown := sorted(changes.keys() - OUTLET_FIELDS):
        raise RequestInvalid(f"of an outlet, only {', '.join(sorted(OUTLET_FIELDS))} can change; got {unknown}")
    old = get(session, outlet_id)
    _check_etag(old, etag)
    fields = checked({field: changes.get(field, getattr(old, field)) for field in OUTLET_FIELDS})
    _refuse_second(session, fields, besides=outlet_id)
    columns = _columns(fields)
    session.run("update_outlet", outlet_id=outlet_id, now=now(), **columns)
    if columns["display_name"] != old.display_name:
        renamed = {key: columns[key] for key in ("display_name", "name_key")}
        session.run("rename_outlet_of_anchors", outlet_id=outlet_id, now=now(), **renamed)
    note(session, actor, "outlet.update", audit_id(session, outlet_id), fields=sorted(changes))
    return get(session, outlet_id)


def delete(session: Session, outlet_id: str, etag: str, actor: str) -> None:
    """Raises NotFound, ChangedMeanwhile, and ResourceInUse while anchors work for it."""
    old = get(session, outlet_id)
    _check_etag(old, etag)
    if old.anchors:
        raise ResourceInUse("outlet", outlet_id, f"{old.anchors} anchor{'s' if old.anchors > 1 else ''}")
    subject = audit_id(session, outlet_id)
    session.run("delete_outlet", outlet_id=outlet_id)
    note(session, actor, "outlet.delete", subject)


def audit_id(session: Session, outlet_id: str) -> str:
    """What stands for the outlet in the audit trail; empty: there is none."""
    row = session.row("get_outlet", outlet_id=outlet_id)
    return str(row["audit_id"]) if row is not None else ""


def _refuse_second(session: Session, fields: Mapping[str, Any], besides: str = "") -> None:
    """Two outlets with one name between them could not be told apart when an anchor names it."""
    for name in (fields["display_name"], *fields["aliases"]):
        found = find(session, name)
        if found is not None and found.outlet_id != besides:
            raise AlreadyExists("outlet", name)


def _columns(fields: Mapping[str, Any]) -> dict[str, str]:
    return {
        **fields,
        "aliases": json.dumps(fields["aliases"], ensure_ascii=False),
        "name_key": names.name_key(fields["display_name"]),
    }


def _check_etag(outlet: Outlet, etag: str) -> None:
    if etag and etag != outlet.etag:
        raise ChangedMeanwhile("outlet", outlet.outlet_id)


def _slug(name: str) -> str:
    slug = names.slug(name)
    return slug if not slug.startswith("anchor-") else f"outlet-{secrets.token_hex(4)}"
