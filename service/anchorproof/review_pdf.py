"""An evidence report for people, as PDF, in English or Chinese.

Chinese is set in a font that every PDF reader brings (Adobe's character collection GB1), so that none is shipped.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

from anchorproof.errors import ExtraMissing
from anchorproof.review_words import LANGUAGES as LANGUAGES
from anchorproof.review_words import decision_words, outcome_words, reason_words, source_words, word
from anchorproof.types import LogEntry, Look, Question, Report, Review, ReviewDecision, Span, cell_strength

CJK_FONT = "STSong-Light"
ACCENT, FAINT, RULE = "#1f4e79", "#5f6b76", "#c9d1d9"
MARGIN_MM = 18
LIMIT_ROWS = 200
HEAT_PT, LOOKS_IN_A_ROW = 62, 6
MORE, LESS = "#e01080", "#0090d0"
#: What Helvetica has no letters for.
_WIDE = re.compile(r"[^\x20-\xff]+")

Word = Callable[..., str]


def evidence_pdf(review: Review, report: Report, entries: Sequence[LogEntry], language: str = "en") -> bytes:
    """The file's bytes; the same input gives the same bytes.

    Raises:
        ExtraMissing: reportlab is not installed.
    """
    try:
        from reportlab.lib.pagesizes import A4
        from reportlab.lib.units import mm
        from reportlab.pdfbase import pdfmetrics
        from reportlab.pdfbase.cidfonts import UnicodeCIDFont
        from reportlab.platypus import SimpleDocTemplate
    except ImportError as error:
        raise ExtraMissing("a PDF", "web") from error
    pdfmetrics.registerFont(UnicodeCIDFont(CJK_FONT))
    target = io.BytesIO()
    margins = dict.fromkeys(("leftMargin", "rightMargin", "topMargin", "bottomMargin"), MARGIN_MM * mm)
    document = SimpleDocTemplate(
        target,
        pagesize=A4,
        title=f"{word('title', language)} {report.report_id}",
        author="anchorproof",
        invariant=1,
        lang=language,
        **margins,
    )
    page = _Page(language)
    foot = partial(_draw_foot, label=f"reports/{report.report_id}", say=page.say)
    document.build(list(_story(page, review, report, entries)), onFirstPage=foot, onLaterPages=foot)
    return target.getvalue()


class _Page:
    """Paragraphs and tables in one language."""

    def __init__(self, language: str) -> None:
        from reportlab.lib.styles import ParagraphStyle

        self.language = language
        self.say: Word = partial(_say, language=language)
        wrap = {"wordWrap": "CJK"} if language == "zh" else {}
        self._body = ParagraphStyle("body", fontName="Helvetica", fontSize=9, leading=13, **wrap)
        self._small = ParagraphStyle("small", parent=self._body, fontSize=7.5, leading=10)
        self._faint = ParagraphStyle("faint", parent=self._small, textColor=FAINT)
        self._title = ParagraphStyle("title", parent=self._body, fontSize=20, leading=26, textColor=ACCENT)
        self._head = ParagraphStyle(
            "head", parent=self._body, fontSize=12, leading=16, spaceBefore=12, spaceAfter=4, textColor=ACCENT
        )
        self._big = ParagraphStyle("big", parent=self._body, fontSize=14, leading=20)

    def title(self, text: str) -> Any:
        return _paragraph(text, self._title)

    def head(self, key: str) -> Any:
        return _paragraph(self.say(key), self._head)

    def big(self, text: str) -> Any:
        return _paragraph(text, self._big)

    def text(self, text: str) -> Any:
        return _paragraph(text, self._body)

    def faint(self, text: str) -> Any:
        return _paragraph(text, self._faint)

    def facts(self, *pairs: tuple[str, str]) -> Any:
        """A table of words and what they are; empty ones are left out."""
        from reportlab.platypus import Table

        rows = [[self.faint(self.say(key)), self.text(value)] for key, value in pairs if value]
        return Table(rows, colWidths=["18%", "82%"], style=[("VALIGN", (0, 0), (-1, -1), "TOP")], hAlign="LEFT")

    def heat(self, look: Look) -> Any:
        """A look's cells, and below them whose face it is, when, and what the stretch says."""
        from reportlab.graphics.shapes import Drawing, Rect
        from reportlab.lib.colors import HexColor

        rows, columns = len(look.cells), len(look.cells[0])
        wide, high = HEAT_PT / columns, HEAT_PT / rows
        drawing = Drawing(HEAT_PT, HEAT_PT)
        for row, values in enumerate(look.cells):
            for column, value in enumerate(values):
                place = (column * wide, HEAT_PT - (row + 1) * high, wide, high)
                drawing.add(Rect(*place, fillColor=_heat(value), strokeColor=HexColor(RULE)))
        words = f"{look.subject}\n{_span(look.span)}\nLLR {look.value:+.2f}"
        return [drawing, _paragraph(words, self._faint)]

    def row(self, cells: Sequence[Any], count: int) -> Any:
        """Side by side, ``count`` to the page's width."""
        from reportlab.platypus import Table

        padded = [*cells, *([""] * (count - len(cells)))]
        return Table([padded], colWidths=[f"{100 / count:.2f}%"] * count, style=[("VALIGN", (0, 0), (-1, -1), "TOP")])

    def table(self, keys: Sequence[str], rows: Iterable[Sequence[str]], widths: Sequence[int]) -> Any:
        """``widths`` in percent of the page."""
        from reportlab.platypus import Table

        head = [self.faint(self.say(key)) for key in keys]
        body = [[_paragraph(cell, self._small) for cell in row] for row in rows]
        style = [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, RULE),
            ("LEFTPADDING", (0, 0), (-1, -1), 2),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
        ]
        made = [head, *(body or [[self.faint(self.say("nothing")), *([""] * (len(keys) - 1))]])]
        return Table(made, colWidths=[f"{width}%" for width in widths], repeatRows=1, style=style, hAlign="LEFT")


def _story(page: _Page, review: Review, report: Report, entries: Sequence[LogEntry]) -> Iterable[Any]:
    yield page.title(page.say("title"))
    yield page.faint(page.say("notice"))
    yield from _clip(page, review, report)
    yield from _verdict(page, report)
    yield from _decisions(page, review)
    yield from _evidence(page, report)
    yield from _where(page, report)
    yield from _people(page, report)
    yield from _unassessed(page, report)
    yield from _log(page, entries)
    yield page.head("components")
    components = [(one.kind, one.component_id, one.version, one.sha256) for one in report.components]
    yield page.table(("kind", "model", "version", "sha256"), components, (14, 24, 14, 48))


def _clip(page: _Page, review: Review, report: Report) -> Iterable[Any]:
    clip = report.clip
    yield page.head("clip")
    yield page.facts(
        ("clip_name", report.clip_name),
        ("sha256", clip.sha256),
        ("duration", f"{clip.duration_s:.1f} s"),
        ("size", f"{clip.size_bytes:,} B"),
        ("report", report.report_id),
        ("report_time", _time(report.create_time)),
        ("source", source_words(review.source, page.language)),
    )


def _verdict(page: _Page, report: Report) -> Iterable[Any]:
    verdict = report.verdict
    prior = page.say("at_prior", prior=verdict.prior)
    yield page.head("verdict")
    yield page.big(decision_words(verdict.decision, page.language))
    told = next((one for one in verdict.explanations if one.language == page.language), None)
    yield page.text(told.paragraph if told else verdict.summary)
    yield page.facts(
        ("confidence", f"{verdict.confidence:.1%} ({prior})"),
        ("llr", f"{verdict.llr:+.2f}"),
        ("flags", ", ".join(verdict.flags)),
        ("scenarios", "; ".join(f"{one.scenario}: {one.message}" for one in verdict.scenarios)),
    )
    if verdict.reasons:
        yield page.head("reasons")
        for reason in verdict.reasons:
            yield page.text(f"{_span(reason.span)}{reason.message} [{reason.code}]")
    if told and told.limits:
        yield page.head("limits")
        for limit in told.limits:
            yield page.text(limit)


def _decisions(page: _Page, review: Review) -> Iterable[Any]:
    yield page.head("decisions")
    if not review.decisions:
        yield page.text(page.say("undecided"))
        return
    rows = [
        (
            _time(one.decide_time),
            f"{one.display_name} ({one.account_id})",
            outcome_words(one.outcome, page.language),
            reason_words(one.reason, page.language),
            "\n".join(filter(None, (one.note, _fate(page, one)))),
        )
        for one in review.decisions
    ]
    yield page.table(("time", "reviewer", "outcome", "reason", "note"), rows, (17, 19, 16, 20, 28))


def _fate(page: _Page, decision: ReviewDecision) -> str:
    if decision.undo_time:
        return page.say("taken_back", time=_time(decision.undo_time))
    return page.say("reopened", time=_time(decision.reopen_time)) if decision.reopen_time else ""


def _evidence(page: _Page, report: Report) -> Iterable[Any]:
    yield page.head("evidence")
    rows = [
        (
            one.source,
            page.say("authenticity" if one.question is Question.AUTHENTICITY else "identity"),
            one.subject,
            f"{one.llr:+.2f}",
            f"{one.raw_score:.4g}",
            one.model_id,
        )
        for one in report.evidence[:LIMIT_ROWS]
    ]
    yield page.table(("detector", "question", "subject", "llr", "raw", "model"), rows, (18, 16, 16, 10, 14, 26))


def _where(page: _Page, report: Report) -> Iterable[Any]:
    looks = [look for one in report.evidence if one.question is Question.AUTHENTICITY for look in one.looks]
    if not looks:
        return
    yield page.head("where")
    yield page.faint(page.say("where_note"))
    shown = [page.heat(look) for look in looks]
    for first in range(0, len(shown), LOOKS_IN_A_ROW):
        yield page.row(shown[first : first + LOOKS_IN_A_ROW], LOOKS_IN_A_ROW)


def _people(page: _Page, report: Report) -> Iterable[Any]:
    yield page.head("people")
    seen = [
        (page.say("seen"), face.track_id, face.anchor_id or page.say("nobody"), _span(face.span), _best(face))
        for face in report.faces
    ]
    heard = [
        (
            page.say("heard"),
            voice.speaker_id,
            voice.anchor_id or page.say("nobody"),
            f"{voice.speech_s:.1f} s",
            _best(voice),
        )
        for voice in report.voices
    ]
    yield page.table(("kind", "subject", "anchor", "when", "best"), [*seen, *heard], (12, 16, 30, 22, 20))
    if report.claims and report.claims.captions:
        yield page.head("written")
        for caption in report.claims.captions[:LIMIT_ROWS]:
            yield page.text(f"{_span(caption.span)}{caption.text}")
    if report.footage and report.footage.matches:
        yield page.head("footage")
        for match in report.footage.matches:
            yield page.text(match.message)


def _best(finding: Any) -> str:
    return f"{finding.comparisons[0].llr:+.2f} {finding.comparisons[0].anchor_name}" if finding.comparisons else ""


def _unassessed(page: _Page, report: Report) -> Iterable[Any]:
    yield page.head("unassessed")
    if not report.unassessed:
        yield page.text(page.say("nothing"))
    for one in report.unassessed:
        yield page.text(f"{one.source}: {one.message} [{one.reason}]")


def _log(page: _Page, entries: Sequence[LogEntry]) -> Iterable[Any]:
    yield page.head("log")
    rows = [(str(one.number), _time(one.time), one.actor, one.action, one.sha256[:16]) for one in entries[-LIMIT_ROWS:]]
    yield page.table(("number", "time", "actor", "action", "hash"), rows, (8, 20, 26, 22, 24))


def _heat(llr: float) -> Any:
    """A cell's colour: the stronger, the less of the paper shows."""
    from reportlab.lib.colors import HexColor

    colour = HexColor(MORE if llr > 0 else LESS)
    return colour.clone(alpha=cell_strength(llr))


# --------------------------------------------------------------------------- words and letters


def _say(key: str, language: str, **values: object) -> str:
    return word(key, language, **values)


def _paragraph(text: str, style: Any) -> Any:
    from reportlab.platypus import Paragraph

    lines = (
        _WIDE.sub(lambda found: f'<font name="{CJK_FONT}">{found[0]}</font>', escape(line)) for line in text.split("\n")
    )
    return Paragraph("<br/>".join(lines), style)


def _span(span: Span | None) -> str:
    return f"{span.start_s:.1f}-{span.end_s:.1f} s  " if span else ""


def _time(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S}"


def _draw_foot(canvas: Any, document: Any, label: str, say: Word) -> None:
    from reportlab.lib.units import mm

    text = say("page", page=document.page)
    canvas.saveState()
    canvas.setFillColor(FAINT)
    canvas.setFont("Helvetica", 7)
    canvas.drawString(MARGIN_MM * mm, 10 * mm, f"anchorproof  {label}")
    canvas.setFont(CJK_FONT, 7)
    canvas.drawRightString(document.pagesize[0] - MARGIN_MM * mm, 10 * mm, text)
    canvas.restoreState()
