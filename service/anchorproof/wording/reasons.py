"""Coded reasons behind a verdict, in English; the codes are stable, the words may change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anchorproof.findings import FOOTAGE, SYNC, WEAK_LLR, WRITING
from anchorproof.types import Agreement, Decision, Evidence, IdentitySpan, Reason, Span, SpliceKind
from anchorproof.wording.story import Story

#: A face before its first word, or a last syllable after the cut, is in the report but not worth a sentence.
SHORTEST_REMARK_S = 1.0

#: A delay is said when most stretches of a clip, two at least, tell offsets that differ by no more than this.
SAME_OFFSET_S = 0.12
FEWEST_OFFSETS = 2

_PARTS = {"visual": ("PICTURE", "the picture"), "audio": ("SOUND", "the voice")}
_OBJECTIONS = {
    "NO_EVIDENCE": "nothing in this clip could be judged for authenticity",
    "EVIDENCE_TOO_WEAK": "the evidence does not reach either decision's threshold",
    "CALIBRATION_TOO_THIN": "too few clips like this one were seen when the evidence was calibrated",
    "DECLARED_SYNTHETIC": "the clip says openly that it is AI-made: there is nothing to expose",
    "CONTRADICTION": "a trusted signature and your own footage say opposite things: a person has to look",
    "VOICE_NOT_ANCHOR": "an anchor's face with a voice that is not theirs is not cleared by detectors alone",
    "OUR_FOOTAGE_CHANGED_IN_PART": "a part of your footage was changed, so the clip cannot be cleared by the rest",
}
_SPLICES = {
    SpliceKind.FOREIGN: "something that is not yours stands between stretches of your footage",
    SpliceKind.CUT: "your footage was cut here: something is missing or moved",
    SpliceKind.OTHER_SOUND: "the sound is not yours here, elsewhere it is",
    SpliceKind.ALTERED: "mouth or face differ from your footage here, elsewhere they do not",
}


def reasons_of(story: Story) -> Iterator[Reason]:
    """One reason per statement, what weighs most first."""
    findings = story.findings
    yield from findings.footage_reasons
    yield from (_footage_reason(item, story) for item in findings.of(FOOTAGE))
    yield from (Reason(f"SPLICE_{part.kind.name}", _SPLICES[part.kind], part.span) for part in findings.splices)
    yield from (_evidence_reason(item) for item in (*findings.picture, *findings.sound))
    yield from (reason for item in findings.of(SYNC) for reason in _sync_reasons(item))
    yield from (_writing_reason(item) for item in findings.of(WRITING))
    yield from (_identity_reason(item, findings.anchor_names) for item in findings.identity if _worth_saying(item))
    yield from findings.statements.reasons
    # What keeps two detectors from judging is said once.
    yield from dict.fromkeys(Reason(item.reason, item.message) for item in findings.unassessed)
    yield from (Reason(code, _OBJECTIONS[code]) for code in story.codes)


def _footage_reason(item: Evidence, story: Story) -> Reason:
    side = "altered" if item.llr > 0 else "genuine"
    decides = story.decision is (Decision.SPOOF if item.llr > 0 else Decision.BONA_FIDE)
    alone = "; this decides, whatever the detectors say" if decides and story.decisive == FOOTAGE else ""
    message = (
        f"such a comparison with your own footage is {10 ** abs(item.llr):.1f} times likelier if the clip is {side}"
    )
    return Reason(f"FOOTAGE_SAYS_{'SPOOF' if item.llr > 0 else 'BONA_FIDE'}", message + alone, item.span)


def _evidence_reason(item: Evidence) -> Reason:
    code, noun = _PARTS.get(item.source, (item.source.upper(), f"the picture ({item.source})"))
    odds = 10 ** abs(item.llr)
    if abs(item.llr) < WEAK_LLR:
        return Reason(
            f"{code}_WEAK", f"the detector for {noun} says little either way (odds {odds:.1f} : 1)", item.span
        )
    side, word = ("SPOOF", "synthetic or altered") if item.llr > 0 else ("BONA_FIDE", "a genuine recording")
    message = f"what the detector saw of {noun} is {odds:.1f} times likelier if it is {word}"
    return Reason(f"{code}_LOOKS_{side}", message, item.span)


def _writing_reason(item: Evidence) -> Reason:
    odds = 10 ** abs(item.llr)
    if abs(item.llr) < WEAK_LLR:
        return Reason("WRITING_WEAK", f"what is written in the picture says little (odds {odds:.1f} : 1)", item.span)
    if item.llr < 0:
        message = f"what is written in the picture reads like print: {odds:.1f} times likelier than of drawn letters"
        return Reason("WRITING_LEGIBLE", f"{message}; fakes mostly carry print too, so this clears nothing", item.span)
    message = (
        f"what is written in the picture reads like no language: {odds:.1f} times likelier if a generator drew it; "
        "scripts that the reader does not know, and handwriting, may look the same"
    )
    return Reason("WRITING_GARBLED", message, item.span)


def _sync_reasons(item: Evidence) -> list[Reason]:
    """Where the lips do not follow the voice; or that they do; or that it cannot be told."""
    odds = 10 ** abs(item.llr)
    if abs(item.llr) < WEAK_LLR:
        return [Reason("LIPS_WEAK", f"whether the lips follow the voice says little (odds {odds:.1f} : 1)", item.span)]
    if item.llr < 0:
        message = f"the lips follow the voice: {odds:.1f} times likelier if picture and sound belong together"
        return [Reason("LIPS_FOLLOW_VOICE", message, item.span)]
    spans = _joined([part.span for part in item.timeline if part.llr > WEAK_LLR]) or [item.span]
    where = " and ".join(f"between {span.start_s:.0f} s and {span.end_s:.0f} s" for span in spans)
    message = (
        f"the lips do not follow the voice {where}: {odds:.1f} times likelier if another sound was laid over the "
        "picture; an honest dub looks the same"
    )
    return [Reason("LIPS_DO_NOT_FOLLOW_VOICE", message, spans[0]), *_delay_reasons(item)]


def _delay_reasons(item: Evidence) -> list[Reason]:
    """That the sound fits at another time, where most stretches agree on it: a delay, not another voice."""
    clear = [part.offset_s for part in item.timeline if part.offset_s is not None]
    if len(clear) < FEWEST_OFFSETS or len(clear) * 2 <= len(item.timeline):
        return []
    if max(clear) - min(clear) > SAME_OFFSET_S:
        return []
    offset_s = sorted(clear)[len(clear) // 2]
    side = "behind" if offset_s > 0 else "ahead of"
    message = f"the sound fits the lips when moved: it runs {abs(offset_s):.2f} s {side} them"
    return [Reason("SOUND_SHIFTED", message, item.span)]


def _joined(spans: Sequence[Span]) -> list[Span]:
    """Spans that follow each other within a second made one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if joined and span.start_s - joined[-1].end_s <= 1.0:
            joined[-1] = Span(joined[-1].start_s, max(joined[-1].end_s, span.end_s))
        else:
            joined.append(span)
    return joined


def _worth_saying(item: IdentitySpan) -> bool:
    if item.agreement in (Agreement.FACE_ONLY, Agreement.VOICE_ONLY):
        return item.span.duration_s >= SHORTEST_REMARK_S
    return item.agreement not in (Agreement.NOBODY_ENROLLED, Agreement.UNDECIDED)


def _identity_reason(item: IdentitySpan, names: dict[str, str]) -> Reason:
    face, voice = (names.get(key or "", "nobody enrolled") for key in (item.face_anchor_id, item.voice_anchor_id))
    words = {
        Agreement.AGREE: f"face and voice are both {face}'s",
        Agreement.DISAGREE: f"face: {face}; voice: {voice}",
        Agreement.FACE_ONLY: f"the face is {face}'s; there is no speech to compare with it here",
        Agreement.VOICE_ONLY: f"the voice is {voice}'s; there is no face to compare with it here",
    }
    return Reason(f"IDENTITY_{item.agreement.name}", words[item.agreement], item.span)
