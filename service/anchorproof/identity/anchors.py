"""Anchors inside one transaction: their fields checked, kept, found by name, merged."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from typing import Any

from anchorproof.databases import Session
from anchorproof.errors import AlreadyExists, ChangedMeanwhile, EnrolmentForbidden, NotFound, RequestInvalid
from anchorproof.identity import names, outlets
from anchorproof.identity.audit import note
from anchorproof.identity.name_search import LEAST_SCORE, similarity
from anchorproof.identity.rows import NAMES, anchor_from_row
from anchorproof.times import now, to_number
from anchorproof.types import Anchor, Consent, NameMatch

CHANGEABLE = frozenset(
    {
        "display_name",
        "outlet",
        "aliases",
        "notes",
        "localized_names",
        "consent",
        "consent_reference",
        "legal_basis",
        "valid_from",
        "valid_until",
    }
)
_DEFAULTS: Mapping[str, Any] = {
    "outlet": "",
    "aliases": (),
    "notes": "",
    "localized_names": (),
    "consent": Consent.UNSPECIFIED,
    "consent_reference": "",
    "legal_basis": "",
    "valid_from": None,
    "valid_until": None,
}


def checked(fields: Mapping[str, Any]) -> dict[str, Any]:
    """All fields, defaults for those not given; raises RequestInvalid for one that breaks a rule."""
    if unknown := sorted(fields.keys() - CHANGEABLE):
        raise RequestInvalid(f"of an anchor, only {', '.join(sorted(CHANGEABLE))} can change; got {unknown}")
    fields = {**_DEFAULTS, **fields}
    names.check_validity(fields["valid_from"], fields["valid_until"])
    return {
        "display_name": names.check_name("display_name", fields["display_name"]),
        "outlet": names.check_name("outlet", fields["outlet"], is_required=False),
        "aliases": names.check_aliases(tuple(fields["aliases"])),
        "notes": names.check_notes(fields["notes"]),
        "localized_names": names.check_localized_names(tuple(fields["localized_names"])),
        "consent": Consent(fields["consent"]),
        "consent_reference": names.check_line("consent_reference", fields["consent_reference"]),
        "legal_basis": names.check_line("legal_basis", fields["legal_basis"]),
        "valid_from": fields["valid_from"],
        "valid_until": fields["valid_until"],
    }


def get(session: Session, anchor_id: str) -> Anchor:
    """Raises NotFound."""
    row = session.row("get_anchor", anchor_id=anchor_id)
    if row is None:
        raise NotFound("anchor", anchor_id)
    return anchor_from_row(row)


def create(session: Session, fields: Mapping[str, Any], anchor_id: str, actor: str) -> str:
    """The new anchor's id; ``fields`` as ``checked`` gives them. Raises AlreadyExists."""
    columns = _columns(session, fields, actor)
    _refuse_second(session, columns)
    if anchor_id and session.row("find_anchor", anchor_id=anchor_id):
        raise AlreadyExists("anchor", anchor_id)
    new_id = anchor_id or names.free_id(
        names.slug(fields["display_name"]),
        lambda candidate: session.row("find_anchor", anchor_id=candidate) is not None,
    )
    audit_id = uuid.uuid4().hex
    session.run("insert_anchor", anchor_id=new_id, audit_id=audit_id, now=now(), **columns)
    note(session, actor, "anchor.create", audit_id, consent=fields["consent"].value)
    return new_id


def update(session: Session, anchor_id: str, changes: Mapping[str, Any], etag: str, actor: str) -> Anchor:
    """Raises NotFound, ChangedMeanwhile, RequestInvalid, AlreadyExists."""
    if unknown := sorted(changes.keys() - CHANGEABLE):
        raise RequestInvalid(f"of an anchor, only {', '.join(sorted(CHANGEABLE))} can change; got {unknown}")
    old = get(session, anchor_id)
    check_etag(old, etag)
    fields = checked({field: changes.get(field, getattr(old, field)) for field in CHANGEABLE})
    columns = _columns(session, fields, actor)
    _refuse_second(session, columns, besides=anchor_id)
    session.run("update_anchor", anchor_id=anchor_id, now=now(), **columns)
    consent = fields["consent"].value if "consent" in changes else ""
    note(session, actor, "anchor.update", old.audit_id, fields=sorted(changes), consent=consent)
    return get(session, anchor_id)


def delete(session: Session, anchor_id: str, etag: str, actor: str) -> str:
    """Erase it with all that belongs to it; gives the id by which the audit trail knows it."""
    old = get(session, anchor_id)
    check_etag(old, etag)
    session.run("delete_anchor", anchor_id=anchor_id)
    counts = {"face_templates": old.face_templates, "voice_templates": old.voice_templates}
    note(session, actor, "anchor.erase", old.audit_id, **counts)
    return old.audit_id


def merge(session: Session, from_id: str, into_id: str, actor: str) -> Anchor:
    """``into_id`` with the enrolments and names of ``from_id``, which is no more.

    Media that both have are kept once.

    Raises:
        NotFound: one of them does not exist.
        RequestInvalid: they are one.
        EnrolmentForbidden: one of the two people does not consent: the templates would count for the other.
    """
    if from_id == into_id:
        raise RequestInvalid("an anchor cannot be merged into itself", "into")
    old, kept = get(session, from_id), get(session, into_id)
    if old.consent.forbids != kept.consent.forbids:
        raise EnrolmentForbidden("one of the two anchors does not consent: settle that before merging them")
    moved = _move_enrolments(session, from_id, into_id)
    session.run("delete_anchor", anchor_id=from_id)
    aliases = _joined_aliases(old, kept)
    if aliases != kept.aliases:
        fields = checked({field: getattr(kept, field) for field in CHANGEABLE} | {"aliases": aliases})
        session.run("update_anchor", anchor_id=into_id, now=now(), **_columns(session, fields, actor))
    note(session, actor, "anchor.merge", kept.audit_id, merged=old.audit_id, enrolments=moved)
    note(session, actor, "anchor.merged_away", old.audit_id, into=kept.audit_id)
    return get(session, into_id)


def search(session: Session, query: str, outlet_id: str, limit: int) -> list[NameMatch]:
    """Anchors by display name, alias or localized name, the best fit first."""
    found: list[tuple[float, str, str]] = []
    for row in session.rows("list_all_names"):
        if outlet_id and row["outlet_id"] != outlet_id:
            continue
        called = (row["display_name"], *json.loads(row["aliases"]), *_localized(row["localized_names"]))
        score, name = max((similarity(query, name), name) for name in called)
        if score >= LEAST_SCORE:
            found.append((score, row["anchor_id"], name))
    found.sort(key=lambda match: -match[0])
    return [NameMatch(get(session, anchor_id), name, score) for score, anchor_id, name in found[:limit]]


def check_etag(anchor: Anchor, etag: str) -> None:
    """Raises ChangedMeanwhile."""
    if etag and etag != anchor.etag:
        raise ChangedMeanwhile("anchor", anchor.anchor_id)


def _move_enrolments(session: Session, from_id: str, into_id: str) -> int:
    moved = after = 0
    while page := session.rows("list_enrolments", anchor_id=from_id, after=after, rows=1000):
        for row in page:
            if session.row("find_media", anchor_id=into_id, media_sha256=row["media_sha256"]) is None:
                session.run("move_enrolment", anchor_id=into_id, enrolment_id=row["enrolment_id"])
                moved += 1
        after = int(page[-1]["sequence"])
    return moved


def _joined_aliases(old: Anchor, kept: Anchor) -> tuple[str, ...]:
    own = {names.name_key(name) for name in (kept.display_name, *kept.aliases)}
    localized = (name.text for name in old.localized_names)
    new = {names.name_key(name): name for name in (old.display_name, *old.aliases, *localized)}
    added = [name for key, name in new.items() if key not in own]
    return (*kept.aliases, *added)[: names.LIMIT_ALIASES]


def _localized(stored: str) -> list[str]:
    return [entry["text"] for entry in json.loads(stored)]


def _columns(session: Session, fields: Mapping[str, Any], actor: str) -> dict[str, Any]:
    outlet = outlets.find_or_create(session, fields["outlet"], actor)
    return {
        **fields,
        "outlet": outlet.display_name if outlet else "",
        "outlet_id": outlet.outlet_id if outlet else None,
        "outlet_key": names.name_key(outlet.display_name) if outlet else "",
        "name_key": names.name_key(fields["display_name"]),
        "aliases": json.dumps(fields["aliases"], ensure_ascii=False),
        "localized_names": NAMES.dump_json(fields["localized_names"]).decode(),
        "consent": fields["consent"].value,
        "valid_from": to_number(fields["valid_from"]) if fields["valid_from"] else None,
        "valid_until": to_number(fields["valid_until"]) if fields["valid_until"] else None,
    }


def _refuse_second(session: Session, columns: Mapping[str, Any], besides: str = "") -> None:
    """Two people of one name at one outlet would be indistinguishable in every report."""
    row = session.row("find_name", name_key=columns["name_key"], outlet_key=columns["outlet_key"])
    if row is not None and row["anchor_id"] != besides:
        at_outlet = f" at {columns['outlet']}" if columns["outlet"] else ""
        raise AlreadyExists("anchor", columns["display_name"] + at_outlet)
