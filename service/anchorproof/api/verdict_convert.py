"""Verdicts and timelines: messages <-> types."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeVar

from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper

from anchorproof.api.footage_convert import programme_name
from anchorproof.types import (
    Contribution,
    Decision,
    DrivingSpan,
    Explanation,
    Lane,
    LaneKind,
    Reason,
    ScenarioGuess,
    Span,
    Splice,
    SpliceKind,
    Timeline,
    Verdict,
)
from anchorproof.v1 import media_pb2, report_pb2

_E = TypeVar("_E", bound=StrEnum)

# --------------------------------------------------------------------------- verdict


def verdict_message(verdict: Verdict) -> report_pb2.Verdict:
    low, high = verdict.posterior_interval
    return report_pb2.Verdict(
        decision=_number(report_pb2.Decision, "DECISION", verdict.decision),
        llr=verdict.llr,
        prior=verdict.prior,
        spoof_posterior=verdict.spoof_posterior,
        confidence=verdict.confidence,
        reasons=[
            report_pb2.Reason(
                code=reason.code, message=reason.message, span=_span(reason.span) if reason.span else None
            )
            for reason in verdict.reasons
        ],
        flags=verdict.flags,
        scenarios=[report_pb2.Scenario(scenario=guess.scenario, message=guess.message) for guess in verdict.scenarios],
        summary=verdict.summary,
        lowest_spoof_posterior=low,
        highest_spoof_posterior=high,
        inconclusive_codes=verdict.inconclusive,
        decisive_source=verdict.decisive,
        policy=verdict.policy,
        contributions=[report_pb2.Contribution(source=part.source, llr=part.llr) for part in verdict.contributions],
        explanations=[
            report_pb2.Explanation(
                language=told.language,
                paragraph=told.paragraph,
                checked=told.checked,
                unchecked=told.unchecked,
                limits=told.limits,
            )
            for told in verdict.explanations
        ],
    )


def read_verdict(message: report_pb2.Verdict) -> Verdict:
    return Verdict(
        decision=_member(Decision, report_pb2.Decision, "DECISION", message.decision),
        llr=message.llr,
        prior=message.prior,
        spoof_posterior=message.spoof_posterior,
        confidence=message.confidence,
        reasons=tuple(_read_reason(reason) for reason in message.reasons),
        flags=tuple(message.flags),
        scenarios=tuple(ScenarioGuess(guess.scenario, guess.message) for guess in message.scenarios),
        summary=message.summary,
        posterior_interval=(message.lowest_spoof_posterior, message.highest_spoof_posterior),
        inconclusive=tuple(message.inconclusive_codes),
        decisive=message.decisive_source,
        policy=message.policy,
        contributions=tuple(Contribution(part.source, part.llr) for part in message.contributions),
        explanations=tuple(
            Explanation(told.language, told.paragraph, tuple(told.checked), tuple(told.unchecked), tuple(told.limits))
            for told in message.explanations
        ),
    )


def _read_reason(message: report_pb2.Reason) -> Reason:
    return Reason(message.code, message.message, _read_span(message.span) if message.HasField("span") else None)


# --------------------------------------------------------------------------- timeline


def timeline_message(timeline: Timeline | None) -> report_pb2.Timeline | None:
    if timeline is None:
        return None
    return report_pb2.Timeline(
        step_s=timeline.step_s,
        lanes=[_lane_message(lane) for lane in timeline.lanes],
        driving=[
            report_pb2.DrivingSpan(span=_span(part.span), source=part.source, subject=part.subject, llr=part.llr)
            for part in timeline.driving
        ],
        splices=[
            report_pb2.Splice(
                span=_span(part.span),
                kind=_number(report_pb2.SpliceKind, "SPLICE_KIND", part.kind),
                programme=programme_name(part.programme_id),
            )
            for part in timeline.splices
        ],
    )


def read_timeline(message: report_pb2.Timeline) -> Timeline:
    return Timeline(
        step_s=message.step_s,
        lanes=tuple(_read_lane(lane) for lane in message.lanes),
        driving=tuple(
            DrivingSpan(_read_span(part.span), part.source, part.subject, part.llr) for part in message.driving
        ),
        splices=tuple(
            Splice(
                _read_span(part.span),
                _member(SpliceKind, report_pb2.SpliceKind, "SPLICE_KIND", part.kind),
                part.programme.rpartition("/")[2],
            )
            for part in message.splices
        ),
    )


def _lane_message(lane: Lane) -> report_pb2.Lane:
    return report_pb2.Lane(
        kind=_number(report_pb2.LaneKind, "LANE_KIND", lane.kind),
        source=lane.source,
        subject=lane.subject,
        steps=[report_pb2.LaneStep(value=value) for value in lane.values],
    )


def _read_lane(message: report_pb2.Lane) -> Lane:
    return Lane(
        kind=_member(LaneKind, report_pb2.LaneKind, "LANE_KIND", message.kind),
        source=message.source,
        subject=message.subject,
        values=tuple(step.value if step.HasField("value") else None for step in message.steps),
    )


def _span(span: Span) -> media_pb2.Span:
    return media_pb2.Span(start_s=span.start_s, end_s=span.end_s)


def _read_span(message: media_pb2.Span) -> Span:
    return Span(message.start_s, message.end_s)


def _number(enum: EnumTypeWrapper, prefix: str, value: StrEnum) -> Any:
    return enum.Value(f"{prefix}_{value.name}")


def _member(kind: type[_E], enum: EnumTypeWrapper, prefix: str, number: int) -> _E:
    return kind[enum.Name(number).removeprefix(f"{prefix}_")]
