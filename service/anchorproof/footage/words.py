"""A match as a reviewer reads it: what is ours, from when to when, and what is not; reasons and scenarios."""

from __future__ import annotations

from collections.abc import Sequence

from anchorproof.types import (
    FootageFindings,
    FootageMatch,
    FootageOutcome,
    FootageStretch,
    Reason,
    ScenarioGuess,
    Span,
)

#: Of a recording that is in many programmes, so many are named in words; the match lists them all.
_COPIES_NAMED = 3
_SHOWS = {
    FootageOutcome.UNCHANGED: "picture and sound are yours",
    FootageOutcome.SAME_PICTURE: "the picture is yours; there is no sound to compare",
    FootageOutcome.OTHER_SOUND: "the picture is yours; the sound is not",
    FootageOutcome.MOUTH_CHANGED: "the picture is yours except the mouth",
    FootageOutcome.FACE_CHANGED: "the picture is yours except the face",
    FootageOutcome.RECUT: "it was cut: stretches are missing, moved or inserted",
    FootageOutcome.RECAPTIONED: "something was laid over the picture, such as a caption",
    FootageOutcome.MIRRORED: "the picture is mirrored",
    FootageOutcome.SOUND_ONLY: "the sound is yours; the picture is not",
    FootageOutcome.PHOTOGRAPH_ANIMATED: "a photograph of yours was set in motion",
}
_SCENARIOS = {
    FootageOutcome.OTHER_SOUND: ("A1", "footage of yours with another sound; a dub or a narrator (B2) looks the same"),
    FootageOutcome.MOUTH_CHANGED: ("A2", "footage of yours with another mouth"),
    FootageOutcome.FACE_CHANGED: ("A3", "footage of yours with another face"),
    FootageOutcome.RECUT: ("A9", "footage of yours, re-cut or with something spliced in"),
    FootageOutcome.SOUND_ONLY: ("A7", "sound of yours under another picture"),
    FootageOutcome.UNCHANGED: ("B1", "a re-upload of your own footage"),
    FootageOutcome.PHOTOGRAPH_ANIMATED: ("A4", "a photograph of yours, set in motion"),
}


def clock(time_s: float) -> str:
    """``mm:ss.s``, with hours where there are any."""
    minutes, seconds = divmod(max(0.0, time_s), 60)
    hours, minutes = divmod(int(minutes), 60)
    return f"{hours}:{minutes:02d}:{seconds:04.1f}" if hours else f"{minutes:02d}:{seconds:04.1f}"


def message(
    title: str,
    stretches: Sequence[FootageStretch],
    outcome: FootageOutcome,
    also: Sequence[FootageOutcome],
    by_references: bool,
) -> str:
    """One or two sentences on one match."""
    times = ", ".join(f"{clock(part.programme.start_s)} to {clock(part.programme.end_s)}" for part in stretches[:4])
    more = f" and {len(stretches) - 4} more stretches" if len(stretches) > 4 else ""
    shows = "; ".join(_SHOWS[shown] for shown in (outcome, *also))
    limits = (
        ""
        if by_references or outcome is FootageOutcome.SOUND_ONLY
        else (" (by fingerprints alone: a changed mouth or face would not show, as no references were retained)")
    )
    return f"this is {title!r} from {times}{more}: {shows}{limits}{_copied(stretches)}"


def _copied(stretches: Sequence[FootageStretch]) -> str:
    """Where else the same recording is; empty: nowhere."""
    places: dict[str, str] = {}
    for part in stretches:
        for copy in part.copies:
            places.setdefault(copy.title, clock(copy.programme.start_s))
    if not places:
        return ""
    named = ", ".join(f"{title!r} from {start}" for title, start in list(places.items())[:_COPIES_NAMED])
    more = f" and {len(places) - _COPIES_NAMED} more programmes" if len(places) > _COPIES_NAMED else ""
    return f"; the same recording is in {named}{more}"


def photograph_message(title: str, span: Span) -> str:
    """On a photograph that a face of the clip is, set in motion."""
    return (
        f"the face from {clock(span.start_s)} to {clock(span.end_s)} has the hair, clothes and background of your "
        f"photograph {title!r}: a photograph was set in motion, unless it is itself a frame of this recording"
    )


def reasons(findings: FootageFindings) -> list[Reason]:
    """One coded reason per match."""
    return [Reason(f"FOOTAGE_{match.outcome.name}", match.message, _span(match)) for match in findings.matches]


def scenarios(findings: FootageFindings) -> list[ScenarioGuess]:
    """The scenarios that the outcomes are, each once."""
    found: dict[str, ScenarioGuess] = {}
    for match in findings.matches:
        for outcome in (match.outcome, *match.also):
            if outcome is FootageOutcome.OTHER_SOUND and FootageOutcome.MOUTH_CHANGED in (match.outcome, *match.also):
                continue  # A2 includes it
            if outcome in _SCENARIOS:
                scenario, words = _SCENARIOS[outcome]
                found.setdefault(scenario, ScenarioGuess(scenario, f"{words}: {match.title!r}"))
    return list(found.values())


def _span(match: FootageMatch) -> Span:
    spans = [stretch.clip for stretch in match.stretches]
    return Span(min(span.start_s for span in spans), max(span.end_s for span in spans))
