"""Messages <-> types of our own footage; beside ``convert`` because the report and the service both need them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from google.protobuf.timestamp_pb2 import Timestamp

from anchorproof.types import (
    FootageCopy,
    FootageDifference,
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    FootageSearch,
    FootageStretch,
    Programme,
    SideBySide,
    Span,
)
from anchorproof.v1 import footage_pb2, media_pb2

_PREFIX = "FOOTAGE_OUTCOME_"


def programme_name(programme_id: str) -> str:
    return f"programmes/{programme_id}"


def _id(name: str) -> str:
    return name.rpartition("/")[2]


def programme_message(programme: Programme) -> footage_pb2.Programme:
    create_time = Timestamp()
    create_time.FromDatetime(programme.create_time)
    return footage_pb2.Programme(
        name=programme_name(programme.programme_id),
        title=programme.title,
        outlet=programme.outlet,
        media_sha256=programme.media_sha256,
        duration_s=programme.duration_s,
        create_time=create_time,
        pictures=programme.pictures,
        sound_items=programme.sound_items,
        references_bytes=programme.references_bytes,
        is_photograph=programme.is_photograph,
    )


def read_programme(message: footage_pb2.Programme) -> Programme:
    return Programme(
        programme_id=_id(message.name),
        title=message.title,
        outlet=message.outlet,
        media_sha256=message.media_sha256,
        duration_s=message.duration_s,
        create_time=message.create_time.ToDatetime(tzinfo=UTC),
        pictures=message.pictures,
        sound_items=message.sound_items,
        references_bytes=message.references_bytes,
        is_photograph=message.is_photograph,
    )


# --------------------------------------------------------------------------- findings


def findings_message(findings: FootageFindings) -> footage_pb2.FootageFindings:
    return footage_pb2.FootageFindings(
        programmes=findings.programmes,
        hours=findings.hours,
        matches=[_match_message(match) for match in findings.matches],
        photographs=findings.photographs,
    )


def read_findings(message: footage_pb2.FootageFindings) -> FootageFindings:
    matches = tuple(_read_match(match) for match in message.matches)
    return FootageFindings(message.programmes, message.hours, matches, message.photographs)


def search_message(found: FootageSearch) -> footage_pb2.SearchFootageResponse:
    pairs = [
        footage_pb2.SideBySide(
            programme=programme_name(pair.programme_id),
            programme_s=pair.programme_s,
            clip_s=pair.clip_s,
            jpeg=pair.jpeg,
        )
        for pair in found.pairs
    ]
    return footage_pb2.SearchFootageResponse(findings=findings_message(found.findings), pairs=pairs)


def read_search(message: footage_pb2.SearchFootageResponse) -> FootageSearch:
    pairs = (SideBySide(_id(pair.programme), pair.programme_s, pair.clip_s, pair.jpeg) for pair in message.pairs)
    return FootageSearch(read_findings(message.findings), tuple(pairs))


def _number(outcome: FootageOutcome) -> Any:
    return footage_pb2.FootageOutcome.Value(_PREFIX + outcome.name)


def _member(number: int) -> FootageOutcome:
    return FootageOutcome[footage_pb2.FootageOutcome.Name(number).removeprefix(_PREFIX)]


def _match_message(match: FootageMatch) -> footage_pb2.FootageMatch:
    return footage_pb2.FootageMatch(
        programme=programme_name(match.programme_id),
        title=match.title,
        llr=match.llr,
        outcome=_number(match.outcome),
        also=map(_number, match.also),
        stretches=[
            footage_pb2.FootageStretch(
                clip=_span(part.clip),
                programme=_span(part.programme),
                speed=part.speed,
                bits=part.bits,
                sound_share=part.sound_share,
                copies=map(_copy_message, part.copies),
            )
            for part in match.stretches
        ],
        differences=[
            footage_pb2.FootageDifference(
                clip=_span(part.clip),
                mouth=part.mouth,
                face=part.face,
                outside=part.outside,
                sound_share=part.sound_share,
                level_db=part.level_db,
            )
            for part in match.differences
        ],
        by_references=match.by_references,
        message=match.message,
    )


def _read_match(message: footage_pb2.FootageMatch) -> FootageMatch:
    return FootageMatch(
        programme_id=_id(message.programme),
        title=message.title,
        llr=message.llr,
        outcome=_member(message.outcome),
        also=tuple(map(_member, message.also)),
        stretches=tuple(
            FootageStretch(
                _read_span(part.clip),
                _read_span(part.programme),
                part.speed,
                part.bits if part.HasField("bits") else None,
                part.sound_share if part.HasField("sound_share") else None,
                tuple(map(_read_copy, part.copies)),
            )
            for part in message.stretches
        ),
        differences=tuple(_read_difference(part) for part in message.differences),
        by_references=message.by_references,
        message=message.message,
    )


def _copy_message(copy: FootageCopy) -> footage_pb2.FootageCopy:
    return footage_pb2.FootageCopy(
        programme=programme_name(copy.programme_id), title=copy.title, span=_span(copy.programme)
    )


def _read_copy(message: footage_pb2.FootageCopy) -> FootageCopy:
    return FootageCopy(_id(message.programme), message.title, _read_span(message.span))


def _read_difference(message: footage_pb2.FootageDifference) -> FootageDifference:
    fields = ("mouth", "face", "outside", "sound_share", "level_db")
    values = [getattr(message, field) if message.HasField(field) else None for field in fields]
    return FootageDifference(_read_span(message.clip), *values)


def _span(span: Span) -> media_pb2.Span:
    return media_pb2.Span(start_s=span.start_s, end_s=span.end_s)


def _read_span(message: media_pb2.Span) -> Span:
    return Span(message.start_s, message.end_s)
