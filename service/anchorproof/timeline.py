"""Evidence laid out second by second, the stretches that drive a verdict, and where our footage was interrupted."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, pairwise

from anchorproof.findings import WEAK_LLR, Findings
from anchorproof.types import (
    DrivingSpan,
    Evidence,
    FootageDifference,
    FootageFindings,
    FootageMatch,
    Lane,
    LaneKind,
    Span,
    Splice,
    SpliceKind,
    TimedLLR,
    Timeline,
)

#: Longer clips get longer steps, so that a lane never has more.
MOST_STEPS = 600
MOST_LANES = 24
MOST_DRIVING = 6
#: A gap between stretches of ours that is shorter than this is how matching ends, not something put in.
INSERTED_S = 1.0
#: A change of offset smaller than this is how hashes scatter.
JUMP_S = 0.6
#: Share of differing sound bits in a second from which the sound is another, and up to which it is the same: single
#: seconds scatter, and what lies between says nothing.
OTHER_SOUND_SHARE = 0.4
SAME_SOUND_SHARE = 0.2
#: Difference of a mouth or face from which it is another in that second, or in two seconds of the clip; and how far it
#: stands out from the rest of the picture (the last two as models/footage/calibration.json has them).
ALTERED = 0.3
ALTERED_TWICE = 0.15
STANDS_OUT = 3.0
#: Difference of the whole picture from which it is another one.
FOREIGN = 0.4
#: A change of more than this share of what was compared is the whole clip's, and said as such.
LOCAL_SHARE = 0.65


def timeline_of(findings: Findings, llr: float) -> Timeline:
    """All lanes of a clip; ``llr`` is the fused one, whose side the driving stretches take."""
    step_s = max(1.0, math.ceil(findings.clip.duration_s / MOST_STEPS))
    count = max(1, math.ceil(findings.clip.duration_s / step_s))
    lanes = [_detector_lane(item, step_s, count) for item in findings.authenticity if item.timeline]
    lanes += [
        Lane(LaneKind.FACE, "faces", face.track_id, _covered([face.span], step_s, count)) for face in findings.faces
    ]
    lanes += [
        Lane(LaneKind.SPEAKER, "voices", voice.speaker_id, _covered(voice.spans, step_s, count))
        for voice in findings.voices
    ]
    return Timeline(step_s, tuple(lanes[:MOST_LANES]), tuple(_driving(findings, llr)), tuple(findings.splices))


# --------------------------------------------------------------------------- lanes


def _detector_lane(item: Evidence, step_s: float, count: int) -> Lane:
    steps = [Span(place * step_s, (place + 1) * step_s) for place in range(count)]
    return Lane(LaneKind.DETECTOR, item.source, item.subject, tuple(_mean(item.timeline, step) for step in steps))


def _mean(timeline: Sequence[TimedLLR], step: Span) -> float | None:
    """Of the stretches that meet the step, weighted by how much of it they cover; a moment counts a little."""
    weighed = [(part.llr, _shared_s(part.span, step)) for part in timeline]
    total = sum(weight for _, weight in weighed)
    return sum(llr * weight for llr, weight in weighed) / total if total > 0 else None


def _shared_s(span: Span, step: Span) -> float:
    shared = span.overlap(step)
    if shared is not None:
        return shared.duration_s
    is_moment = span.duration_s == 0 and step.start_s <= span.start_s < step.end_s
    return 1e-3 if is_moment else 0.0


def _covered(spans: Sequence[Span], step_s: float, count: int) -> tuple[float | None, ...]:
    """Share of each step that the spans cover, None where nothing."""
    shares = []
    for place in range(count):
        step = Span(place * step_s, (place + 1) * step_s)
        covered_s = sum(_shared_s(span, step) for span in spans)
        shares.append(min(1.0, covered_s / step_s) if covered_s > 0 else None)
    return tuple(shares)


# --------------------------------------------------------------------------- what drives the verdict


def _driving(findings: Findings, llr: float) -> list[DrivingSpan]:
    """The strongest joined stretches on the side of the fused LLR, in time order."""
    side = 1 if llr > 0 else -1
    found = [
        DrivingSpan(span, item.source, item.subject, side * strongest)
        for item in findings.authenticity
        for span, strongest in _joined(item.timeline, side)
    ]
    found.sort(key=lambda part: -abs(part.llr) * max(0.5, part.span.duration_s))
    return sorted(found[:MOST_DRIVING], key=lambda part: part.span)


def _joined(timeline: Sequence[TimedLLR], side: int) -> Iterator[tuple[Span, float]]:
    """Stretches that say at least 2 : 1 for a side, joined where they touch, with the strongest of each."""
    open_span, strongest = None, 0.0
    for part in sorted(timeline, key=lambda part: part.span):
        if side * part.llr < WEAK_LLR:
            continue
        if open_span is not None and part.span.start_s <= open_span.end_s + 0.5:
            open_span = Span(open_span.start_s, max(open_span.end_s, part.span.end_s))
            strongest = max(strongest, side * part.llr)
            continue
        if open_span is not None:
            yield open_span, strongest
        open_span, strongest = part.span, side * part.llr
    if open_span is not None:
        yield open_span, strongest


# --------------------------------------------------------------------------- splices


def splices_in(footage: FootageFindings | None) -> list[Splice]:
    """Where our footage is interrupted, cut, or differs in a part of the clip only, in time order."""
    found = [splice for match in (footage.matches if footage else ()) for splice in _of_match(match)]
    return sorted(found, key=lambda splice: splice.span)


def _of_match(match: FootageMatch) -> Iterator[Splice]:
    seen = sorted((part for part in match.stretches if part.bits is not None), key=lambda part: part.clip)
    for before, after in pairwise(seen):
        gap_s = after.clip.start_s - before.clip.end_s
        at = (before.clip.end_s + after.clip.start_s) / 2
        apart = (after.programme.start_s - after.speed * (after.clip.start_s - at)) - (
            before.programme.end_s + before.speed * (at - before.clip.end_s)
        )
        if gap_s >= INSERTED_S:
            yield Splice(Span(before.clip.end_s, after.clip.start_s), SpliceKind.FOREIGN, match.programme_id)
        elif abs(apart) > JUMP_S:
            yield Splice(Span(max(0.0, at), max(0.0, at)), SpliceKind.CUT, match.programme_id)
    for kind, changed in _CHANGES.items():
        # Beside another sound throughout, a mouth that differs now and then is what new lips leave, and no splice.
        if kind is not SpliceKind.ALTERED or not _is_throughout(match.differences, _has_other_sound):
            yield from (Splice(span, kind, match.programme_id) for span in _local(match.differences, changed))


def has_new_lips(footage: FootageFindings | None) -> bool:
    """Whether mouth or face differ somewhere in footage of ours that has another sound throughout."""
    return any(
        _is_throughout(match.differences, _has_other_sound)
        and (any(map(_is_altered, match.differences)) or _is_altered_twice(match.differences))
        for match in (footage.matches if footage else ())
    )


def _is_altered_twice(differences: Sequence[FootageDifference]) -> bool:
    known = [part for part in differences if part.outside is not None]
    return sum(_inner(part) > max(ALTERED_TWICE, STANDS_OUT * (part.outside or 0.0)) for part in known) >= 2


def _is_throughout(
    differences: Sequence[FootageDifference], changed: Callable[[FootageDifference], bool | None]
) -> bool:
    told = [is_changed for part in differences if (is_changed := changed(part)) is not None]
    return bool(told) and sum(told) / len(told) > LOCAL_SHARE


def _is_foreign(part: FootageDifference) -> bool | None:
    return None if part.outside is None else part.outside > FOREIGN


def _is_altered(part: FootageDifference) -> bool | None:
    return None if part.outside is None else _inner(part) > max(ALTERED, STANDS_OUT * part.outside)


def _inner(part: FootageDifference) -> float:
    return max(part.mouth or 0.0, part.face or 0.0)


def _has_other_sound(part: FootageDifference) -> bool | None:
    if part.sound_share is None or SAME_SOUND_SHARE < part.sound_share <= OTHER_SOUND_SHARE:
        return None
    return part.sound_share > OTHER_SOUND_SHARE


_CHANGES: dict[SpliceKind, Callable[[FootageDifference], bool | None]] = {
    SpliceKind.FOREIGN: _is_foreign,
    SpliceKind.ALTERED: _is_altered,
    SpliceKind.OTHER_SOUND: _has_other_sound,
}


def _local(
    differences: Sequence[FootageDifference], changed: Callable[[FootageDifference], bool | None]
) -> Iterator[Span]:
    """Runs of changed seconds, unless nearly every second that could be compared is changed."""
    ordered = sorted(differences, key=lambda part: part.clip)
    told = [is_changed for part in ordered if (is_changed := changed(part)) is not None]
    if not told or not 0 < sum(told) / len(told) <= LOCAL_SHARE:
        return
    for is_changed, parts in groupby(ordered, key=changed):
        held = list(parts)
        if is_changed and held[-1].clip.end_s - held[0].clip.start_s >= INSERTED_S:
            yield Span(held[0].clip.start_s, held[-1].clip.end_s)
