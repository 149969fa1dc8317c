"""Face and voice side by side: who is seen, who is heard, and whether the two agree, over the clip's time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from anchorproof.settings import IdentitySettings
from anchorproof.types import Agreement, Comparison, FaceFinding, IdentitySpan, Span, VoiceFinding

#: A pause this short between two turns of one speaker is part of their speech.
PAUSE_S = 0.5
#: A face is on screen until the next sampled picture; the last one of a track stands for this long, if the track is
#: too short to tell, and at most ``LONGEST_HOLD_S``.
HOLD_S = 0.25
LONGEST_HOLD_S = 1.0


def side_by_side(
    faces: Sequence[FaceFinding], voices: Sequence[VoiceFinding], settings: IdentitySettings
) -> tuple[IdentitySpan, ...]:
    """Who is seen and heard over each stretch in which somebody is, in time order, without overlap.

    A voice is held against every face on screen: it agrees when it is the voice of any enrolled anchor seen. It
    disagrees only when every face seen is an enrolled anchor's and the voice is clearly none of theirs (their LLR is at
    most ``rejected_llr``, or the voice is another anchor's); with a stranger on screen, the stranger may be speaking.

    Args:
        faces: main faces first; their comparisons should cover the anchors whose voices are recognised.
        voices: main speakers first; their comparisons should cover the anchors whose faces are recognised. An anchor
            that is not among them counts as not compared, and the stretch stays undecided.
        settings: thresholds on the LLR.
    """
    on_screen = [(face, _screen_time(face)) for face in faces]
    heard = [(voice, turn) for voice in voices for turn in _without_pauses(voice.spans)]
    edges = sorted({edge for _, span in (*on_screen, *heard) for edge in (span.start_s, span.end_s)})
    spans: list[IdentitySpan] = []
    for start_s, end_s in pairwise(edges):
        stretch = Span(start_s, end_s)
        seen_now = [face for face, span in on_screen if span.overlap(stretch)]
        heard_now = list({voice.speaker_id: voice for voice, turn in heard if turn.overlap(stretch)}.values())
        if seen_now or heard_now:
            _append(spans, _judge(stretch, seen_now, heard_now, settings))
    return tuple(spans)


def _judge(
    span: Span, faces: Sequence[FaceFinding], voices: Sequence[VoiceFinding], settings: IdentitySettings
) -> IdentitySpan:
    seen = [face.anchor_id for face in faces if face.anchor_id]
    said = [voice.anchor_id for voice in voices if voice.anchor_id]
    both = next((anchor_id for anchor_id in seen if anchor_id in said), None)
    if both:
        return IdentitySpan(span, both, both, Agreement.AGREE)
    face, voice = next(iter(seen), None), next(iter(said), None)
    if face is None and voice is None:
        return IdentitySpan(span, None, None, _strangers((*faces, *voices), settings))
    if not voices:
        return IdentitySpan(span, face, None, Agreement.FACE_ONLY)
    if not faces:
        return IdentitySpan(span, None, voice, Agreement.VOICE_ONLY)
    if face is not None:
        is_apart = len(seen) == len(faces) and all(_is_not(voice, seen, settings) for voice in voices)
    else:
        is_apart = all(_is_not(face, said, settings) for face in faces)
    return IdentitySpan(span, face, voice, Agreement.DISAGREE if is_apart else Agreement.UNDECIDED)


def _is_not(finding: FaceFinding | VoiceFinding, anchor_ids: Iterable[str], settings: IdentitySettings) -> bool:
    """Is this face or voice clearly none of these anchors'?"""
    if finding.anchor_id is not None:
        return finding.anchor_id not in anchor_ids
    llrs = {comparison.anchor_id: comparison.llr for comparison in finding.comparisons}
    return all(anchor_id in llrs and llrs[anchor_id] <= settings.rejected_llr for anchor_id in anchor_ids)


def _strangers(findings: Iterable[FaceFinding | VoiceFinding], settings: IdentitySettings) -> Agreement:
    """Nobody was recognised: are they surely nobody enrolled?"""
    comparisons: list[Comparison] = [comparison for finding in findings for comparison in finding.comparisons]
    is_clear = all(comparison.llr <= settings.rejected_llr for comparison in comparisons)
    return Agreement.NOBODY_ENROLLED if is_clear else Agreement.UNDECIDED


def _screen_time(face: FaceFinding) -> Span:
    """From the first picture of the face until the picture after its last one."""
    steps = face.observations - 1
    hold_s = face.span.duration_s / steps if steps > 0 and face.span.duration_s > 0 else HOLD_S
    return Span(face.span.start_s, face.span.end_s + min(hold_s, LONGEST_HOLD_S))


def _without_pauses(spans: Iterable[Span]) -> list[Span]:
    turns: list[Span] = []
    for span in sorted(spans):
        if turns and span.start_s - turns[-1].end_s <= PAUSE_S:
            turns[-1] = Span(turns[-1].start_s, max(turns[-1].end_s, span.end_s))
        else:
            turns.append(span)
    return turns


def _append(spans: list[IdentitySpan], new: IdentitySpan) -> None:
    """At the end, or joined with the last one when nothing changed in between."""
    last = spans[-1] if spans else None
    if last and last.span.end_s == new.span.start_s and _answer(last) == _answer(new):
        new = IdentitySpan(Span(last.span.start_s, new.span.end_s), *_answer(new))
        spans.pop()
    spans.append(new)


def _answer(span: IdentitySpan) -> tuple[str | None, str | None, Agreement]:
    return span.face_anchor_id, span.voice_anchor_id, span.agreement
