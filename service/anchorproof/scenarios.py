"""Which of the design's scenarios the findings are consistent with, likeliest first; and flags. None is a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from anchorproof.findings import SYNC, WEAK_LLR, WRITING, Findings
from anchorproof.timeline import has_new_lips
from anchorproof.types import Agreement, Decision, FootageOutcome, ScenarioGuess

VOICE_NOT_ANCHOR, FACE_NOT_ANCHOR = "VOICE_NOT_ANCHOR", "FACE_NOT_ANCHOR"
REUSED_FOOTAGE, DECLARED_SYNTHETIC, IMPERSONATION = "REUSED_FOOTAGE", "DECLARED_SYNTHETIC", "IMPERSONATION"
#: What was done to our footage, or to a photograph, that a re-upload does not do.
_CHANGED = {
    FootageOutcome.OTHER_SOUND,
    FootageOutcome.MOUTH_CHANGED,
    FootageOutcome.FACE_CHANGED,
    FootageOutcome.RECUT,
    FootageOutcome.SOUND_ONLY,
    FootageOutcome.PHOTOGRAPH_ANIMATED,
}


def flags_of(findings: Findings) -> tuple[str, ...]:
    """Stable codes of what a reviewer should look at first."""
    disagreeing = [item for item in findings.identity if item.agreement is Agreement.DISAGREE]
    flags = []
    if any(item.face_anchor_id for item in disagreeing):
        flags.append(VOICE_NOT_ANCHOR)
    if any(item.voice_anchor_id and not item.face_anchor_id for item in disagreeing):
        flags.append(FACE_NOT_ANCHOR)
    if findings.splices or _outcomes(findings) & _CHANGED:
        flags.append(REUSED_FOOTAGE)
    return (*flags, *findings.statements.flags)


def guess(findings: Findings, decision: Decision, flags: Sequence[str]) -> list[ScenarioGuess]:
    """Each scenario once, likeliest first; never empty."""
    found: dict[str, ScenarioGuess] = {}
    for scenario in _guesses(findings, decision, flags):
        found.setdefault(scenario.scenario, scenario)
    return list(found.values())


def _guesses(findings: Findings, decision: Decision, flags: Sequence[str]) -> Iterator[ScenarioGuess]:
    yield from (item for item in findings.statements.scenarios if item.scenario == "B3")
    yield from _by_footage(findings)
    yield from (item for item in findings.statements.scenarios if item.scenario != "B3")
    if not findings.footage_scenarios:
        if decision is not Decision.SPOOF and _agrees(findings):
            yield ScenarioGuess("B1", "face and voice are one anchor's: a genuine recording, possibly re-encoded")
        yield from _by_voice_and_face(findings, flags)
        yield from _by_detectors(findings, decision)
    if decision is not Decision.SPOOF:
        yield from _harmless(findings, decision)


def _by_footage(findings: Findings) -> Iterator[ScenarioGuess]:
    """What our archive shows; a change in a part only is a splice, whatever the whole looks like."""
    if findings.splices:
        yield ScenarioGuess("A9", "footage of yours that is interrupted or changed in a part of the clip")
    elif has_new_lips(findings.footage):
        yield ScenarioGuess("A2", "footage of yours with another sound, and another mouth where it was looked at")
    yield from findings.footage_scenarios


def _agrees(findings: Findings) -> bool:
    """Face and voice are the same anchor's wherever both can be compared, and the lips are not against it."""
    told = {item.agreement for item in findings.identity}
    is_one = Agreement.AGREE in told and Agreement.DISAGREE not in told
    return is_one and findings.strongest(SYNC) <= WEAK_LLR


def _by_voice_and_face(findings: Findings, flags: Sequence[str]) -> Iterator[ScenarioGuess]:
    picture, sound = _most(findings, "picture"), _most(findings, "sound")
    lips = [item.llr for item in findings.of(SYNC)]
    if VOICE_NOT_ANCHOR in flags:
        if lips and max(lips) < -WEAK_LLR:
            words = "an anchor's face with lips that follow a voice that is not theirs: a swapped face, or new lips"
            yield ScenarioGuess("A3", words)
        if picture > WEAK_LLR and sound <= WEAK_LLR:
            yield ScenarioGuess("A4", "an anchor's face in a picture that looks generated, with another voice")
        if picture > WEAK_LLR:
            yield ScenarioGuess("A2", "an anchor's picture that looks altered, with a voice that is not theirs")
        if sound > WEAK_LLR:
            yield ScenarioGuess("A1", "an anchor's picture with a voice that is not theirs and sounds synthetic")
        yield ScenarioGuess("B2", "a dub or an off-screen narrator: another voice alone does not make a clip synthetic")
        if max(lips, default=0.0) > WEAK_LLR >= sound:
            yield ScenarioGuess("A1", "an anchor's picture with another's voice, which the lips do not follow")
    elif max(lips, default=0.0) > WEAK_LLR:
        if sound > WEAK_LLR:
            yield ScenarioGuess("A1", "a picture left alone with a synthetic voice: the lips do not follow it")
        yield ScenarioGuess("B2", "a dub or an off-screen narrator: lips that do not follow the voice")
        yield ScenarioGuess("A1", "a picture left alone with another voice: the lips do not follow it")
    if not findings.faces and any(voice.anchor_id for voice in findings.voices) and sound > 0:
        yield ScenarioGuess("A7", "an anchor's voice that sounds synthetic, with no face shown")


def _by_detectors(findings: Findings, decision: Decision) -> Iterator[ScenarioGuess]:
    picture, sound = _most(findings, "picture"), _most(findings, "sound")
    face_known = any(face.anchor_id for face in findings.faces)
    if findings.strongest(WRITING) > WEAK_LLR and not face_known:
        yield ScenarioGuess("A6", "writing that reads like no language: a picture that was generated as a whole")
    if findings.faces and picture > WEAK_LLR:
        if face_known:
            yield ScenarioGuess("A4", "an anchor's face in a picture that looks generated")
            yield ScenarioGuess("A3", "an anchor's face swapped onto another body")
        elif decision is Decision.SPOOF:
            yield ScenarioGuess("A5", "a presenter who is nobody enrolled, in a picture that looks generated")
    if decision is Decision.SPOOF and not findings.faces and sound > WEAK_LLR:
        yield ScenarioGuess("A7", "a voice that sounds synthetic, with no face shown")
    if decision is Decision.SPOOF and findings.faces and sound > WEAK_LLR and picture <= WEAK_LLR:
        yield ScenarioGuess("A1", "a picture that may be left alone, with a voice that sounds synthetic")


def _harmless(findings: Findings, decision: Decision) -> Iterator[ScenarioGuess]:
    # Most clips have nothing to read, which leaves no question open.
    is_unjudged = any(item.source != WRITING for item in findings.unassessed)
    why = "see what could not be judged" if is_unjudged else "nobody enrolled is seen or heard"
    if findings.recognised or findings.footage_scenarios:
        yield ScenarioGuess("B1", "a genuine recording, possibly re-encoded")
    elif decision is Decision.BONA_FIDE:
        yield ScenarioGuess("B4", "nobody enrolled is seen or heard: a genuine recording of others")
        yield ScenarioGuess("B1", "a genuine recording, possibly re-encoded")
    else:
        yield ScenarioGuess("B4", f"not enough to go on: {why}")


def _outcomes(findings: Findings) -> set[FootageOutcome]:
    matches = findings.footage.matches if findings.footage else ()
    return {outcome for match in matches for outcome in (match.outcome, *match.also)}


def _most(findings: Findings, part: str) -> float:
    evidence = findings.picture if part == "picture" else findings.sound
    return max((item.llr for item in evidence), default=0.0)
