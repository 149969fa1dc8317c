"""The registry's messages <-> types; see ``convert.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from google.protobuf.message import Message

from anchorproof.api.convert import (
    anchor_name,
    box_message,
    comparison_message,
    enrolment_name,
    id_in,
    member_of,
    number_of,
    outlet_name,
    read_box,
    read_comparison,
    read_enrolment_name,
    read_logo_name,
    read_span,
    read_time,
    span_message,
    spans_message,
    timestamp,
)
from anchorproof.errors import RequestInvalid
from anchorproof.identity.coverage import words
from anchorproof.identity.enrolments import Pick
from anchorproof.types import (
    Anchor,
    Assessment,
    AuditEntry,
    Consent,
    Coverage,
    Decision,
    Enrolment,
    LocalizedName,
    Logo,
    Modality,
    NameMatch,
    Outlet,
    Person,
    Rejection,
    Sample,
    SearchHit,
    Span,
)
from anchorproof.v1 import media_pb2, registry_pb2, report_pb2

# --------------------------------------------------------------------------- anchors and outlets


def anchor_message(anchor: Anchor) -> registry_pb2.Anchor:
    return registry_pb2.Anchor(
        name=anchor_name(anchor.anchor_id),
        display_name=anchor.display_name,
        outlet=anchor.outlet,
        aliases=anchor.aliases,
        notes=anchor.notes,
        create_time=timestamp(anchor.create_time),
        update_time=timestamp(anchor.update_time),
        etag=anchor.etag,
        face_templates=anchor.face_templates,
        voice_templates=anchor.voice_templates,
        outlet_name=outlet_name(anchor.outlet_id),
        localized_names=map(_localized_message, anchor.localized_names),
        consent=number_of(registry_pb2.Consent, "CONSENT", anchor.consent),
        consent_reference=anchor.consent_reference,
        legal_basis=anchor.legal_basis,
        valid_from=timestamp(anchor.valid_from) if anchor.valid_from else None,
        valid_until=timestamp(anchor.valid_until) if anchor.valid_until else None,
        audit_id=anchor.audit_id,
        coverage=_coverage_message(anchor.coverage),
    )


def read_anchor(message: registry_pb2.Anchor) -> Anchor:
    return Anchor(
        anchor_id=id_in(message.name),
        display_name=message.display_name,
        outlet=message.outlet,
        aliases=tuple(message.aliases),
        notes=message.notes,
        create_time=read_time(message.create_time),
        update_time=read_time(message.update_time),
        etag=message.etag,
        face_templates=message.face_templates,
        voice_templates=message.voice_templates,
        outlet_id=id_in(message.outlet_name),
        localized_names=read_localized_names(message),
        consent=read_consent(message.consent),
        consent_reference=message.consent_reference,
        legal_basis=message.legal_basis,
        valid_from=read_optional_time(message, "valid_from"),
        valid_until=read_optional_time(message, "valid_until"),
        audit_id=message.audit_id,
        coverage=_read_coverage(message.coverage),
    )


def read_anchor_fields(message: registry_pb2.Anchor) -> dict[str, Any]:
    """All that a client may set. Raises RequestInvalid for a consent this version does not know."""
    return {
        "display_name": message.display_name,
        "outlet": message.outlet,
        "aliases": tuple(message.aliases),
        "notes": message.notes,
        "localized_names": read_localized_names(message),
        "consent": read_consent(message.consent),
        "consent_reference": message.consent_reference,
        "legal_basis": message.legal_basis,
        "valid_from": read_optional_time(message, "valid_from"),
        "valid_until": read_optional_time(message, "valid_until"),
    }


def anchor_fields_message(fields: dict[str, Any]) -> registry_pb2.Anchor:
    """A message with these of the fields that a client may set; raises ValueError for any other."""
    plain = dict(fields)
    message = registry_pb2.Anchor(
        localized_names=map(_localized_message, plain.pop("localized_names", ())),
        consent=number_of(registry_pb2.Consent, "CONSENT", Consent(plain.pop("consent", Consent.UNSPECIFIED))),
    )
    for bound in ("valid_from", "valid_until"):
        if (moment := plain.pop(bound, None)) is not None:
            getattr(message, bound).CopyFrom(timestamp(moment))
    message.MergeFrom(registry_pb2.Anchor(**plain))
    return message


def read_consent(number: int) -> Consent:
    """Raises RequestInvalid for a number this version does not know."""
    if number not in registry_pb2.Consent.values():
        raise RequestInvalid(f"consent {number} is unknown", "consent")
    return member_of(Consent, registry_pb2.Consent, "CONSENT", number)


def read_localized_names(message: registry_pb2.Anchor) -> tuple[LocalizedName, ...]:
    return tuple(LocalizedName(name.language, name.text) for name in message.localized_names)


def read_optional_time(message: Message, field: str) -> datetime | None:
    return read_time(getattr(message, field)) if message.HasField(field) else None


def outlet_message(outlet: Outlet) -> registry_pb2.Outlet:
    return registry_pb2.Outlet(
        name=outlet_name(outlet.outlet_id),
        display_name=outlet.display_name,
        aliases=outlet.aliases,
        country=outlet.country,
        notes=outlet.notes,
        create_time=timestamp(outlet.create_time),
        update_time=timestamp(outlet.update_time),
        etag=outlet.etag,
        anchors=outlet.anchors,
    )


def read_outlet(message: registry_pb2.Outlet) -> Outlet:
    return Outlet(
        outlet_id=id_in(message.name),
        display_name=message.display_name,
        aliases=tuple(message.aliases),
        country=message.country,
        notes=message.notes,
        create_time=read_time(message.create_time),
        update_time=read_time(message.update_time),
        etag=message.etag,
        anchors=message.anchors,
    )


def logo_message(logo: Logo) -> registry_pb2.OutletLogo:
    return registry_pb2.OutletLogo(
        name=f"{outlet_name(logo.outlet_id)}/logos/{logo.logo_id}",
        media_sha256=logo.media_sha256,
        width=logo.width,
        height=logo.height,
        create_time=timestamp(logo.create_time),
    )


def read_logo(message: registry_pb2.OutletLogo) -> Logo:
    outlet_id, logo_id = read_logo_name(message.name)
    size = message.width, message.height
    return Logo(logo_id, outlet_id, message.media_sha256, *size, read_time(message.create_time))


def match_message(match: NameMatch) -> registry_pb2.NameMatch:
    return registry_pb2.NameMatch(anchor=anchor_message(match.anchor), matched=match.matched, score=match.score)


def read_match(message: registry_pb2.NameMatch) -> NameMatch:
    return NameMatch(read_anchor(message.anchor), message.matched, message.score)


def _localized_message(name: LocalizedName) -> registry_pb2.LocalizedName:
    return registry_pb2.LocalizedName(language=name.language, text=name.text)


def _coverage_message(coverage: Coverage) -> registry_pb2.Coverage:
    return registry_pb2.Coverage(
        face_sessions=coverage.face_sessions,
        voice_sessions=coverage.voice_sessions,
        speech_s=coverage.speech_s,
        good_enough=coverage.is_good_enough,
        missing=coverage.missing,
        summary=words(coverage),
        face_templates=coverage.face_templates,
        voice_templates=coverage.voice_templates,
    )


def _read_coverage(coverage: registry_pb2.Coverage) -> Coverage:
    return Coverage(
        face_templates=coverage.face_templates,
        face_sessions=coverage.face_sessions,
        voice_templates=coverage.voice_templates,
        voice_sessions=coverage.voice_sessions,
        speech_s=coverage.speech_s,
        missing=tuple(coverage.missing),
    )


# --------------------------------------------------------------------------- enrolments


def enrolment_message(enrolment: Enrolment) -> registry_pb2.Enrolment:
    return registry_pb2.Enrolment(
        name=enrolment_name(enrolment.anchor_id, enrolment.enrolment_id),
        media_sha256=enrolment.media_sha256,
        media_name=enrolment.media_name,
        create_time=timestamp(enrolment.create_time),
        face_templates=enrolment.face_templates,
        voice_templates=enrolment.voice_templates,
        speech_s=enrolment.speech_s,
        rejections=[_rejection_message(rejection) for rejection in enrolment.rejections],
        session=enrolment.session,
        samples=map(_sample_message, enrolment.samples),
        assessment=_assessment_message(enrolment.assessment) if enrolment.assessment else None,
        override_reason=enrolment.override_reason,
    )


def read_enrolment(message: registry_pb2.Enrolment) -> Enrolment:
    anchor_id, enrolment_id = read_enrolment_name(message.name)
    return Enrolment(
        enrolment_id=enrolment_id,
        anchor_id=anchor_id,
        media_sha256=message.media_sha256,
        media_name=message.media_name,
        create_time=read_time(message.create_time),
        face_templates=message.face_templates,
        voice_templates=message.voice_templates,
        speech_s=message.speech_s,
        rejections=tuple(_read_rejection(rejection) for rejection in message.rejections),
        session=message.session,
        samples=tuple(map(_read_sample, message.samples)),
        assessment=_read_assessment(message.assessment) if message.HasField("assessment") else None,
        override_reason=message.override_reason,
    )


def _rejection_message(rejection: Rejection) -> registry_pb2.Rejection:
    return registry_pb2.Rejection(
        modality=number_of(media_pb2.Modality, "MODALITY", rejection.modality),
        reason=rejection.reason,
        message=rejection.message,
        span=span_message(rejection.span),
    )


def _read_rejection(message: registry_pb2.Rejection) -> Rejection:
    return Rejection(
        modality=member_of(Modality, media_pb2.Modality, "MODALITY", message.modality),
        reason=message.reason,
        message=message.message,
        span=_optional_span(message),
    )


def _sample_message(sample: Sample) -> registry_pb2.Sample:
    return registry_pb2.Sample(
        modality=number_of(media_pb2.Modality, "MODALITY", sample.modality),
        span=span_message(sample.span),
        measures=dict(sample.measures),
        reason=sample.reason,
    )


def _read_sample(message: registry_pb2.Sample) -> Sample:
    return Sample(
        modality=member_of(Modality, media_pb2.Modality, "MODALITY", message.modality),
        span=_optional_span(message),
        measures=tuple(sorted(message.measures.items())),
        reason=message.reason,
    )


def _assessment_message(assessment: Assessment) -> registry_pb2.Assessment:
    return registry_pb2.Assessment(
        decision=number_of(report_pb2.Decision, "DECISION", assessment.decision),
        llr=assessment.llr,
        reasons=assessment.reasons,
    )


def _read_assessment(message: registry_pb2.Assessment) -> Assessment:
    decision = member_of(Decision, report_pb2.Decision, "DECISION", message.decision)
    return Assessment(decision, message.llr, tuple(message.reasons))


def _optional_span(message: Any) -> Span | None:
    return read_span(message.span) if message.HasField("span") else None


def pick_message(pick: Pick) -> registry_pb2.EnrolmentPick:
    """Raises OSError when the reference picture cannot be read."""
    if pick.reference is not None:
        return registry_pb2.EnrolmentPick(reference_picture=pick.reference.read_bytes())
    if pick.span is not None:
        return registry_pb2.EnrolmentPick(span=span_message(pick.span))
    return registry_pb2.EnrolmentPick(person=pick.person_id)


def read_pick_span(message: registry_pb2.EnrolmentPick) -> Span:
    """Raises RequestInvalid for a span that ends before it begins."""
    try:
        return read_span(message.span)
    except ValueError as error:
        raise RequestInvalid(f"header.pick.span: {error}", "header.pick.span") from error


# --------------------------------------------------------------------------- the audit trail, people, searches


def audit_entry_message(entry: AuditEntry) -> registry_pb2.AuditEntry:
    return registry_pb2.AuditEntry(
        number=entry.number,
        time=timestamp(entry.time),
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        resource=entry.resource,
        details=dict(entry.details),
    )


def read_audit_entry(message: registry_pb2.AuditEntry) -> AuditEntry:
    return AuditEntry(
        number=message.number,
        time=read_time(message.time),
        actor=message.actor,
        action=message.action,
        subject=message.subject,
        resource=message.resource,
        details=tuple(sorted(message.details.items())),
    )


def person_message(person: Person) -> registry_pb2.Person:
    return registry_pb2.Person(
        person=person.person_id,
        seen=spans_message(person.seen),
        spoken=spans_message(person.spoken),
        speech_s=person.speech_s,
        best_time_s=person.best_time_s,
        best_box=box_message(person.best_box) if person.best_box else None,
        thumbnail=person.thumbnail,
    )


def read_person(message: registry_pb2.Person) -> Person:
    return Person(
        person_id=message.person,
        seen=tuple(map(read_span, message.seen)),
        spoken=tuple(map(read_span, message.spoken)),
        speech_s=message.speech_s,
        best_time_s=message.best_time_s if message.HasField("best_time_s") else None,
        best_box=read_box(message.best_box) if message.HasField("best_box") else None,
        thumbnail=message.thumbnail,
    )


def hit_message(hit: SearchHit) -> registry_pb2.SearchHit:
    return registry_pb2.SearchHit(
        subject=hit.subject,
        span=span_message(hit.span),
        box=box_message(hit.box) if hit.box else None,
        comparisons=map(comparison_message, hit.comparisons),
        anchor=anchor_name(hit.anchor_id),
        false_alarm_rate=hit.false_alarm_rate,
    )


def read_hit(message: registry_pb2.SearchHit) -> SearchHit:
    return SearchHit(
        subject=message.subject,
        span=read_span(message.span),
        box=read_box(message.box) if message.HasField("box") else None,
        comparisons=tuple(map(read_comparison, message.comparisons)),
        anchor_id=id_in(message.anchor) or None,
        false_alarm_rate=message.false_alarm_rate,
    )
