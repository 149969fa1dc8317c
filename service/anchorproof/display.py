"""Reports, anchors and models as people read them in a terminal.

Names come from strangers: they are shown as plain text, never as markup or as control codes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from anchorproof.footage_display import match_lines
from anchorproof.footage_display import plain as plain  # others take it from here
from anchorproof.types import (
    Agreement,
    Anchor,
    AuditEntry,
    Box,
    CaptionRole,
    Consent,
    Coverage,
    CredentialState,
    Decision,
    DeclaredOrigin,
    Enrolment,
    Evidence,
    Explanation,
    FaceFinding,
    IdentitySpan,
    LaneKind,
    ModelInfo,
    NameMatch,
    Outlet,
    Person,
    PictureClaims,
    Question,
    Rejection,
    Report,
    SearchHit,
    Span,
    Timeline,
    Verdict,
    VoiceFinding,
)

if TYPE_CHECKING:
    from anchorproof.runtime import ModelEntry

_STYLES = {Decision.SPOOF: "bold red", Decision.BONA_FIDE: "bold green", Decision.INCONCLUSIVE: "bold yellow"}
_WORDS = {Decision.SPOOF: "SPOOF", Decision.BONA_FIDE: "BONA FIDE", Decision.INCONCLUSIVE: "INCONCLUSIVE"}
_AGREEMENTS = {
    Agreement.AGREE: "face and voice agree",
    Agreement.DISAGREE: "face and voice disagree",
    Agreement.FACE_ONLY: "an anchor's face; no voice to compare",
    Agreement.VOICE_ONLY: "an anchor's voice; no face to compare",
    Agreement.NOBODY_ENROLLED: "nobody enrolled",
    Agreement.UNDECIDED: "too weak to say",
}
_Row: TypeAlias = tuple[Text, ...]
#: Rows of a timeline or a list that a panel shows; the JSON has all.
SHOWN = 12
#: Steps of a detector's lane that fit on a line.
MOST_MARKS = 90
#: Odds of 2 : 1.
WEAK_LLR = 0.301


def percent(share: float) -> str:
    """A share that never claims to be certain: at most ``>99.9 %``, at least ``<0.1 %``."""
    if share > 0.999:
        return ">99.9 %"
    return "<0.1 %" if share < 0.001 else f"{100 * share:.1f} %"


# --------------------------------------------------------------------------- one report


def report_panel(report: Report, language: str = "en") -> Panel:
    """The verdict and all that a reviewer needs to follow it; the explanation in ``language`` where there is one."""
    verdict = report.verdict
    told = next((item for item in verdict.explanations if item.language == language), None)
    sections = (
        ("Flags", [(Text(plain(flag), style="bold"),) for flag in verdict.flags]),
        ("Who", _who(report)),
        ("Over time", _over_time(report.identity, names(report))),
        ("Reasons", [_coded(reason.code, reason.message, reason.span) for reason in verdict.reasons]),
        ("Declares", _declared(report.declared)),
        ("On screen", _on_screen(report.claims)),
        ("Looks like", [_coded(guess.scenario, guess.message) for guess in verdict.scenarios]),
        ("Not judged", [_coded(part.reason, f"{part.source}: {part.message}") for part in report.unassessed]),
        ("By second", _in_seconds(report.timeline)),
        ("Evidence", [_weighed(item) for item in report.evidence if item.question is Question.AUTHENTICITY]),
    )
    parts: list[RenderableType] = [_headline(verdict), Text(plain(told.paragraph if told else verdict.summary))]
    for title, rows in (*sections, *(_explained(told) if told else ())):
        parts += _section(title, rows)
    if report.footage and report.footage.matches:
        parts += [Text(), Text("Your footage", style="bold"), *map(match_lines, report.footage.matches)]
    spent_s = sum(timing.wall_s for timing in report.timings)
    size = f"{report.clip.duration_s:.1f} s of media judged in {spent_s:.1f} s"
    parts += [Text(), Text(f"report {report.report_id}\n{size}", style="dim")]
    style = _STYLES[verdict.decision].removeprefix("bold ")
    return Panel(Group(*parts), title=Text(plain(report.clip_name)), title_align="left", border_style=style)


def _explained(told: Explanation) -> Iterator[tuple[str, list[_Row]]]:
    for title, lines in (("Checked", told.checked), ("Limits", told.limits)):
        yield title, [(Text("-", style="cyan"), Text(plain(line))) for line in lines]


def _in_seconds(timeline: Timeline | None) -> list[_Row]:
    """A mark per step for each detector: S or s speaks for a spoof, B or b for bona fide, · little, a space nothing."""
    rows: list[_Row] = []
    for lane in timeline.lanes if timeline else ():
        if lane.kind is LaneKind.DETECTOR:
            marks = "".join(map(_mark, lane.values[:MOST_MARKS]))
            more = " ..." if len(lane.values) > MOST_MARKS else ""
            rows.append((Text(plain(lane.source), style="cyan"), Text(f"{marks}{more}")))
    for splice in timeline.splices if timeline else ():
        rows.append((Text("splice", style="red"), Text(f"{splice.kind.value.replace('_', ' ')} {_time(splice.span)}")))
    return rows


def _mark(llr: float | None) -> str:
    if llr is None:
        return " "
    if abs(llr) < WEAK_LLR:
        return "·"
    letter = "s" if llr > 0 else "b"
    return letter.upper() if abs(llr) >= 2 * WEAK_LLR else letter


def _section(title: str, rows: Sequence[_Row]) -> list[RenderableType]:
    if not rows:
        return []
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    for row in rows[:SHOWN]:
        grid.add_row(*row)
    left_out = [Text(f"  ... and {len(rows) - SHOWN} more (--json has all)", style="dim")] if rows[SHOWN:] else []
    return [Text(), Text(title, style="bold"), Padding(grid, (0, 0, 0, 2)), *left_out]


def _headline(verdict: Verdict) -> Text:
    sure = f"  confidence {percent(verdict.confidence)} at a prior of {percent(verdict.prior)} for spoof  "
    low, high = verdict.posterior_interval
    bounds = "" if (low, high) == (0.0, 1.0) else f"\nP(spoof) between {percent(low)} and {percent(high)}"
    return Text.assemble(
        (_WORDS[verdict.decision], _STYLES[verdict.decision]), sure, (f"LLR {verdict.llr:+.2f}{bounds}", "dim")
    )


def _who(report: Report) -> list[_Row]:
    return [
        *(_found(face.track_id, face, face.span) for face in report.faces),
        *(
            _found(voice.speaker_id, voice, Span(voice.spans[0].start_s, voice.spans[-1].end_s))
            for voice in report.voices
        ),
    ]


def _found(what: str, finding: FaceFinding | VoiceFinding, span: Span) -> _Row:
    words = Text()
    if finding.anchor_id is not None:
        named = next((item.anchor_name for item in finding.comparisons if item.anchor_id == finding.anchor_id), "")
        words.append(f"{plain(named)} ({finding.anchor_id})", style="bold")
    else:
        words.append("nobody enrolled" if finding.comparisons else "not compared", style="yellow")
    if finding.comparisons:
        best = finding.comparisons[0]
        nearest = "" if best.anchor_id == finding.anchor_id else f"nearest: {plain(best.anchor_name)}, "
        words.append(f"\n{nearest}LLR {best.llr:+.2f}, score {best.score:.2f}", style="dim")
    return Text(plain(what), style="cyan"), Text(_time(span)), words


def _over_time(spans: Sequence[IdentitySpan], called: Mapping[str, str]) -> list[_Row]:
    rows: list[_Row] = []
    for span in spans:
        who = dict.fromkeys(anchor_id for anchor_id in (span.face_anchor_id, span.voice_anchor_id) if anchor_id)
        people = ", ".join(plain(called.get(anchor_id, anchor_id)) for anchor_id in who)
        words = f"{_AGREEMENTS[span.agreement]}{f': {people}' if people else ''}"
        style = "red" if span.agreement is Agreement.DISAGREE else ""
        rows.append((Text(_time(span.span), style="cyan"), Text(words, style=style)))
    return rows


def _declared(declared: DeclaredOrigin | None) -> list[_Row]:
    """Nothing for a file that declares nothing: absence says nothing."""
    if declared is None:
        return []
    rows: list[_Row] = []
    credentials = declared.credentials
    if credentials.state is not CredentialState.ABSENT:
        sources = ", ".join(sorted({action.source_type for action in credentials.actions if action.source_type}))
        words = ", ".join(
            filter(None, (credentials.state.value, credentials.signer, credentials.claim_generator, sources))
        )
        rows.append((Text("C2PA", style="cyan"), Text(plain(words))))
    for label in declared.labels:
        words = (
            f"{label.claim.value.replace('_', ' ')} ({label.place}{f', {label.producer}' if label.producer else ''})"
        )
        rows.append((Text(label.kind.name, style="cyan"), Text(plain(words))))
    rows += [(Text("metadata", style="cyan"), Text(plain(f"{hint.key}: {hint.value}"))) for hint in declared.hints]
    return rows


def _on_screen(claims: PictureClaims | None) -> list[_Row]:
    """Lower thirds and channel marks; other text is in the JSON."""
    if claims is None:
        return []
    rows: list[_Row] = []
    for caption in claims.captions:
        if caption.role is not CaptionRole.OTHER:
            role = caption.role.value.replace("_", " ")
            rows.append((Text(role, style="cyan"), Text(_time(caption.span)), Text(plain(caption.text))))
    for claim in claims.outlets:
        if claim.logo_id and claim.spans:
            rows.append((Text("logo", style="cyan"), Text(_time(claim.spans[0])), Text(plain(claim.outlet))))
    if claims.garble_score is not None:
        words = f"{claims.garble_score:+.2f}, larger: less like print (its LLR is with the evidence)"
        rows.append((Text("garble score", style="cyan"), Text(""), Text(words, style="dim")))
    return rows


def _coded(code: str, message: str, span: Span | None = None) -> _Row:
    where = f" ({_time(span)})" if span else ""
    return Text(code, style="cyan"), Text(plain(message) + where)


def _weighed(item: Evidence) -> _Row:
    side = "spoof" if item.llr > 0 else "bona fide"
    words = f"LLR {item.llr:+.2f} for {side}; raw score {item.raw_score:.3f} of {item.model_id}"
    return Text(plain(item.source), style="cyan"), Text(plain(words))


def _time(span: Span) -> str:
    return f"{span.start_s:.1f}–{span.end_s:.1f} s"


def names(report: Report) -> dict[str, str]:
    """Display names of all anchors that the report compared with."""
    findings: list[FaceFinding | VoiceFinding] = [*report.faces, *report.voices]
    return {item.anchor_id: item.anchor_name for finding in findings for item in finding.comparisons}


def recognised(report: Report) -> list[str]:
    """Who was recognised and by what, such as ``Ada Example (face, voice)``."""
    by_anchor: dict[str, list[str]] = {}
    findings: list[tuple[str, FaceFinding | VoiceFinding]] = [
        *(("face", face) for face in report.faces),
        *(("voice", voice) for voice in report.voices),
    ]
    for sense, finding in findings:
        if finding.anchor_id and sense not in by_anchor.setdefault(finding.anchor_id, []):
            by_anchor[finding.anchor_id].append(sense)
    called = names(report)
    return [f"{plain(called.get(key, key))} ({', '.join(senses)})" for key, senses in by_anchor.items()]


# --------------------------------------------------------------------------- tables


def reports_table(reports: Iterable[Report], with_ids: bool = False) -> Table:
    """One line per report: what, how sure, who; and its first reason, or its id."""
    headings = ("clip", "verdict", "sure", "recognised")
    table = _table("report", *headings) if with_ids else _table(*headings, "first reason")
    for report in reports:
        verdict = report.verdict
        decision = Text(_WORDS[verdict.decision], style=_STYLES[verdict.decision])
        who = "\n".join(recognised(report)) or "nobody enrolled"
        row = (Text(plain(report.clip_name)), decision, percent(verdict.confidence), Text(who))
        if with_ids:
            table.add_row(f"{report.report_id}\n{report.create_time:%Y-%m-%d %H:%M} UTC", *row)
        else:
            table.add_row(*row, verdict.reasons[0].code if verdict.reasons else "")
    return table


def anchors_table(anchors: Iterable[Anchor]) -> Table:
    table = _table("anchor", "name", "outlet", "aliases", "faces", "voices")
    for anchor in anchors:
        cells = (anchor.anchor_id, anchor.display_name, anchor.outlet, ", ".join(anchor.aliases))
        counts = (anchor.face_templates, anchor.voice_templates)
        table.add_row(*(Text(plain(cell)) for cell in cells), *map(str, counts))
    return table


def anchor_panel(anchor: Anchor, enrolments: Sequence[Enrolment]) -> Panel:
    """One anchor with what was enrolled."""
    facts = Table.grid(padding=(0, 2))
    shown = {
        "outlet": anchor.outlet,
        "aliases": ", ".join(anchor.aliases),
        "in other scripts": ", ".join(f"{name.text} ({name.language})" for name in anchor.localized_names),
        "notes": anchor.notes,
        "consent": ""
        if anchor.consent is Consent.UNSPECIFIED
        else f"{anchor.consent.value} {anchor.consent_reference}",
        "legal basis": anchor.legal_basis,
        "valid": _validity(anchor),
        "templates": f"{anchor.face_templates} of the face, {anchor.voice_templates} of the voice",
        "enrolled": coverage_words(anchor.coverage),
        "audit id": anchor.audit_id,
        "created": f"{anchor.create_time:%Y-%m-%d %H:%M} UTC",
        "etag": anchor.etag,
    }
    for name, value in shown.items():
        if value:
            facts.add_row(Text(name, style="cyan"), Text("\n".join(map(plain, value.splitlines()))))
    title = Text(f"{plain(anchor.display_name)} ({anchor.anchor_id})")
    table = enrolments_table(enrolments, with_ids=True) if enrolments else Text("nothing enrolled yet", style="yellow")
    return Panel(Group(facts, Text(), table), title=title, title_align="left")


def coverage_words(coverage: Coverage) -> str:
    """What is enrolled over how many sessions, and a line for each thing that is missing."""
    sessions = f"{coverage.face_sessions} face and {coverage.voice_sessions} voice sessions"
    enrolled = f"{sessions}, {coverage.speech_s:.0f} s of speech"
    return "\n".join([f"{enrolled}; good enough: {'yes' if coverage.is_good_enough else 'no'}", *coverage.missing])


def _validity(anchor: Anchor) -> str:
    bounds = (("from", anchor.valid_from), ("until", anchor.valid_until))
    return " ".join(f"{word} {at:%Y-%m-%d %H:%M} UTC" for word, at in bounds if at)


def enrolments_table(enrolments: Iterable[Enrolment], with_ids: bool = False) -> Table:
    """One line per medium: what was taken, and what was left out and why."""
    table = _table(*(["enrolment"] if with_ids else []), "medium", "taken", "left out")
    for item in enrolments:
        known = [item.enrolment_id] if with_ids else []
        taken = f"{item.face_templates} face, {item.voice_templates} voice\n{item.speech_s:.1f} s of speech"
        left_out = "\n".join(rejection_lines(item.rejections))
        table.add_row(*known, Text(plain(item.media_name)), taken, Text(left_out))
    return table


def outlets_table(outlets: Iterable[Outlet]) -> Table:
    table = _table("outlet", "name", "aliases", "country", "anchors")
    for outlet in outlets:
        cells = (outlet.outlet_id, outlet.display_name, ", ".join(outlet.aliases), outlet.country, str(outlet.anchors))
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def matches_table(matches: Iterable[NameMatch]) -> Table:
    """Anchors found by a name, best first."""
    table = _table("anchor", "name", "outlet", "fits", "by")
    for match in matches:
        anchor = match.anchor
        cells = (anchor.anchor_id, anchor.display_name, anchor.outlet, f"{match.score:.2f}", match.matched)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def audit_table(entries: Iterable[AuditEntry]) -> Table:
    table = _table("time (UTC)", "who", "did", "to", "details")
    for entry in entries:
        details = ", ".join(f"{key}={value}" for key, value in entry.details)
        cells = (f"{entry.time:%Y-%m-%d %H:%M:%S}", entry.actor, entry.action, entry.resource or entry.subject, details)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def people_table(people: Iterable[Person], title: str) -> Table:
    """Whom to pick from: when they are seen and heard, and where the face is then."""
    table = _table("person", "on screen", "best seen at", "speaks")
    table.title = Text(f"People in {title}")
    for person in people:
        at = f"{person.best_time_s:.1f} s{_place(person.best_box)}" if person.best_time_s is not None else "not seen"
        table.add_row(person.person_id, Text(_times(person.seen)), at, Text(f"{person.speech_s:.1f} s"))
    return table


def _place(box: Box | None) -> str:
    """The middle of the face, in pixels from the picture's upper left corner."""
    return f", {(box.x1 + box.x2) / 2:.0f} across, {(box.y1 + box.y2) / 2:.0f} down" if box else ""


def hits_table(hits: Iterable[SearchHit]) -> Table:
    """Each face or voice, whom it is called, and whom it resembles."""
    table = _table("subject", "when", "is called", "resembles", "chance of a stranger")
    for hit in hits:
        alike = [f"{item.anchor_name} ({item.anchor_id}): LLR {item.llr:+.2f}" for item in hit.comparisons]
        called = hit.anchor_id or "nobody enrolled"
        cells = (hit.subject, _time(hit.span), called, "\n".join(alike), f"{hit.false_alarm_rate:.2%}")
        table.add_row(*(Text(_several_lines(cell)) for cell in cells))
    return table


def _several_lines(words: str) -> str:
    return "\n".join(map(plain, words.splitlines()))


def _times(spans: Sequence[Span]) -> str:
    shown = ", ".join(map(_time, spans[:SHOWN]))
    return shown + (f", ... {len(spans) - SHOWN} more" if len(spans) > SHOWN else "")


def rejection_lines(rejections: Iterable[Rejection]) -> list[str]:
    """One line per kind of rejection, counted: a clip may hold a hundred blurred faces."""
    counts: dict[tuple[str, str], list[str]] = {}
    for rejection in rejections:
        counts.setdefault((rejection.modality.value, rejection.reason), []).append(rejection.message)
    return [
        f"{modality}: {plain(messages[0])} [{reason}]" + (f" × {len(messages)}" if len(messages) > 1 else "")
        for (modality, reason), messages in counts.items()
    ]


def models_table(entries: Iterable[tuple[ModelEntry | ModelInfo, str]]) -> Table:
    """Manifest entries, each with a word on its state."""
    table = _table("model", "for", "size", "licence", "state")
    for entry, state in entries:
        cells = (entry.model_id, entry.task, f"{entry.size_bytes / 1e6:.2f} MB", entry.licence, state)
        table.add_row(*(Text(plain(cell)) for cell in cells))
    return table


def _table(*headings: str) -> Table:
    table = Table(show_lines=False, header_style="bold", expand=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, overflow="fold", no_wrap=place == 0)  # ids are there to be copied
    return table
