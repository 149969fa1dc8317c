"""Messages <-> types: with ``registry_convert.py``, the only module that knows both.

``*_message`` makes a message, ``read_*`` the type it was made from. Resource names exist only out here: inside, things
have ids.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.json_format import MessageToJson
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from anchorproof.api import convert_claims
from anchorproof.api.convert_looks import look_message, read_look
from anchorproof.api.footage_convert import findings_message, read_findings
from anchorproof.api.verdict_convert import read_timeline, read_verdict, timeline_message, verdict_message
from anchorproof.errors import RequestInvalid
from anchorproof.reports.store import ReportFilters as ReportFilters  # clients take it from here
from anchorproof.types import (
    AcousticMap,
    AcousticTerm,
    Agreement,
    AudioInfo,
    Box,
    CalibrationKnot,
    CalibrationMap,
    ClipInfo,
    Comparison,
    Component,
    Decision,
    Evidence,
    FaceFinding,
    HigherMeans,
    IdentitySpan,
    Modality,
    ModelInfo,
    Progress,
    Question,
    Report,
    Span,
    StepTime,
    TimedLLR,
    Unassessed,
    VideoInfo,
    VoiceFinding,
)
from anchorproof.v1 import analysis_pb2, media_pb2, report_pb2

_E = TypeVar("_E", bound=StrEnum)

# --------------------------------------------------------------------------- resource names


def anchor_name(anchor_id: str | None) -> str:
    return f"anchors/{anchor_id}" if anchor_id else ""


def enrolment_name(anchor_id: str, enrolment_id: str) -> str:
    return f"anchors/{anchor_id}/enrolments/{enrolment_id}"


def report_name(report_id: str) -> str:
    return f"reports/{report_id}"


def model_name(model_id: str) -> str:
    return f"models/{model_id}"


def read_name(name: str, pattern: str, field: str) -> tuple[str, ...]:
    """The ids in a resource name, by a pattern such as ``anchors/{anchor}/enrolments/{enrolment}``.

    Raises:
        RequestInvalid: the name is not of that shape.
    """
    parts, expected = name.split("/"), pattern.split("/")
    if len(parts) != len(expected) or not all(map(_fits, parts, expected)):
        raise RequestInvalid(f"{field} must be a resource name of the form {pattern}; got {name!r}", field)
    return tuple(part for part, wanted in zip(parts, expected, strict=True) if wanted.startswith("{"))


def _fits(part: str, wanted: str) -> bool:
    return bool(part) if wanted.startswith("{") else part == wanted


def read_anchor_name(name: str, field: str = "name") -> str:
    return read_name(name, "anchors/{anchor}", field)[0]


def read_enrolment_name(name: str, field: str = "name") -> tuple[str, str]:
    anchor_id, enrolment_id = read_name(name, "anchors/{anchor}/enrolments/{enrolment}", field)
    return anchor_id, enrolment_id


def read_report_name(name: str, field: str = "name") -> str:
    return read_name(name, "reports/{report}", field)[0]


def outlet_name(outlet_id: str) -> str:
    return f"outlets/{outlet_id}" if outlet_id else ""


def read_outlet_name(name: str, field: str = "name") -> str:
    return read_name(name, "outlets/{outlet}", field)[0]


def read_logo_name(name: str, field: str = "name") -> tuple[str, str]:
    outlet_id, logo_id = read_name(name, "outlets/{outlet}/logos/{logo}", field)
    return outlet_id, logo_id


def _id(name: str) -> str:
    return name.rpartition("/")[2]


# --------------------------------------------------------------------------- enumerations and times


def _number(enum: EnumTypeWrapper, prefix: str, value: StrEnum | None) -> Any:
    return enum.Value(f"{prefix}_{value.name if value else 'UNSPECIFIED'}")


def _member(kind: type[_E], enum: EnumTypeWrapper, prefix: str, number: int) -> _E:
    return kind[enum.Name(number).removeprefix(f"{prefix}_")]


def read_decision(number: int) -> Decision | None:
    """None for unspecified; raises RequestInvalid for a number this version does not know."""
    if number == report_pb2.DECISION_UNSPECIFIED:
        return None
    if number not in report_pb2.Decision.values():
        raise RequestInvalid(f"decision {number} is unknown", "decision")
    return _member(Decision, report_pb2.Decision, "DECISION", number)


def decision_number(decision: Decision | None) -> report_pb2.Decision:
    number: report_pb2.Decision = _number(report_pb2.Decision, "DECISION", decision)
    return number


def _timestamp(time: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(time)
    return stamp


def _read_time(stamp: Timestamp) -> datetime:
    return stamp.ToDatetime(tzinfo=UTC)


# --------------------------------------------------------------------------- media


def _span_message(span: Span | None) -> media_pb2.Span | None:
    return media_pb2.Span(start_s=span.start_s, end_s=span.end_s) if span else None


def _spans(spans: Iterable[Span]) -> list[media_pb2.Span]:
    return [media_pb2.Span(start_s=span.start_s, end_s=span.end_s) for span in spans]


def _read_span(message: media_pb2.Span) -> Span:
    return Span(message.start_s, message.end_s)


def _clip_message(clip: ClipInfo) -> media_pb2.ClipInfo:
    message = media_pb2.ClipInfo(
        sha256=clip.sha256,
        size_bytes=clip.size_bytes,
        container=clip.container,
        duration_s=clip.duration_s,
        warnings=clip.warnings,
    )
    if clip.video:
        message.video.CopyFrom(_video_message(clip.video))
    if clip.audio:
        message.audio.CopyFrom(_audio_message(clip.audio))
    return message


def _video_message(video: VideoInfo) -> media_pb2.VideoInfo:
    return media_pb2.VideoInfo(
        codec=video.codec,
        width=video.width,
        height=video.height,
        frames_per_second=video.frames_per_second,
        rotation_deg=video.rotation_deg,
        is_interlaced=video.is_interlaced,
        bit_depth=video.bit_depth,
    )


def _audio_message(audio: AudioInfo) -> media_pb2.AudioInfo:
    return media_pb2.AudioInfo(
        codec=audio.codec, sample_rate_hz=audio.sample_rate_hz, channels=audio.channels, tracks=audio.tracks
    )


def _read_clip(message: media_pb2.ClipInfo) -> ClipInfo:
    return ClipInfo(
        sha256=message.sha256,
        size_bytes=message.size_bytes,
        container=message.container,
        duration_s=message.duration_s,
        video=_read_video(message.video) if message.HasField("video") else None,
        audio=_read_audio(message.audio) if message.HasField("audio") else None,
        warnings=tuple(message.warnings),
    )


def _read_video(message: media_pb2.VideoInfo) -> VideoInfo:
    return VideoInfo(
        codec=message.codec,
        width=message.width,
        height=message.height,
        frames_per_second=message.frames_per_second if message.HasField("frames_per_second") else None,
        rotation_deg=message.rotation_deg,
        is_interlaced=message.is_interlaced,
        bit_depth=message.bit_depth,
    )


def _read_audio(message: media_pb2.AudioInfo) -> AudioInfo:
    return AudioInfo(message.codec, message.sample_rate_hz, message.channels, message.tracks)


# --------------------------------------------------------------------------- the report


def report_message(report: Report) -> report_pb2.Report:
    return report_pb2.Report(
        name=report_name(report.report_id),
        create_time=_timestamp(report.create_time),
        clip_name=report.clip_name,
        clip=_clip_message(report.clip),
        verdict=verdict_message(report.verdict),
        evidence=[_evidence_message(evidence) for evidence in report.evidence],
        unassessed=[
            report_pb2.Unassessed(source=part.source, reason=part.reason, message=part.message)
            for part in report.unassessed
        ],
        faces=[_face_message(face) for face in report.faces],
        voices=[_voice_message(voice) for voice in report.voices],
        identity=[_identity_message(stretch) for stretch in report.identity],
        components=[
            report_pb2.Component(
                kind=part.kind, component_id=part.component_id, version=part.version, sha256=part.sha256
            )
            for part in report.components
        ],
        timings=[report_pb2.StepTime(step=timing.step, wall_s=timing.wall_s) for timing in report.timings],
        declared=convert_claims.origin_message(report.declared),
        claims=convert_claims.claims_message(report.claims),
        footage=findings_message(report.footage) if report.footage is not None else None,
        timeline=timeline_message(report.timeline),
    )


def read_report(message: report_pb2.Report) -> Report:
    return Report(
        report_id=read_report_name(message.name),
        create_time=_read_time(message.create_time),
        clip=_read_clip(message.clip),
        clip_name=message.clip_name,
        verdict=read_verdict(message.verdict),
        evidence=tuple(_read_evidence(evidence) for evidence in message.evidence),
        unassessed=tuple(Unassessed(part.source, part.reason, part.message) for part in message.unassessed),
        faces=tuple(_read_face(face) for face in message.faces),
        voices=tuple(_read_voice(voice) for voice in message.voices),
        identity=tuple(_read_identity(stretch) for stretch in message.identity),
        components=tuple(
            Component(part.kind, part.component_id, part.version, part.sha256) for part in message.components
        ),
        timings=tuple(StepTime(timing.step, timing.wall_s) for timing in message.timings),
        declared=convert_claims.read_origin(message.declared) if message.HasField("declared") else None,
        claims=convert_claims.read_claims(message.claims) if message.HasField("claims") else None,
        footage=read_findings(message.footage) if message.HasField("footage") else None,
        timeline=read_timeline(message.timeline) if message.HasField("timeline") else None,
    )


def report_json(report: Report) -> str:
    """The report message's proto3 JSON on one line; zeros and empty lists are written out."""
    return message_json(report_message(report))


def message_json(message: Message) -> str:
    """Any message's proto3 JSON on one line; zeros and empty lists are written out."""
    return MessageToJson(message, indent=None, ensure_ascii=False, always_print_fields_with_no_presence=True)


def _evidence_message(evidence: Evidence) -> report_pb2.Evidence:
    return report_pb2.Evidence(
        source=evidence.source,
        question=_number(report_pb2.Question, "QUESTION", evidence.question),
        llr=evidence.llr,
        raw_score=evidence.raw_score,
        model=model_name(evidence.model_id),
        calibration_id=evidence.calibration_id,
        subject=evidence.subject,
        span=_span_message(evidence.span),
        timeline=[_timed_message(part) for part in evidence.timeline],
        looks=[look_message(look) for look in evidence.looks],
        quality=evidence.quality,
    )


def _read_evidence(message: report_pb2.Evidence) -> Evidence:
    return Evidence(
        source=message.source,
        question=_member(Question, report_pb2.Question, "QUESTION", message.question),
        llr=message.llr,
        raw_score=message.raw_score,
        model_id=_id(message.model),
        calibration_id=message.calibration_id,
        subject=message.subject,
        span=_read_span(message.span),
        timeline=tuple(_read_timed(part) for part in message.timeline),
        looks=tuple(read_look(look) for look in message.looks),
        quality=message.quality if message.HasField("quality") else None,
    )


def _timed_message(part: TimedLLR) -> report_pb2.TimedLlr:
    return report_pb2.TimedLlr(
        span=_span_message(part.span),
        llr=part.llr,
        offset_ms=None if part.offset_s is None else 1000 * part.offset_s,
        offset_confidence=part.confidence,
    )


def _read_timed(message: report_pb2.TimedLlr) -> TimedLLR:
    return TimedLLR(
        _read_span(message.span),
        message.llr,
        message.offset_ms / 1000 if message.HasField("offset_ms") else None,
        message.offset_confidence if message.HasField("offset_confidence") else None,
    )


def _comparison_message(comparison: Comparison) -> report_pb2.Comparison:
    return report_pb2.Comparison(
        modality=_number(media_pb2.Modality, "MODALITY", comparison.modality),
        anchor=anchor_name(comparison.anchor_id),
        anchor_display_name=comparison.anchor_name,
        model=model_name(comparison.model_id),
        score=comparison.score,
        llr=comparison.llr,
        references=comparison.references,
    )


def _read_comparison(message: report_pb2.Comparison) -> Comparison:
    return Comparison(
        modality=_member(Modality, media_pb2.Modality, "MODALITY", message.modality),
        anchor_id=_id(message.anchor),
        anchor_name=message.anchor_display_name,
        model_id=_id(message.model),
        score=message.score,
        llr=message.llr,
        references=message.references,
    )


def _face_message(face: FaceFinding) -> report_pb2.FaceFinding:
    box = face.best_box
    return report_pb2.FaceFinding(
        track_id=face.track_id,
        span=_span_message(face.span),
        observations=face.observations,
        best_time_s=face.best_time_s,
        best_box=media_pb2.Box(x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2),
        comparisons=[_comparison_message(comparison) for comparison in face.comparisons],
        anchor=anchor_name(face.anchor_id),
    )


def _read_face(message: report_pb2.FaceFinding) -> FaceFinding:
    box = message.best_box
    return FaceFinding(
        track_id=message.track_id,
        span=_read_span(message.span),
        observations=message.observations,
        best_time_s=message.best_time_s,
        best_box=Box(box.x1, box.y1, box.x2, box.y2),
        comparisons=tuple(_read_comparison(comparison) for comparison in message.comparisons),
        anchor_id=_id(message.anchor) or None,
    )


def _voice_message(voice: VoiceFinding) -> report_pb2.VoiceFinding:
    return report_pb2.VoiceFinding(
        speaker_id=voice.speaker_id,
        spans=_spans(voice.spans),
        speech_s=voice.speech_s,
        comparisons=[_comparison_message(comparison) for comparison in voice.comparisons],
        anchor=anchor_name(voice.anchor_id),
    )


def _read_voice(message: report_pb2.VoiceFinding) -> VoiceFinding:
    return VoiceFinding(
        speaker_id=message.speaker_id,
        spans=tuple(_read_span(span) for span in message.spans),
        speech_s=message.speech_s,
        comparisons=tuple(_read_comparison(comparison) for comparison in message.comparisons),
        anchor_id=_id(message.anchor) or None,
    )


def _identity_message(stretch: IdentitySpan) -> report_pb2.IdentitySpan:
    return report_pb2.IdentitySpan(
        span=_span_message(stretch.span),
        face_anchor=anchor_name(stretch.face_anchor_id),
        voice_anchor=anchor_name(stretch.voice_anchor_id),
        agreement=_number(report_pb2.Agreement, "AGREEMENT", stretch.agreement),
    )


def _read_identity(message: report_pb2.IdentitySpan) -> IdentitySpan:
    return IdentitySpan(
        span=_read_span(message.span),
        face_anchor_id=_id(message.face_anchor) or None,
        voice_anchor_id=_id(message.voice_anchor) or None,
        agreement=_member(Agreement, report_pb2.Agreement, "AGREEMENT", message.agreement),
    )


# --------------------------------------------------------------------------- analysis


def progress_message(progress: Progress) -> analysis_pb2.Progress:
    return analysis_pb2.Progress(step=progress.step, fraction=progress.fraction)


def read_progress(message: analysis_pb2.Progress) -> Progress:
    return Progress(message.step, message.fraction)


def model_message(model: ModelInfo) -> analysis_pb2.Model:
    message = analysis_pb2.Model(
        name=model_name(model.model_id),
        task=model.task,
        is_default=model.is_default,
        sha256=model.sha256,
        size_bytes=model.size_bytes,
        origin=model.origin,
        licence=model.licence,
        preprocessing=model.preprocessing,
        higher_means=_number(analysis_pb2.HigherMeans, "HIGHER_MEANS", model.higher_means),
    )
    if model.calibration:
        message.calibration.CopyFrom(_calibration_message(model.calibration, model.calibration_sha256))
    return message


def read_model(message: analysis_pb2.Model) -> ModelInfo:
    unspecified = message.higher_means == analysis_pb2.HIGHER_MEANS_UNSPECIFIED
    return ModelInfo(
        model_id=_id(message.name),
        task=message.task,
        is_default=message.is_default,
        sha256=message.sha256,
        size_bytes=message.size_bytes,
        origin=message.origin,
        licence=message.licence,
        preprocessing=message.preprocessing,
        higher_means=None
        if unspecified
        else _member(HigherMeans, analysis_pb2.HigherMeans, "HIGHER_MEANS", message.higher_means),
        calibration=_read_calibration(message) if message.HasField("calibration") else None,
        calibration_sha256=message.calibration.sha256,
    )


def _calibration_message(calibration: CalibrationMap, sha256: str) -> analysis_pb2.Calibration:
    lowest, highest = calibration.llr_bounds
    return analysis_pb2.Calibration(
        calibration_id=calibration.calibration_id,
        question=_number(report_pb2.Question, "QUESTION", calibration.question),
        slope=calibration.slope,
        offset=calibration.offset,
        lowest_llr=lowest,
        highest_llr=highest,
        model_sha256=calibration.model_sha256,
        preprocessing=calibration.preprocessing,
        sha256=sha256,
        knots=[_knot_message(knot) for knot in calibration.knots],
        h2_tail=[analysis_pb2.TailPoint(score=score, share=share) for score, share in calibration.h2_tail],
        acoustics=_acoustics_message(calibration.acoustics) if calibration.acoustics else None,
    )


def _acoustics_message(map_: AcousticMap) -> analysis_pb2.AcousticMap:
    return analysis_pb2.AcousticMap(
        fall_from_db=map_.fall_db[0],
        fall_to_db=map_.fall_db[1],
        band_from_db=map_.band_db[0],
        band_to_db=map_.band_db[1],
        knots=[_knot_message(knot) for knot in map_.knots],
        terms=[
            analysis_pb2.AcousticTerm(
                name=term.name,
                slope=term.slope,
                offset=term.offset,
                lowest_llr=term.llr_bounds[0],
                highest_llr=term.llr_bounds[1],
            )
            for term in map_.terms
        ],
    )


def _read_acoustics(message: analysis_pb2.AcousticMap) -> AcousticMap:
    terms = [
        AcousticTerm(term.name, term.slope, term.offset, (term.lowest_llr, term.highest_llr)) for term in message.terms
    ]
    fall_db, band_db = (message.fall_from_db, message.fall_to_db), (message.band_from_db, message.band_to_db)
    return AcousticMap(fall_db, band_db, tuple(map(_read_knot, message.knots)), tuple(terms))


def _knot_message(knot: CalibrationKnot) -> analysis_pb2.CalibrationKnot:
    lowest, highest = knot.llr_bounds
    return analysis_pb2.CalibrationKnot(
        quality=knot.quality, slope=knot.slope, offset=knot.offset, lowest_llr=lowest, highest_llr=highest
    )


def _read_knot(message: analysis_pb2.CalibrationKnot) -> CalibrationKnot:
    bounds = (message.lowest_llr, message.highest_llr)
    return CalibrationKnot(message.quality, message.slope, message.offset, bounds)


def _read_calibration(model: analysis_pb2.Model) -> CalibrationMap:
    message = model.calibration
    return CalibrationMap(
        calibration_id=message.calibration_id,
        model_id=_id(model.name),
        model_sha256=message.model_sha256,
        preprocessing=message.preprocessing,
        question=_member(Question, report_pb2.Question, "QUESTION", message.question),
        slope=message.slope,
        offset=message.offset,
        llr_bounds=(message.lowest_llr, message.highest_llr),
        knots=tuple(map(_read_knot, message.knots)),
        h2_tail=tuple((point.score, point.share) for point in message.h2_tail),
        acoustics=_read_acoustics(message.acoustics) if message.HasField("acoustics") else None,
    )


def read_report_filters(request: analysis_pb2.ListReportsRequest) -> ReportFilters:
    """Raises RequestInvalid for a decision or an anchor's name that cannot be read."""
    return ReportFilters(
        decision=read_decision(request.decision),
        clip_sha256=request.clip_sha256.lower() or None,
        anchor_id=read_anchor_name(request.anchor, "anchor") if request.anchor else None,
        created_from=_read_time(request.created_from) if request.HasField("created_from") else None,
        created_before=_read_time(request.created_before) if request.HasField("created_before") else None,
    )


def report_filters_message(filters: ReportFilters) -> analysis_pb2.ListReportsRequest:
    return analysis_pb2.ListReportsRequest(
        decision=decision_number(filters.decision),
        clip_sha256=filters.clip_sha256 or "",
        anchor=anchor_name(filters.anchor_id),
        created_from=_timestamp(filters.created_from) if filters.created_from else None,
        created_before=_timestamp(filters.created_before) if filters.created_before else None,
    )


# --------------------------------------------------------------------------- what the registry's messages share


def box_message(box: Box) -> media_pb2.Box:
    return media_pb2.Box(x1=box.x1, y1=box.y1, x2=box.x2, y2=box.y2)


def read_box(message: media_pb2.Box) -> Box:
    return Box(message.x1, message.y1, message.x2, message.y2)


def spans_message(spans: Iterable[Span]) -> list[media_pb2.Span]:
    return _spans(spans)


id_in, number_of, member_of = _id, _number, _member
timestamp, read_time, span_message, read_span = _timestamp, _read_time, _span_message, _read_span
comparison_message, read_comparison = _comparison_message, _read_comparison
