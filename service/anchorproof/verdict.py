"""Evidence -> one verdict: fused LLR, decision, reasons, flags and the scenarios it is consistent with.

Authenticity alone decides; identity says what the clip claims to be and which scenario it looks like.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from anchorproof.settings import VerdictSettings
from anchorproof.types import (
    Agreement,
    ClipInfo,
    Decision,
    Evidence,
    FaceFinding,
    IdentitySpan,
    Question,
    Reason,
    ScenarioGuess,
    Span,
    Statements,
    Unassessed,
    Verdict,
    VoiceFinding,
)

#: Evidence weaker than odds of 2 : 1 is called weak in words.
WEAK_LLR = math.log10(2)

#: A face before its first word, or a last syllable after the cut, is in the report but not worth a sentence.
SHORTEST_REMARK_S = 1.0

#: A delay is said when most stretches of a clip, two at least, are this sure of offsets that differ by no more than
#: this (models/cards/sync-mesh-1.md).
CLEAR_OFFSET = 0.25
SAME_OFFSET_S = 0.12
FEWEST_OFFSETS = 2

#: The source of evidence on whether lips follow the voice.
SYNC = "sync"
#: Footage evidence of odds above 10 : 1 outweighs what both detectors together can say (their maps end at about 5 : 1).
DECISIVE_LLR = 1.0

#: Reasons for which there is nothing of that kind in the clip that could have been faked.
_NOTHING_THERE = {"NO_PICTURE", "NO_SOUND", "NO_SPEECH"}


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a verdict is made from."""

    clip: ClipInfo
    evidence: Sequence[Evidence]
    unassessed: Sequence[Unassessed]
    faces: Sequence[FaceFinding]
    voices: Sequence[VoiceFinding]
    identity: Sequence[IdentitySpan]
    anchor_names: dict[str, str]
    statements: Statements = field(default_factory=Statements)
    #: What our own archive says, in words (``footage.words``).
    footage_reasons: Sequence[Reason] = ()
    footage_scenarios: Sequence[ScenarioGuess] = ()


def fuse(findings: Findings, settings: VerdictSettings) -> Verdict:
    """One verdict at the settings' prior and operating points."""
    llr = _fused_llr(findings, settings) + _footage_llr(findings)
    posterior = _posterior(llr, settings.prior)
    decision = _decide(findings, posterior, settings)
    flags = _flags(findings)
    confidence = {Decision.SPOOF: posterior, Decision.BONA_FIDE: 1 - posterior}.get(
        decision, max(posterior, 1 - posterior)
    )
    return Verdict(
        decision=decision,
        llr=llr,
        prior=settings.prior,
        spoof_posterior=posterior,
        confidence=confidence,
        reasons=tuple(_reasons(findings, decision)),
        flags=flags,
        scenarios=tuple(_scenarios(findings, decision, flags)),
        summary=_summary(findings, decision, posterior, settings),
    )


def _fused_llr(findings: Findings, settings: VerdictSettings) -> float:
    """LLR of "picture, sound or both are spoofed" against "both are bona fide".

    H1 is a mixture: a spoofed clip may have only its picture, only its sound, or both made. Its likelihood ratio is the
    mixture of the parts' ratios, so that a bona fide picture cannot outvote a spoofed voice, and a part that
    could not be judged (ratio 1) keeps the clip from being cleared. A part that is not in the clip takes no share.
    Lips that do not follow the voice speak for one of these only: another sound laid over a picture left alone.
    """
    picture, sound = _part_ratio(findings, "visual"), _part_ratio(findings, "audio")
    both = 1 - settings.picture_only - settings.sound_only
    if picture is None and sound is None:
        return 0.0
    if sound is None:
        return math.log10(picture or 1.0)
    if picture is None:
        return math.log10(sound)
    laid_over = sound * _mismatch_ratio(findings, settings)
    return math.log10(settings.picture_only * picture + settings.sound_only * laid_over + both * picture * sound)


def _mismatch_ratio(findings: Findings, settings: VerdictSettings) -> float:
    """Likelihood ratio of lips and voice under "sound laid over" against "bona fide", 1 when not judged.

    The sync detector's own ratio is against lips that make the sound; among bona fide clips there are dubs and
    narrators (``dubbed``), whose lips do not. It never exceeds ``1 / dubbed``.
    """
    ratio = _part_ratio(findings, SYNC) or 1.0
    return ratio / (1 - settings.dubbed + settings.dubbed * ratio)


def _footage_llr(findings: Findings) -> float:
    """What our own archive adds: it knows the original, so it can decide alone; the gravest match counts.

    Added to the detectors' LLR, as what a detector sees in a picture and whether that picture is our own are told by
    different things.
    """
    llrs = [item.llr for item in findings.evidence if item.source == "footage"]
    return max(llrs, default=0.0) if max(llrs, default=0.0) > 0 else min(llrs, default=0.0)


def _part_ratio(findings: Findings, source: str) -> float | None:
    """Likelihood ratio of one part: the strongest evidence, 1 when not judged, None when the clip has no such part."""
    llrs = [item.llr for item in findings.evidence if item.source == source and item.question is Question.AUTHENTICITY]
    if llrs:
        return float(10 ** max(llrs))
    missing = [item for item in findings.unassessed if item.source == source]
    return None if any(item.reason in _NOTHING_THERE for item in missing) else 1.0


def _posterior(llr: float, prior: float) -> float:
    odds = prior / (1 - prior) * 10**llr
    return float(odds / (1 + odds))


def _decide(findings: Findings, posterior: float, settings: VerdictSettings) -> Decision:
    if not any(item.question is Question.AUTHENTICITY for item in findings.evidence):
        return Decision.INCONCLUSIVE
    if posterior >= settings.spoof_posterior:
        return Decision.SPOOF
    if posterior <= settings.bona_fide_posterior:
        return Decision.BONA_FIDE
    return Decision.INCONCLUSIVE


# --------------------------------------------------------------------------- in words

_PARTS = {"visual": ("PICTURE", "the picture"), "audio": ("SOUND", "the voice")}


def _reasons(findings: Findings, decision: Decision) -> list[Reason]:
    reasons = list(findings.footage_reasons)
    reasons += [_footage_reason(item, decision) for item in findings.evidence if item.source == "footage"]
    reasons += [_evidence_reason(item) for item in findings.evidence if item.source in _PARTS]
    reasons += [reason for item in findings.evidence if item.source == SYNC for reason in _sync_reasons(item)]
    reasons += [_identity_reason(item, findings.anchor_names) for item in findings.identity if _worth_saying(item)]
    reasons += findings.statements.reasons
    # What keeps two detectors from judging is said once.
    reasons += dict.fromkeys(Reason(item.reason, item.message) for item in findings.unassessed)
    if decision is Decision.INCONCLUSIVE and not any(
        item.question is Question.AUTHENTICITY for item in findings.evidence
    ):
        reasons.append(Reason("NO_EVIDENCE", "nothing in this clip could be judged for authenticity"))
    elif decision is Decision.INCONCLUSIVE:
        reasons.append(Reason("EVIDENCE_TOO_WEAK", "the evidence does not reach either decision's threshold"))
    return reasons


def _footage_reason(item: Evidence, decision: Decision) -> Reason:
    side = "altered" if item.llr > 0 else "genuine"
    decides = decision is (Decision.SPOOF if item.llr > 0 else Decision.BONA_FIDE)
    alone = "; this decides, whatever the detectors say" if decides and abs(item.llr) >= DECISIVE_LLR else ""
    message = (
        f"such a comparison with your own footage is {10 ** abs(item.llr):.0f} times likelier if the clip is {side}"
    )
    return Reason(f"FOOTAGE_SAYS_{'SPOOF' if item.llr > 0 else 'BONA_FIDE'}", message + alone, item.span)


def _evidence_reason(item: Evidence) -> Reason:
    code, noun = _PARTS[item.source]
    odds = 10 ** abs(item.llr)
    if abs(item.llr) < WEAK_LLR:
        return Reason(
            f"{code}_WEAK", f"the detector for {noun} says little either way (odds {odds:.1f} : 1)", item.span
        )
    side, word = ("SPOOF", "synthetic or altered") if item.llr > 0 else ("BONA_FIDE", "a genuine recording")
    message = f"what the detector saw of {noun} is {odds:.1f} times likelier if it is {word}"
    return Reason(f"{code}_LOOKS_{side}", message, item.span)


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
    clear = [
        part.offset_s for part in item.timeline if part.offset_s is not None and (part.confidence or 0) >= CLEAR_OFFSET
    ]
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


def _flags(findings: Findings) -> tuple[str, ...]:
    disagreeing = [item for item in findings.identity if item.agreement is Agreement.DISAGREE]
    flags = []
    if any(item.face_anchor_id for item in disagreeing):
        flags.append("VOICE_NOT_ANCHOR")
    if any(item.voice_anchor_id and not item.face_anchor_id for item in disagreeing):
        flags.append("FACE_NOT_ANCHOR")
    return (*flags, *findings.statements.flags)


def _scenarios(findings: Findings, decision: Decision, flags: Sequence[str]) -> list[ScenarioGuess]:
    """Scenarios of the design's table that the evidence at hand is consistent with; none is a finding."""
    picture, sound = _strongest(findings, "visual"), _strongest(findings, "audio")
    face_known = any(face.anchor_id for face in findings.faces)
    voice_known = any(voice.anchor_id for voice in findings.voices)
    mismatch = _strongest(findings, SYNC)
    guesses = [*findings.footage_scenarios, *findings.statements.scenarios]
    if "VOICE_NOT_ANCHOR" not in flags and mismatch > WEAK_LLR:
        guesses.append(ScenarioGuess("A1", "a picture left alone with another voice: the lips do not follow it"))
        guesses.append(ScenarioGuess("B2", "a dub or an off-screen narrator: lips that do not follow look the same"))
    if "VOICE_NOT_ANCHOR" in flags:
        if mismatch > WEAK_LLR >= sound:
            guesses.append(
                ScenarioGuess("A1", "an anchor's picture with another's voice, which the lips do not follow")
            )
        if sound > WEAK_LLR:
            guesses.append(
                ScenarioGuess("A1", "an anchor's picture with a voice that is not theirs and sounds synthetic")
            )
        if picture > WEAK_LLR:
            guesses.append(
                ScenarioGuess("A2", "an anchor's picture that looks altered, with a voice that is not theirs")
            )
        guesses.append(
            ScenarioGuess("B2", "a dub or an off-screen narrator: another voice alone does not make a clip synthetic")
        )
    elif face_known and decision is Decision.SPOOF and picture > WEAK_LLR:
        guesses.append(ScenarioGuess("A4", "an anchor's face in a picture that looks generated"))
        guesses.append(ScenarioGuess("A3", "an anchor's face swapped onto another body"))
    if not findings.faces and voice_known and sound > WEAK_LLR:
        guesses.append(ScenarioGuess("A7", "an anchor's voice that sounds synthetic, with no face shown"))
    if findings.faces and not face_known and decision is Decision.SPOOF and picture > WEAK_LLR:
        guesses.append(ScenarioGuess("A5", "a presenter who is nobody enrolled, in a picture that looks generated"))
    if not guesses and decision is Decision.INCONCLUSIVE:
        why = "see what could not be judged" if findings.unassessed else "the evidence is too weak either way"
        guesses.append(ScenarioGuess("B4", f"not enough to go on: {why}"))
    if not guesses and decision is Decision.BONA_FIDE:
        guesses.append(ScenarioGuess("B1", "a genuine recording, possibly re-encoded"))
    return guesses


def _strongest(findings: Findings, source: str) -> float:
    return max((item.llr for item in findings.evidence if item.source == source), default=0.0)


def _summary(findings: Findings, decision: Decision, posterior: float, settings: VerdictSettings) -> str:
    opening = {
        Decision.SPOOF: f"Likely synthetic or altered: {posterior:.0%}",
        Decision.BONA_FIDE: f"Likely a genuine recording: {1 - posterior:.0%}",
        Decision.INCONCLUSIVE: f"Cannot tell: {posterior:.0%} for synthetic or altered",
    }[decision]
    people = sorted({findings.anchor_names[key] for key in _recognised(findings) if key in findings.anchor_names})
    who = f"Recognised: {', '.join(people)}." if people else "Nobody enrolled was recognised."
    return f"{opening} (starting from {settings.prior:.0%} before looking at the clip). {who}"


def _recognised(findings: Findings) -> set[str]:
    faces = {face.anchor_id for face in findings.faces}
    return {key for key in faces | {voice.anchor_id for voice in findings.voices} if key}
