"""A story told in English and in Chinese: a paragraph, what was checked, what could not be, what it cannot tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from anchorproof.findings import FOOTAGE, SYNC, WEAK_LLR, WRITING
from anchorproof.types import Agreement, Decision, Explanation, FootageMatch, FootageOutcome, IdentitySpan
from anchorproof.wording import chinese, english
from anchorproof.wording.story import Story

#: A driving stretch is worth a sentence when the clip is longer than it by this factor.
_PART_OF_CLIP = 0.7
_SHORTEST_S = 1.0


@dataclass(frozen=True, slots=True)
class Tongue:
    """One language's phrases."""

    language: str
    phrases: Mapping[str, str]
    space: str
    comma: str

    def say(self, key: str, **values: Any) -> str:
        return self.phrases[key].format(**values)


TONGUES = (
    Tongue(english.LANGUAGE, english.PHRASES, english.SPACE, english.COMMA),
    Tongue(chinese.LANGUAGE, chinese.PHRASES, chinese.SPACE, chinese.COMMA),
)


def explain(story: Story) -> tuple[Explanation, ...]:
    """The same content in every language, English first."""
    return tuple(
        Explanation(
            language=tongue.language,
            paragraph=tongue.space.join(_paragraph(story, tongue)),
            checked=tuple(_checked(story, tongue)),
            unchecked=tuple(_unchecked(story, tongue)),
            limits=tuple(_limits(story, tongue)),
        )
        for tongue in TONGUES
    )


# --------------------------------------------------------------------------- the paragraph


def _paragraph(story: Story, tongue: Tongue) -> Iterator[str]:
    yield from _opening(story, tongue)
    yield from _footage(story, tongue)
    yield from _people(story, tongue)
    yield from _detectors(story, tongue)
    if story.decision is Decision.INCONCLUSIVE:
        if "DECLARED_SYNTHETIC" not in story.codes:
            yield from map(tongue.say, story.codes)
        yield from _what_would_help(story, tongue)


def _opening(story: Story, tongue: Tongue) -> Iterator[str]:
    low, high = story.interval
    is_genuine = story.decision is Decision.BONA_FIDE
    values = (1 - story.posterior, 1 - high, 1 - low) if is_genuine else (story.posterior, low, high)
    shown = dict(zip(("posterior", "low", "high"), map(_percent, values), strict=True))
    if "DECLARED_SYNTHETIC" in story.codes:
        yield tongue.say("declared")
    else:
        yield tongue.say(story.decision.value, prior=_percent(story.prior), **shown)
    if story.decisive:
        yield tongue.say(f"by_{story.decisive}")


def _footage(story: Story, tongue: Tongue) -> Iterator[str]:
    footage = story.findings.footage
    for match in footage.matches[:2] if footage else ():
        if match.outcome is FootageOutcome.PHOTOGRAPH_ANIMATED:
            yield tongue.say("photograph_animated", title=f"“{match.title}”")
            continue
        ours = match.stretches
        what = tongue.comma.join(map(tongue.say, _shown(match, is_spliced=bool(story.findings.splices))))
        start, end = (min(part.programme.start_s for part in ours), max(part.programme.end_s for part in ours))
        yield tongue.say("footage", title=f"“{match.title}”", start=_clock(start), end=_clock(end), what=what)
    for part in story.findings.splices[:3]:
        start_s, end_s = (f"{at:.1f}" for at in (part.span.start_s, part.span.end_s))
        yield tongue.say(f"splice_{part.kind.value}", start=start_s, end=end_s)


def _shown(match: FootageMatch, is_spliced: bool) -> list[str]:
    """Phrases of the outcomes, so that one does not deny what another said."""
    outcomes = _worth_telling(match)
    keys = [outcome.value for outcome in outcomes]
    if is_spliced and match.outcome is FootageOutcome.UNCHANGED:
        keys[0] = "unchanged_elsewhere"
    altered = {FootageOutcome.MOUTH_CHANGED, FootageOutcome.FACE_CHANGED} & set(outcomes)
    return ["other_sound_too" if altered and key == "other_sound" else key for key in keys]


def _worth_telling(match: FootageMatch) -> list[FootageOutcome]:
    """The gravest and what goes with it; "the picture is yours" is in most of the others."""
    quiet = {FootageOutcome.UNCHANGED, FootageOutcome.SAME_PICTURE}
    return [match.outcome, *(outcome for outcome in match.also if outcome not in quiet)][:3]


def _people(story: Story, tongue: Tongue) -> Iterator[str]:
    spans = [item for item in story.findings.identity if item.span.duration_s >= _SHORTEST_S]
    told = dict.fromkeys(filter(None, (_identity(item, story, tongue) for item in spans)))
    # A face before its first word says nothing beside what is said of the two together.
    both = {
        _identity(item, story, tongue) for item in spans if item.agreement in (Agreement.AGREE, Agreement.DISAGREE)
    } - {None}
    sentences = [sentence for sentence in told if sentence in both] or list(told)
    yield from sentences[:3]
    if not story.findings.recognised:
        yield tongue.say("nobody")
    if "IMPERSONATION" in story.flags:
        yield tongue.say("impersonation")


def _identity(item: IdentitySpan, story: Story, tongue: Tongue) -> str | None:
    names = story.findings.anchor_names
    face, voice = (names.get(key or "", "") for key in (item.face_anchor_id, item.voice_anchor_id))
    key = {
        Agreement.AGREE: "agree",
        Agreement.DISAGREE: "other_voice" if face and voice else "face_not_voice" if face else "voice_not_face",
        Agreement.FACE_ONLY: "face_only",
        Agreement.VOICE_ONLY: "voice_only",
    }.get(item.agreement)
    return tongue.say(key, face=face, voice=voice) if key else None


def _detectors(story: Story, tongue: Tongue) -> Iterator[str]:
    findings = story.findings
    parts = (("picture", findings.picture), ("sound", findings.sound), ("lips", findings.of(SYNC)))
    for part, evidence in parts:
        strongest = max(evidence, key=lambda item: abs(item.llr), default=None)
        if strongest is None:
            continue
        side = "spoof" if strongest.llr > 0 else "bona_fide"
        key = f"{part}_weak" if abs(strongest.llr) < WEAK_LLR else f"{part}_{side}"
        yield tongue.say(key, odds=f"{10 ** abs(strongest.llr):.1f}")
    # Print clears nothing and is nothing to remark on.
    if (garbled := findings.strongest(WRITING)) >= WEAK_LLR:
        yield tongue.say("writing_garbled", odds=f"{10**garbled:.1f}")
    if story.decision is Decision.SPOOF:
        yield from _where(story, tongue)


def _where(story: Story, tongue: Tongue) -> Iterator[str]:
    """The stretch that speaks most for a spoof, where it is a part of the clip only."""
    found = [
        part for item in story.findings.authenticity if item.source != FOOTAGE for part in item.timeline if part.llr > 0
    ]
    best = max(found, key=lambda part: part.llr, default=None)
    if best is not None and best.span.duration_s < _PART_OF_CLIP * story.findings.clip.duration_s:
        yield tongue.say("where", start=f"{best.span.start_s:.0f}", end=f"{best.span.end_s:.0f}")


def _what_would_help(story: Story, tongue: Tongue) -> Iterator[str]:
    if "DECLARED_SYNTHETIC" in story.codes:
        return
    if not (story.findings.footage and story.findings.footage.matches):
        yield tongue.say("change_original")
    short = {"FACE_TOO_SMALL", "FACE_TOO_BRIEF", "SPEECH_TOO_SHORT", "FACE_UNCLEAR"}
    if any(item.reason in short for item in story.findings.unassessed):
        yield tongue.say("change_longer")
    if story.findings.faces and not story.findings.recognised:
        yield tongue.say("change_enrol")


# --------------------------------------------------------------------------- checked, not checked, limits


def _checked(story: Story, tongue: Tongue) -> Iterator[str]:
    findings = story.findings
    for item in findings.authenticity:
        seconds = sum({part.span.start_s: part.span.duration_s for part in item.timeline}.values())
        if item.source == "visual":
            yield tongue.say("checked_picture", faces=len(findings.faces))
        elif item.source == "audio":
            yield tongue.say("checked_sound", seconds=f"{min(seconds, findings.clip.duration_s):.0f}")
        elif item.source == SYNC:
            yield tongue.say("checked_sync", stretches=len(item.timeline))
        elif item.source == WRITING:
            yield tongue.say("checked_writing")
        elif item.source != FOOTAGE:
            yield tongue.say("checked_other", source=item.source)
    compared = {part.anchor_id for face in findings.faces for part in face.comparisons}
    compared |= {part.anchor_id for voice in findings.voices for part in voice.comparisons}
    if compared:
        yield tongue.say("checked_identity", anchors=len(compared))
    if findings.footage is not None:
        yield tongue.say(
            "checked_footage", programmes=findings.footage.programmes, hours=f"{findings.footage.hours:.1f}"
        )
        if findings.footage.photographs:
            yield tongue.say("checked_photographs", photographs=findings.footage.photographs)
    if findings.declared is not None:
        yield tongue.say("checked_declared")
    if findings.claims is not None:
        yield tongue.say("checked_captions", frames=findings.claims.frames_read)


def _unchecked(story: Story, tongue: Tongue) -> Iterator[str]:
    for item in story.findings.unassessed:
        part_key = f"part_{item.source}" if f"part_{item.source}" in tongue.phrases else "part_other"
        why = tongue.phrases.get(item.reason, item.message)
        yield tongue.say("unchecked", part=tongue.say(part_key, source=item.source), why=why)


def _limits(story: Story, tongue: Tongue) -> Iterator[str]:
    findings = story.findings
    if findings.picture or findings.sound:
        yield tongue.say("limit_detectors")
    if story.decision is not Decision.SPOOF:
        yield tongue.say("limit_meaning")
    if findings.faces or findings.voices:
        yield tongue.say("limit_identity")
    if findings.footage is not None:
        yield tongue.say("limit_footage")
    yield tongue.say("limit_person")


def _percent(share: float) -> str:
    """Never certain."""
    if share > 0.995:
        return ">99%"
    return "<1%" if share < 0.005 else f"{share:.0%}"


def _clock(time_s: float) -> str:
    minutes, seconds = divmod(max(0.0, time_s), 60)
    return f"{int(minutes):02d}:{seconds:04.1f}"
