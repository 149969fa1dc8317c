"""A report's timeline as the page's script draws it: lanes of numbers or spans, thresholds, driving spans."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from anchorproof.settings import VerdictSettings
from anchorproof.types import Agreement, Evidence, LaneKind, Question, Report, Span

#: More columns than any screen has; longer clips are drawn by their strongest value per column.
LIMIT_STEPS = 20_000


def timeline_data(report: Report, verdict: VerdictSettings, name_of: Callable[[str], str]) -> dict[str, Any]:
    """JSON for the script: ``duration_s``, ``lanes`` (top to bottom), ``driving``, ``splices``, ``thresholds``.

    A lane of kind ``llr`` has ``x`` (seconds, middle of the step) and ``y``; one of kind ``spans`` has ``spans`` as
    ``[start, end, state]``.
    """
    lanes = [*_detector_lanes(report), *_face_lanes(report, name_of), *_voice_lanes(report, name_of)]
    lanes += _agreement_lane(report) + _footage_lanes(report) + _caption_lane(report)
    timeline = report.timeline
    driving = timeline.driving if timeline else ()
    splices = timeline.splices if timeline else ()
    return {
        "duration_s": report.clip.duration_s,
        "fps": report.clip.video.frames_per_second if report.clip.video else None,
        "lanes": lanes,
        "thresholds": [_llr_of(verdict.bona_fide_posterior), _llr_of(verdict.spoof_posterior)],
        "driving": [[*_pair(item.span), item.source, item.subject, round(item.llr, 2)] for item in driving],
        "splices": [[*_pair(item.span), item.kind.value] for item in splices],
    }


def _llr_of(posterior: float) -> float:
    """At even odds before the evidence."""
    return round(math.log10(posterior / (1 - posterior)), 3)


def _detector_lanes(report: Report) -> list[dict[str, Any]]:
    timeline = report.timeline
    if timeline is None:
        return [_evidence_lane(item) for item in report.evidence if _is_timed(item)]
    titles = {match.programme_id: match.title for match in (report.footage.matches if report.footage else ())}
    lanes = []
    for lane in timeline.lanes:
        if lane.kind is LaneKind.DETECTOR:
            x = [round((step + 0.5) * timeline.step_s, 2) for step in range(len(lane.values))]
            y = [None if value is None else round(value, 3) for value in lane.values]
            label = titles.get(lane.subject, "")
            lanes.append(
                {"kind": "llr", "group": lane.source, "subject": lane.subject, "label": label, **_thinned(x, y)}
            )
    return lanes


def _is_timed(item: Evidence) -> bool:
    return item.question is Question.AUTHENTICITY and bool(item.timeline)


def _evidence_lane(item: Evidence) -> dict[str, Any]:
    x = [round((part.span.start_s + part.span.end_s) / 2, 2) for part in item.timeline]
    y = [round(part.llr, 3) for part in item.timeline]
    return {"kind": "llr", "group": item.source, "subject": item.subject, **_thinned(x, y)}


def _thinned(x: list[float], y: list[Any]) -> dict[str, Any]:
    step = math.ceil(len(x) / LIMIT_STEPS)
    if step <= 1:
        return {"x": x, "y": y}
    kept = [y[first : first + step] for first in range(0, len(y), step)]
    strongest = [max((v for v in part if v is not None), key=abs, default=None) for part in kept]
    return {"x": x[::step], "y": strongest}


def _face_lanes(report: Report, name_of: Callable[[str], str]) -> list[dict[str, Any]]:
    lanes = []
    for face in report.faces:
        spans = _seen(report, face.track_id) or [[*_pair(face.span), "on"]]
        label = name_of(face.anchor_id) if face.anchor_id else ""
        lanes.append({"kind": "spans", "group": "face", "subject": face.track_id, "label": label, "spans": spans})
    return lanes


def _seen(report: Report, track_id: str) -> list[list[Any]]:
    """Spans in which the timeline sees the track."""
    timeline = report.timeline
    lane = next(
        (one for one in (timeline.lanes if timeline else ()) if one.kind is LaneKind.FACE and one.subject == track_id),
        None,
    )
    spans: list[list[Any]] = []
    if lane is None or timeline is None:
        return spans
    for step, value in enumerate(lane.values):
        if value:
            start_s, end_s = step * timeline.step_s, min((step + 1) * timeline.step_s, report.clip.duration_s)
            if spans and abs(spans[-1][1] - start_s) < 1e-6:
                spans[-1][1] = round(end_s, 3)
            else:
                spans.append([round(start_s, 3), round(end_s, 3), "on"])
    return spans


def _voice_lanes(report: Report, name_of: Callable[[str], str]) -> list[dict[str, Any]]:
    return [
        {
            "kind": "spans",
            "group": "voice",
            "subject": voice.speaker_id,
            "label": name_of(voice.anchor_id) if voice.anchor_id else "",
            "spans": [[*_pair(span), "on"] for span in voice.spans],
        }
        for voice in report.voices
    ]


_AGREEMENT = {Agreement.AGREE: "good", Agreement.DISAGREE: "bad"}


def _agreement_lane(report: Report) -> list[dict[str, Any]]:
    spans = [
        [*_pair(item.span), _AGREEMENT[item.agreement]] for item in report.identity if item.agreement in _AGREEMENT
    ]
    return [{"kind": "spans", "group": "agreement", "subject": "", "label": "", "spans": spans}] if spans else []


def _footage_lanes(report: Report) -> list[dict[str, Any]]:
    lanes = []
    for match in report.footage.matches if report.footage else ():
        spans: list[list[Any]] = [[*_pair(stretch.clip), "on"] for stretch in match.stretches]
        lanes.append(
            {"kind": "spans", "group": "footage", "subject": match.programme_id, "label": match.title, "spans": spans}
        )
    return lanes


def _caption_lane(report: Report) -> list[dict[str, Any]]:
    captions = report.claims.captions if report.claims else ()
    spans = [[*_pair(item.span), "soft"] for item in captions]
    return [{"kind": "spans", "group": "captions", "subject": "", "label": "", "spans": spans}] if spans else []


def _pair(span: Span) -> tuple[float, float]:
    return round(span.start_s, 3), round(span.end_s, 3)
