"""Rows <-> types: the only lines that know how the registry's nouns are stored."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from anchorproof import pages
from anchorproof.databases import Row
from anchorproof.identity.coverage import coverage
from anchorproof.times import to_time
from anchorproof.types import (
    Anchor,
    Assessment,
    AuditEntry,
    Consent,
    Enrolment,
    LocalizedName,
    Outlet,
    Rejection,
    Sample,
    Template,
    Vector,
)

REJECTIONS: TypeAdapter[tuple[Rejection, ...]] = TypeAdapter(tuple[Rejection, ...])
SAMPLES: TypeAdapter[tuple[Sample, ...]] = TypeAdapter(tuple[Sample, ...])
ASSESSMENT: TypeAdapter[Assessment] = TypeAdapter(Assessment)
NAMES: TypeAdapter[tuple[LocalizedName, ...]] = TypeAdapter(tuple[LocalizedName, ...])


def anchor_from_row(row: Row) -> Anchor:
    return Anchor(
        anchor_id=row["anchor_id"],
        display_name=row["display_name"],
        outlet=row["outlet"],
        aliases=tuple(json.loads(row["aliases"])),
        notes=row["notes"],
        create_time=to_time(row["create_time"]),
        update_time=to_time(row["update_time"]),
        etag=_etag(row["anchor_id"], row),
        face_templates=row["face_templates"],
        voice_templates=row["voice_templates"],
        outlet_id=row["outlet_id"] or "",
        localized_names=NAMES.validate_json(row["localized_names"]),
        consent=Consent(row["consent"]),
        consent_reference=row["consent_reference"],
        legal_basis=row["legal_basis"],
        valid_from=_time_or_none(row["valid_from"]),
        valid_until=_time_or_none(row["valid_until"]),
        audit_id=row["audit_id"],
        coverage=coverage(
            face_templates=row["face_templates"],
            face_sessions=row["face_sessions"],
            voice_templates=row["voice_templates"],
            voice_sessions=row["voice_sessions"],
            speech_s=float(row["speech_s"]),
        ),
    )


def outlet_from_row(row: Row) -> Outlet:
    return Outlet(
        outlet_id=row["outlet_id"],
        display_name=row["display_name"],
        aliases=tuple(json.loads(row["aliases"])),
        country=row["country"],
        notes=row["notes"],
        create_time=to_time(row["create_time"]),
        update_time=to_time(row["update_time"]),
        etag=_etag(row["outlet_id"], row),
        anchors=row["anchors"],
    )


def enrolment_from_row(row: Row) -> Enrolment:
    return Enrolment(
        enrolment_id=row["enrolment_id"],
        anchor_id=row["anchor_id"],
        media_sha256=row["media_sha256"],
        media_name=row["media_name"],
        create_time=to_time(row["create_time"]),
        face_templates=row["face_templates"],
        voice_templates=row["voice_templates"],
        speech_s=row["speech_s"],
        rejections=REJECTIONS.validate_json(row["rejections"]),
        session=row["session"],
        samples=SAMPLES.validate_json(row["samples"]),
        assessment=ASSESSMENT.validate_json(row["assessment"]) if row["assessment"] else None,
        override_reason=row["override_reason"],
    )


def audit_entry_from_row(row: Row) -> AuditEntry:
    resource = f"anchors/{row['anchor_id']}" if row["anchor_id"] else ""
    resource = f"outlets/{row['outlet_id']}" if row["outlet_id"] else resource
    details = json.loads(row["details"])
    return AuditEntry(
        number=row["sequence"],
        time=to_time(row["create_time"]),
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        resource=resource,
        details=tuple((str(key), str(value)) for key, value in details.items()),
    )


def template_columns(enrolment_id: str, template: Template) -> dict[str, Any]:
    """Less the vector, which is sealed first."""
    return {
        "enrolment_id": enrolment_id,
        "modality": template.modality.value,
        "model_id": template.model_id,
        "quality": float(template.quality),
        "start_s": template.span.start_s if template.span else None,
        "end_s": template.span.end_s if template.span else None,
        "fall_db": template.acoustics.fall_db if template.acoustics else None,
        "band_db": template.acoustics.band_db if template.acoustics else None,
    }


def label(row: Row | Mapping[str, Any]) -> str:
    """What a sealed template is bound to."""
    return f"template|{row['enrolment_id']}|{row['modality']}|{row['model_id']}"


def retained_label(enrolment_id: str, modality: str) -> str:
    return f"retained|{enrolment_id}|{modality}"


def to_blob(vector: Vector) -> bytes:
    return vector.astype("<f4").tobytes()


def from_blob(blob: bytes) -> Vector:
    return np.frombuffer(blob, dtype="<f4").astype(np.float32, copy=False)


def next_token(rows: Sequence[Row], limit: int, scope: str) -> str:
    return pages.write_token([rows[limit - 1]["sequence"]], scope) if len(rows) > limit else ""


def _etag(resource_id: str, row: Row) -> str:
    version = f"{resource_id}/{row['sequence']}/{row['revision']}"
    return hashlib.sha256(version.encode()).hexdigest()[:16]


def _time_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else to_time(microseconds)
